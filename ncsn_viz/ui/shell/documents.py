"""Experiments and sweeps as files: dialogs to open and to save one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.forms.file_dialog import path_to_open, path_to_save
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.sweep.launcher import SweepLauncher


class Documents(QObject):
    """Asks for a path and opens or saves it in the session; files are read and written in a thread of their own.

    `failed` carries a sentence: why that is impossible. `sweeps` does the same for sweeps.
    """

    failed = Signal(str)
    _found = Signal(object)

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # a file that is saved twice is saved in this order
        self._found.connect(self._show)
        self.sweeps = SweepLauncher(window, lambda: session.spec)
        self.sweeps.noticed.connect(self.failed)
        self.sweeps.experimentAsked.connect(session.open)

    def close(self, timeout: float = 10.0) -> bool:
        """Wait until everything is written, at most `timeout` seconds. Whether that is so."""
        return self.sweeps.close(timeout) and self._pool.waitForDone(round(1e3 * timeout))

    @Slot()
    def ask_open(self) -> None:
        """Let the user choose an experiment to open."""
        title, kinds = self.tr("Open an experiment"), self.tr("Experiments (*.json);;All files (*)")
        if (path := path_to_open(self._window, title, kinds)) is not None:
            self.open(path)

    @Slot()
    def ask_save(self) -> None:
        """Let the user choose a name under which to save the experiment."""
        title, kinds = self.tr("Save the experiment"), self.tr("Experiments (*.json)")
        if (path := path_to_save(self._window, title, kinds, "experiment.json")) is not None:
            self._save(path)

    def _save(self, path: Path) -> None:
        """Save to `path`; without a suffix to `path`.json, which the dialog has not asked whether to replace."""
        full = path if path.suffix else path.with_name(f"{path.name}.json")
        spec = self._session.spec
        sentence = self.tr("{0} is there already: write its whole name to replace it.").format(full)

        def write() -> None:
            if full != path and full.exists():
                self.failed.emit(sentence)
            else:
                experiment_files.write(full, spec)

        self._run(write)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open an experiment, or emit why it cannot be opened."""
        self._run(lambda: self._found.emit(experiment_files.read(path)))

    @Slot(object)
    def _show(self, spec: Spec) -> None:
        self._session.open(spec)

    def _run(self, act: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                act()
            except (ValidationError, OSError) as error:
                self.failed.emit(str(error))

        self._pool.start(guarded)
