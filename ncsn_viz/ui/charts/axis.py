"""Axes with the program's numbers, in the colours of the theme."""

from __future__ import annotations

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from ncsn_viz.ui.widgets import number_text, painting, theme

pg.setConfigOptions(
    antialias=True, imageAxisOrder="row-major", exitCleanup=False, mouseRateLimit=0
)  # Qt merges fast moves; a limit would lose the last one

TICK = 3  # pixels of a tick, outwards
MARGIN = 20  # pixels by which the outermost numbers may reach over the end of an axis without a line
DENSITY = {"left": 1.85, "bottom": 1.3, "right": 1.0}  # of numbers where there is one level of them, pyqtgraph's is 1
Levels = list[tuple[float | None, list[float]]]  # of ticks: their spacing, if they have one, and where they are


class NumberAxis(pg.AxisItem):
    """An axis of numbers: 0.05, 12 000, −2; on a logarithmic one powers of ten.

    `ticks` at a line, or numbers alone, or with a `grid` across the view.
    """

    def __init__(self, orientation: str, ticks: bool = True, grid: bool = False) -> None:
        super().__init__(orientation, maxTickLength=-TICK if ticks else 0)
        self._ticks = ticks
        self.setStyle(tickTextOffset=4, autoReduceTextSpace=False, hideOverlappingLabels=True)
        self.enableAutoSIPrefix(False)
        if not ticks:
            self.setStyle(maxTickLevel=0, hideOverlappingLabels=MARGIN)
            self.setTickDensity(DENSITY[orientation])
        if grid:
            self.setStyle(tickAlpha=255)
            self.setGrid(255)
        self.recolour()

    def recolour(self) -> None:
        """Take font and colours of the present theme."""
        c = theme.colors()
        self.setStyle(tickFont=painting.font(theme.TINY))
        self.setPen(c.line if self._ticks else None)
        self.setTickPen(c.line if self._ticks or self.grid else None)
        self.setTextPen(c.faint)

    def boundingRect(self) -> QRectF:
        """The rectangle of numbers and lines, which has room for the outermost numbers of a grid, too."""
        rect: QRectF = super().boundingRect()
        return rect if self.grid is False else rect.adjusted(0, -MARGIN, 0, MARGIN)

    def drawPicture(self, painter: QPainter, line: Any, ticks: list[Any], texts: list[Any]) -> None:
        """Draw what was computed; without ticks and grid Qt would draw their ends as points."""
        super().drawPicture(painter, line, ticks if self._ticks or self.grid else [], texts)

    def logTickValues(self, low: float, high: float, size: float, levels: Levels) -> Levels:
        """Ticks of a logarithmic axis: whole powers of ten, or where there is less than a decade, round numbers.

        Between one and two decades 1, 2 and 5 times a power of ten.
        """
        if high - low >= 2:
            step = max(1, round(levels[0][0] or 1)) if levels else 1  # decades
            return [(None, [float(at) for at in range(math.ceil(low / step) * step, math.floor(high) + 1, step)])]
        if high - low > 0.8:
            exponents = range(math.floor(low), math.ceil(high) + 1)
            ticks = [at + math.log10(unit) for at in exponents for unit in (1, 2, 5)]
            return [(None, [at for at in ticks if low <= at <= high])]
        spacing, _ = self.tickSpacing(10**low, 10**high, size)[0]
        numbers = range(math.ceil(10**low / spacing), math.floor(10**high / spacing) + 1)
        return [(spacing, [math.log10(number * spacing) for number in numbers if number])]

    def tickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        """The texts of ticks at `values`, multiples of `spacing`, in units of 1/`scale`; without spacing logarithms."""
        if self.logMode and spacing is None:
            powers = all(abs(value - round(value)) < 1e-6 for value in values)
            return [log_text(value) if powers else number_text.plain(10**value) for value in values]
        decimals = math.ceil(-math.log10((spacing or 1) * scale) - 1e-9)
        if self.logMode:
            return [tick_text(10**value, decimals) for value in values]
        return [tick_text(value * scale, decimals) for value in values]


def tick_text(value: float, decimals: int) -> str:
    """The text of a tick on a linear axis: as many decimals as tell its neighbours apart, and no minus before 0.

    Fewer than none are zeros before the point. Long numbers have a power of ten.
    """
    if not round(value, decimals):
        return "0"
    if decimals > 5 or abs(value) >= 1e7:
        return number_text.short(value, max(1, math.floor(math.log10(abs(value)) + 1e-9) + decimals + 1))
    if decimals <= 0:
        return number_text.thousands(value)
    return f"{value:.{decimals}f}".replace("-", "−")


def log_text(exponent: float) -> str:
    """The text of a tick at 10^exponent: a whole power as such, 2 and 5 times one as a number."""
    whole = round(exponent)
    if abs(exponent - whole) > 1e-6:
        return number_text.plain(10.0**exponent)
    return number_text.power(whole) if abs(whole) > 1 else number_text.plain(10.0**whole)
