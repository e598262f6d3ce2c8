"""Values on a regular grid of the plane, looked up between its nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import FieldGrid
from ncsn_viz.ui.widgets.camera import Array, Region


def cells(field: FieldGrid) -> Region:
    """The outer edge of the cells around a grid's nodes: half a cell beyond the outermost ones."""
    x0, x1, y0, y1 = field.region
    rows, columns = field.density.shape
    dx, dy = (x1 - x0) / max(columns - 1, 1) / 2, (y1 - y0) / max(rows - 1, 1) / 2
    return (x0 - dx, x1 + dx, y0 - dy, y1 + dy)


def bilinear(values: np.ndarray[Any, Any], region: Region, points: Array) -> Array:
    """`values` (rows, columns, k) of a grid over `region` at `points` (n, 2): shape (n, k); NaN outside the grid."""
    rows, columns = values.shape[:2]
    return Places(region, rows, columns, points).look_up(values)


class Places:
    """Points (n, 2) among the nodes of a grid over `region`, found once for all that is looked up there."""

    def __init__(self, region: Region, rows: int, columns: int, points: Array) -> None:
        x0, x1, y0, y1 = region
        place = (points - (x0, y0)) / (x1 - x0, y1 - y0) * (columns - 1, rows - 1)
        # the lattice may end a fraction of a cell beyond the last node: that is rounding, not another place
        self._outside = ~np.asarray(((place >= -0.5) & (place <= np.array([columns, rows]) - 0.5)).all(1))
        place = np.clip(np.where(self._outside[:, None], 0, place), 0, (columns - 1, rows - 1))
        corner = np.minimum(place.astype(int), (max(columns - 2, 0), max(rows - 2, 0)))
        (right, up), (column, row) = (place - corner).T, corner.T
        first = row * columns + column
        self._nodes = np.stack([first, first + 1, first + columns, first + columns + 1])
        shares = ((1 - right) * (1 - up), right * (1 - up), (1 - right) * up, right * up)
        self._shares = np.stack(shares)[..., None]

    def look_up(self, values: np.ndarray[Any, Any]) -> Array:
        """`values` (rows, columns, k) there, bilinear between the nodes: shape (n, k); NaN outside the grid."""
        near = values.reshape(-1, values.shape[-1])[self._nodes]
        with np.errstate(invalid="ignore"):  # a diverged field may hold anything
            found = np.asarray((near * self._shares).sum(0), dtype=np.float64)
        found[self._outside] = np.nan
        return found


def resample(values: np.ndarray[Any, Any], region: Region, part: Region, size: int) -> Floats:
    """`values` (rows, columns) of a grid over `region` at `size` × `size` nodes over `part`; at the edge beyond it.

    Bilinear, whole rows at a time; not by products of matrices, whose threads fight with the training's.
    """
    rows, columns = values.shape
    lines = _between_rows(np.asarray(values, dtype=np.float32), *_places(region[2:], part[2:], rows, size))
    upright = _between_rows(np.ascontiguousarray(lines.T), *_places(region[:2], part[:2], columns, size))
    return np.ascontiguousarray(upright.T)


def _places(ends: tuple[float, ...], part: tuple[float, ...], count: int, size: int) -> tuple[Any, Floats]:
    """The nodes before `size` places along one axis (size,), and how far each is towards the next (size, 1)."""
    place = (np.linspace(part[0], part[1], size) - ends[0]) / (ends[1] - ends[0]) * (count - 1)
    place = np.clip(place, 0, count - 1)
    node = np.minimum(place.astype(int), count - 2)
    return node, (place - node).astype(np.float32)[:, None]


def _between_rows(values: Floats, node: Any, share: Floats) -> Floats:
    low = values[node]
    found: Floats = low + (values[node + 1] - low) * share
    return found
