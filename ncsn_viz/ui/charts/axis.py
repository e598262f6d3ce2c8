"""Axes with the program's numbers, in the colours of the theme."""

from __future__ import annotations

import math

import pyqtgraph as pg

from ncsn_viz.ui.widgets import number_text, painting, theme

TICK = 3  # pixels of a tick, outwards


class NumberAxis(pg.AxisItem):
    """An axis of numbers: 0.05, 12 000, −2; on a logarithmic one powers of ten."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=-TICK)
        self.setStyle(tickTextOffset=4, autoReduceTextSpace=False, hideOverlappingLabels=True)
        self.enableAutoSIPrefix(False)
        self.recolour()

    def recolour(self) -> None:
        """Take font and colours of the present theme."""
        c = theme.colors()
        self.setStyle(tickFont=painting.font(theme.TINY))
        self.setPen(c.line)
        self.setTextPen(c.faint)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """The texts of ticks at `values`, multiples of `spacing`, in units of 1/`scale`."""
        if self.logMode:
            return [log_text(value) for value in values]
        decimals = max(0, math.ceil(-math.log10(spacing * scale) - 1e-9))
        return [tick_text(value * scale, decimals) for value in values]


def tick_text(value: float, decimals: int) -> str:
    """The text of a tick on a linear axis: as many decimals as tell its neighbours apart, and no minus before 0."""
    if decimals > 5 or abs(value) >= 1e7:
        return number_text.plain(value)
    if decimals == 0:
        return number_text.thousands(value)
    return f"{value + 0.0:.{decimals}f}".replace("-", "−") if round(value, decimals) else "0"


def log_text(exponent: float) -> str:
    """The text of a tick at 10^exponent: a whole power as such, 2 and 5 times one as a number."""
    whole = round(exponent)
    if abs(exponent - whole) > 1e-6:
        return number_text.plain(10.0**exponent)
    return number_text.power(whole) if abs(whole) > 1 else number_text.plain(10.0**whole)
