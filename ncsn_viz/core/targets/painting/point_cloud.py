"""A cloud of points as a mark: counted on a fine lattice, and shared among the cells of the painting."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ncsn_viz.core.knobs import Integer, Switch, knob
from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.base import Coordinates
from ncsn_viz.core.targets.lattice import share_points
from ncsn_viz.core.targets.painting.marks import FOLDS, STRENGTH, SYMMETRY, TOOL, symmetries
from ncsn_viz.core.targets.painting.raster_marks import (
    MAX_COUNT_SIDE,
    MAX_SIDE,
    Box,
    RasterMark,
    box_knob,
    encode_counts,
)

FITTED = 0.9  # of the side of the canvas: the size of points that are scaled to fit
MIN_EXTENT = 0.25  # of the side of the canvas: points on the canvas of at least this size are not scaled


@dataclass(frozen=True)
class PointCloudMark(RasterMark):
    """A cloud of points, counted on a lattice: every point has the same mass, which nearby cells share.

    c(x) is the share of the points in a cell, times an area, divided by the area of the cell. The area is such that c
    is at most 1 on cells of 1/MAX_SIDE of the box, but not below that of such a cell of the canvas.
    """

    kind = "points"
    title = "Points"
    about = "Points from a file, counted on a lattice."
    former_names: ClassVar[Mapping[str, str]] = {"own": "source_box"}

    tool: str = knob("brush", TOOL)
    count: int = knob(0, Integer(low=0, high=10**9, shown=False, help="How many points were counted."))
    source_box: Box = box_knob("Where the points lie by their own coordinates.")
    fitted: bool = knob(
        False,
        Switch(label="Fit to canvas",
               help="Scale and move the points so that they fill the canvas, or keep their own coordinates."),
    )  # fmt: skip
    strength: float = knob(1.0, STRENGTH)
    symmetry: str = knob("none", SYMMETRY)
    folds: int = knob(6, FOLDS)

    def extent(self) -> Box:
        """The box of the values: `box` if fitted, else `source_box`."""
        return self.box if self.fitted else self.source_box

    @property
    def coordinates(self) -> Coordinates:
        """From the canvas to the points' own coordinates."""
        scale = (self.source_box[1] - self.source_box[0]) / (self.box[1] - self.box[0])
        return Coordinates(scale, *(self.source_box[axis] - scale * self.box[axis] for axis in (0, 2)))

    def coverage(self, centres: Array, middle: float) -> Array:
        """The points shared among the cells; those of all images of the mark are added."""
        count, cell = len(centres), float(centres[1] - centres[0])
        points, shares = self._points()
        found = np.zeros((count, count))
        for matrix in symmetries(self) if len(points) else []:
            found += share_points((points - middle) @ np.array(matrix).T + middle, shares, centres)
        return found * (self.area((count * cell) ** 2) / cell**2)

    def added_variance(self, centres: Array) -> float:
        """What sharing among cells adds to the variance along an axis, t (1 − t) cell², in the mean over the points."""
        cell, (points, shares) = centres[1] - centres[0], self._points()
        t = (points - centres[0]) / cell % 1
        return float(shares @ (t * (1 - t)).mean(1)) * cell**2 if len(points) else 0.0

    def _points(self) -> tuple[Array, Array]:
        """The centres (k, 2) of the pixels that hold points, and their shares (k,) of all points."""
        values, (x0, x1, y0, y1) = self.values(), self.extent()
        row, column = np.nonzero(values)
        x, y = x0 + (column + 0.5) * ((x1 - x0) / values.shape[1]), y0 + (row + 0.5) * ((y1 - y0) / values.shape[0])
        masses = values[row, column]
        return np.stack([x, y], axis=1), masses / masses.sum() if len(masses) else masses

    def area(self, canvas: float) -> float:
        """The integral of c(x): the area of the points if they were as dense as in the fullest block of pixels.

        But at least that of one of MAX_SIDE² parts of a `canvas` of this area, and at most that of all of it.
        """
        values, (x0, x1, y0, y1) = self.values(), self.extent()
        side = math.ceil(max(values.shape) / MAX_SIDE)
        sums = np.pad(values, side).cumsum(0).cumsum(1)
        blocks = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
        block = (x1 - x0) * (y1 - y0) / min(values.size, MAX_SIDE**2)
        own = float(values.sum() / blocks.max() * block) if values.any() else 0.0
        return min(max(own, canvas / MAX_SIDE**2), canvas)

    def min_std(self) -> float:
        """Points have none."""
        return 0.0


def point_cloud(points: Array, name: str, window: tuple[float, float]) -> PointCloudMark:
    """The mark of `points` (n, 2), finite and at least one, for a canvas over the square `window`.

    Points on the canvas with an extent of at least MIN_EXTENT keep their coordinates; others are scaled to fit. A point
    is shared among the four nearest pixels, so that its position is kept to far less than one.
    """
    low, high = window
    least, most = points.min(axis=0), points.max(axis=0)
    extent = float((most - least).max())
    if extent <= max(64 * np.finfo(np.float64).eps * float(np.abs(points).max()), 1e-100):
        extent = 0.0  # what is left is rounding
    keep = bool(least.min() >= low and most.max() <= high and extent >= MIN_EXTENT * (high - low))
    side = high - low if keep else 1.02 * extent or high - low
    corner = np.array([low, low]) if keep else (least + most - side) / 2
    counts = share_points(
        (points - corner) / side, np.ones(len(points)), (np.arange(MAX_COUNT_SIDE) + 0.5) / MAX_COUNT_SIDE
    )
    zoom, middle = FITTED * (high - low) / (extent or high - low), (low + high) / 2
    start = middle + zoom * (corner - (least + most) / 2)
    own, box = (
        (x, x + length, y, y + length) for (x, y), length in ((corner.tolist(), side), (start.tolist(), zoom * side))
    )
    return PointCloudMark(
        name[:200], encode_counts(counts), MAX_COUNT_SIDE, box, count=len(points), source_box=own, fitted=not keep,
    )  # fmt: skip
