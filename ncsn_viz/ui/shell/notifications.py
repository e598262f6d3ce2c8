"""A sentence that the window tells, in the user's terms, and takes back by itself."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QLabel, QWidget

LONG = 9000  # milliseconds for which a sentence stays


class NotificationBar(QLabel):
    """Hidden until there is something to tell."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "notification")
        self.setWordWrap(True)
        self.hide()
        self._hush = QTimer(self, singleShot=True, interval=LONG)
        self._hush.timeout.connect(self.hide)

    @Slot(str)
    def notify(self, sentence: str) -> None:
        """Show a sentence for a while."""
        self.setText(sentence)
        self.show()
        self._hush.start()
