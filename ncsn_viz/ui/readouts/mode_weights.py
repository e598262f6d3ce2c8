"""Mode weights: the share of the particles of every lane at each mode, beside the true weight."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.charts.card import GESTURES, ChartCard
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Label
from ncsn_viz.ui.widgets.translate import rich, translate

MOST = 10  # modes that are shown
INTERVAL = 100  # milliseconds between updates


class ModeWeightsCard(ChartCard):
    """Grouped bars: a group for each mode, a bar for each lane, and a dashed line for the true weight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        head = QWidget()
        super().__init__(head, INTERVAL, parent)
        self.setMinimumSize(150, 110)
        self.title, self.note = Label(self.tr("Mode weights")), theme.styled(Label(), "faint")
        head.setToolTip(rich("{}<br>{}", self.tr("The share of each lane's particles at each mode of the target."),
                             translate(GESTURES)))  # fmt: skip
        row = QHBoxLayout(head)
        row.setContentsMargins(theme.PAD, 0, theme.PAD, 0)
        row.addWidget(theme.styled(self.title, "title"))
        row.addWidget(self.note, 1, Qt.AlignmentFlag.AlignRight)
        self.truth: tuple[float, ...] = ()
        self.shares: tuple[tuple[float, ...], ...] = ()
        self.slots: tuple[int, ...] = ()
        self._next: tuple[tuple[float, ...], tuple[tuple[float, ...], ...], tuple[int, ...]] = ((), (), ())
        self._shown: tuple[Any, ...] = ()

    def sizeHint(self) -> QSize:
        return QSize(260, 190)

    def make_chart(self) -> Any:
        from ncsn_viz.ui.readouts.mode_weights_chart import ModeWeightsChart

        return ModeWeightsChart(self)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the weights of all lanes."""
        truth = snapshot.target.mode_weights if snapshot.target else ()
        shares = tuple(lane.mode_weights for lane in snapshot.lanes)
        self._next = (truth, shares, tuple(lane.slot for lane in snapshot.spec.lanes[: len(shares)]))
        self._throttle.request()

    def _show(self) -> None:
        shown = (*self._next, theme.colors())
        if shown == self._shown:
            return
        self._shown, (self.truth, self.shares, self.slots) = shown, self._next
        self._place_note()
        if not self.truth:
            self.show_text(self.tr("This target has no separate modes to count."))
            return
        self.chart.show_weights(self.truth, self.shares, self.slots, shown_modes(self.truth))
        self.show_chart()

    def _place_note(self) -> None:
        """Say what the dashed lines are, or how many modes are left out, where there is room for it."""
        text = self.tr("dashed: true")
        if len(self.truth) > MOST:
            text = self.tr("heaviest {shown} of {all}").format(shown=MOST, all=len(self.truth))
        self.note.setText(text)
        needed = self.title.sizeHint().width() + self.note.sizeHint().width() + 3 * theme.PAD
        self.note.setVisible(bool(self.truth) and needed <= self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_note()


def shown_modes(truth: tuple[float, ...]) -> list[int]:
    """The modes that are drawn: all, or the heaviest, in ascending order."""
    return sorted(sorted(range(len(truth)), key=lambda mode: -truth[mode])[:MOST])
