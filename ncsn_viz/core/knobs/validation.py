"""Validation of input: `finite`, `in_range` and `sequence` return their argument or raise ValidationError."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ncsn_viz.core.knobs.errors import ValidationError, show


def finite(value: Any) -> float | int:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValidationError(f"must be a number, not {show(value)}")
    with suppress(OverflowError):  # an integer larger than all floats
        if math.isfinite(value):
            return value
    raise ValidationError("must be a finite number")


def in_range(value: float, low: float, high: float, below: str = "") -> float:
    """A number in [low, high]; `below` explains what goes wrong below `low`."""
    if not low <= value <= high:
        why = f": {below}" if below and value < low else ""
        raise ValidationError(f"must be between {plain(low)} and {plain(high)}, not {plain(value)}{why}")
    return value


def plain(value: float) -> str:
    """A number as text, without rounding: 50.0000001 is not 50, and a million is 1000000."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e9):
        return show(int(value))
    return f"{value:g}" if float(f"{value:g}") == value else show(value)


def sequence(value: Any) -> Sequence[Any]:
    """A list that is not a string."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValidationError(f"must be a list, not {show(value)}")
    return value
