"""Brush and eraser strokes on a lattice of weights, cheap to continue while the mouse moves."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.knobs import BadValue, Choice, Number, Numbers, Settings, knob, knobs
from ncsn_viz.core.targets.base import Array

Point = tuple[float, float]
Box = tuple[slice, slice]

MOST_POINTS = 20_000
EDGE = 2.0  # where the profile ends, in units of the radius
LEAST_SIZE = 0.75  # of a cell: a thinner brush could pass between the cell centres
RESIDUE = 1e-4  # what the eraser leaves below this is gone, or its ghost would steer the score from afar


@dataclass(frozen=True)
class Stroke(Settings):
    """One stroke: a polyline whose distance d gives the profile exp(−2d²/size²), taken to 0 at d = 2 size.

    The profile is that of the distance to the whole line, so a stroke does not depend on how many mouse events it was
    cut into, and does not pile up where it crosses itself.
    """

    tool: str = knob(
        "brush",
        Choice(
            options=("brush", "eraser"), titles=("Brush", "Eraser"), label="Tool",
            help="The brush adds mass, the eraser takes it away.",
        ),
    )  # fmt: skip
    size: float = knob(
        0.5,
        Number(low=0.05, high=10, log=True, label="Size",
               help="Radius of the brush in units of the plane; twice its standard deviation."),
    )  # fmt: skip
    strength: float = knob(
        0.6,
        Number(low=0.01, high=1, label="Strength",
               help="What one stroke adds (1 is the peak of a preset), or the share that it erases."),
    )  # fmt: skip
    points: tuple[Point, ...] = knob(
        ((0.0, 0.0),),
        Numbers(low=-1e4, high=1e4, width=2, least=1, most=MOST_POINTS, shown=False, help="The way of the mouse."),
    )

    def extended(self, *points: Point) -> Stroke:
        """The stroke with more points at its end; only those are checked. Raises BadValue."""
        if not points:
            return self
        if len(self.points) + len(points) > MOST_POINTS:
            raise BadValue(f"must have at most {MOST_POINTS} entries: begin a new stroke", ("points",))
        longer = copy.copy(self)
        object.__setattr__(longer, "points", self.points + knobs(self)["points"].parse(points))
        return longer

    def continues(self, earlier: Stroke) -> bool:
        """Whether this stroke is `earlier` with no or more points at its end."""
        brush, other = ((s.tool, s.size, s.strength) for s in (self, earlier))
        return brush == other and self.points[: len(earlier.points)] == earlier.points


class Painting:
    """Weights (rows y, columns x) on the cells of the square `window`, with strokes drawn over them one by one.

    The last stroke may grow at the cost of its new points; the weights are exactly those of drawing it whole.
    """

    def __init__(self, weights: Array, window: tuple[float, float]) -> None:
        cells = len(weights)
        self._cell = (window[1] - window[0]) / cells
        self._low = window[0]
        self._centres = window[0] + (np.arange(cells, dtype=np.float64) + 0.5) * self._cell
        self._stroke: Stroke | None = None
        self._before = weights
        self._coverage = np.zeros_like(weights)  # of the last stroke, in [0, 1]
        self._weights = weights.copy()

    @property
    def weights(self) -> Array:
        """The weights now, read-only; they change with the next stroke."""
        view = self._weights.view()
        view.flags.writeable = False
        return view

    def copy(self) -> Painting:
        """A painting that can be drawn on without changing this one."""
        twin = copy.copy(self)
        twin._coverage, twin._weights = self._coverage.copy(), self._weights.copy()
        return twin

    def draw(self, stroke: Stroke) -> None:
        """Draw a new stroke over what is there."""
        self._before, self._coverage = self._weights.copy(), np.zeros_like(self._weights)
        self._run(stroke, 0)

    def extend(self, stroke: Stroke) -> None:
        """Draw what `stroke` has more than the last one, which it `continues`: the cost is that of its new points."""
        last = self._stroke
        if last is None or not stroke.continues(last):
            raise ValueError("only a continuation of the last stroke can extend it")
        self._run(stroke, len(last.points))

    def _run(self, stroke: Stroke, done: int) -> None:
        self._stroke = stroke
        for index in range(done, len(stroke.points)):
            self._segment(stroke, stroke.points[max(index - 1, 0)], stroke.points[index])

    def _segment(self, stroke: Stroke, start: Point, end: Point) -> None:
        size = max(stroke.size, LEAST_SIZE * self._cell)
        box = self._box(start, end, EDGE * size)
        squares = _squared_distance(self._centres[box[1]], self._centres[box[0]], start, end)
        coverage = np.maximum(self._coverage[box], _profile(squares / size**2))
        self._coverage[box] = coverage
        self._weights[box] = _stamped(self._before[box], coverage, stroke)

    def _box(self, start: Point, end: Point, reach: float) -> Box:
        """The rows and columns whose cell centres a segment can reach."""
        across, down = (self._span(min(pair) - reach, max(pair) + reach) for pair in zip(start, end, strict=True))
        return down, across

    def _span(self, low: float, high: float) -> slice:
        first = math.floor((low - self._low) / self._cell - 0.5)
        last = math.ceil((high - self._low) / self._cell - 0.5)
        return slice(max(first, 0), max(last + 1, 0))


def apply(weights: Array, window: tuple[float, float], stroke: Stroke) -> Array:
    """`weights` (rows y, columns x) over the square `window` with one stroke drawn on them: a new array."""
    painting = Painting(weights, window)
    painting.draw(stroke)
    return painting.weights


def _squared_distance(x: Array, y: Array, start: Point, end: Point) -> Array:
    """Squared distance of the lattice `x` (columns,) × `y` (rows,) to the segment: shape (rows, columns)."""
    across, down = x - start[0], (y - start[1])[:, None]
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    if length == 0:
        return across**2 + down**2
    along = np.clip((across * dx + down * dy) / length, 0, 1)
    return (across - along * dx) ** 2 + (down - along * dy) ** 2


def _profile(squares: Array) -> Array:
    """exp(−2q²) lowered to end continuously at q = EDGE, from the squares of q = d/size; 1 at 0."""
    floor = math.exp(-2 * EDGE**2)
    profile: Array = np.maximum(np.exp(-2 * squares) - floor, 0) / (1 - floor)
    return profile


def _stamped(before: Array, coverage: Array, stroke: Stroke) -> Array:
    """w + strength·coverage for the brush, w (1 − strength·coverage) for the eraser."""
    if stroke.tool == "brush":
        return before + stroke.strength * coverage
    left = before * (1 - stroke.strength * coverage)
    return np.where((coverage > 0) & (left < RESIDUE), 0.0, left)
