"""Numbers as people write them, and how a slider runs over a range. Knows no Qt."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ncsn_viz.core.knobs import Integer, Numbers, Real, ValidationError

STEPS = 1000  # positions of a slider
WIDEST = 10**7  # wider linear ranges (a seed) are typed, not slid
_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f_"))


@dataclass(frozen=True)
class Scale:
    """A map from t in [0, 1] onto a range and back; `tidy` keeps the digits that a slider can tell apart."""

    value: Callable[[float], float]
    place: Callable[[float], float]
    tidy: Callable[[float], float]


def scale_of(what: Real | Integer) -> Scale:
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
        return Scale(lambda t: high * t**3, lambda x: (x / high) ** (1 / 3), lambda x: digits(x, 2))
    return _linear(low, high)


def _logarithmic(low: float, high: float) -> Scale:
    decades = math.log10(high / low)
    kept = 2 if decades > 2.5 else 3
    return Scale(
        lambda t: low * 10 ** (decades * t),
        lambda x: math.log10(x / low) / decades if decades else 0.0,
        lambda x: digits(x, kept),
    )


def _linear(low: float, high: float) -> Scale:
    span = high - low
    step = 10.0 ** math.floor(math.log10(span / 100)) if span > 0 else 1.0
    places = max(0, -round(math.log10(step)))
    return Scale(
        lambda t: low + span * t,
        lambda x: (x - low) / span if span else 0.0,
        lambda x: round(round(x / step) * step, places),
    )


def _near_one(high: float) -> Scale:
    whole = math.log(1 - high)
    return Scale(
        lambda t: -math.expm1(whole * t),
        lambda x: math.log1p(-x) / whole,
        lambda x: round(1 - digits(1 - x, 1), 9),
    )


def digits(value: float, kept: int) -> float:
    """`value` in `kept` significant digits."""
    return float(f"{value:.{kept - 1}e}")


def slid(what: Real | Integer, position: int) -> float | int:
    """The value of a slider at `position` (0 to STEPS), in a few digits and inside the range."""
    scale = scale_of(what)
    if position <= 0:
        return what.low
    if position >= STEPS:
        return what.high
    value = scale.tidy(scale.value(position / STEPS))
    value = min(max(value, what.low), what.high)
    return round(value) if isinstance(what, Integer) else value


def position(what: Real | Integer, value: float) -> int:
    """Where on its slider `value` stands: 0 to STEPS."""
    return round(STEPS * min(max(scale_of(what).place(value), 0.0), 1.0))


def slides(what: Real | Integer) -> bool:
    """Whether a slider can serve the range at all."""
    return what.log or what.high - what.low <= WIDEST


def number_text(value: float) -> str:
    """A number for an input field: as few digits as say it, and four where seven do not."""
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f") if abs(value) >= 10_000 else str(value)
    if 1e4 <= abs(value) < 1e6 and value == int(value):
        return number_text(int(value))
    text = next((f"{value:.{n}g}" for n in range(3, 8) if float(f"{value:.{n}g}") == value), f"{value:.4g}")
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def read_number(text: str) -> float | int:
    """The number that was typed: 0.05, 0,05, 1e-3, 20 000, −2. Raises BadValue."""
    plain = text.translate(_SPACES).replace("−", "-").replace("·10^", "e").replace("×10^", "e")
    if "," in plain:
        plain = plain.replace(",", "." if plain.count(",") == 1 and "." not in plain else "")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain)
    except ValueError:
        raise ValidationError("must be a number" if text.strip() else "is missing a number") from None


def list_text(what: Numbers, value: tuple[Any, ...]) -> str:
    """A list for an input field: `0.2, 0.8`, or rows as `-5, -5; 5, 5`."""
    if what.width == 0:
        return ", ".join(map(number_text, value))
    return "; ".join(", ".join(map(number_text, row)) for row in value)


def read_list(what: Numbers, text: str) -> tuple[Any, ...]:
    """The list that was typed; commas part numbers, semicolons part numbers or rows. Raises BadValue."""
    rows = [part for part in text.split(";") if part.strip()]
    if what.width == 0:
        return tuple(read_number(part) for row in rows for part in row.split(",") if part.strip())
    return tuple(tuple(read_number(part) for part in row.split(",") if part.strip()) for row in rows)
