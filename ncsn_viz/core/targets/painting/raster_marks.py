"""Marks of grey values in a box of the plane, stored as text: the base class, and images."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ncsn_viz.core.knobs import Choice, Integer, Knob, Numbers, Real, Text, ValidationError, knob, show
from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.lattice import overlaps
from ncsn_viz.core.targets.painting.marks import FOLDS, STRENGTH, SYMMETRY, TOOL, Mark, symmetries

MAX_SIDE = 128  # pixels along the longer side of a stored image
MAX_COUNT_SIDE = 511  # pixels along a side of the lattice on which points are counted; odd: one is in the middle
MAX_GREY = 2**16 - 1  # the brightest pixel
COUNTS = "f4:"  # before the text of counts
MAX_SOURCE_COORDINATE = 1e9  # of imported points


@dataclass(frozen=True, kw_only=True)
class Pixels(Knob):
    """Grey values of 16 bits, at most MAX_SIDE², or counts, at most MAX_COUNT_SIDE²: row by row, as text."""

    def parse(self, value: Any) -> str:
        """The text, if it encodes values. Raises ValidationError."""
        if not isinstance(value, str):
            raise ValidationError(f"must be a picture that this program has written, not {show(value)}")
        values, side = decode_pixels(value), MAX_COUNT_SIDE if value.startswith(COUNTS) else MAX_SIDE
        if not 1 <= len(values) <= side**2:
            raise ValidationError(f"must hold 1 to {side}² values, not {len(values)}")
        return value

    def describe(self) -> dict[str, Any]:
        """The entry of `ncsn-viz list`."""
        return {"type": "pixels"} | super().describe()


def encode_pixels(values: Array) -> str:
    """Values in [0, 1] of any shape as a text for `Pixels`: base64 of zlib-compressed 16-bit numbers."""
    return _packed((np.asarray(values) * MAX_GREY).round().astype("<u2"))


def encode_counts(values: Array) -> str:
    """Values ≥ 0 of any shape as a text for `Pixels`: the same with 32-bit floating-point numbers, 24 bits of each."""
    return COUNTS + _packed(np.asarray(values).astype("<f4"))


def _packed(values: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(zlib.compress(values.tobytes(), 9)).decode("ascii")


@lru_cache(maxsize=16)
def decode_pixels(text: str) -> Array:
    """The values that a text encodes, shape (k,), row by row: finite and ≥ 0. Raises ValidationError."""
    counts = text.startswith(COUNTS)
    limit = 4 * MAX_COUNT_SIDE**2 if counts else 2 * MAX_SIDE**2
    try:
        packed = base64.b64decode(text.removeprefix(COUNTS), validate=True)
        data = zlib.decompressobj().decompress(packed, limit + 4)  # a limit against decompression bombs
        stored = np.frombuffer(data, dtype="<f4" if counts else "<u2").astype(np.float64)  # ValueError for half a value
    except (binascii.Error, zlib.error, ValueError):
        raise ValidationError("is not a picture that this program has written") from None
    if counts and not ((stored >= 0) & (stored < np.inf)).all():
        raise ValidationError("must hold finite values, none below 0")
    values: Array = stored if counts else stored / MAX_GREY
    values.flags.writeable = False
    return values


Box = tuple[float, float, float, float]  # x from, x to, y from, y to
CORNER = 0.21  # of the side of a square: how far the corners stick out when it is turned by 45°


def box_knob(help_text: str) -> Box:
    """The knob of a rectangle x from, x to, y from, y to of the plane."""
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
    """Values of pixels in a box of the plane, the base class of images and counted points."""

    name: str = knob("", Text(label="From", max_length=200, shown=False, help="The file that it came from."))
    pixels: str = knob(encode_pixels(np.ones(1)), Pixels(shown=False, help="The values, from the lowest row up."))
    columns: int = knob(1, Integer(low=1, high=MAX_COUNT_SIDE, shown=False, help="Values in a row."))
    box: Box = box_knob("Where it lies: x from, x to, y from, y to.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(decode_pixels(self.pixels)) % self.columns:
            raise ValidationError("must be full rows", ("pixels",))
        for name in ("box", "source_box"):
            x0, x1, y0, y1 = getattr(self, name, self.box)
            if not (x1 > x0 and y1 > y0):
                raise ValidationError("must run from smaller to larger numbers", (name,))

    def values(self) -> Array:
        """The value of each pixel: shape (rows, columns), row 0 lowest."""
        return decode_pixels(self.pixels).reshape(-1, self.columns)

    def extent(self) -> Box:
        """The box of the values."""
        return self.box


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
        grey = super().values().clip(0, 1)
        found: Array = (grey if self.density == "light" else 1 - grey) ** self.contrast
        return found

    def coverage(self, centres: Array, middle: float) -> Array:
        """The mean of the image over each cell, so that no pixel counts more than another; images of it as for all."""
        count, cell = len(centres), centres[1] - centres[0]
        margin = math.ceil(CORNER * count) if self.symmetry == "turned" else 0  # corners may turn into the window
        cells = centres[0] + cell * np.arange(-margin, count + margin)
        (x0, x1, y0, y1), values = self.box, self.values()
        rows, columns = values.shape
        down, across = (overlaps(np.linspace(*ends), cells) for ends in ((y0, y1, rows + 1), (x0, x1, columns + 1)))
        averaged = down @ values @ across.T
        x, y = np.meshgrid(centres - middle, centres - middle)
        images = [
            bilinear(averaged, *((turned + middle - cells[0]) / cell for turned in (b * x + d * y, a * x + c * y)))
            for (a, b), (c, d) in symmetries(self)
        ]
        covered: Array = np.maximum.reduce(images)
        return covered

    def min_std(self) -> float:
        """Half a pixel."""
        return (self.box[1] - self.box[0]) / self.columns / 2


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
