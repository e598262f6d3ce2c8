"""The painted target: marks, the weights of the cells of a lattice that they produce, and the density of these."""

from ncsn_viz.core.targets.painting.marks import MAX_COORDINATE, Mark, Point, symmetries, transformed, with_knobs
from ncsn_viz.core.targets.painting.painted import MARKS, Painted, last_mark, painting_of, with_last_mark, with_mark
from ncsn_viz.core.targets.painting.point_cloud import PointCloudMark, point_cloud
from ncsn_viz.core.targets.painting.raster_marks import (
    MAX_SIDE,
    MAX_SOURCE_COORDINATE,
    ImageMark,
    Pixels,
    RasterMark,
    decode_pixels,
    encode_pixels,
)
from ncsn_viz.core.targets.painting.shapes import Blob, TextMark, is_built_in
from ncsn_viz.core.targets.painting.strokes import Stroke, smooth_curve
from ncsn_viz.core.targets.painting.weights import Painting, draw_mark

__all__ = [
    "MARKS", "MAX_COORDINATE", "MAX_SIDE", "MAX_SOURCE_COORDINATE", "Blob", "ImageMark", "Mark", "Painted", "Painting",
    "Pixels", "Point", "PointCloudMark", "RasterMark", "Stroke", "TextMark", "decode_pixels", "draw_mark",
    "encode_pixels", "is_built_in", "last_mark", "painting_of", "point_cloud", "smooth_curve", "symmetries",
    "transformed", "with_knobs", "with_last_mark", "with_mark",
]  # fmt: skip
