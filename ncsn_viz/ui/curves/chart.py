"""The chart of a card of curves: lines with bands, their letters or a key, and the values at the mouse."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.ui.charts.axis import NumberAxis
from ncsn_viz.ui.charts.chart import Chart, FittedView
from ncsn_viz.ui.curves.end_letters import EndLetters
from ncsn_viz.ui.curves.lines import CurveLine
from ncsn_viz.ui.curves.ranges import steps_range, values_range
from ncsn_viz.ui.widgets import number_text, painting, paths, theme

BAND_ALPHA = 46  # of 255
ALONE, NEAREST = 3.5, 6.0  # pixels, the diameters of dots: of values without neighbours, and at the mouse
NUMBERS = 34  # pixels of the numbers on the left, at least
TOP, NOTE = 8, 14  # pixels above the lines, and of the note below the axis


class DrawnLine:
    """The items of one line: the line, and its band behind it."""

    def __init__(self, chart: Chart) -> None:
        self.line, self.band = pg.PlotDataItem(), pg.FillBetweenItem(None, None)
        self.band.setZValue(-1)
        chart.addItem(self.line)
        chart.view.addItem(self.band, ignoreBounds=True)

    def show(self, line: CurveLine) -> None:
        """Draw a line. Gaps are where its values have no position: pyqtgraph does not go through those."""
        pen = QPen(QColor(line.color), 0)
        # two strokes of width 1 look like one of 1.4, which takes Qt eight times as long
        self.line.setData(line.steps, line.values, pen=pen, shadowPen=pen)
        tint = QColor(line.color)
        tint.setAlpha(BAND_ALPHA)
        self.band.setBrush(tint)
        # from two curves the item makes a Python object of each point, which takes thirty times as long
        self.band.setPath(paths.polylines(line.band_outlines()))
        self.line.show()
        self.band.show()

    def hide(self) -> None:
        """Draw nothing."""
        self.line.hide()
        self.band.hide()


class CurveChart(Chart):
    """Curves over training steps, on axes that are linear or logarithmic."""

    def __init__(self, parent: QWidget) -> None:
        self.letters = EndLetters()
        left, bottom = NumberAxis("left", ticks=False, grid=True), NumberAxis("bottom", ticks=False)
        left.setStyle(tickTextWidth=NUMBERS)
        axes = {"left": left, "bottom": bottom, "right": self.letters}
        super().__init__(parent, FittedView(), axes)
        self.lines: list[CurveLine] = []
        self.axes_of = CurveView()
        self._drawn: list[DrawnLine] = []
        self._letters = True
        self._mouse: QPointF | None = None
        self.alone, self.nearest_dots = (
            pg.ScatterPlotItem(size=ALONE, pen=None),
            pg.ScatterPlotItem(size=NEAREST, pen=None),
        )
        self.crosshair = pg.InfiniteLine(angle=90)
        self.note = pg.TextItem(anchor=(0, 1))
        self.note.setParentItem(self.getPlotItem())
        for item in (self.alone, self.crosshair, self.nearest_dots):
            self.view.addItem(item, ignoreBounds=True)
        self.table = theme.styled(QLabel(parent), "values")  # outside the scene: no part of what is exported
        self.table.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.key = self.getPlotItem().addLegend(offset=(-1, 1), colCount=1, labelTextSize=f"{theme.TINY}px")
        self._leave()
        self.view.sigRangeChanged.connect(self._show_values)
        self.view.sigResized.connect(self._place_texts)

    # -- what is shown ------------------------------------------------------------------------------------------

    def show_lines(self, lines: Sequence[CurveLine], view: CurveView, letters: bool = True) -> None:
        """Draw `lines` on the axes of `view`, with letters at their ends or a key of their names.

        Another curve or other axes are shown whole; the same ones as they were zoomed.
        """
        anew, self.lines, self.axes_of, self._letters = view != self.axes_of, list(lines), view, letters
        item = self.getPlotItem()
        item.setLogMode(view.log_x, view.log_y)
        while len(self._drawn) < len(lines):
            self._drawn.append(DrawnLine(self))
        for drawn, line in zip_longest(self._drawn, lines):
            drawn.show(line) if line is not None else drawn.hide()
        self._show_alone()
        self.letters.show_ends(self.lines if letters else [])
        self._place_texts()
        extents = [each for line in lines for each in line.extent()]
        self.view.fit(
            steps_range([line.x[line.shown] for line in lines], view.log_x), values_range(extents, view.log_y)
        )
        if anew:
            self.view.show_all()
        self._show_values()

    def _show_alone(self) -> None:
        """Dots for values with gaps on both sides, through which no line goes."""
        spots = [(line, index) for line in self.lines for index in line.alone()]
        self.alone.setVisible(bool(spots))
        if spots:
            self.alone.setData(**_dots(spots))

    def _place_texts(self) -> None:
        """Show the key and the note, as much of them as there is room for."""
        self._show_key([] if self._letters else self.lines)
        self._show_note()

    def _show_key(self, lines: Sequence[CurveLine]) -> None:
        """The names and colours of lines in one row at the top; of many an evenly spaced selection."""
        width = max((painting.width_of(line.name, painting.font(theme.TINY)) for line in lines), default=0) + 40
        count = max(1, min(len(lines), int(self.view.width() // width)))
        chosen = [round(index * (len(lines) - 1) / max(count - 1, 1)) for index in range(count)] if lines else []
        names = [(lines[index].name, lines[index].color) for index in chosen]
        if names != [(label.text, sample.item.opts["pen"].color().name()) for sample, label in self.key.items]:
            self.key.clear()
            self.key.setColumnCount(count)
            self.key.setLabelTextColor(theme.colors().soft)
            for index in chosen:
                self.key.addItem(self._drawn[index].line, lines[index].name)

    def _show_note(self) -> None:
        """Below the axis, how many values of which line are not drawn, and whether the newest are among them."""
        parts = [
            self.tr("{name} {count}, also the newest" if line.ends_hidden else "{name} {count}").format(
                name=line.name, count=number_text.thousands(line.hidden)
            )
            for line in self.lines
            if line.hidden
        ]
        why = self.tr("Hidden, not above 0:") if self.axes_of.log_y else self.tr("Hidden, not finite:")
        note = f"{why} {' · '.join(parts)}" if parts else ""
        left, width, font = self.axes["left"].width(), self.width(), painting.font(theme.TINY)
        self.note.setText(QFontMetricsF(font).elidedText(note, Qt.TextElideMode.ElideRight, width - left - 12))
        self.note.setToolTip(note)
        self.note.setColor(theme.colors().faint)
        self.note.setFont(font)
        self.note.setPos(left, self.height())
        self.getPlotItem().layout.setContentsMargins(2, TOP, 0, NOTE if note else 0)

    def recolour(self) -> None:
        """Take the colours of the present theme; those of lines come with the lines."""
        super().recolour()
        if hasattr(self, "crosshair"):
            self.crosshair.setPen(theme.colors().faint)
            self.letters.update()

    def values(self, item: pg.PlotItem) -> bytes:  # noqa: ARG002
        """All values as CSV, also those without a position: three or five columns a line, with a head."""
        columns: list[tuple[str, ...]] = []
        for line in self.lines:
            edges = {} if line.low is None or line.high is None else {" from": line.low, " to": line.high}
            for name, column in ({" step": line.steps, "": line.values} | edges).items():
                columns.append((line.name + name, *(f"{value:.7g}" for value in column)))
        text = io.StringIO()
        csv.writer(text).writerows(zip_longest(*columns, fillvalue=""))
        return text.getvalue().encode()

    # -- values at the mouse ------------------------------------------------------------------------------------

    def nearest(self, step: float) -> list[tuple[CurveLine, int]]:
        """Every line that has values, and the index of the one nearest to `step`, shown or hidden."""
        return [(line, int(np.abs(line.steps - step).argmin())) for line in self.lines if len(line.steps)]

    def _show_values(self) -> None:
        at = None if self._mouse is None else self.view.mapSceneToView(self.mapToScene(self._mouse.toPoint()))
        if at is None or not self.view.viewRect().contains(at) or not self.lines:
            self._hide_values()
            return
        found = self.nearest(10 ** at.x() if self.axes_of.log_x else at.x())
        self.crosshair.setPos(at.x())
        shown = [(line, index) for line, index in found if line.shown[index]]
        self.nearest_dots.setData(**_dots(shown))
        step = number_text.thousands(10 ** at.x() if self.axes_of.log_x else at.x())
        self._fill_table([html.escape(self.tr("step {step}").format(step=step)), *self._rows(found)])
        for item in (self.crosshair, self.nearest_dots):
            item.show()

    def _rows(self, found: list[tuple[CurveLine, int]]) -> list[str]:
        rows = []
        for line, index in found:
            low, high = (None if edge is None else float(edge[index]) for edge in (line.low, line.high))
            text = f"{line.name}  {number_text.short(float(line.values[index]), 3)}"
            if low is not None and high is not None:
                text += f"  ({number_text.short(low)} … {number_text.short(high)})"
            if not line.shown[index]:
                text += self.tr(", hidden")
            rows.append(f'<span style="color:{line.color}">●</span> {html.escape(text)}')
        return rows

    def _fill_table(self, rows: list[str]) -> None:
        """Show rows of text beside the mouse, within the card."""
        assert self._mouse is not None
        table, card = self.table, self.parentWidget()
        table.setText(f'<div style="white-space:pre">{"<br>".join(rows)}</div>')
        table.adjustSize()
        mouse = self.mapTo(card, self._mouse)
        fits = mouse.x() + 10 + table.width() <= card.width() - 4
        left = max(mouse.x() + 10 if fits else mouse.x() - 10 - table.width(), 3)
        table.move(round(left), round(max(4, min(self.y(), card.height() - table.height() - 4))))
        table.show()
        table.raise_()

    def _hide_values(self) -> None:
        for item in (self.crosshair, self.nearest_dots, self.table):
            item.hide()

    def _leave(self) -> None:
        self._mouse = None
        self._hide_values()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._mouse = event.position()
        self._show_values()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._leave()


def _dots(spots: Sequence[tuple[CurveLine, int]]) -> dict[str, Any]:
    """Values of lines as data of a ScatterPlotItem."""
    return {
        "x": [line.x[index] for line, index in spots],
        "y": [line.y[index] for line, index in spots],
        "brush": [pg.mkBrush(line.color) for line, _ in spots],
    }
