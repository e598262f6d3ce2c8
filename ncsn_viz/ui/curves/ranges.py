"""What an axis of curves spans, and where letters beside them stand."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ncsn_viz.ui.widgets.camera import Array

OUTLIERS = 0.02  # of the smallest values may be outside, so that a single one does not compress the rest
Range = tuple[float, float]


def steps_range(positions: Iterable[Array], log: bool) -> Range:
    """From the first to the last of the steps at `positions`; on a linear axis from 0."""
    filled = [each for each in positions if len(each)]
    low = min((float(each.min()) for each in filled), default=0.0)
    high = max((float(each.max()) for each in filled), default=1.0)
    low, least = (low, 0.3) if log else (min(0.0, low), 1.0)
    return low, max(high, low + least)


def values_range(positions: Iterable[Array], log: bool) -> Range:
    """The range of values at `positions`: in logarithm quarters of decades and at least one, else with margins."""
    filled = [each for each in positions if len(each)]
    if not filled:
        return (-3.0, 0.0) if log else (0.0, 1.0)
    low = min(float(np.partition(each, rank := int(OUTLIERS * len(each)))[rank]) for each in filled)
    high = max(float(each.max()) for each in filled)
    if log:
        low, high = math.floor((low - 0.1) * 4) / 4, math.ceil((high + 0.05) * 4) / 4
        missing = max(0.0, 1 - (high - low))
        return low - missing / 2, high + missing / 2
    margin = 0.06 * (high - low) or max(abs(high), 1e-6) * 0.1
    return low - margin if low < 0 or low > 0.3 * high else 0.0, high + margin


def spread(wanted: list[float], low: float, high: float, gap: float) -> list[float]:
    """Positions near `wanted`, in the same order, at least `gap` apart if [low, high] is large enough."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    positions = [0.0] * len(wanted)
    least = low
    for index in order:
        positions[index] = least = max(wanted[index], least)
        least += gap
    most = high
    for index in reversed(order):
        positions[index] = most = min(positions[index], most)
        most -= gap
    return positions
