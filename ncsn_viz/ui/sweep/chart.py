"""One measure of a sweep: medians with bands of quartiles along a knob, or a heat map of medians."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.numerics import Array
from ncsn_viz.lab.sweep.panels import SweepLine, SweepPanel
from ncsn_viz.ui.charts.chart import Chart
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.translate import translate

BAND_ALPHA = 46  # of 255
WIDTH = 2.0  # pixels of a line
TITLE = 24  # pixels of a line of the title
SYMBOLS = (("o", "●"), ("s", "■"), ("t1", "▲"), ("d", "◆"), ("+", "✚"), ("star", "★"))  # with their characters
SPREAD = 0.5  # of the distance of two values that are no numbers, over which lines stand side by side
MOST_TEXTS = 300  # cells of a heat map with their numbers
LONGEST = 22  # letters of a text at an axis …
LONGEST_ROW = 36  # … and of one at the left of a heat map
LINE = 12  # … and of one below the plot from which on it has two lines
MOST_TICKS = 10  # numbers at an axis that are those of the knob


class SweepChart(Chart):
    """Shows a SweepPanel, in the colours of the theme."""

    file_name = "sweep"

    def __init__(self, parent: QWidget | None = None) -> None:
        self._panel: SweepPanel | None = None
        super().__init__(parent)

    def show_panel(self, panel: SweepPanel) -> None:
        """Draw a panel in place of what was drawn."""
        self._panel = panel
        self.clear()
        self._write_title(panel)
        self.axes["bottom"].setLabel(_escaped(panel.axis.name), color=theme.colors().soft)
        for axis in self.axes.values():
            axis.setTicks(None)
        if panel.heat_map:
            self._draw_heat_map(panel)
        else:
            self._draw_lines(panel)
        self.view.show_all()
        if panel.axis.numbers is None:  # all of a name at an end is seen
            self.setXRange(-0.5, len(panel.axis.labels) - 0.5, padding=0)

    def recolour(self) -> None:
        """Take the colours of the present theme."""
        super().recolour()
        if self._panel is not None:
            self.show_panel(self._panel)

    def _write_title(self, panel: SweepPanel) -> None:
        """The measure, and below it what each line is: there it covers none of them, and is part of a saved picture."""
        item, c = self.getPlotItem(), theme.colors()
        title = _escaped(translate(panel.title)) + (f" ({panel.unit})" if panel.unit else "")
        medians = [point.median for line in panel.lines for point in line.points if point is not None]
        if not panel.heat_map and math.inf in medians:
            title += f" · {translate('where there is no point, most runs do not get there')}"
        lines = [] if panel.heat_map or len(panel.lines) < 2 else panel.lines
        keys = [
            f'<span style="color:{_color(index)}">{SYMBOLS[index % len(SYMBOLS)][1]}</span>&nbsp;{_escaped(line.label)}'
            for index, line in enumerate(lines)
        ]
        legend = f'<br><span style="color:{c.soft}">{"&nbsp;&nbsp; ".join(keys)}</span>' if keys else ""
        item.setTitle(title + legend, color=c.text, size=f"{theme.NORMAL}px")
        item.titleLabel.setMaximumHeight(TITLE * (1 + bool(keys)))
        item.layout.setRowFixedHeight(0, TITLE * (1 + bool(keys)))

    # -- lines --------------------------------------------------------------------------------------------------

    def _draw_lines(self, panel: SweepPanel) -> None:
        numbers, logarithmic = panel.axis.numbers, panel.logarithmic
        self.setLogMode(x=panel.axis.logarithmic, y=logarithmic)
        self.view.invertY(False)
        for index, line in enumerate(panel.lines):
            if numbers is None:
                shift = SPREAD * ((index + 0.5) / len(panel.lines) - 0.5)
                self._draw_bars(line, index, np.arange(len(line.points), dtype=np.float64) + shift, logarithmic)
            else:
                self._draw_band(line, index, np.array(numbers), logarithmic)
        places = range(len(panel.axis.labels)) if numbers is None else numbers
        if numbers is None or len(numbers) <= MOST_TICKS:
            at = np.log10(places) if panel.axis.logarithmic else places
            self.axes["bottom"].setTicks([list(zip(at, map(_wrapped, panel.axis.labels), strict=True))])

    def _draw_band(self, line: SweepLine, index: int, x: Array, logarithmic: bool) -> None:
        """The medians as a line, and the quartiles as a band where both are finite."""
        median, lower, upper = _columns(line, logarithmic)
        order = np.argsort(x)
        both = order[np.isfinite(lower[order]) & np.isfinite(upper[order])]
        if len(both) > 1:  # in the coordinates of the view, as no PlotDataItem makes them
            at = np.log10(x[both]) if self.axes["bottom"].logMode else x[both]
            edges = (np.log10(edge[both]) if logarithmic else edge[both] for edge in (lower, upper))
            fill = QColor(_color(index))
            fill.setAlpha(BAND_ALPHA)
            self.addItem(pg.FillBetweenItem(*(pg.PlotCurveItem(at, edge) for edge in edges), brush=fill))
        known = order[np.isfinite(median[order])]
        self._add(index, x[known], median[known], joined=True)

    def _draw_bars(self, line: SweepLine, index: int, x: Array, logarithmic: bool) -> None:
        """The medians as points, and the quartiles as the ends of a bar."""
        median, lower, upper = _columns(line, logarithmic)
        both = np.isfinite(lower) & np.isfinite(upper)
        ends = np.stack([lower[both], upper[both]], axis=1).ravel()
        self.addItem(pg.PlotDataItem(np.repeat(x[both], 2), ends, connect="pairs", pen=_pen(index)))
        known = np.isfinite(median)
        self._add(index, x[known], median[known], joined=False)

    def _add(self, index: int, x: Array, y: Array, joined: bool) -> None:
        color = _color(index)
        pen = _pen(index) if joined else None
        symbol = SYMBOLS[index % len(SYMBOLS)][0]
        self.addItem(pg.PlotDataItem(x, y, pen=pen, symbol=symbol, symbolSize=7, symbolPen=None, symbolBrush=color))

    # -- heat map -----------------------------------------------------------------------------------------------

    def _draw_heat_map(self, panel: SweepPanel) -> None:
        """A cell a setting: along the axis one knob, a row for each line, the first one uppermost."""
        self.setLogMode(x=False, y=False)
        self.view.invertY(True)
        medians = np.array([[math.nan if point is None else point.median for point in line.points]
                            for line in panel.lines])  # fmt: skip
        shares = _shares(medians, panel.logarithmic)
        image = pg.ImageItem(theme.error_colors()[np.nan_to_num(255 * shares).astype(int)])
        image.setRect(-0.5, -0.5, medians.shape[1], medians.shape[0])
        self.addItem(image)
        self.axes["bottom"].setTicks([list(enumerate(map(_wrapped, panel.axis.labels)))])
        self.axes["left"].setTicks([list(enumerate(_shortened(line.label, LONGEST_ROW) for line in panel.lines))])
        if medians.size <= MOST_TEXTS:
            for (row, column), value in np.ndenumerate(medians):
                self._write(row, column, float(value), float(shares[row, column]))

    def _write(self, row: int, column: int, value: float, share: float) -> None:
        """The number in a cell, in the one of two colours that is seen better on it."""
        ground = theme.error_colors()[int(255 * share) if math.isfinite(share) else 0]
        text = pg.TextItem(
            "∞" if value == math.inf else number_text.short(value),
            color="#000000" if np.dot(ground[:3], (0.3, 0.59, 0.11)) > 120 else "#ffffff",
            anchor=(0.5, 0.5),
        )
        text.setFont(painting.font(theme.TINY))
        text.setPos(column, row)
        self.addItem(text, ignoreBounds=True)


def _columns(line: SweepLine, logarithmic: bool) -> tuple[Array, Array, Array]:
    """The median and the quartiles (k,); NaN where not known, on a logarithmic scale also where not positive."""
    nothing = (math.nan,) * 3
    rows = [nothing if each is None else (each.median, each.lower, each.upper) for each in line.points]
    found = np.array(rows, dtype=np.float64)
    found[~np.isfinite(found) | (logarithmic & (found <= 0))] = math.nan
    return found[:, 0], found[:, 1], found[:, 2]


def _shares(values: Array, logarithmic: bool) -> Array:
    """The place of each value between the least and the greatest, from 0 to 1; 1 for infinite ones, NaN for none."""
    scaled = np.log10(values) if logarithmic else values
    known = scaled[np.isfinite(scaled)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    shares = (scaled - low) / ((high - low) or 1.0)
    return np.clip(shares, 0, 1)


def _color(index: int) -> str:
    return theme.lane_color(index)


def _pen(index: int) -> QPen:
    """A line of the colour; dashed where the colours begin again."""
    style = Qt.PenStyle.SolidLine if index < len(theme.LANE_LETTERS) else Qt.PenStyle.DashLine
    pen = QPen(QColor(_color(index)), WIDTH, style)
    pen.setCosmetic(True)
    return pen


def _shortened(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _wrapped(text: str) -> str:
    """The text in two lines where it is long and has words; a kind's are joined by underscores."""
    first, space, rest = text.partition(" " if " " in text else "_")
    return _shortened(f"{first}{space}".strip()) + "\n" + _shortened(rest) if rest and len(text) > LINE else text


def _escaped(text: str) -> str:
    """The text for pyqtgraph's labels, which are HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
