"""After a crash: a bar that offers what the last window had learned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from PySide6.QtCore import QThreadPool, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from ncsn_viz.lab.storage import SavedSession
from ncsn_viz.ui.documents.running_session import RunningSession
from ncsn_viz.ui.documents.safety_copy import SafetyCopy
from ncsn_viz.ui.widgets.controls import Label
from ncsn_viz.ui.widgets.theme import styled
from ncsn_viz.ui.widgets.translate import plain, translate


class RestoreBar(QFrame):
    """Restore, Discard, Later. `failed` carries a sentence. Hidden where no window has crashed.

    After `restored` the copy is kept until `forget_restored`: by then what it held must be elsewhere.
    """

    failed = Signal(str)
    restored = Signal()
    _found = Signal(object, str)  # a list of what to open, one after the other

    def __init__(self, session: RunningSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        styled(self, "tip")
        self._session = session
        self._copies: Iterator[SafetyCopy] = iter(())
        self._copy: SafetyCopy | None = None
        self._restored: list[SafetyCopy] = []  # what is here now, but not in a copy of this window yet
        self._pool = QThreadPool(self)
        self.label = Label()
        self.label.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.addWidget(self.label, 1)
        self.buttons = {}
        for text, hint, act in (
            ("Restore", "Go on where it was. Undo brings back what is here now.", self.restore),
            ("Discard", "Delete what was kept of it, for good.", self.discard),
            ("Later", "Keep it, and ask again at the next start.", self.later),
        ):
            self.buttons[text] = button = QPushButton(translate(text))
            button.setToolTip(plain(translate(hint)))
            button.clicked.connect(act)
            row.addWidget(button)
        self._found.connect(self._open)
        self.hide()

    def offer(self, copies: Iterator[SafetyCopy]) -> None:
        """Offer the first of these copies, and the others after it."""
        self._copies = copies
        self._next()

    def _next(self) -> None:
        self._copy = next(self._copies, None)
        self.setVisible(self._copy is not None)
        if self._copy is not None:
            when = datetime.fromtimestamp(self._copy.written).strftime("%Y-%m-%d %H:%M")
            text = self.tr("ncsn-viz did not end as it should. What was painted and learned is kept, as of {0}.")
            self.label.setText(text.format(when))

    @Slot()
    def restore(self) -> None:
        """Read the copy in another thread, and open it."""
        if (copy := self._copy) is not None:
            self.setEnabled(False)
            self._pool.start(lambda: self._found.emit(*_contents(copy)))

    @Slot()
    def discard(self) -> None:
        """Delete the copy."""
        if self._copy is not None:
            try:
                self._copy.discard()
            except OSError as error:
                self.failed.emit(self.tr("It could not be deleted: {0}").format(error.strerror or error))
                self._copy.put_off()
            self._next()

    @Slot()
    def later(self) -> None:
        """Keep the copy for the next start."""
        self.close_copies()
        self.hide()

    @Slot()
    def forget_restored(self) -> None:
        """Delete what was restored: by now it is in the copy of this window."""
        while self._restored:
            with suppress(OSError):
                self._restored.pop().discard()

    def close_copies(self) -> None:
        """Leave all copies as they are."""
        self._pool.waitForDone()
        for copy in (self._copy, *self._copies, *self._restored):
            if copy is not None:
                copy.put_off()
        self._copy, self._copies, self._restored = None, iter(()), []

    @Slot(object, str)
    def _open(self, found: list[SavedSession], error: str) -> None:
        self.setEnabled(True)
        if error:
            self.failed.emit(error)
        if self._copy is not None:
            for each in found:
                self._session.open(each)
            if found:
                self._restored.append(self._copy)
                self.restored.emit()
            else:
                self._copy.put_off()
            self._next()


def _contents(copy: SafetyCopy) -> tuple[list[SavedSession], str]:
    """What was learned, and then the experiment, which may have been edited since."""
    (spec, error), (learned, other) = copy.read(), copy.read_session()
    found = [each for each in (learned, SavedSession(spec) if spec else None) if each is not None]
    return found, " ".join(filter(None, (error, other)))
