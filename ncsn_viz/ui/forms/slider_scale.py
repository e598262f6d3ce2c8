"""The scale of a knob's slider: positions to values and back. Knows no Qt."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ncsn_viz.core.knobs import Integer, Real

POSITIONS = 1000  # of a slider
WIDEST = 10**7  # linear ranges wider than this (a seed) have no slider


@dataclass(frozen=True)
class SliderScale:
    """A map from t in [0, 1] onto a range and back; `tidy` keeps the digits that a slider can tell apart."""

    value: Callable[[float], float]
    place: Callable[[float], float]
    tidy: Callable[[float], float]


def scale_of(what: Real | Integer) -> SliderScale:
    """The scale of a knob's slider.

    Logarithmic where the knob says so. Linear otherwise, with two exceptions that a linear slider cannot serve: a
    range that ends just below 1 (a memory) runs evenly in log(1 − x), and a wide one from 0 runs in the cube.
    """
    low, high = float(what.low), float(what.high)
    if what.log and low > 0:
        return _logarithmic(low, high)
    if isinstance(what, Real) and 0.99 < high < 1 and low == 0:
        return _near_one(high)
    if isinstance(what, Real) and low == 0 and high >= 20:
        return SliderScale(lambda t: high * t**3, lambda x: (x / high) ** (1 / 3), lambda x: round_to(x, 2))
    return _linear(low, high)


def _logarithmic(low: float, high: float) -> SliderScale:
    decades = math.log10(high / low)
    kept = 2 if decades > 2.5 else 3
    return SliderScale(
        lambda t: low * 10 ** (decades * t),
        lambda x: math.log10(x / low) / decades if decades else 0.0,
        lambda x: round_to(x, kept),
    )


def _linear(low: float, high: float) -> SliderScale:
    span = high - low
    step = 10.0 ** math.floor(math.log10(span / 100)) if span > 0 else 1.0
    places = max(0, -round(math.log10(step)))
    return SliderScale(
        lambda t: low + span * t,
        lambda x: (x - low) / span if span else 0.0,
        lambda x: round(round(x / step) * step, places),
    )


def _near_one(high: float) -> SliderScale:
    whole = math.log(1 - high)
    return SliderScale(
        lambda t: -math.expm1(whole * t),
        lambda x: math.log1p(-x) / whole,
        lambda x: round(1 - round_to(1 - x, 1), 9),
    )


def round_to(value: float, kept: int) -> float:
    """`value` in `kept` significant digits."""
    return float(f"{value:.{kept - 1}e}")


def value_at(what: Real | Integer, position: int) -> float | int:
    """The value of a slider at `position` (0 to POSITIONS), in a few digits and inside the range."""
    scale = scale_of(what)
    if position <= 0:
        return what.low
    if position >= POSITIONS:
        return what.high
    value = scale.tidy(scale.value(position / POSITIONS))
    value = min(max(value, what.low), what.high)
    return round(value) if isinstance(what, Integer) else value


def position_of(what: Real | Integer, value: float) -> int:
    """Where on its slider `value` stands: 0 to POSITIONS."""
    return round(POSITIONS * min(max(scale_of(what).place(value), 0.0), 1.0))


def has_slider(what: Real | Integer) -> bool:
    """Whether a slider can serve the range at all."""
    return what.log or what.high - what.low <= WIDEST
