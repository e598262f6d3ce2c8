"""The axes of curves, linear or logarithmic, and their ticks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ncsn_viz.ui.plots.ticks import multiples, nice_step
from ncsn_viz.ui.widgets import number_text
from ncsn_viz.ui.widgets.camera import Array

OUTLIERS = 0.02  # of the smallest values may be outside, so that a single one does not compress the rest
Tick = tuple[float, str]  # position on the axis, and text


@dataclass(frozen=True)
class Axis:
    """A range of positions; a position is the value itself, or its log₁₀ if `log`."""

    low: float
    high: float
    log: bool

    def fractions(self, positions: Array) -> Array:
        """How far along the axis `positions` (k,) are, from 0 to 1."""
        return (positions - self.low) / (self.high - self.low)

    def value(self, position: float) -> float:
        """The value at a position."""
        return 10.0**position if self.log else position

    def value_at(self, fraction: float) -> float:
        """The value at a fraction of the axis."""
        return float(self.value(self.low + fraction * (self.high - self.low)))

    def ticks(self, most: float, powers: bool) -> list[Tick]:
        """At most about `most` ticks; whole decades are written as `powers` of ten, or as numbers."""
        if self.log and self.high - self.low >= 2:
            whole = decades(self.low, self.high, most)
            return [(at, number_text.power(at) if powers else tick_text(10.0**at)) for at in whole]
        if self.log:  # less than two decades: 1, 2 and 5 times a power of ten
            exponents = range(math.floor(self.low), math.ceil(self.high) + 1)
            values = [unit * 10.0**at for at in exponents for unit in (1, 2, 5)]
            ticks = [(math.log10(value), tick_text(value)) for value in values]
            inside = [tick for tick in ticks if self.low <= tick[0] <= self.high]
            return inside[:: max(1, math.ceil(len(inside) / max(most, 1)))]
        step = nice_step((self.high - self.low) / max(1.0, most))
        return [(value, tick_text(value)) for value in multiples(self.low, self.high, step)]


def tick_text(value: float) -> str:
    """The text of a tick: 0.05, 2, 12 000."""
    return number_text.thousands(value) if abs(value) >= 1000 else number_text.plain(value)


def decades(low: float, high: float, most: float) -> list[int]:
    """Whole exponents in the range, thinned out to about `most`."""
    every = max(1, math.ceil((high - low) / max(most, 1)))
    inside = range(math.ceil(low), math.floor(high) + 1)
    return [exponent for exponent in inside if exponent % every == 0]


def steps_axis(positions: Iterable[Array], log: bool) -> Axis:
    """The axis of training steps that contains all `positions`; a linear one begins at 0."""
    filled = [each for each in positions if len(each)]
    if not filled:
        return Axis(0.0, 1.0, log)
    low, high = (min(float(each.min()) for each in filled), max(float(each.max()) for each in filled))
    if log:
        return Axis(low, max(high, low + 0.3), True)
    return Axis(min(0.0, low), max(high, min(0.0, low) + 1), False)


def values_axis(positions: Iterable[Array], log: bool) -> Axis:
    """The axis of values that contains all `positions`: logarithmic of at least one decade, or linear with margins."""
    filled = [each for each in positions if len(each)]
    if not filled:
        return Axis(-3.0, 0.0, True) if log else Axis(0.0, 1.0, False)
    low = min(float(np.quantile(each, OUTLIERS)) for each in filled)
    high = max(float(each.max()) for each in filled)
    if log:
        low, high = math.floor((low - 0.1) * 4) / 4, math.ceil((high + 0.05) * 4) / 4
        if high - low < 1:
            low, high = low - (1 - (high - low)) / 2, high + (1 - (high - low)) / 2
        return Axis(low, high, True)
    margin = 0.06 * (high - low) or max(abs(high), 1e-6) * 0.1
    return Axis(low - margin if low < 0 or low > 0.3 * high else 0.0, high + margin, False)


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
