"""Messages above the lanes."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QLabel, QWidget

DURATION = 9000  # milliseconds for which a message is shown


class NotificationBar(QLabel):
    """Shows a message for a while; hidden without one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "notification")
        self.setWordWrap(True)
        self.hide()
        self._timer = QTimer(self, singleShot=True, interval=DURATION)
        self._timer.timeout.connect(self.hide)

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show a sentence for a while."""
        self.setText(sentence)
        self.show()
        self._timer.start()
