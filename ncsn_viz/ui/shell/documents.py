"""Experiments as files: dialogs to open and to save one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.ui.shell.session import Session


class Documents(QObject):
    """Asks for a path and opens or saves it in the session. `failed` carries a sentence: why that is impossible."""

    failed = Signal(str)

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session

    @Slot()
    def ask_open(self) -> None:
        """Let the user choose an experiment to open."""
        title, kinds = self.tr("Open an experiment"), self.tr("Experiments (*.json);;All files (*)")
        name, _ = QFileDialog.getOpenFileName(self._window, title, "", kinds)
        if name:
            self.open(Path(name))

    @Slot()
    def ask_save(self) -> None:
        """Let the user choose a name under which to save the experiment."""
        title, kinds = self.tr("Save the experiment"), self.tr("Experiments (*.json)")
        name, _ = QFileDialog.getSaveFileName(self._window, title, "experiment.json", kinds)
        if name:
            self._save(Path(name))

    def _save(self, path: Path) -> None:
        """Save to `path`; without a suffix to `path`.json, which the dialog has not asked whether to replace."""
        full = path if path.suffix else path.with_name(f"{path.name}.json")
        if full != path and full.exists():
            self.failed.emit(self.tr("{0} is there already: write its whole name to replace it.").format(full))
        else:
            self._try(self._session.save, full)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open an experiment, or emit why it cannot be opened."""
        self._try(self._session.open, path)

    def _try(self, method: Callable[[Path], None], path: Path) -> None:
        try:
            method(path)
        except ValidationError as error:
            self.failed.emit(str(error))
