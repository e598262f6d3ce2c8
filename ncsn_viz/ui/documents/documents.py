"""Sessions and experiments as files: dialogs to open and to save one, and the file that the window shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, QThreadPool, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.storage import SavedSession, experiment_files, session_files
from ncsn_viz.ui.documents.recent_files import RecentFiles
from ncsn_viz.ui.documents.running_session import RunningSession
from ncsn_viz.ui.forms.file_dialog import path_to_open, path_to_save
from ncsn_viz.ui.sweep.launcher import SweepLauncher
from ncsn_viz.ui.widgets.translate import plain, translate

NAME = "ncsn-viz"
SESSION, EXPERIMENT = session_files.SUFFIX, ".json"
State = tuple[object, ...]  # what differs once something was edited or learned


class Documents(QObject):
    """Asks for a path and opens or saves it; files are read and written in a thread of their own.

    `failed` carries a sentence: why that is impossible. `noticed` carries one on what was saved. The window's title has
    the name of the session's file, with a dot where something is not in it. `sweeps` does the same for sweeps.
    """

    failed = Signal(str)
    noticed = Signal(str)
    _found = Signal(object, object)
    _saved = Signal(object, object)

    def __init__(self, window: QWidget, session: RunningSession, settings: Callable[[], QSettings]) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self.path: Path | None = None  # of the session or the experiment that is open
        self._kept: State = ()  # what that file holds
        self._steps: tuple[int, ...] = ()
        self.recent = RecentFiles(settings, window)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # a file that is saved twice is saved in this order
        self._found.connect(self._show)
        self._saved.connect(self.show_file)
        self.recent.chosen.connect(self.open)
        self.sweeps = SweepLauncher(window, lambda: session.spec)
        self.sweeps.noticed.connect(self.failed)
        self.sweeps.experimentAsked.connect(self._open_spec)
        session.specChanged.connect(self._show_title)
        session.snapshotReady.connect(self._show_steps)
        self._show_title()

    def put_into(self, menu: QMenu) -> None:
        """Insert the entries for files before the first one of a menu."""
        first = menu.actions()[0] if menu.actions() else QAction(menu)
        for text, hint, key, act in (
            ("Open …", "A session, which goes on where it was, or the settings of an experiment. Undo brings the "
             "present one back.", "Ctrl+O", self.ask_open),
            ("Save session", "All settings and all that is learned into one file, from which it goes on.", "Ctrl+S",
             self.save),
            ("Save session as …", "The same into another file.", "Ctrl+Shift+S", self.ask_save),
            ("Save settings …", "The experiment alone, into a file that runs here and without a window. It does not "
             "hold what was learned.", "", self.ask_save_settings),
        ):  # fmt: skip
            action = QAction(translate(text), menu)
            action.setToolTip(plain(translate(hint)))
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(act)
            menu.insertAction(first, action)
        menu.insertMenu(menu.actions()[1], self.recent.menu)

    def close(self, timeout: float = 10.0) -> bool:
        """Wait until everything is written, at most `timeout` seconds. Whether that is so."""
        return self.sweeps.close(timeout) and self._pool.waitForDone(round(1e3 * timeout))

    # -- what the user asks for ---------------------------------------------------------------------------------

    @Slot()
    def ask_open(self) -> None:
        """Let the user choose a session or an experiment to open."""
        kinds = self.tr("Sessions and experiments (*{0} *{1});;All files (*)").format(SESSION, EXPERIMENT)
        if (path := path_to_open(self._window, self.tr("Open a session or an experiment"), kinds)) is not None:
            self.open(path)

    @Slot()
    def save(self) -> None:
        """Save the session into its file, or let the user choose one."""
        if self.path is not None and self.path.suffix == SESSION:
            self._save_session(self.path, replaces=True)
        else:
            self.ask_save()

    @Slot()
    def ask_save(self) -> None:
        """Let the user choose a name under which to save the session."""
        name = f"session{SESSION}" if self.path is None else f"{self.path.stem}{SESSION}"
        kinds = self.tr("Sessions (*{0})").format(SESSION)
        if (path := path_to_save(self._window, self.tr("Save the session"), kinds, name)) is not None:
            self._save_session(_with_suffix(path, SESSION), replaces=bool(path.suffix))

    @Slot()
    def ask_save_settings(self) -> None:
        """Let the user choose a name under which to save the experiment alone."""
        title, kinds = self.tr("Save the settings"), self.tr("Experiments (*{0})").format(EXPERIMENT)
        if (path := path_to_save(self._window, title, kinds, f"experiment{EXPERIMENT}")) is not None:
            self._save_experiment(_with_suffix(path, EXPERIMENT), replaces=bool(path.suffix))

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open a session or an experiment, or emit why it cannot be opened."""
        self._run(lambda: self._found.emit(path, _read(path)))

    # -- reading and writing ------------------------------------------------------------------------------------

    def _save_session(self, path: Path, replaces: bool) -> None:
        """Save to `path` what the worker gives between two training steps."""

        def write(saved: SavedSession) -> None:
            if saved.checkpoint is None:
                raise ValidationError(self.tr("What was learned cannot be read from the device: nothing was saved."))
            self._check(path, replaces)
            session_files.write(path, saved)
            self._saved.emit(path, saved)
            self.noticed.emit(self.tr("Saved as {0}, after {1} training steps.").format(path, f"{max(saved.steps):,}"))

        self._session.capture(lambda saved: self._run(partial(write, saved)))

    def _save_experiment(self, path: Path, replaces: bool) -> None:
        spec = self._session.spec

        def write() -> None:
            self._check(path, replaces)
            experiment_files.write(path, spec)
            self._saved.emit(path, SavedSession(spec))
            text = self.tr("Saved as {0}. It holds the settings, not what was learned: “Save session” keeps both.")
            self.noticed.emit(text.format(path))

        self._run(write)

    def _check(self, path: Path, replaces: bool) -> None:
        """Refuse to replace a file whose whole name the user has not seen: the dialog has not asked."""
        if not replaces and path.exists():
            text = self.tr("{0} is there already: write its whole name to replace it.")
            raise ValidationError(text.format(path))

    def _run(self, act: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                act()
            except (ValidationError, OSError) as error:
                self.failed.emit(str(error))
            except MemoryError:
                self.failed.emit(self.tr("There is not enough memory for this file."))

        self._pool.start(guarded)

    # -- the title ----------------------------------------------------------------------------------------------

    @Slot(object, object)
    def _show(self, path: Path, found: SavedSession) -> None:
        """Show what was found in a file."""
        self._session.open(found)
        self._steps = found.steps
        self.show_file(path, replace(found, spec=self._session.spec))

    @Slot(object, object)
    def show_file(self, path: Path, saved: SavedSession) -> None:
        """The window now shows this file, which holds `saved`; the settings of a session may be elsewhere as well."""
        self.recent.add(path)
        if saved.checkpoint is None and self.path is not None and self.path.suffix == SESSION:
            return
        self.path, spec = path, saved.spec
        self._kept = (spec.experiment,) if saved.checkpoint is None else (spec.experiment, spec.learners, saved.steps)
        self._show_title()

    @Slot(object)
    def _open_spec(self, spec: Spec) -> None:
        self._session.open(SavedSession(spec))

    @Slot(object)
    def _show_steps(self, snapshot: Snapshot) -> None:
        steps = tuple(lane.step for lane in snapshot.lanes)
        if steps != self._steps:
            self._steps = steps
            self._show_title()

    def _show_title(self, _spec: object = None) -> None:
        title = NAME if self.path is None else f"{'• ' if self.unsaved else ''}{self.path.name} – {NAME}"
        if title != self._window.windowTitle():
            self._window.setWindowTitle(title)

    @property
    def unsaved(self) -> bool:
        """Whether there is something that the open file does not hold."""
        spec = self._session.spec
        return self._kept not in ((spec.experiment,), (spec.experiment, spec.learners, self._steps))


def _with_suffix(path: Path, suffix: str) -> Path:
    return path if path.suffix else path.with_name(f"{path.name}{suffix}")


def _read(path: Path) -> SavedSession:
    """What is in a file, checked as a whole; torch is loaded for it."""
    from ncsn_viz.lab.engine.engine import read_session

    return read_session(path)
