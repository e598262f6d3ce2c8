"""The application: one window on one session."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.storage import SavedSession
from ncsn_viz.ui.documents import safety_copy
from ncsn_viz.ui.documents.autosave import Autosave
from ncsn_viz.ui.documents.resume import Resume
from ncsn_viz.ui.documents.safety_copy import SafetyCopy
from ncsn_viz.ui.shell import layout
from ncsn_viz.ui.shell.appearance import chosen, scheme_of
from ncsn_viz.ui.shell.preflight import on_signals, signal_pending
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.startup import AfterFirstPaint, show_waiting
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.timers import timer

WAKE_EVERY = 100  # milliseconds between two moments at which Python can handle signals while Qt's loop runs


def run(
    opened: SavedSession | None,
    device: str,
    milestone: Callable[[str], None] | None = None,
    path: Path | None = None,
) -> int:
    """Open the window on what is `opened`, from `path`, else on the last session, else on the first one. The exit code.

    `milestone` is called with "painted" after the first paint and with "learning" after the first training step.
    """
    app = QApplication(sys.argv[:1])
    app.setApplicationName("ncsn-viz")
    app.setApplicationDisplayName("ncsn-viz")
    theme.apply(app, scheme_of(chosen(), app))
    copy = safety_copy.take(fresh=opened is not None)
    last, error = (None, "") if opened is not None else copy.read()
    spec = last if opened is None else opened.spec
    session = Session(spec or Spec(), device, copy.path)
    window = Window(session, later=True)
    keep = _Keeping(window, copy)
    sys.excepthook = _hook(window)
    on_signals(lambda *_: _leave(app, window))
    if signal_pending():
        QTimer.singleShot(0, lambda: _leave(app, window))
    timer(window, WAKE_EVERY, lambda: None).start()
    window.panels.restore()
    layout.place(window)
    window.tips.start_once()
    window.show()
    app.aboutToQuit.connect(partial(_keep, window))
    if error:
        window.notify(" ".join([error, *window.target.own.errors]))
    if opened is not None and path is not None:
        window.documents.show_file(path, replace(opened, spec=session.spec))
    if milestone is not None:
        _report_learning(session, milestone)
    AfterFirstPaint(window, lambda: keep.begin(opened, milestone))
    code = app.exec()
    copy.release()
    return code


def _leave(app: QApplication, window: Window) -> None:
    """Save and close, whatever dialog is open."""
    window.close()
    app.closeAllWindows()
    app.quit()


class _Keeping:
    """Goes on with what was learned, keeps it by itself, and offers what a crash has left."""

    def __init__(self, window: Window, copy: SafetyCopy) -> None:
        self._window, self._copy = window, copy
        self._autosave = Autosave(window.session, copy, window)
        self._resume = Resume(window)
        self._autosave.failed.connect(window.notify)
        self._autosave.confirmed.connect(window.restore.forget_restored)
        window.restore.restored.connect(self._autosave.confirm)
        self._resume.read.connect(self._start)
        window.closing.connect(self._close)
        window.restore.offer(safety_copy.crashed())

    def begin(self, opened: SavedSession | None, milestone: Callable[[str], None] | None) -> None:
        """Make the plots and start the worker; not before the first paint, which pyqtgraph and torch would delay."""
        if milestone is not None:
            milestone("painted")
        show_waiting(self._window)
        if opened is None and self._copy.generations():
            self._resume.begin(self._copy.read_session)
        else:
            self._start(opened, "")

    def _start(self, found: SavedSession | None, error: str) -> None:
        if error:
            self._window.notify(error)
        if found is not None and found.checkpoint is not None:
            self._window.session.resume(found)
        self._window.session.start()

    def _close(self) -> None:
        if self._autosave.close():
            self._window.restore.forget_restored()
        self._window.restore.close_copies()


def _keep(window: Window) -> None:
    """Keep for the next start where the window is and what it shows."""
    layout.save_place(window)
    window.panels.save()


def _report_learning(session: Session, milestone: Callable[[str], None]) -> None:
    def check(snapshot: Snapshot) -> None:
        if any(lane.step > 0 for lane in snapshot.lanes):
            session.snapshotReady.disconnect(check)
            milestone("learning")

    session.snapshotReady.connect(check)


def _hook(window: Window):  # type: ignore[no-untyped-def]
    """Show an exception and continue: an error in one view must not lose the painting."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        if issubclass(kind, KeyboardInterrupt):
            window.close()
        else:
            window.notify(f"{kind.__name__}: {error}")

    return hook
