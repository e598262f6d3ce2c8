"""A card with one curve of training for every lane, and a band around it for a lane with repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment import CurveView, Spec
from ncsn_viz.lab.snapshot import Curve, LaneSnapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.charts.card import ChartCard
from ncsn_viz.ui.curves.head import CurveHead
from ncsn_viz.ui.curves.lines import CurveLine, lane_line, term_lines
from ncsn_viz.ui.curves.names import ALL_TERMS
from ncsn_viz.ui.widgets import theme

INTERVAL = 200  # milliseconds between updates


class CurveCard(ChartCard):
    """One curve of every lane, chosen from a menu. `edited` carries an Edit and None."""

    edited = Signal(object, object)

    def __init__(self, index: int, parent: QWidget | None = None) -> None:
        """The card of `spec.view.curves[index]`."""
        self.head = CurveHead()
        super().__init__(self.head, INTERVAL, parent)
        self.index = index
        self.view = CurveView()
        self.setMinimumSize(200, 110)
        self.lines: list[CurveLine] = []
        self._symbols: Mapping[str, str] = {}  # of the terms of the chosen lane
        self._next: tuple[list[Curve | None], list[int]] = ([], [])
        self._shown: tuple[Any, ...] = ()
        self.head.chosen.connect(lambda view: self.edited.emit(partial(show_curve, index=index, view=view), None))

    def sizeHint(self) -> QSize:
        return QSize(420, 190)

    def make_chart(self) -> Any:
        from ncsn_viz.ui.curves.chart import CurveChart

        return CurveChart(self)

    def show_lanes(self, lanes: Sequence[LaneSnapshot], spec: Spec, chosen: int = 0) -> None:
        """Show the curves of all lanes of `spec` that are not hidden, or all terms of the lane at `chosen`."""
        if spec.view.curves[self.index] != self.view:
            self.view = spec.view.curves[self.index]
            self.head.show_view(self.view)
        pairs = [(lane.curve, each.slot) for lane, each in zip(lanes, spec.lanes, strict=False)]
        self.head.known = [curve for curve, _ in pairs]
        if self.view.key == ALL_TERMS:
            shown, self._symbols = pairs[chosen : chosen + 1], spec.lanes[chosen].objective.symbols()
        else:
            shown = [pair for pair in pairs if pair[1] not in spec.view.hidden]
        self._next = ([curve for curve, _ in shown], [slot for _, slot in shown])
        self._throttle.request(urgent=self._look() != self._shown[1:])

    def _look(self) -> tuple[Any, ...]:
        return self._next[1], self.view, theme.colors()

    def _show(self) -> None:
        curves, slots = self._next
        shown = ([*map(id, curves)], *self._look())
        if shown == self._shown:
            return
        self._shown, self._kept = shown, curves  # an id is one object's while that is kept
        pairs = list(zip(curves, slots, strict=True))
        if self.view.key == ALL_TERMS:
            self.lines = [line for curve, slot in pairs for line in term_lines(curve, self.view, slot, self._symbols)]
        else:
            self.lines = [lane_line(curve, self.view, slot) for curve, slot in pairs]
        if any(line.shown.any() for line in self.lines):
            self.chart.file_name = self.view.key.replace(" ", "_")
            self.chart.show_lines(self.lines, self.view, letters=self.view.key != ALL_TERMS)  # names are too long
            self.show_chart()
        else:
            self.show_text(self.empty_text())

    def empty_text(self) -> str:
        """Why there is no line."""
        if not self._next[0]:
            return self.tr("Every lane is hidden")
        if any(len(line.values) for line in self.lines):
            if self.view.log_y:
                return self.tr("Nothing above 0: switch “log y” off")
            return self.tr("Nothing that was measured is finite")
        return self.tr("Nothing measured yet")


def show_curve(spec: Spec, index: int, view: CurveView) -> Spec:
    """The Spec with the curve `view` in the card at `index`."""
    curves = tuple(view if position == index else each for position, each in enumerate(spec.view.curves))
    return edits.view(spec, curves=curves)
