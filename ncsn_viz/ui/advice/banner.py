"""Why a lane has stopped, over its plot, with remedies."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import DIVERGED, FAILED, WAITING, LaneSnapshot
from ncsn_viz.ui.advice.remedies import Remedies

WIDEST = 400
MARGIN = 14


class Banner(QFrame):
    """A card in the middle of a plot. Lost particles are reported beside the lane's settings, not here."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self.setProperty("look", "card")
        self.remedies = Remedies()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(MARGIN + 2, MARGIN, MARGIN, MARGIN)
        self._column.addWidget(self.remedies)
        plot.installEventFilter(self)
        self.hide()

    def show_lane(self, lane: LaneSnapshot, spec: Spec, index: int) -> None:
        """Show why `lane`, the one at `index` of `spec`, has stopped; hide where it has not."""
        state, message = lane.status.state, lane.status.message
        if state not in (DIVERGED, FAILED) and not (state == WAITING and message):
            self.hide()
            return
        before = self.remedies.shown
        self.remedies.show_lane(lane, spec, index)
        if self.remedies.shown != before or self.isHidden():
            self.show()
            self._fit()  # after it is shown: what is hidden has no height

    def eventFilter(self, watched: object, event: object) -> bool:
        if watched is self._plot and isinstance(event, QResizeEvent):
            self._fit()
        return False

    def _fit(self) -> None:
        width = min(WIDEST, max(self._plot.width() - 32, 120))
        self.setFixedWidth(width)
        room = self._plot.height() - 8
        self.remedies.fit(width - 2 * MARGIN - 2, room - 2 * MARGIN)
        self._column.invalidate()
        height = min(self._column.totalHeightForWidth(width), room)
        self.setGeometry((self._plot.width() - width) // 2, (self._plot.height() - height) // 2, width, height)
