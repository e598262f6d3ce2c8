"""Opens sweeps in windows of their own, and saves new ones; files are read and written in a thread of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import experiment_files, json_values, write_safely
from ncsn_viz.ui.forms.file_dialog import path_to_open, path_to_save

if TYPE_CHECKING:
    from ncsn_viz.lab.sweep.panels import SweepResults
    from ncsn_viz.ui.sweep.sweep_dialog import SweepDialog
    from ncsn_viz.ui.sweep.sweep_window import SweepWindow


class SweepLauncher(QObject):
    """`experimentAsked` carries the Spec of a run that shall be opened, `noticed` a sentence."""

    experimentAsked = Signal(object)
    noticed = Signal(str)
    _found = Signal(object)
    _refused = Signal(str)
    _saved = Signal(object)

    def __init__(self, window: QWidget, present: Callable[[], Spec]) -> None:
        """`present` returns the Spec of the window."""
        super().__init__(window)
        self._window, self._present = window, present
        self.windows: dict[Path, SweepWindow] = {}
        self.dialog: SweepDialog | None = None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._found.connect(self._show)
        self._refused.connect(self._refuse)
        self._saved.connect(self._tell_saved)

    @Slot()
    def ask_open(self) -> None:
        """Let the user choose a sweep by a file in its folder."""
        kinds = self.tr("Sweeps (sweep.json runs.csv summary.csv);;All files (*)")
        if (path := path_to_open(self._window, self.tr("Open a sweep"), kinds)) is not None:
            self.open(path)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Open the sweep in a folder, or of a file in it, or read it again."""

        def read() -> None:
            from ncsn_viz.lab.sweep.panels import SweepResults

            self._found.emit(SweepResults.read(path))

        self._run(read)

    @Slot()
    def make(self) -> None:
        """Let the user make a sweep of the present experiment."""
        from ncsn_viz.ui.sweep.sweep_dialog import SweepDialog

        self.dialog = SweepDialog(self._present(), self._window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.made.connect(self._ask_save)
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    def close(self, timeout: float = 10.0) -> bool:
        """Close all windows and wait for what is read or written. Whether that ended within `timeout` seconds."""
        for window in [*self.windows.values()]:
            window.close()
        if self.dialog is not None:
            self.dialog.reject()
        return self._pool.waitForDone(round(1e3 * timeout))

    @Slot(object)
    def _show(self, results: SweepResults) -> None:
        key = results.path.resolve()
        if key not in self.windows:
            from ncsn_viz.ui.sweep.sweep_window import SweepWindow  # imports pyqtgraph

            self.windows[key] = window = SweepWindow(self._window)
            window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            window.experimentAsked.connect(self.experimentAsked)
            window.reloadAsked.connect(self.open)
            window.failed.connect(self.noticed)
            window.destroyed.connect(lambda: self.windows.pop(key, None))
        self.windows[key].show_results(results)
        self.windows[key].show()
        self.windows[key].raise_()

    @Slot(object)
    def _ask_save(self, data: dict[str, Any]) -> None:
        """Save a sweep that is valid as a whole; another one keeps the dialog open, which says what is wrong."""
        title, kinds = self.tr("Save the sweep"), self.tr("Sweeps (*.json)")
        if (path := path_to_save(self._window, title, kinds, "sweep.json")) is None:
            return
        path = path if path.suffix else path.with_name(f"{path.name}.json")

        def write() -> None:
            from ncsn_viz.lab.sweep import planning, sweep_file

            sweep = sweep_file.from_data(data, path.parent)
            planning.plan(sweep)
            write_safely(path, experiment_files.readable(json_values.to_text(sweep_file.to_data(sweep))))
            self._saved.emit(path)

        self._run(write)

    @Slot(object)
    def _tell_saved(self, path: Path) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        command = f"ncsn-viz sweep {path} --out {path.with_suffix('')}"
        self.noticed.emit(self.tr("The sweep is saved. Run it in a terminal: {0}").format(command))

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        if self.dialog is not None:
            self.dialog.show_error(sentence)
        else:
            self.noticed.emit(sentence)

    @Slot()
    def _forget_dialog(self) -> None:
        self.dialog = None

    def _run(self, act: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                act()
            except (ValidationError, OSError) as error:
                self._refused.emit(str(error))

        self._pool.start(guarded)
