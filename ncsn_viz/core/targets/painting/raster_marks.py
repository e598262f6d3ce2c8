"""Marks of grey values in a box of the plane: images and counted points, stored as text."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from ncsn_viz.core.knobs import Choice, Integer, Knob, Numbers, Real, Switch, Text, ValidationError, knob, show
from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.painting.marks import FOLDS, STRENGTH, SYMMETRY, TOOL, Mark

MAX_SIDE = 128  # pixels along the longer side of a stored image
MAX_GREY = 2**16 - 1  # the brightest pixel
MAX_SOURCE_COORDINATE = 1e9  # of imported points


@dataclass(frozen=True, kw_only=True)
class Pixels(Knob):
    """At most MAX_SIDE² grey values of 16 bits, row by row, as base64 of zlib-compressed bytes."""

    def parse(self, value: Any) -> str:
        """The text, if it encodes grey values. Raises ValidationError."""
        if not isinstance(value, str):
            raise ValidationError(f"must be a picture that this program has written, not {show(value)}")
        values = decode_pixels(value)
        if not 1 <= len(values) <= MAX_SIDE**2:
            raise ValidationError(f"must hold 1 to {MAX_SIDE}² grey values, not {len(values)}")
        return value

    def describe(self) -> dict[str, Any]:
        """The entry of `ncsn-viz list`."""
        return {"type": "pixels"} | super().describe()


def encode_pixels(values: Array) -> str:
    """Values in [0, 1] of any shape as a text for `Pixels`."""
    data = (np.asarray(values) * MAX_GREY).round().astype("<u2").tobytes()
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")


@lru_cache(maxsize=16)
def decode_pixels(text: str) -> Array:
    """The values in [0, 1] that a text encodes, shape (k,), row by row. Raises ValidationError."""
    try:
        unzip = zlib.decompressobj()
        packed = base64.b64decode(text, validate=True)
        data = unzip.decompress(packed, 2 * MAX_SIDE**2 + 2)  # a limit against decompression bombs
        values: Array = np.frombuffer(data, dtype="<u2") / MAX_GREY  # ValueError for half a value
    except (binascii.Error, zlib.error, ValueError):
        raise ValidationError("is not a picture that this program has written") from None
    values.flags.writeable = False
    return values


Box = tuple[float, float, float, float]  # x from, x to, y from, y to


def _box(help_text: str) -> Box:
    return knob(
        (-8.0, 8.0, -8.0, 8.0),
        Numbers(
            low=-MAX_SOURCE_COORDINATE,
            high=MAX_SOURCE_COORDINATE,
            min_count=4,
            max_count=4,
            shown=False,
            help=help_text,
        ),
    )


@dataclass(frozen=True)
class RasterMark(Mark):
    """Grey values in a box of the plane, the base class of images and counted points."""

    name: str = knob("", Text(label="From", max_length=200, shown=False, help="The file that it came from."))
    pixels: str = knob(encode_pixels(np.ones(1)), Pixels(shown=False, help="The grey values, from the lowest row up."))
    columns: int = knob(1, Integer(low=1, high=MAX_SIDE, shown=False, help="Grey values in a row."))
    box: Box = _box("Where it lies: x from, x to, y from, y to.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(decode_pixels(self.pixels)) % self.columns:
            raise ValidationError("must be full rows", ("pixels",))
        for name in ("box", "source_box"):
            x0, x1, y0, y1 = getattr(self, name, self.box)
            if not (x1 > x0 and y1 > y0):
                raise ValidationError("must run from smaller to larger numbers", (name,))

    def values(self) -> Array:
        """The coverage of each pixel: shape (rows, columns), row 0 lowest."""
        return decode_pixels(self.pixels).reshape(-1, self.columns)

    def extent(self) -> Box:
        """The box of the values."""
        return self.box

    def single_coverage(self, x: Array, y: Array, cell: float) -> Array:
        """The values, bilinear between the centres of the pixels; averaged where a cell has many pixels."""
        x0, x1, y0, y1 = self.extent()
        values, per_cell = self.values(), int(cell * self.columns / (x1 - x0) + 0.001)
        if per_cell > 1:
            rows, columns = (math.ceil(n / per_cell) for n in values.shape)
            x1 = x0 + (x1 - x0) * columns * per_cell / values.shape[1]
            y1 = y0 + (y1 - y0) * rows * per_cell / values.shape[0]
            values = _averaged(values, per_cell, rows, columns)
        rows, columns = values.shape
        return bilinear(values, (y - y0) / (y1 - y0) * rows - 0.5, (x - x0) / (x1 - x0) * columns - 0.5)

    def min_std(self) -> float:
        """Half a pixel."""
        x0, x1, _, _ = self.extent()
        return (x1 - x0) / self.columns / 2


def _averaged(values: Array, side: int, rows: int, columns: int) -> Array:
    """The means of blocks of side × side pixels, padded with 0: shape (rows, columns)."""
    padded = np.zeros((rows * side, columns * side))
    padded[: values.shape[0], : values.shape[1]] = values
    means: Array = padded.reshape(rows, side, columns, side).mean(axis=(1, 3))
    return means


@dataclass(frozen=True)
class ImageMark(RasterMark):
    """An image: c(x) is its grey value, or 1 minus that, in `box`."""

    kind = "picture"
    title = "Picture"
    about = "An image whose light or dark parts are mass."

    tool: str = knob("brush", TOOL)
    density: str = knob(
        "light",
        Choice(options=("light", "dark"), titles=("light is mass", "dark is mass"), label="Mass",
               help="Whether the light or the dark parts of the picture are where the data lie."),
    )  # fmt: skip
    contrast: float = knob(
        1.0,
        Real(low=0.2, high=5, log=True, label="Contrast", symbol="γ",
             help="Grey values are taken to this power: above 1 faint parts vanish, below 1 they count more."),
    )  # fmt: skip
    strength: float = knob(1.0, STRENGTH)
    symmetry: str = knob("none", SYMMETRY)
    folds: int = knob(6, FOLDS)

    def values(self) -> Array:
        """The grey values, or 1 minus them, to the power of the contrast."""
        grey = super().values()
        found: Array = (grey if self.density == "light" else 1 - grey) ** self.contrast
        return found


@dataclass(frozen=True)
class PointCloudMark(RasterMark):
    """A cloud of points, counted on a lattice: c(x) is the count of a pixel divided by the largest count."""

    kind = "points"
    title = "Points"
    about = "Points from a file, counted on a lattice."
    former_names: ClassVar[Mapping[str, str]] = {"own": "source_box"}

    tool: str = knob("brush", TOOL)
    count: int = knob(0, Integer(low=0, high=10**9, shown=False, help="How many points were counted."))
    source_box: Box = _box("Where the points lie by their own coordinates.")
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


def bilinear(values: Array, row: Array, column: Array) -> Array:
    """`values` (rows, columns) at fractional indices, bilinear; 0 more than half a pixel outside."""
    rows, columns = values.shape
    inside = (row > -0.5) & (row < rows - 0.5) & (column > -0.5) & (column < columns - 0.5)
    row, column = row.clip(0, rows - 1), column.clip(0, columns - 1)
    r, c = np.floor(row).astype(int), np.floor(column).astype(int)
    r1, c1 = np.minimum(r + 1, rows - 1), np.minimum(c + 1, columns - 1)
    t, s = row - r, column - c
    lower, upper = (values[i, c] * (1 - s) + values[i, c1] * s for i in (r, r1))
    return np.where(inside, lower * (1 - t) + upper * t, 0.0)
