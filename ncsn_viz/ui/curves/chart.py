"""The chart of a card of curves: lines with bands, their letters or a key, and the values at the mouse."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import starmap, zip_longest
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.ui.charts.axis import NumberAxis
from ncsn_viz.ui.charts.chart import Chart, FittedView
from ncsn_viz.ui.charts.export import rows_as_csv
from ncsn_viz.ui.curves.end_letters import EndLetters
from ncsn_viz.ui.curves.lines import CurveLine
from ncsn_viz.ui.curves.ranges import steps_range, values_range
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.controls import Label
from ncsn_viz.ui.widgets.translate import plain, rich

BAND_ALPHA = 46  # of 255
ALONE, NEAREST = 3.5, 6.0  # pixels, the diameters of dots: of values without neighbours, and at the mouse
NUMBERS = 34  # pixels of the numbers on the left, at least
TOP, NOTE = 8, 14  # pixels above the lines, and of the note below the axis


class CurveChart(Chart):
    """Curves over training steps, on axes that are linear or logarithmic."""

    def __init__(self, parent: QWidget) -> None:
        self.letters = EndLetters()
        left, bottom = NumberAxis("left", ticks=False, grid=True), NumberAxis("bottom", ticks=False)
        left.textWidth = NUMBERS  # else all would jump as soon as one is wider than pyqtgraph's 30 pixels
        super().__init__(parent, FittedView(), {"left": left, "bottom": bottom, "right": self.letters})
        self.lines: list[CurveLine] = []
        self.curve_view = CurveView()
        self._has_letters = True
        self._placed: tuple[Any, ...] = ()
        self._mouse: QPointF | None = None
        self._curves: list[tuple[pg.PlotDataItem, pg.FillBetweenItem]] = []  # a line and its band
        self.crosshair = pg.InfiniteLine(angle=90)
        self.alone, self.nearest_dots = (pg.ScatterPlotItem(size=size, pen=None) for size in (ALONE, NEAREST))
        for item in (self.alone, self.crosshair, self.nearest_dots):
            self.view.addItem(item, ignoreBounds=True)
        self.note = pg.TextItem(anchor=(0, 1))
        self.note.setParentItem(self.getPlotItem())
        self.key = self.getPlotItem().addLegend(offset=(-1, 1), labelTextSize=f"{theme.TINY}px")
        # outside the scene: no part of what is exported
        self.table = theme.styled(Label("", parent, textFormat=Qt.TextFormat.RichText), "values")
        self.table.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._show_values()
        self.view.sigRangeChanged.connect(self._show_values)
        self.view.sigResized.connect(self._show_texts)

    # -- what is shown ------------------------------------------------------------------------------------------

    def show_lines(self, lines: Sequence[CurveLine], view: CurveView, letters: bool = True) -> None:
        """Draw `lines` on the axes of `view`, with letters at their ends or a key of their names.

        Another curve or other axes are shown whole; the same ones as they were zoomed.
        """
        anew, self.lines, self.curve_view, self._has_letters = view != self.curve_view, list(lines), view, letters
        self.getPlotItem().setLogMode(view.log_x, view.log_y)
        while len(self._curves) < len(lines):
            self._curves.append((pg.PlotDataItem(), pg.FillBetweenItem(None, None)))
            curve, band = self._curves[-1]
            band.setZValue(-1)
            self.addItem(curve)
            self.view.addItem(band, ignoreBounds=True)
        for (curve, band), line in zip_longest(self._curves, lines):
            curve.setVisible(line is not None)
            band.setVisible(line is not None)
            if line is not None:
                _draw(line, curve, band)
        alone = [(line, index) for line in lines for index in line.alone()]
        self.alone.setData(**_dots(alone))
        self.letters.show_ends(self.lines if letters else [])
        self._show_texts()
        extents = [each for line in lines for each in line.extent()]
        self.view.fit(
            steps_range([line.x[line.shown] for line in lines], view.log_x), values_range(extents, view.log_y)
        )
        if anew:
            self.view.show_all()
        self._show_values()

    def _show_texts(self) -> None:
        """The key and the note, as much of them as there is room for."""
        self._show_key([] if self._has_letters else self.lines)
        note, font, left = self.note_text(), painting.font(theme.TINY), self.axes["left"].width()
        if (placed := (note, left, self.size(), theme.colors())) == self._placed:
            return
        self._placed, room = placed, self.width() - left - 12
        self.note.setText(QFontMetricsF(font).elidedText(note, Qt.TextElideMode.ElideRight, room))
        self.note.setToolTip(plain(note))
        self.note.setColor(theme.colors().faint)
        self.note.setFont(font)
        self.note.setPos(left, self.height())
        self.getPlotItem().layout.setContentsMargins(2, TOP, 0, NOTE if note else 0)

    def _show_key(self, lines: Sequence[CurveLine]) -> None:
        """The names and colours of lines in one row at the top; of many an evenly spaced selection."""
        width = max((painting.width_of(line.name, painting.font(theme.TINY)) for line in lines), default=0) + 40
        count = max(1, min(len(lines), int(self.view.width() // width)))
        chosen = [round(index * (len(lines) - 1) / max(count - 1, 1)) for index in range(count)] if lines else []
        names = [(html.escape(lines[index].name), lines[index].color) for index in chosen]
        if names != [(label.text, sample.item.opts["pen"].color().name()) for sample, label in self.key.items]:
            self.key.clear()
            self.key.setColumnCount(count)
            self.key.setLabelTextColor(theme.colors().soft)
            for index, (name, _) in zip(chosen, names, strict=True):
                self.key.addItem(self._curves[index][0], name)

    def note_text(self) -> str:
        """How many values of which line are not drawn, and whether the newest are among them."""
        parts = []
        for line in self.lines:
            if line.hidden:
                text = self.tr("{name} {count}, also the newest") if line.ends_hidden else self.tr("{name} {count}")
                parts.append(text.format(name=line.name, count=number_text.thousands(line.hidden)))
        why = self.tr("Hidden, not above 0:") if self.curve_view.log_y else self.tr("Hidden, not finite:")
        return f"{why} {' · '.join(parts)}" if parts else ""

    def recolour(self) -> None:
        """Take the colours of the present theme; those of lines come with the lines."""
        super().recolour()
        if hasattr(self, "crosshair"):
            self.crosshair.setPen(theme.colors().faint)
            self.letters.update()

    def values(self, item: pg.PlotItem) -> bytes:  # noqa: ARG002
        """All values as CSV, also those without a position: of each line steps, values, and edges of a band."""
        columns: list[tuple[str, ...]] = []
        for line in self.lines:
            named = {" step": line.steps, "": line.values, " from": line.low, " to": line.high}
            for name, column in named.items():
                if column is not None:
                    columns.append((line.name + name, *(f"{value:.7g}" for value in column)))
        return rows_as_csv(zip_longest(*columns, fillvalue=""))

    # -- values at the mouse ------------------------------------------------------------------------------------

    def nearest(self, step: float) -> list[tuple[CurveLine, int]]:
        """Every line that has values, and the index of the one nearest to `step`, shown or hidden."""
        return [(line, int(np.abs(line.steps - step).argmin())) for line in self.lines if len(line.steps)]

    def _show_values(self) -> None:
        """Show the values nearest to the mouse, if it is within the view: dots, and a table beside it."""
        at = None if self._mouse is None else self.view.mapSceneToView(self.mapToScene(self._mouse.toPoint()))
        inside = at is not None and self.view.viewRect().contains(at)
        for item in (self.crosshair, self.nearest_dots, self.table):
            item.setVisible(inside)
        if at is None or not inside:
            return
        last = max((float(line.steps[-1]) for line in self.lines if len(line.steps)), default=0.0)
        step = min(max(10 ** at.x() if self.curve_view.log_x else at.x(), 0.0), last)
        found = self.nearest(step)
        self.crosshair.setPos(at.x())
        self.nearest_dots.setData(**_dots([(line, index) for line, index in found if line.shown[index]]))
        head = self.tr("step {step}").format(step=number_text.thousands(step))
        rows = "".join(f'<br><span style="color:{line.color}">●</span> {{}}' for line, _ in found)
        self.table.setText(rich(f'<div style="white-space:pre">{{}}{rows}</div>', head, *starmap(self._row, found)))
        self._place_table(self._mouse)

    def _row(self, line: CurveLine, index: int) -> str:
        text = f"{line.name}  {number_text.short(float(line.values[index]), 3)}"
        if line.low is not None and line.high is not None:
            text += f"  ({number_text.short(float(line.low[index]))} … {number_text.short(float(line.high[index]))})"
        return text if line.shown[index] else text + self.tr(", hidden")

    def _place_table(self, mouse: QPointF | None) -> None:
        """Put the table beside the mouse, within the card."""
        table, card = self.table, self.parentWidget()
        table.adjustSize()
        x = self.mapTo(card, mouse or QPointF()).x()
        fits = x + 10 + table.width() <= card.width() - 4
        table.move(
            round(max(x + 10 if fits else x - 10 - table.width(), 3)),
            max(4, min(self.mapTo(card, self.rect().topLeft()).y(), card.height() - table.height() - 4)),
        )
        table.raise_()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._mouse = event.position()
        self._show_values()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._mouse = None
        self._show_values()


def _draw(line: CurveLine, curve: pg.PlotDataItem, band: pg.FillBetweenItem) -> None:
    """Draw a line and its band. pyqtgraph breaks a line where its values have no position."""
    pen, tint = QPen(QColor(line.color), 0), QColor(line.color)
    # two strokes of width 1 look like one of 1.4, which takes Qt eight times as long
    curve.setData(line.steps, line.values, pen=pen, shadowPen=pen)
    tint.setAlpha(BAND_ALPHA)
    band.setBrush(tint)
    path = QPainterPath()
    for outline in line.band_outlines():
        path.addPolygon(pg.functions.arrayToQPolygonF(*outline.T))
    band.setPath(path)  # from two curves the item makes a Python object of each point, which takes fifty times as long


def _dots(spots: Sequence[tuple[CurveLine, int]]) -> dict[str, Any]:
    """Values of lines as data of a ScatterPlotItem."""
    return {
        "x": [line.x[index] for line, index in spots],
        "y": [line.y[index] for line, index in spots],
        "brush": [pg.mkBrush(line.color) for line, _ in spots],
    }
