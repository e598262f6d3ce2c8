"""Timers: repeated and single ones, what is done at most so often, and what is done after a pause."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from weakref import WeakMethod

from PySide6.QtCore import QObject, QTimer


def timer(parent: QObject, milliseconds: int, act: Callable[[], object] | None = None, once: bool = False) -> QTimer:
    """A timer that calls `act` every `milliseconds` while it runs, or `once` after each start. It is not started.

    The interval is set by its setter: `QTimer(interval=…)` looks for a method whose name PySide makes with the
    capital letter of the locale, and a Turkish i has another one.
    """
    made = QTimer(parent, singleShot=once)
    made.setInterval(milliseconds)
    if act is not None:
        made.timeout.connect(act)
    return made


class Throttle(QObject):
    """Calls the method `act` at most once every `milliseconds`; the last request is always carried out."""

    def __init__(self, act: Callable[[], None], milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        self._method = WeakMethod(act)  # weak: a cycle would keep the images of a removed lane alive
        self._pending = False
        self._timer = timer(self, milliseconds, self._on_timeout, once=True)

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


class Debounce(QObject):
    """Calls the method `act` after `quiet` milliseconds without a request, at the latest `latest` after the first.

    Without the second limit, requests that never pause would put it off for ever.
    """

    def __init__(self, act: Callable[[], None], quiet: int, latest: int, parent: QObject) -> None:
        super().__init__(parent)
        self._method = WeakMethod(act)
        self._quiet, self._latest = quiet, latest
        self._first = 0.0  # seconds at which the first request came that waits
        self._timer = timer(self, quiet, self.flush, once=True)

    @property
    def pending(self) -> bool:
        """Whether a request waits."""
        return self._timer.isActive()

    def request(self) -> None:
        """Call soon."""
        now = perf_counter()
        if not self.pending:
            self._first = now
        left = self._latest - round(1e3 * (now - self._first))
        self._timer.start(max(0, min(self._quiet, left)))

    def cancel(self) -> None:
        """Call no more for what was requested."""
        self._timer.stop()

    def flush(self) -> None:
        """Call now."""
        self._timer.stop()
        act = self._method()
        assert act is not None
        act()
