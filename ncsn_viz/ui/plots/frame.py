"""The view of a lane and, where they are wanted, the marginals along its upper and its right edge."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsSceneResizeEvent

from ncsn_viz.lab.snapshot import LaneSnapshot, Marginal
from ncsn_viz.ui.plots.view import LaneView
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.timers import Throttle

STRIP, SHARE = 46.0, 0.16  # pixels of a marginal, and at most of the shorter side of the plot
INTERVAL = 100  # milliseconds between two pictures of the marginals
HEADROOM = 1.12  # of the highest value
MOST = 3.0  # times the highest value of the truth that fit: particles may all be in one bin


class LaneFrame(pg.GraphicsWidget):
    """Gives the view all its room, but for the strips of the marginals."""

    def __init__(self, view: LaneView, color: str) -> None:
        super().__init__()
        self._view, self._color = view, color
        self.marginals: tuple[MarginalView, ...] = ()  # made when they are wanted for the first time
        self._source: tuple[Marginal, Marginal] | None = None
        self._shown = False
        self._throttle = Throttle(self._show_marginals, INTERVAL, self)
        view.setParentItem(self)

    def show_lane(self, lane: LaneSnapshot, shown: bool) -> None:
        """Show the marginals of `lane`, or none."""
        if shown and not self.marginals:
            self.marginals = tuple(MarginalView(self._view, axis, self._color, self) for axis in (0, 1))
        if shown != self._shown:
            self._shown = shown
            for strip in self.marginals:
                strip.setVisible(shown)
            self._place()
        if shown and lane.marginals is not None and lane.marginals is not self._source:
            self._source = lane.marginals
            self._throttle.request()

    def _show_marginals(self) -> None:
        if self._source is not None:
            for strip, marginal in zip(self.marginals, self._source, strict=True):
                strip.show_marginal(marginal)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        width, height = self.width(), self.height()
        strip = round(min(STRIP, SHARE * min(width, height))) if self._shown else 0
        self._view.setGeometry(QRectF(0, strip, width - strip, height - strip))
        boxes = (QRectF(0, 0, width - strip, strip), QRectF(width - strip, strip, strip, height - strip))
        for marginal, box in zip(self.marginals, boxes, strict=False):
            marginal.setGeometry(box)


class MarginalView(pg.ViewBox):
    """A marginal along an axis of a linked view: bars of the particles, and a line of the truth."""

    def __init__(self, lane: LaneView, axis: int, color: str, parent: LaneFrame) -> None:
        super().__init__(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.setParentItem(parent)  # not before: pyqtgraph must see that it enters a scene
        self._axis = axis
        self.disableAutoRange()
        fill = QColor(color)
        fill.setAlpha(150)
        self.bars = pg.BarGraphItem(x0=[], x1=[], y0=[], y1=[], pen=None, brush=pg.mkBrush(fill))
        self.truth = pg.PlotCurveItem(pen=pg.mkPen(theme.ink(220), width=1))
        for item in (self.bars, self.truth):
            self.addItem(item, ignoreBounds=True)
        (self.setYLink if axis else self.setXLink)(lane)

    def linkedViewChanged(self, view: LaneView, axis: int) -> None:
        """Show the range of the lane, which is as long on the screen."""
        if view is not None:
            (self.setYRange if axis else self.setXRange)(*view.viewRange()[axis], padding=0)

    def show_marginal(self, marginal: Marginal) -> None:
        """Show another marginal."""
        edges, zeros = marginal.edges.astype(np.float64), np.zeros(len(marginal.truth))
        middles = (edges[1:] + edges[:-1]) / 2
        highest = float(marginal.truth.max(initial=1e-9))
        top = HEADROOM * max(highest, min(float(marginal.particles.max(initial=0.0)), MOST * highest))
        along, up = ("y", "x") if self._axis else ("x", "y")
        sides = {f"{along}0": edges[:-1], f"{along}1": edges[1:], f"{up}0": zeros, f"{up}1": marginal.particles}
        self.bars.setOpts(**sides)
        line = (marginal.truth, middles) if self._axis else (middles, marginal.truth)
        self.truth.setData(*line)
        (self.setXRange if self._axis else self.setYRange)(0, top, padding=0)
