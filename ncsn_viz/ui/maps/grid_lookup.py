"""Values between the nodes of a regular grid over the plane."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncsn_viz.lab.snapshot import FieldGrid, Floats
from ncsn_viz.ui.widgets.camera import Array, Region


def cell_region(field: FieldGrid) -> Region:
    """The region of the cells around a grid's nodes: half a cell larger than that of the nodes on each side."""
    x0, x1, y0, y1 = field.region
    rows, columns = field.score.shape[:2]
    dx, dy = (x1 - x0) / max(columns - 1, 1) / 2, (y1 - y0) / max(rows - 1, 1) / 2
    return (x0 - dx, x1 + dx, y0 - dy, y1 + dy)


def bilinear(values: np.ndarray[Any, Any], region: Region, points: Array) -> Array:
    """`values` (rows, columns, k) of a grid over `region` at `points` (n, 2): shape (n, k); NaN outside the grid."""
    rows, columns = values.shape[:2]
    return GridLookup(region, rows, columns, points).look_up(values)


class GridLookup:
    """Bilinear interpolation at fixed points (n, 2) of a grid over `region`, for any values on the grid."""

    def __init__(self, region: Region, rows: int, columns: int, points: Array) -> None:
        x0, x1, y0, y1 = region
        index = (points - (x0, y0)) / (x1 - x0, y1 - y0) * (columns - 1, rows - 1)
        # up to half a cell beyond the outermost nodes is rounding, not outside
        self._outside = ~np.asarray(((index >= -0.5) & (index <= np.array([columns, rows]) - 0.5)).all(1))
        index = np.clip(np.where(self._outside[:, None], 0, index), 0, (columns - 1, rows - 1))
        corner = np.minimum(index.astype(int), (max(columns - 2, 0), max(rows - 2, 0)))
        (right, up), (column, row) = (index - corner).T, corner.T
        first = row * columns + column
        self._nodes = np.stack([first, first + 1, first + columns, first + columns + 1])
        weights = ((1 - right) * (1 - up), right * (1 - up), (1 - right) * up, right * up)
        self._weights = np.stack(weights)[..., None]

    def look_up(self, values: np.ndarray[Any, Any]) -> Array:
        """`values` (rows, columns, k) of the grid at the points: shape (n, k); NaN outside the grid."""
        near = values.reshape(-1, values.shape[-1])[self._nodes]
        with np.errstate(invalid="ignore"):  # the values of a diverged field may not be finite
            result = np.asarray((near * self._weights).sum(0), dtype=np.float64)
        result[self._outside] = np.nan
        return result


def resample(values: np.ndarray[Any, Any], region: Region, part: Region, size: int) -> Floats:
    """`values` (rows, columns) of a grid over `region` at `size` × `size` nodes over `part`, constant beyond its edge.

    Bilinear, by whole rows and not by matrix products, whose threads would compete with those of training.
    """
    rows, columns = values.shape
    vertical = _between_rows(np.asarray(values, dtype=np.float32), *_positions(region[2:], part[2:], rows, size))
    transposed = np.ascontiguousarray(vertical.T)
    return np.ascontiguousarray(_between_rows(transposed, *_positions(region[:2], part[:2], columns, size)).T)


def _positions(ends: tuple[float, ...], part: tuple[float, ...], count: int, size: int) -> tuple[Any, Floats]:
    """For `size` positions along one axis: the node before each (size,), and the weight of the next one (size, 1)."""
    index = (np.linspace(part[0], part[1], size) - ends[0]) / (ends[1] - ends[0]) * (count - 1)
    index = np.clip(index, 0, count - 1)
    node = np.minimum(index.astype(int), count - 2)
    return node, (index - node).astype(np.float32)[:, None]


def _between_rows(values: Floats, node: Any, weight: Floats) -> Floats:
    low = values[node]
    result: Floats = low + (values[node + 1] - low) * weight
    return result
