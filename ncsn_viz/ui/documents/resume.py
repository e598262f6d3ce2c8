"""The start of a window that goes on with what was learned before."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot

from ncsn_viz.lab.storage import SavedSession

Found = tuple[SavedSession | None, str]  # and a sentence, where something could not be read


class Resume(QObject):
    """Reads a session in another thread, while the window is there already; `read` carries it, or None."""

    read = Signal(object, str)
    _done = Signal(object, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._done.connect(self._tell)  # in the thread of the window

    def begin(self, find: Callable[[], Found]) -> None:
        """Read by `find`, which may take as long as loading torch."""

        def work() -> None:
            try:
                self._done.emit(*find())
            except Exception as error:  # whatever it is, the window starts
                self._done.emit(None, f"What was learned could not be read: {type(error).__name__}: {error}")

        self._pool.start(work)

    @Slot(object, str)
    def _tell(self, found: SavedSession | None, error: str) -> None:
        self.read.emit(found, error)
