"""Marks that are put down whole and have a form of their own: a Gaussian blob, a text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ncsn_viz.core.knobs import Numbers, Real, Text, knob
from ncsn_viz.core.targets.base import Array
from ncsn_viz.core.targets.painting.marks import (
    LARGEST,
    Mark,
    Point,
    folds_knob,
    strength_knob,
    symmetry_knob,
    tool_knob,
)
from ncsn_viz.core.targets.painting.raster_marks import sampled

TAIL = 5.0  # deviations at which a blob ends: e^(−12.5) is nothing that is painted
LEAST_STD = 0.375  # of a cell: a thinner blob could pass between the cell centres
STEMS = 8  # the thickness of a letter's lines as a share of its height, about


def _place(help_text: str) -> Point:
    return knob((0.0, 0.0), Numbers(low=-LARGEST, high=LARGEST, least=2, most=2, shown=False, help=help_text))


def _deviation(label: str, default: float) -> float:
    return knob(
        default,
        Real(low=0.02, high=50, log=True, label=label,
               help="Standard deviation of the blob along one of its two axes, in units of the plane."),
    )  # fmt: skip


@dataclass(frozen=True)
class Blob(Mark):
    """A Gaussian: c(x) = exp(−½ (x − m)ᵀ Σ⁻¹ (x − m)), Σ = R diag(s₁², s₂²) Rᵀ, R the turn by `angle`."""

    kind = "blob"
    title = "Blob"
    about = "A Gaussian with a mean and a covariance."

    tool: str = tool_knob()
    mean: Point = _place("Where the blob stands.")
    std_1: float = _deviation("Length", 1.0)
    std_2: float = _deviation("Width", 1.0)
    angle: float = knob(
        0.0,
        Real(low=-180, high=180, label="Angle", unit="°", help="From the x axis to the blob's length, anticlockwise."),
    )
    strength: float = strength_knob()
    symmetry: str = symmetry_knob()
    folds: int = folds_knob()

    def at(self, x: Array, y: Array, cell: float) -> Array:
        """The Gaussian, 1 at its mean and 0 from five deviations on."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        x, y = x - self.mean[0], y - self.mean[1]
        along = (cos * x + sin * y) / max(self.std_1, LEAST_STD * cell)
        across = (cos * y - sin * x) / max(self.std_2, LEAST_STD * cell)
        squares = along**2 + across**2
        return np.where(squares < TAIL**2, np.exp(-squares / 2), 0.0)

    def finest(self) -> float:
        """The smaller deviation."""
        return min(self.std_1, self.std_2)


@dataclass(frozen=True)
class TextMark(Mark):
    """Letters: c(x) is the ink of a text around `place`."""

    kind = "text"
    title = "Text"
    about = "A short text as density."

    tool: str = tool_knob()
    text: str = knob(
        "score",
        Text(longest=40, label="Text", help="What is written, in Latin letters and digits: the font has no more."),
    )
    place: Point = _place("The middle of the text.")
    height: float = knob(
        3.0,
        Real(low=0.1, high=100, log=True, label="Height", help="Height of a capital letter in units of the plane."),
    )
    angle: float = knob(
        0.0, Real(low=-180, high=180, label="Angle", unit="°", help="By how much the text is turned, anticlockwise.")
    )
    strength: float = strength_knob()
    symmetry: str = symmetry_knob()
    folds: int = folds_knob()

    def at(self, x: Array, y: Array, cell: float) -> Array:
        """The ink, drawn as finely as the cells are."""
        capital = min(max(round(self.height / cell), 4), 400)
        ink, unit = _ink(self.text, capital), self.height / capital
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        x, y = x - self.place[0], y - self.place[1]
        rows, columns = ink.shape
        right, up = (cos * x + sin * y) / unit, (cos * y - sin * x) / unit
        return sampled(ink, up + rows / 2 - 0.5, right + columns / 2 - 0.5)

    def finest(self) -> float:
        """About half the thickness of a letter's lines."""
        return self.height / STEMS / 2


@lru_cache(maxsize=16)
def _ink(text: str, capital: int) -> Array:
    """The text with capitals of so many pixels: values in [0, 1], row 0 at the bottom, an empty pixel all around."""
    from PIL import Image, ImageDraw, ImageFont

    tall = ImageFont.load_default(100).getbbox("H")
    font = ImageFont.load_default(100 * capital / (tall[3] - tall[1]))
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (max(math.ceil(right - left), 1) + 2, max(math.ceil(bottom - top), 1) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, fill=255, font=font)
    left, top, right, bottom = image.getbbox() or (0, 0, 1, 1)
    image = image.crop((left - 1, top - 1, right + 1, bottom + 1))
    return np.asarray(image, dtype=np.float64)[::-1] / 255
