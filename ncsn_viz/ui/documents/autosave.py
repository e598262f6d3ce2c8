"""Writes what was learned into the safety copy, every half minute while something has changed, and at the end."""

from __future__ import annotations

from threading import Event
from time import monotonic

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.storage import SavedSession
from ncsn_viz.ui.documents.running_session import RunningSession
from ncsn_viz.ui.documents.safety_copy import SafetyCopy
from ncsn_viz.ui.widgets.timers import timer

EVERY = 30_000  # milliseconds
ANSWER = 1.0  # seconds at the end in which the worker must come to the end of its training step


class Autosave(QObject):
    """Nothing here waits but `close`: the worker copies the tensors, another thread writes them.

    `failed` carries a sentence, once for each reason; `confirmed` says that what was here at `confirm` is in the copy.
    """

    failed = Signal(str)
    confirmed = Signal()

    def __init__(self, session: RunningSession, copy: SafetyCopy, parent: QObject) -> None:
        super().__init__(parent)
        self.copy = copy
        self._session = session
        self._state: object = None  # what the latest generation holds
        self._error = ""
        self._learning = False  # whether there is anything to save
        self._unconfirmed = False  # whether somebody waits until it is written
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._timer = timer(self, EVERY, self.save)
        self._timer.start()
        session.snapshotReady.connect(self._begin)

    @Slot(object)
    def _begin(self, _snapshot: object) -> None:
        self._session.snapshotReady.disconnect(self._begin)
        self._learning = True

    def save(self) -> Event:
        """Write a generation soon, if anything has changed. The event is set when the worker has given its copy."""
        given = Event()

        asked = self._unconfirmed

        def write(saved: SavedSession) -> None:
            self._pool.start(lambda: self._write(saved, asked))
            given.set()

        if self._learning:
            self._session.capture(write)
        return given

    @Slot()
    def confirm(self) -> None:
        """Write what is here now, and emit `confirmed` once that has succeeded."""
        self._unconfirmed = True
        self.save()

    def close(self, timeout: float = 10.0) -> bool:
        """Write what has changed since the last time; the worker still runs. Whether all is written in time."""
        self._timer.stop()
        begin = monotonic()
        given = self._learning and self.save().wait(min(ANSWER, timeout))
        left = max(0.0, timeout - (monotonic() - begin))
        return self._pool.waitForDone(round(1e3 * left)) and (given or not self._learning)

    def _write(self, saved: SavedSession, confirm: bool) -> None:
        state = (saved.spec.experiment, saved.spec.learners, saved.steps)
        if saved.checkpoint is None:
            return
        try:
            if state != self._state:
                self.copy.write(saved)
            self._state, self._error = state, ""
            if confirm:
                self._unconfirmed = False
                self.confirmed.emit()
        except (ValidationError, OSError, MemoryError) as error:
            sentence = self.tr("What was learned could not be kept for the next start: {0}").format(error)
            if sentence != self._error:
                self._error = sentence
                self.failed.emit(sentence)
