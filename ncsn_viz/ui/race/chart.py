"""The chart of a race: distance against score evaluations, both logarithmic, with what chance alone does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment.view import CONTESTANTS
from ncsn_viz.lab.snapshot import RacePoint, RaceResult
from ncsn_viz.ui.charts.axis import NumberAxis
from ncsn_viz.ui.charts.chart import Chart
from ncsn_viz.ui.widgets import painting, theme

SYMBOLS = ("o", "s", "t", "d", "star", "x", "p", "+")  # as colours alone are not told apart by everyone
SIZE, ICON = 7, 14  # pixels of a symbol, and of its picture


class RaceChart(Chart):
    """A line for each sampler, with its standard error up and down, and a dashed line for chance."""

    file_name = "race"

    def __init__(self, parent: QWidget) -> None:
        left, bottom = NumberAxis("left", ticks=False, grid=True), NumberAxis("bottom", ticks=False)
        super().__init__(parent, axes={"left": left, "bottom": bottom})
        self.getPlotItem().setLogMode(True, True)
        self.getPlotItem().layout.setContentsMargins(2, 4, 12, 2)
        self.chance = pg.InfiniteLine(
            angle=0,
            label=self.tr("95 % of samples of the target are below"),
            labelOpts={"position": 0.98, "anchors": [(1, 1)] * 2},
        )
        self.addItem(self.chance)
        self.lines: dict[str, pg.PlotDataItem] = {}

    def show_race(self, result: RaceResult, titles: Mapping[str, str]) -> None:
        """Draw the points of every sampler."""
        for item in [*self.getPlotItem().listDataItems()]:
            self.removeItem(item)
        self.lines = {}
        for name, points in result.points.items():
            if points:
                self._draw(name, titles[name], points)
        self.chance.setVisible(result.chance is not None)
        if result.chance is not None:
            self.chance.setPos(np.log10(result.chance))
            self.chance.setPen(theme.colors().faint, style=Qt.PenStyle.DashLine)
            self.chance.label.setColor(theme.colors().faint)
            self.chance.label.setFont(painting.font(theme.TINY))

    def icon(self, name: str) -> QIcon:
        """The symbol of a sampler in its colour."""
        picture = painting.transparent_pixmap(ICON, ICON, 2.0)
        painter = painting.smooth_painter(picture)
        painter.translate(ICON / 2, ICON / 2)
        index = CONTESTANTS.index(name)
        color = QColor(theme.lane_color(index))
        drawSymbol(painter, SYMBOLS[index], SIZE + 2, pg.mkPen(None), pg.mkBrush(color))
        painter.end()
        return QIcon(picture)

    def _draw(self, name: str, title: str, points: tuple[RacePoint, ...]) -> None:
        index = CONTESTANTS.index(name)
        color = QColor(theme.lane_color(index))
        cost, distance, error = (np.array(column, dtype=float) for column in zip(*points, strict=True))
        ends = np.stack([np.maximum(distance - error, 0.5 * distance), distance + error], axis=1)
        bars = self.plot(np.repeat(cost, 2), ends.ravel(), pen=pg.mkPen(color, width=1), connect="pairs")
        bars.setAlpha(0.6, False)
        self.lines[name] = self.plot(
            cost, distance, name=title, pen=pg.mkPen(color, width=1), symbol=SYMBOLS[index], symbolSize=SIZE,
            symbolBrush=color, symbolPen=None,
        )  # fmt: skip
