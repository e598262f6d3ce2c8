"""The scale of a knob's slider: from positions to values and back. Does not depend on Qt."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ncsn_viz.core.knobs import Integer, Real

POSITIONS = 1000  # a slider goes from 0 to this
WIDEST = 10**7  # linear ranges wider than this (a seed) have no slider


@dataclass(frozen=True)
class SliderScale:
    """A map from t in [0, 1] onto a range and back; `tidy` rounds to the digits that a slider resolves."""

    value: Callable[[float], float]
    inverse: Callable[[float], float]
    tidy: Callable[[float], float]


def scale_of(knob: Real | Integer) -> SliderScale:
    """The scale of a knob's slider.

    Logarithmic if the knob is; linear in log(1 − x) for a range that ends just below 1 (a decay rate); cubic for a
    wide range from 0; else linear.
    """
    low, high = float(knob.low), float(knob.high)
    if knob.log and low > 0:
        return _logarithmic(low, high)
    if isinstance(knob, Real) and 0.99 < high < 1 and low == 0:
        return _near_one(high)
    if isinstance(knob, Real) and low == 0 and high >= 20:
        return SliderScale(lambda t: high * t**3, lambda x: (x / high) ** (1 / 3), lambda x: round_to(x, 2))
    return _linear(low, high)


def _logarithmic(low: float, high: float) -> SliderScale:
    decades = math.log10(high / low)
    count = 2 if decades > 2.5 else 3
    return SliderScale(
        lambda t: low * 10 ** (decades * t),
        lambda x: math.log10(x / low) / decades if decades else 0.0,
        lambda x: round_to(x, count),
    )


def _linear(low: float, high: float) -> SliderScale:
    span = high - low
    step = 10.0 ** math.floor(math.log10(span / 100)) if span > 0 else 1.0
    decimals = max(0, -round(math.log10(step)))
    return SliderScale(
        lambda t: low + span * t,
        lambda x: (x - low) / span if span else 0.0,
        lambda x: round(round(x / step) * step, decimals),
    )


def _near_one(high: float) -> SliderScale:
    log_range = math.log(1 - high)
    return SliderScale(
        lambda t: -math.expm1(log_range * t),
        lambda x: math.log1p(-x) / log_range,
        lambda x: round(1 - round_to(1 - x, 1), 9),
    )


def round_to(value: float, count: int) -> float:
    """`value` rounded to `count` significant digits."""
    return float(f"{value:.{count - 1}e}")


def value_at(knob: Real | Integer, position: int) -> float | int:
    """The value at `position` (0 to POSITIONS) of the slider, in a few digits and inside the range."""
    scale = scale_of(knob)
    if position <= 0:
        return knob.low
    if position >= POSITIONS:
        return knob.high
    value = min(max(scale.tidy(scale.value(position / POSITIONS)), knob.low), knob.high)
    return round(value) if isinstance(knob, Integer) else value


def position_of(knob: Real | Integer, value: float) -> int:
    """The slider position of `value`, 0 to POSITIONS."""
    return round(POSITIONS * min(max(scale_of(knob).inverse(value), 0.0), 1.0))


def has_slider(knob: Real | Integer) -> bool:
    """Whether the range suits a slider."""
    return knob.log or knob.high - knob.low <= WIDEST
