"""The session: the present Spec with its undo history, and the worker that runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Edit, Experiment, Spec, restarted, with_learners
from ncsn_viz.lab.experiment.commands import Command, RestartLane, RestartTraining
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.storage import SavedSession, experiment_files
from ncsn_viz.lab.worker.pace import TICKS_PER_SECOND, Pace
from ncsn_viz.lab.worker.worker import Worker
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.widgets.timers import Debounce, timer

POLL = 4  # milliseconds between two polls of the mailbox of Snapshots
EARLY = 0.0022  # seconds by which a Snapshot may come before its frame of the screen
MOST_UNDO = 500  # experiments to which undo can return
QUIET = 1500  # milliseconds without an edit before the experiment is saved …
LATEST = 8000  # … and after the first edit that was not saved, at the latest: ten seconds with the time to write it


class Session(QObject):
    """Takes edits and commands, emits Specs and Snapshots. Nothing here computes or waits.

    Undo restores experiments; playback and view stay as they are.
    """

    specChanged = Signal(object)
    snapshotReady = Signal(object)
    notice = Signal(str)

    def __init__(self, spec: Spec, device: str = "auto", autosave: Path | None = None) -> None:
        super().__init__()
        self._numbers = count(1)  # of learners; none is used twice
        self.spec = with_learners(_with_a_chosen_lane(spec, 0), None, self._numbers)
        self._first = self.spec
        self._autosave = autosave
        self._undo: list[Experiment] = []
        self._redo: list[Experiment] = []
        self._learned: frozenset[tuple[int, int]] = frozenset()  # slots and learners with something to lose
        self._token: object = None
        self._emitted = 0.0  # when the last Snapshot was
        self._pace = Pace()
        self._worker = Worker(device)
        self._worker.specs.put(self.spec)
        self._clock = timer(self, POLL, self._poll)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._saving = Debounce(self._save_in_background, QUIET, LATEST, self)
        self._saved: Spec | None = None  # what the safety copy holds
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(1)
        self._pool.setExpiryTimeout(-1)  # one thread that stays, instead of a new one for each copy

    def start(self) -> None:
        """Start the worker and the clock of the display."""
        self._worker.start()
        self._clock.start()

    def close(self, timeout: float = 10.0) -> bool:
        """Save the experiment and stop everything. Whether the worker ended within `timeout` seconds."""
        self._clock.stop()
        self._saving.cancel()
        self._worker.request_stop()
        self._pool.waitForDone()
        self._save_copy(self.spec)  # before anything is waited for
        return self._worker.stop(timeout)

    # -- editing ------------------------------------------------------------------------------------------------

    def edit(self, edit: Edit, token: object = None) -> ValidationError | None:
        """Apply `edit` to the present Spec; the error where that is refused, else None.

        Consecutive edits of one gesture, with equal tokens, such as the drag of a slider, are one step of undo.
        """
        try:
            spec = edit(self.spec)
        except ValidationError as error:
            return error
        if spec != self.spec or spec.learners != self.spec.learners:
            spec = with_learners(_with_a_chosen_lane(spec, self.spec.chosen), self.spec, self._numbers)
            if (experiment := self.spec.experiment) != spec.experiment or experiment.learners != spec.learners:
                self._remember(experiment, token)
            self._show(spec)
        return None

    def _remember(self, experiment: Experiment, token: object) -> None:
        """Make `experiment` the one before the present edit."""
        if token is None or token != self._token:
            self._undo = [*self._undo[-MOST_UNDO:], experiment]
        self._redo.clear()
        self._token = token

    def command(self, command: Command, token: object = None) -> None:
        """Request something of the worker; nothing where the lane that it concerns has been removed.

        What restarts is an edit, with this `token`, so that undo brings back what was learned.
        """
        slot: int | None = getattr(command, "slot", None)
        if slot is not None and self.spec.lane_index(slot) is None:
            return
        if isinstance(command, RestartTraining | RestartLane):
            self.edit(partial(restarted, slots=None if slot is None else (slot,)), token)
            return
        self._pace.touch()
        if not self._worker.commands.put(command):
            self.notice.emit(self.tr("Too much is waiting to be done already: try again in a while."))

    def point_at(self, point: tuple[float, float] | None) -> None:
        """Read the fields at a point of the plane, or nowhere. This is no edit: nothing is emitted or saved."""
        self.spec = edits.view(self.spec, cursor=() if point is None else (point,))
        self._worker.specs.put(self.spec)

    def undo(self) -> None:
        """Restore the experiment before the last edit."""
        self._step(self._undo, self._redo)

    def redo(self) -> None:
        """Restore the experiment before the last undo."""
        self._step(self._redo, self._undo)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to redo."""
        return bool(self._redo)

    def _step(self, source: list[Experiment], target: list[Experiment]) -> None:
        if source:
            target.append(self.spec.experiment)
            self._token = None
            self._show(_with_a_chosen_lane(self.spec.with_experiment(source.pop()), self.spec.chosen))

    def _show(self, spec: Spec) -> None:
        self.spec = spec
        self._pace.touch()
        self._worker.specs.put(spec)
        self._saving.request()
        self.specChanged.emit(spec)

    # -- files --------------------------------------------------------------------------------------------------

    def open(self, found: SavedSession) -> None:
        """Show an experiment in the present view, or go on with a session in its own; undo restores the one before."""
        if found.checkpoint is None:
            self.edit(lambda spec: replace(found.spec, view=spec.view).in_sight())
            return
        spec = edits.view(_with_a_chosen_lane(found.spec, 0), pixels=self.spec.view.pixels)
        spec = with_learners(spec, None, self._numbers)
        self._remember(self.spec.experiment, None)
        self._worker.open(spec, found.learners(spec))
        self._show(spec)

    def resume(self, found: SavedSession) -> None:
        """Before the start: let the lanes go on with what those of a session have learned, as far as they are alike."""
        spec = with_learners(found.spec, self._first, self._numbers)
        self._worker.open(self.spec, found.learners(spec))

    def capture(self, then: Callable[[SavedSession], None]) -> None:
        """Have `then` called, in the worker's thread, with a copy of all that is learned; not before the start."""
        self._worker.capture(then)

    def _save_in_background(self) -> None:
        spec = self.spec
        self._pool.clear()  # an older one that still waits is of no use
        self._pool.start(lambda: self._save_copy(spec))

    def _save_copy(self, spec: Spec) -> None:
        if self._autosave is None or spec == self._saved:
            return
        try:
            self._autosave.parent.mkdir(parents=True, exist_ok=True)
            experiment_files.write(self._autosave, spec)
            self._saved = spec
        except (ValidationError, OSError) as error:
            self.notice.emit(self.tr("The safety copy of this experiment could not be written: {0}").format(error))

    # -- Snapshots ----------------------------------------------------------------------------------------------

    def _poll(self) -> None:
        now = perf_counter()
        if now - self._emitted < self._pace.ticks(self.spec.view) / TICKS_PER_SECOND - EARLY:
            return
        snapshot: Snapshot | None = self._worker.snapshots.take()
        if snapshot is not None:
            self._emitted = now
            self._notice_losses(snapshot)
            self.snapshotReady.emit(snapshot)

    def _notice_losses(self, snapshot: Snapshot) -> None:
        """Say for which lanes undo or redo can no longer bring back what they had learned, for want of memory."""
        live = {(lane.slot, lane.learner) for lane in snapshot.spec.lanes}
        lost = self._learned - live - snapshot.kept
        shown = zip(snapshot.spec.lanes, snapshot.lanes, strict=False)
        learned = {(lane.slot, lane.learner) for lane, state in shown if state.step}
        self._learned = (self._learned - lost) | learned | snapshot.kept
        if not lost:
            return
        lanes = (lane for experiment in (*self._undo, *self._redo) for lane in experiment.lanes)
        if names := sorted({lane.name for lane in lanes if (lane.slot, lane.learner) in lost}):
            text = self.tr("There is no memory left for what was learned before in {0}: undo brings back settings.")
            self.notice.emit(text.format(", ".join(names)))


def _with_a_chosen_lane(spec: Spec, index: int) -> Spec:
    """`spec`, in which the lane at `index` or the last one is chosen where the chosen one has been removed."""
    if spec.lane_index(spec.view.chosen) is not None:
        return spec
    return edits.view(spec, chosen=spec.lanes[min(index, len(spec.lanes) - 1)].slot)
