"""The bars of mode weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from ncsn_viz.ui.charts.axis import NumberAxis
from ncsn_viz.ui.charts.chart import Chart, FittedView
from ncsn_viz.ui.charts.export import rows_as_csv
from ncsn_viz.ui.widgets import painting, theme

GROUP, WIDEST_BAR = 0.78, 22.0  # the width of a group at most, in modes; of a bar at most, in pixels
STEP, ROOM = 0.05, 1.05  # of the axis of weights; above the largest one
SLACK = 0.7  # of the axis that is needed: above, it stays as it is and nothing jumps
Weights = tuple[float, ...]


class ModeWeightsChart(Chart):
    """For each mode a bar for every lane, in its colour, and the true weight as a dashed line."""

    file_name = "mode_weights"

    def __init__(self, parent: QWidget) -> None:
        left, bottom = NumberAxis("left", ticks=False, grid=True), NumberAxis("bottom", ticks=False)
        super().__init__(parent, FittedView(), {"left": left, "bottom": bottom})
        self.getPlotItem().layout.setContentsMargins(4, 8, 8, 0)
        self.bars: list[pg.BarGraphItem] = []
        self.true = pg.PlotCurveItem(connect="pairs", antialias=False)
        self.true.setZValue(1)
        self.addItem(self.true)
        self.truth: Weights = ()
        self._shares: Sequence[Weights] = ()
        self._slots: Sequence[int] = ()
        self._modes: list[int] = []
        self._top = 0.0
        self.view.sigResized.connect(self._draw)

    def show_weights(self, truth: Weights, shares: Sequence[Weights], slots: Sequence[int], modes: list[int]) -> None:
        """Show the true weights of all modes, the shares of the lanes in `slots`, and draw those of `modes`."""
        self.truth, self._shares, self._slots, self._modes = truth, shares, slots, modes
        self._draw()

    def _draw(self) -> None:
        count = len(self._shares)
        while len(self.bars) < count:
            self.bars.append(pg.BarGraphItem(x=[], height=[], width=1, pen=None))
            self.addItem(self.bars[-1])
        group = min(GROUP, max(count, 1) * WIDEST_BAR * max(len(self._modes), 1) / max(self.view.width(), 1))
        each, places = group / max(count, 1), np.arange(len(self._modes))
        for lane, bar in enumerate(self.bars):
            heights = [self.share(lane, mode) for mode in self._modes] if lane < count else [0.0] * len(places)
            x = places + (lane + 0.5) * each - group / 2
            bar.setOpts(x=x, height=np.nan_to_num(heights), width=0.92 * each, pen=None,
                        brush=theme.lane_color(self._slots[lane] if lane < count else 0))  # fmt: skip
        weights = [self.truth[mode] for mode in self._modes]
        ends = np.stack([places - group / 2, places + group / 2], axis=1) + [-0.04, 0.04]
        self.true.setData(ends.ravel(), np.repeat(weights, 2))
        self.true.setPen(QColor(theme.colors().text), width=1, dash=[4, 3])
        self._fit(weights)

    def _fit(self, weights: list[float]) -> None:
        """Show all bars, on an axis that changes only when it is too small or much too large."""
        shares = [self.share(lane, mode) for lane in range(len(self._shares)) for mode in self._modes]
        most = ROOM * max([*weights, *(share for share in shares if math.isfinite(share))], default=1.0) or 1.0
        if not SLACK * self._top <= most <= self._top:
            self._top = STEP * math.ceil(most / STEP) if most > STEP else most
        named = self.view.width() / max(len(self._modes), 1) > 60
        names = (self.tr("mode {number}") if named else "{number}").format
        self.axes["bottom"].setTicks([[(place, names(number=mode + 1)) for place, mode in enumerate(self._modes)]])
        self.view.fit((-0.5, max(len(self._modes), 1) - 0.5), (0.0, self._top))

    def share(self, lane: int, mode: int) -> float:
        """The share of a lane's particles at a mode; NaN if it is not known."""
        return self._shares[lane][mode] if mode < len(self._shares[lane]) else math.nan

    def values(self, item: pg.PlotItem) -> bytes:  # noqa: ARG002
        """The weights of all modes as CSV: a row each, with the truth and one column a lane."""
        rows: list[list[object]] = [["mode", "true", *map(theme.lane_letter, self._slots)]]
        for mode, true in enumerate(self.truth):
            shares = (self.share(lane, mode) for lane in range(len(self._shares)))
            rows.append([mode + 1, *(f"{value:.7g}" for value in (true, *shares))])
        return rows_as_csv(rows)

    def viewportEvent(self, event: QEvent) -> bool:
        return painting.show_tip(self.viewport(), event, self.tip_at) or super().viewportEvent(event)

    def tip_at(self, pixel: QPoint) -> str:
        """The tool tip at a pixel: the weights of its mode."""
        place = round(self.view.mapSceneToView(self.mapToScene(pixel)).x())
        if not 0 <= place < len(self._modes):
            return ""
        mode = self._modes[place]
        lines = [self.tr("mode {number}: true {share}").format(number=mode + 1, share=f"{self.truth[mode]:.3f}")]
        for lane, slot in enumerate(self._slots):
            if math.isfinite(share := self.share(lane, mode)):
                lines.append(f"{theme.lane_letter(slot)}  {share:.3f}")
        return "\n".join(lines)
