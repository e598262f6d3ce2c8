"""The base class of marks on a painting, with their common knobs and symmetries."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ncsn_viz.core.knobs import Choice, Integer, Kind, Real
from ncsn_viz.core.numerics import Array

Point = tuple[float, float]
MAX_COORDINATE = 1e4  # of the points of a mark
ERASED_BELOW = 1e-4  # the eraser sets weights below this to 0: they would determine the score far away


# The knobs that marks share.
TOOL = Choice(
    options=("brush", "eraser"), titles=("Brush", "Eraser"), label="Tool", shown=False,
    help="The brush adds mass, the eraser takes it away.",
)  # fmt: skip
STRENGTH = Real(
    low=0.01, high=1, label="Strength",
    help="What one stroke adds (1 is the peak of a preset), or the share that it erases. Small: faint. 1: as heavy as "
         "a preset, or all gone.",
)  # fmt: skip
SYMMETRY = Choice(
    options=("none", "left_right", "up_down", "both", "turned"),
    titles=("no symmetry", "left ↔ right", "up ↕ down", "both ways", "turned"), label="Symmetry", shown=False,
    help="Repeat every new mark about the middle of the canvas: mirrored, or turned around it.",
)  # fmt: skip
FOLDS = Integer(
    low=2, high=16, label="Folds", shown=False,
    help="How often a turned mark is repeated around the middle. 2: opposite each other. Many: marks merge into rings.",
)  # fmt: skip


@dataclass(frozen=True)
class Mark(Kind):
    """A mark with coverage c(x): the brush adds strength·c, the eraser multiplies by 1 − strength·c, at least 0.

    c is at most 1, but for points, of which many may lie in a cell.
    """

    if TYPE_CHECKING:  # every kind defines these knobs itself, in its own order

        @property
        def tool(self) -> str: ...
        @property
        def strength(self) -> float: ...
        @property
        def symmetry(self) -> str: ...
        @property
        def folds(self) -> int: ...

    def single_coverage(self, x: Array, y: Array, cell: float) -> Array:
        """The coverage at points of the plane without symmetry, for a lattice with cells of side `cell`."""
        raise NotImplementedError

    def min_std(self) -> float:
        """The standard deviation of its finest detail, in units of the plane."""
        raise NotImplementedError

    def coverage(self, centres: Array, middle: float) -> Array:
        """The coverage of the cells of a square lattice, shape (n, n), by their `centres` (n,) along both axes.

        It is the maximum of the coverages of all images of the mark about (middle, middle).
        """
        cell = float(centres[1] - centres[0])
        x, y = np.meshgrid(centres - middle, centres - middle)
        images = [
            self.single_coverage(a * x + c * y + middle, b * x + d * y + middle, cell)
            for (a, b), (c, d) in symmetries(self)
        ]
        covered: Array = np.maximum.reduce(images)
        return covered


def with_knobs(mark: Mark, **knobs: Any) -> Mark:
    """The mark, of any kind, with some knobs changed. Raises ValidationError."""
    return replace(mark, **knobs)


def symmetries(mark: Mark) -> list[tuple[Point, Point]]:
    """The rows of the orthogonal matrices that map a mark to its images about the middle, the identity first."""
    flips = {"none": [(1, 1)], "left_right": [(1, 1), (-1, 1)], "up_down": [(1, 1), (1, -1)],
             "both": [(1, 1), (-1, 1), (1, -1), (-1, -1)]}  # fmt: skip
    if mark.symmetry in flips:
        return [((float(sx), 0.0), (0.0, float(sy))) for sx, sy in flips[mark.symmetry]]
    angles = [2 * math.pi * k / mark.folds for k in range(mark.folds)]
    return [((math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))) for angle in angles]


def transformed(point: Point, image: tuple[Point, Point], middle: float) -> Point:
    """The `image` of a point about (middle, middle)."""
    x, y = point[0] - middle, point[1] - middle
    (a, b), (c, d) = image
    return a * x + b * y + middle, c * x + d * y + middle


def composited(before: Array, coverage: Array, mark: Mark) -> Array:
    """Weights w after a mark: w + strength·coverage for the brush, w (1 − strength·coverage) for the eraser."""
    if mark.tool == "brush":
        return before + mark.strength * coverage
    left = before * (1 - mark.strength * coverage)
    return np.where((coverage > 0) & (left < ERASED_BELOW), 0.0, left)
