"""Weights on a lattice with marks drawn on them, cheap to extend while the mouse moves."""

from __future__ import annotations

import copy
import math
from itertools import pairwise, repeat

import numpy as np

from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.painting.marks import Mark, Point, composited, symmetries, transformed
from ncsn_viz.core.targets.painting.strokes import Stroke

Slices = tuple[slice, slice]

MIN_PRESSURE_SIZE = 0.4  # share of a brush's size at pressure 0
CUTOFF = 2.0  # distance at which the profile ends, in units of the brush's size
MIN_SIZE = 0.75  # in cells: a thinner brush could pass between the cell centres


class Painting:
    """Weights (rows y, columns x) of the cells of the square `window`, on which marks are drawn one by one.

    Extending the last stroke costs only its new points; the weights are exactly those of drawing it at once.
    """

    def __init__(self, weights: Array, window: tuple[float, float]) -> None:
        cells = len(weights)
        self._cell = (window[1] - window[0]) / cells
        self._low, self._middle = window[0], (window[0] + window[1]) / 2
        self._centres = window[0] + (np.arange(cells, dtype=np.float64) + 0.5) * self._cell
        self._mark: Mark | None = None
        self._before = weights
        self._coverage = np.zeros_like(weights)  # of the last mark, in [0, 1]; of a filled stroke without its inside
        self._weights = weights.copy()

    @property
    def weights(self) -> Array:
        """The current weights, a read-only view that changes with the next mark."""
        view = self._weights.view()
        view.flags.writeable = False
        return view

    def copy(self) -> Painting:
        """A painting that can be drawn on without changing this one."""
        twin = copy.copy(self)
        twin._coverage, twin._weights = self._coverage.copy(), self._weights.copy()
        return twin

    def draw(self, mark: Mark) -> None:
        """Draw one more mark."""
        self._before, self._mark = self._weights.copy(), mark
        self._coverage = np.zeros_like(self._weights)
        if isinstance(mark, Stroke):
            self._draw_from(mark, 0)
            return
        self._weights = composited(self._before, mark.coverage(self._centres, self._middle), mark)

    def extend(self, stroke: Stroke) -> None:
        """Draw the new points of `stroke`, which `continues` the last mark. Raises ValueError if it does not."""
        last = self._mark
        if not isinstance(last, Stroke) or not stroke.continues(last):
            raise ValueError("only a continuation of the last stroke can extend it")
        self._draw_from(stroke, len(last.points))

    def _draw_from(self, stroke: Stroke, done: int) -> None:
        """Draw the points of a stroke after the first `done` ones."""
        self._mark = stroke
        for image in symmetries(stroke):
            points = [transformed(point, image, self._middle) for point in stroke.points[max(done - 1, 0) :]]
            segments = pairwise(points if done else [points[0], *points])
            for (start, end), pressure in zip(segments, stroke.pressures[done:] or repeat(1.0), strict=False):
                self._draw_segment(stroke, start, end, pressure)
        if stroke.filled:
            self._weights = composited(self._before, self._filled_coverage(stroke), stroke)

    def _filled_coverage(self, stroke: Stroke) -> Array:
        """The coverage of the line, of the segment from its end to its start, and of what both enclose."""
        coverage = self._coverage.copy()
        size = max(stroke.size, MIN_SIZE * self._cell)
        for image in symmetries(stroke):
            points = [transformed(point, image, self._middle) for point in stroke.points]
            squares = _squared_distance(self._centres, self._centres, points[-1], points[0])
            coverage = np.maximum(coverage, _profile(squares / size**2))
            coverage[enclosed_cells(self._centres, np.array(points))] = 1
        return coverage

    def _draw_segment(self, stroke: Stroke, start: Point, end: Point, pressure: float) -> None:
        size = max(stroke.size * (MIN_PRESSURE_SIZE + (1 - MIN_PRESSURE_SIZE) * pressure), MIN_SIZE * self._cell)
        box = self._cells_near(start, end, CUTOFF * size)
        squares = _squared_distance(self._centres[box[1]], self._centres[box[0]], start, end)
        coverage = np.maximum(self._coverage[box], pressure * _profile(squares / size**2))
        self._coverage[box] = coverage
        self._weights[box] = composited(self._before[box], coverage, stroke)

    def _cells_near(self, start: Point, end: Point, distance: float) -> Slices:
        """The rows and columns of a box that contains all cell centres within `distance` of a segment."""
        axes = zip(start, end, strict=True)
        x, y = (self._cells_between(min(ends) - distance, max(ends) + distance) for ends in axes)
        return y, x

    def _cells_between(self, low: float, high: float) -> slice:
        first = math.floor((low - self._low) / self._cell - 0.5)
        last = math.ceil((high - self._low) / self._cell - 0.5)
        return slice(max(first, 0), max(last + 1, 0))


def draw_mark(weights: Array, window: tuple[float, float], mark: Mark) -> Array:
    """A copy of `weights` (rows y, columns x) over the square `window` with one mark drawn on it."""
    painting = Painting(weights, window)
    painting.draw(mark)
    return painting.weights


def _squared_distance(x: Array, y: Array, start: Point, end: Point) -> Array:
    """Squared distance of the points `x` (columns,) × `y` (rows,) to a segment: shape (rows, columns)."""
    across, down = x - start[0], (y - start[1])[:, None]
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    if length == 0:
        return across**2 + down**2
    along = np.clip((across * dx + down * dy) / length, 0, 1)
    return (across - along * dx) ** 2 + (down - along * dy) ** 2


def _profile(squares: Array) -> Array:
    """exp(−2q²), shifted and scaled to be 0 at q = CUTOFF and 1 at q = 0, for `squares` q² with q = d/size."""
    floor = math.exp(-2 * CUTOFF**2)
    profile: Array = np.maximum(np.exp(-2 * squares) - floor, 0) / (1 - floor)
    return profile


def enclosed_cells(centres: Array, polygon: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which cells a closed `polygon` (k, 2) encloses, even–odd rule: shape (n, n), for the `centres` (n,) of both axes.

    A cell is inside if the number of edges that cross its row to the left of it is odd.
    """
    start, end = polygon, np.roll(polygon, -1, axis=0)
    y = centres[:, None]
    row, edge = np.nonzero((start[:, 1] <= y) != (end[:, 1] <= y))
    rise = (centres[row] - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
    cut = start[edge, 0] + rise * (end[edge, 0] - start[edge, 0])
    counts = np.zeros((len(centres), len(centres) + 1), dtype=int)
    np.add.at(counts, (row, np.searchsorted(centres, cut)), 1)
    odd: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = counts.cumsum(axis=1)[:, :-1] % 2 == 1
    return odd
