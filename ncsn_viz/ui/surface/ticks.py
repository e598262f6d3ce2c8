"""Round numbers along an axis."""

from __future__ import annotations

import math

import numpy as np

STEPS = (1.0, 2.0, 5.0, 10.0)  # between ticks, in units of a power of ten


def tick_marks(
    low: float, high: float, least: float, scale: float = 1.0, offset: float = 0.0
) -> list[tuple[float, str]]:
    """Ticks in [low, high], at least `least` apart: their positions, and scale · position + offset, round."""
    step = nice_step(scale * least)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    values = multiples(scale * low + offset, scale * high + offset, step)
    return [((value - offset) / scale, f"{value + 0.0:.{decimals}f}".replace("-", "−")) for value in values]


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `least`."""
    unit = 10.0 ** np.floor(np.log10(least))
    return float(next(unit * step for step in STEPS if unit * step >= least * 0.999))


def multiples(low: float, high: float, step: float) -> list[float]:
    """The multiples of `step` in [low, high]."""
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [round(number * step, 12) for number in range(first, last + 1)]
