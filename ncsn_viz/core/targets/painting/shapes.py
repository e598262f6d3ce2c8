"""Marks of a given shape: a Gaussian blob, a text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from ncsn_viz.core.knobs import Integer, Numbers, Real, Text, ValidationError, knob
from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.painting.marks import FOLDS, MAX_COORDINATE, STRENGTH, SYMMETRY, TOOL, Mark, Point
from ncsn_viz.core.targets.painting.raster_marks import MAX_SIDE, Pixels, bilinear, decode_pixels, encode_pixels

CUTOFF = 5.0  # standard deviations at which a blob ends: e^(−12.5) is negligible
MIN_STD = 0.375  # in cells: a thinner blob could pass between the cell centres
STEMS_PER_HEIGHT = 8  # height of a letter in units of the thickness of its lines, about
NO_PIXELS = encode_pixels(np.ones(1))


def _point(text: str) -> Point:
    return knob(
        (0.0, 0.0), Numbers(low=-MAX_COORDINATE, high=MAX_COORDINATE, min_count=2, max_count=2, shown=False, help=text)
    )


def _deviation(label: str, default: float) -> float:
    return knob(
        default,
        Real(low=0.02, high=50, log=True, label=label,
               help="Standard deviation of the blob along one of its two axes, in units of the plane."),
    )  # fmt: skip


@dataclass(frozen=True)
class Blob(Mark):
    """A Gaussian: c(x) = exp(−½ (x − m)ᵀ Σ⁻¹ (x − m)), Σ = R diag(s₁², s₂²) Rᵀ, R the rotation by `angle`."""

    kind = "blob"
    title = "Blob"
    about = "A Gaussian with a mean and a covariance."

    tool: str = knob("brush", TOOL)
    mean: Point = _point("Where the blob stands.")
    std_1: float = _deviation("Length", 1.0)
    std_2: float = _deviation("Width", 1.0)
    angle: float = knob(
        0.0,
        Real(low=-180, high=180, label="Angle", unit="°", help="From the x axis to the blob's length, anticlockwise."),
    )  # fmt: skip
    strength: float = knob(0.6, STRENGTH)
    symmetry: str = knob("none", SYMMETRY)
    folds: int = knob(6, FOLDS)

    def single_coverage(self, x: Array, y: Array, cell: float) -> Array:
        """The Gaussian, 1 at its mean and 0 beyond CUTOFF standard deviations."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        x, y = x - self.mean[0], y - self.mean[1]
        along = (cos * x + sin * y) / max(self.std_1, MIN_STD * cell)
        across = (cos * y - sin * x) / max(self.std_2, MIN_STD * cell)
        squares = along**2 + across**2
        return np.where(squares < CUTOFF**2, np.exp(-squares / 2), 0.0)

    def min_std(self) -> float:
        """The smaller standard deviation."""
        return min(self.std_1, self.std_2)


@dataclass(frozen=True)
class TextMark(Mark):
    """A text around `centre`: c(x) is the opacity of its letters.

    Letters that the built-in font lacks are drawn once by whoever has a font with them: `pixels` are then the opacity
    of the text `drawn`, so that it is the same on every machine.
    """

    kind = "text"
    title = "Text"
    about = "A short text as density."
    former_names: ClassVar[Mapping[str, str]] = {"place": "centre"}

    tool: str = knob("brush", TOOL)
    text: str = knob(
        "score",
        Text(max_length=40, label="Text", help="What is written, in any letters for which the system has a font."),
    )  # fmt: skip
    centre: Point = _point("The middle of the text.")
    height: float = knob(
        3.0, Real(low=0.1, high=100, log=True, label="Height", help="Height of a capital letter in units of the plane.")
    )
    angle: float = knob(
        0.0, Real(low=-180, high=180, label="Angle", unit="°", help="By how much the text is turned, anticlockwise.")
    )
    strength: float = knob(0.6, STRENGTH)
    symmetry: str = knob("none", SYMMETRY)
    folds: int = knob(6, FOLDS)
    drawn: str = knob("", Text(max_length=40, shown=False, help="The text that the pixels show, if they show any."))
    pixels: str = knob(NO_PIXELS, Pixels(shown=False, help="The opacity of its letters, from the lowest row up."))
    columns: int = knob(1, Integer(low=1, high=MAX_SIDE**2, shown=False, help="Pixels in a row."))
    capital: float = knob(1.0, Real(low=1, high=400, shown=False, help="Height of a capital letter in pixels."))

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(decode_pixels(self.pixels)) % self.columns:
            raise ValidationError("must be full rows", ("pixels",))

    def letters(self, capital: int) -> tuple[Array, float]:
        """The opacity (rows, columns), row 0 lowest, and the height of a capital in it, if possible `capital`."""
        if self.drawn == self.text and self.text:
            return decode_pixels(self.pixels).reshape(-1, self.columns), self.capital
        return _rasterised_text(self.text, capital), capital

    def single_coverage(self, x: Array, y: Array, cell: float) -> Array:
        """The opacity, rasterised at the resolution of the cells where the built-in font has the letters."""
        opacity, capital = self.letters(min(max(round(self.height / cell), 4), 400))
        unit = self.height / capital
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        x, y = x - self.centre[0], y - self.centre[1]
        rows, columns = opacity.shape
        right, up = (cos * x + sin * y) / unit, (cos * y - sin * x) / unit
        return bilinear(opacity, up + rows / 2 - 0.5, right + columns / 2 - 0.5)

    def min_std(self) -> float:
        """About half the thickness of a letter's lines."""
        return self.height / STEMS_PER_HEIGHT / 2


@lru_cache(maxsize=64)
def is_built_in(text: str) -> bool:
    """Whether the built-in font has every letter of a text."""
    from PIL import ImageFont

    font = ImageFont.load_default(40)
    missing = bytes(font.getmask("\uffff"))
    return all(letter.isspace() or bytes(font.getmask(letter)) != missing for letter in text)


@lru_cache(maxsize=16)
def _rasterised_text(text: str, capital: int) -> Array:
    """The opacity (rows, columns) of a text with capitals of `capital` pixels: row 0 at the bottom, border empty."""
    from PIL import Image, ImageDraw, ImageFont

    box = ImageFont.load_default(100).getbbox("H")
    font = ImageFont.load_default(100 * capital / (box[3] - box[1]))
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (max(math.ceil(right - left), 1) + 2, max(math.ceil(bottom - top), 1) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, fill=255, font=font)
    left, top, right, bottom = image.getbbox() or (0, 0, 1, 1)
    image = image.crop((left - 1, top - 1, right + 1, bottom + 1))
    return np.asarray(image, dtype=np.float64)[::-1] / 255
