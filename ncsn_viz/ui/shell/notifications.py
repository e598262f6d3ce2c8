"""Messages above the lanes."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QMouseEvent

from ncsn_viz.ui.widgets.controls import Label
from ncsn_viz.ui.widgets.theme import styled
from ncsn_viz.ui.widgets.timers import timer

DURATION = 9000  # milliseconds for which a message is shown


class NotificationBar(Label):
    """Shows a message for a while, or until it is clicked; hidden without one."""

    def __init__(self) -> None:
        super().__init__()
        styled(self, "notification")
        self.setWordWrap(True)
        self.hide()
        self._timer = timer(self, DURATION, self.hide, once=True)

    @Slot(str)
    def notify(self, sentence: str, lasting: bool = False) -> None:
        """Show a sentence for a while; a `lasting` one until it is clicked, or another one comes."""
        self.setText(sentence)
        self.setToolTip(self.tr("Click to hide it."))
        self.show()
        self._timer.start()
        if lasting:
            self._timer.stop()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._timer.stop()
        self.hide()
        event.accept()
