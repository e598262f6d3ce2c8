"""The axes of curves: linear or logarithmic, with numbers that do not touch."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ncsn_viz.ui.plots.ticks import multiples, nice_step
from ncsn_viz.ui.widgets import number_text
from ncsn_viz.ui.widgets.camera import Array

DROP = 0.02  # of the least values that may lie below the axis: a lucky dip must not squeeze the rest
Tick = tuple[float, str]  # where on the axis, and what is written there


@dataclass(frozen=True)
class Axis:
    """A range in the axis' own coordinate: the number itself, or its log₁₀."""

    low: float
    high: float
    log: bool

    def shares(self, places: Array) -> Array:
        """How far along the axis `places` (k,) in its own coordinate are, from 0 to 1."""
        return (places - self.low) / (self.high - self.low)

    def number(self, share: float) -> float:
        """The number at that share of the axis."""
        place = self.low + share * (self.high - self.low)
        return float(10.0**place) if self.log else place

    def ticks(self, most: float, powers: bool) -> list[Tick]:
        """At most about `most` ticks; whole decades are written as `powers` of ten, or as numbers."""
        if self.log and self.high - self.low >= 2:
            return [
                (at, number_text.power(at) if powers else number(10.0**at)) for at in decades(self.low, self.high, most)
            ]
        if self.log:  # hardly a decade: 1, 2, 5 as well
            found = [(math.log10(unit * 10.0**at), unit * 10.0**at)
                     for at in range(math.floor(self.low), math.ceil(self.high) + 1) for unit in (1, 2, 5)]  # fmt: skip
            inside = [(place, value) for place, value in found if self.low <= place <= self.high]
            return [(place, number(value)) for place, value in inside[:: max(1, math.ceil(len(inside) / max(most, 1)))]]
        step = nice_step((self.high - self.low) / max(1.0, most))
        return [(value, number(value)) for value in multiples(self.low, self.high, step)]


def number(value: float) -> str:
    """A number of a scale: 0.05, 2, 12 000."""
    return number_text.thousands(value) if abs(value) >= 1000 else number_text.plain(value)


def decades(low: float, high: float, most: float) -> list[int]:
    """Whole exponents in the range, thinned out to about `most`."""
    every = max(1, math.ceil((high - low) / max(most, 1)))
    inside = range(math.ceil(low), math.floor(high) + 1)
    return [exponent for exponent in inside if exponent % every == 0]


def steps_axis(places: Iterable[Array], log: bool) -> Axis:
    """The axis that holds steps in its own coordinate; a linear one begins at 0."""
    full = [each for each in places if len(each)]
    if not full:
        return Axis(0.0, 1.0, log)
    low, high = (min(float(each.min()) for each in full), max(float(each.max()) for each in full))
    if log:
        return Axis(low, max(high, low + 0.3), True)
    return Axis(min(0.0, low), max(high, min(0.0, low) + 1), False)


def values_axis(places: Iterable[Array], log: bool) -> Axis:
    """The axis that holds values: in logarithm at least one decade, in quarters; linear with a little air."""
    full = [each for each in places if len(each)]
    if not full:
        return Axis(-3.0, 0.0, True) if log else Axis(0.0, 1.0, False)
    low = min(float(np.quantile(each, DROP)) for each in full)
    high = max(float(each.max()) for each in full)
    if log:
        low, high = math.floor((low - 0.1) * 4) / 4, math.ceil((high + 0.05) * 4) / 4
        if high - low < 1:
            low, high = low - (1 - (high - low)) / 2, high + (1 - (high - low)) / 2
        return Axis(low, high, True)
    air = 0.06 * (high - low) or max(abs(high), 1e-6) * 0.1
    return Axis(low - air if low < 0 or low > 0.3 * high else 0.0, high + air, False)


def spread(wanted: list[float], low: float, high: float, gap: float) -> list[float]:
    """Places near `wanted`, in the same order, at least `gap` apart where [low, high] has room for that."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    placed = [0.0] * len(wanted)
    least = low
    for index in order:
        placed[index] = least = max(wanted[index], least)
        least += gap
    most = high
    for index in reversed(order):
        placed[index] = most = min(placed[index], most)
        most -= gap
    return placed
