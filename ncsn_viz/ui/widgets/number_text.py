"""Numbers as text, formatted for display and parsed from input. Does not depend on Qt."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

from ncsn_viz.core.knobs import Numbers, ValidationError

THIN = "\N{NARROW NO-BREAK SPACE}"
DASH = "–"  # instead of an unknown or not finite number
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f_"))


def thousands(number: float) -> str:
    """A whole number with thin spaces: 12 480."""
    return f"{round(number):,}".replace(",", THIN).replace("-", "−")


def short(number: float, digits: int = 2) -> str:
    """A number in `digits` significant digits, with a power of ten where it is long; a dash if not finite."""
    if not math.isfinite(number):
        return DASH
    if number == 0:
        return "0"
    mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
    size = int(exponent)  # of the rounded number: 0.09996 is 0.100
    if size >= 5 or size < -4:
        return f"{mantissa}·{power(size)}".replace("-", "−")
    if size >= digits:
        return thousands(number)
    return thousands(number) if size == digits - 1 else f"{number:.{digits - 1 - size}f}".replace("-", "−")


def with_error(value: float, error: float) -> str:
    """A value with its standard error in one significant digit, both to the same decimals: 3.64 ± 0.02."""
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return short(value, 3)
    decimals = -math.floor(math.log10(error))
    if not -2 <= decimals <= 4 or abs(value) >= 1e5:
        return f"{short(value, 3)} ± {short(error, 1)}"
    text = f"{value:.{max(decimals, 0)}f} ± {error:.{max(decimals, 0)}f}"
    return text.replace("-", "−")


def plain(number: float) -> str:
    """A number in at most three significant digits, without trailing zeros: 10, 0.1, 1.26, 12 000, 10⁻⁵."""
    if not math.isfinite(number):
        return DASH
    text, times, factor = short(number, 3).partition("·")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text + times + factor if text not in ("1", "−1") or not times else text.removesuffix("1") + factor


def percent(share: float, decimals: int = 1) -> str:
    """A share in percent: 4.1%. One that is not 0 is at least the least that the decimals can show."""
    if not math.isfinite(share):
        return DASH
    if share == 0:
        return "0%"
    return f"{math.copysign(max(abs(share), 0.01 / 10**decimals), share):.{decimals}%}".replace("-", "−")


def power(exponent: int) -> str:
    """A power of ten: 10⁻³."""
    return "10" + str(exponent).translate(_SUPERSCRIPT)


def input_text(value: float) -> str:
    """A number for an input field: the fewest of 3 to 7 digits that represent it exactly, else 4 digits."""
    if isinstance(value, int):
        return f"{value:,}".replace(",", THIN)
    if 1e3 <= abs(value) < 1e6 and value == int(value):
        return input_text(int(value))
    text = next((f"{value:.{n}g}" for n in range(3, 8) if float(f"{value:.{n}g}") == value), f"{value:.4g}")
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def parse_number(text: str) -> float | int:
    """The number in a text: 0.05, 0,05, 1e-3, 20 000, −2. Raises ValidationError."""
    number = text.translate(_SPACES).replace("−", "-").replace("·10^", "e").replace("×10^", "e")
    if "," in number:
        number = number.replace(",", "." if number.count(",") == 1 and "." not in number else "")
    with suppress(ValueError):
        return int(number)
    try:
        return float(number)
    except ValueError:
        raise ValidationError("must be a number" if text.strip() else "is missing a number") from None


def list_text(knob: Numbers, value: tuple[Any, ...]) -> str:
    """A list for an input field: `0.2, 0.8`, or rows as `-5, -5; 5, 5`."""
    if knob.width == 0:
        return ", ".join(map(input_text, value))
    return "; ".join(", ".join(map(input_text, row)) for row in value)


def parse_list(knob: Numbers, text: str) -> tuple[Any, ...]:
    """The list in a text; commas separate numbers, semicolons numbers or rows. Raises ValidationError."""
    rows = [part for part in text.split(";") if part.strip()]
    if knob.width == 0:
        return tuple(parse_number(part) for row in rows for part in row.split(",") if part.strip())
    return tuple(tuple(parse_number(part) for part in row.split(",") if part.strip()) for row in rows)
