"""The session: the Spec with its undo history, and the worker behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QObject, QStandardPaths, Qt, QThreadPool, QTimer, Signal

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.engine.worker import Worker
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.lab.snapshot.snapshot import Snapshot
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.actions import edits

LOOK = 4  # milliseconds between looks into the mailbox
FRAME = 0.0145  # seconds between two pictures, at least: a little less than a screen of 60 Hz takes
KEPT = 500  # Specs to which undo can return
QUIET = 1500  # milliseconds without an edit before it is written down


class Session(QObject):
    """Edits go in as whole Specs, Snapshots come out. Nothing here computes or waits.

    Undo steps through what was chosen; how far training has come and what part of the plane is shown stay as they are.
    """

    specChanged = Signal(object)
    snapshotReady = Signal(object)
    notice = Signal(str)

    def __init__(self, spec: Spec, device: str = "auto", autosave: Path | None = None) -> None:
        super().__init__()
        self.spec = spec
        self._autosave = autosave
        self._undo: list[Spec] = []
        self._redo: list[Spec] = []
        self._group: object = None
        self._shown = 0.0
        self._worker = Worker(device)
        self._worker.specs.put(spec)
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(LOOK)
        self._clock.timeout.connect(self._look)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET)
        self._quiet.timeout.connect(self._write_down)
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(1)
        self._pool.setExpiryTimeout(-1)  # one thread from the first copy on, and not one that comes and goes

    def start(self) -> None:
        """Start the worker and the display's clock."""
        self._worker.start()
        self._clock.start()

    def close(self) -> bool:
        """Stop everything and write the experiment down. Whether the worker ended in time."""
        self._clock.stop()
        self._quiet.stop()
        ended = self._worker.stop()
        self._pool.waitForDone()
        self._save_copy(self.spec)
        return ended

    # -- editing ------------------------------------------------------------------------------------------------

    def edit(self, spec: Spec, group: object = None) -> None:
        """Make `spec` the experiment. Edits of one `group` in a row, like a slider's drag, are undone as one."""
        if spec == self.spec:
            return
        spec = _pointing(spec, self.spec.view.cursor)  # an editor knows an older one
        if _choices(spec) != _choices(self.spec):
            if group is None or group != self._group:
                self._undo = [*self._undo[-KEPT:], self.spec]
            self._redo.clear()
            self._group = group
        self._show(spec)

    def point_at(self, point: tuple[float, float] | None) -> None:
        """Have read what is at a point of the plane, or at none. No edit: nobody is told, nothing is written down."""
        self.spec = _pointing(self.spec, () if point is None else (point,))
        self._worker.specs.put(self.spec)

    def undo(self) -> None:
        """Back to the choices before the last edit."""
        self._step(self._undo, self._redo)

    def redo(self) -> None:
        """Forth again."""
        self._step(self._redo, self._undo)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to redo."""
        return bool(self._redo)

    def _step(self, source: list[Spec], target: list[Spec]) -> None:
        if source:
            target.append(self.spec)
            self._group = None
            self._show(replace(source.pop(), run=self.spec.run, view=self.spec.view))

    def _show(self, spec: Spec) -> None:
        self.spec = spec
        self._worker.specs.put(spec)
        self._quiet.start()
        self.specChanged.emit(spec)

    # -- files --------------------------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Open an experiment; the one before can be had again by undo. Raises BadValue."""
        self.edit(replace(experiment_files.read(path), view=self.spec.view))

    def save(self, path: Path) -> None:
        """Save the experiment. Raises BadValue."""
        experiment_files.write(path, self.spec)

    def _write_down(self) -> None:
        spec = self.spec
        self._pool.start(lambda: self._save_copy(spec))

    def _save_copy(self, spec: Spec) -> None:
        if self._autosave is None:
            return
        try:
            self._autosave.parent.mkdir(parents=True, exist_ok=True)
            experiment_files.write(self._autosave, spec)
        except (ValidationError, OSError) as error:
            self.notice.emit(self.tr("The safety copy of this experiment could not be written: {0}").format(error))

    # -- looking ------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        now = perf_counter()
        if now - self._shown < FRAME:
            return
        snapshot: Snapshot | None = self._worker.snapshots.take()
        if snapshot is not None:
            self._shown = now
            self.snapshotReady.emit(snapshot)


def _pointing(spec: Spec, cursor: tuple[tuple[float, float], ...]) -> Spec:
    return edits.view(spec, cursor=cursor)


def _choices(spec: Spec) -> Spec:
    """The Spec without what undo leaves alone."""
    blank = Spec()
    return replace(spec, run=blank.run, view=blank.view)


def autosave_path() -> Path:
    """Where the safety copy lies."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(folder) / "last.json"
