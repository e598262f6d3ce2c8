"""Contour lines on a grid, and the non-conservative share of a field on it."""

from __future__ import annotations

import contourpy
import numpy as np

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.numerics import Region, torch
from ncsn_viz.lab.snapshot import Floats

CONTOURS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)  # energies above the least one, in nats


def non_conservative(score: torch.Tensor, region: Region, view: Region) -> float:
    """The non-conservative share of `score` (rows, columns, 2) on the nodes inside `view`."""
    rows, columns = score.shape[:2]
    x0, x1, across = _inside(region[0], region[1], columns, view[0], view[1])
    y0, y1, up = _inside(region[2], region[3], rows, view[2], view[3])
    return calculus.non_conservative_share(score[up, across], (x0, x1, y0, y1))


def _inside(first: float, last: float, count: int, low: float, high: float) -> tuple[float, float, slice]:
    """The first and the last of `count` nodes that lie in [low, high], and which they are; all, if hardly any do."""
    nodes = np.linspace(first, last, count)
    inside = np.nonzero((nodes >= low) & (nodes <= high))[0]
    start, stop = (int(inside[0]), int(inside[-1]) + 1) if len(inside) > 2 else (0, count)
    return float(nodes[start]), float(nodes[stop - 1]), slice(start, stop)


def lines(energy: Floats, region: Region, opacity: Floats | None = None) -> tuple[Floats, ...]:
    """Lines of equal energy, each of shape (k, 2); none where the `opacity` (rows, columns) is below ½."""
    rows, columns = energy.shape
    x, y = np.linspace(*region[:2], columns), np.linspace(*region[2:], rows)
    known = energy if opacity is None else np.ma.masked_where(opacity < 0.5, energy)
    found = contourpy.contour_generator(x, y, known)
    return tuple(np.asarray(line, dtype=np.float32) for level in CONTOURS for line in found.lines(level))
