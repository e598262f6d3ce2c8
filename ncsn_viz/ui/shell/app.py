"""The application: one window on one session."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.shell.appearance import chosen, scheme_of
from ncsn_viz.ui.shell.preflight import signal_pending
from ncsn_viz.ui.shell.session import Session, autosave_path
from ncsn_viz.ui.shell.startup import AfterFirstPaint
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.widgets import theme


def run(spec: Spec | None, device: str, milestone: Callable[[str], None] | None = None) -> int:
    """Open the window on `spec`, else on the last session's experiment, else on the first one. Returns the exit code.

    `milestone` is called with "painted" after the first paint and with "learning" after the first training step.
    """
    app = QApplication(sys.argv[:1])
    app.setApplicationName("ncsn-viz")
    app.setApplicationDisplayName("ncsn-viz")
    theme.apply(app, scheme_of(chosen(), app))
    last, error = (None, "") if spec is not None else _last_experiment()
    session = Session(spec or last or Spec(), device, autosave_path())
    window = Window(session)
    sys.excepthook = _hook(window)
    signal.signal(signal.SIGINT, lambda *_: window.close())
    signal.signal(signal.SIGTERM, lambda *_: window.close())
    if signal_pending():
        QTimer.singleShot(0, window.close)
    waker = QTimer()  # lets Python handle signals while Qt's loop runs
    waker.timeout.connect(lambda: None)
    waker.start(200)
    window.tips.start_once()
    window.show()
    if error:
        window.notify(error)
    if milestone is not None:
        _report_learning(session, milestone)
    AfterFirstPaint(window, lambda: _begin(session, milestone))
    return app.exec()


def _begin(session: Session, milestone: Callable[[str], None] | None) -> None:
    """Start the worker; not before the first paint, which loading torch would delay."""
    if milestone is not None:
        milestone("painted")
    session.start()


def _report_learning(session: Session, milestone: Callable[[str], None]) -> None:
    def check(snapshot: Snapshot) -> None:
        if any(lane.step > 0 for lane in snapshot.lanes):
            session.snapshotReady.disconnect(check)
            milestone("learning")

    session.snapshotReady.connect(check)


def _last_experiment() -> tuple[Spec | None, str]:
    """The safety copy of the last session, and an error; a broken file is renamed and does not prevent the start."""
    path = autosave_path()
    if not path.exists():
        return None, ""
    try:
        return experiment_files.read(path), ""
    except ValidationError as error:
        aside = path.with_suffix(".broken.json")
        try:
            path.replace(aside)
        except OSError:
            aside = path
        return None, f"The last experiment could not be read ({error}). It is kept as {aside}."


def _hook(window: Window):  # type: ignore[no-untyped-def]
    """Show an exception and continue: an error in one view must not lose the painting."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        if issubclass(kind, KeyboardInterrupt):
            window.close()
        else:
            window.notify(f"{kind.__name__}: {error}")

    return hook
