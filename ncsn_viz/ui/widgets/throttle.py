"""Limits how often something is updated."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakMethod

from PySide6.QtCore import QObject, QTimer


class Throttle(QObject):
    """Calls the method `act` at most once every `milliseconds`; the last request is always carried out."""

    def __init__(self, act: Callable[[], None], milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        self._method = WeakMethod(act)  # weak: a cycle would keep the images of a removed lane alive
        self._pending = False
        self._timer = QTimer(self, interval=milliseconds, singleShot=True)
        self._timer.timeout.connect(self._on_timeout)

    def request(self, urgent: bool = False) -> None:
        """Call now, or when the interval has passed, unless it is `urgent`."""
        if self._timer.isActive() and not urgent:
            self._pending = True
        else:
            self.flush()

    def flush(self) -> None:
        """Call now."""
        self._pending = False
        self._timer.start()
        act = self._method()
        assert act is not None
        act()

    def _on_timeout(self) -> None:
        if self._pending:
            self.flush()
