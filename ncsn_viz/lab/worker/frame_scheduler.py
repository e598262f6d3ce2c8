"""Shares out the worker's time: training, particles, evaluation of fields, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.experiment.commands import Command
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.worker.pace import Pace

if TYPE_CHECKING:
    from ncsn_viz.lab.engine.engine import Engine
    from ncsn_viz.lab.engine.lane import Lane

MOVING_TIME = 0.004  # seconds a frame after which particles, moved once, are not moved again
RACING_TIME = 0.006  # seconds a frame for a race of samplers
TRACING_TIME, EDITED_TRACING_TIME = 0.002, 0.012  # seconds a frame for trajectories, after an edit
EVALUATION_TIME = 0.002  # seconds a tick, at most, for evaluating fields …
AT_REST = 0.6  # … and so much of it while nobody edits: fields change little from picture to picture then
IN_TURN = 2  # one of so many evaluations is of the next lane in turn, the others of lanes where a level is missing
BLOCK, BLOCK_ON_GPU = 1024, 10**6  # points of a field evaluated at a stretch
MEASURE_EVERY = 0.6  # seconds between live metrics of one lane
SETTLED = 0.15  # seconds without a new Spec before what depends on the truth is prepared
TRAINING_TIME = 0.012  # seconds of training at a stretch, at most
TRAINING_SHARE = 0.25  # of the worker's time at least, however much there is to draw …
LARGEST_DEFICIT = 0.006  # … but no more seconds than this at a time: a million particles take long enough
RATE_EVERY = 0.5  # seconds between two values of the training steps a second
_ENDED = object()


def never() -> bool:
    """Nothing stops it."""
    return False


class Job:
    """A generator that is run piece by piece and made again when it has ended or was closed."""

    def __init__(self) -> None:
        self._work: Iterator[None] | None = None

    def run_piece(self, make: Callable[[], Iterator[None]]) -> bool:
        """Run the next piece of the present work, or the first one of what `make` returns. Whether the work ended."""
        if self._work is None:
            self._work = make()
        ended = next(self._work, _ENDED) is _ENDED
        if ended:
            self._work = None
        return ended

    def close(self) -> None:
        """Give the present work up."""
        self._work = None


class FrameScheduler:
    """Drives an engine frame by frame. Jobs are generators of the engine; a Spec that concerns a job closes it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.rate = 0.0  # training steps a second
        self._pace = Pace()
        self._edited = perf_counter()
        self._changed = True  # something has changed that no Snapshot has shown yet
        self._training, self._preparation, self._measurement, self._evaluation, self._trace = (Job() for _ in range(5))
        self._evaluated: Lane | None = None  # whose field is evaluated
        self._evaluations = 0
        self._next_evaluated = 0  # the lane that is evaluated next in turn
        self._measured: Lane | None = None  # whose metrics are computed
        self._next_measured = 0
        self._measure_due = 0.0
        self._outdated = False  # whether these metrics were begun before the last Spec
        self._unmeasured = 0  # lanes without new metrics since the last Spec
        self._rate_base = (0, perf_counter())
        self._training_deficit = 0.0  # seconds of training that frames have cost, less those trained since

    # -- what there is to do ------------------------------------------------------------------------------------

    @property
    def has_news(self) -> bool:
        """Whether a new Snapshot would show anything new."""
        engine = self.engine
        return self._changed or engine.trains or engine.samples or engine.streamlines_shown or self._metrics_overdue

    @property
    def _metrics_overdue(self) -> bool:
        """Whether it is time for metrics after the last Spec, even if the experiment is paused."""
        return self._unmeasured > 0 and perf_counter() > max(self._edited + SETTLED, self._measure_due)

    @property
    def timeout(self) -> float | None:
        """Seconds to wait before asking again whether metrics are overdue, or None."""
        return SETTLED if self._unmeasured > 0 else None

    def apply(self, spec: Spec, commands: Iterable[Command] = ()) -> None:
        """Give the engine a new Spec and commands; close the jobs that they concern."""
        before = self.engine.user_spec
        if (spec, spec.learners) != (before, before.learners) or commands:
            self._pace.touch()
        changes = self.engine.apply(spec, commands)
        self._changed = True
        if changes.view_only and not commands:
            return
        self._edited = perf_counter()
        self._unmeasured = len(self.engine.lanes) if self.engine.truth is not None else 0
        self._outdated = True
        self._training.close()  # the next step begins with what is left of this one
        self._preparation.close()
        if self._measured not in self.engine.lanes or self.engine.truth is None:
            self._measurement.close()
            self._measured = None
        lanes, evaluated = self.engine.lanes, self._evaluated
        if evaluated not in lanes or changes.lanes[lanes.index(evaluated)].field:
            self._evaluation.close()
            self._evaluated = None

    # -- training -----------------------------------------------------------------------------------------------

    def train(self, interrupted: Callable[[], bool]) -> None:
        """Train what frames have cost, then on until `interrupted`."""
        start = now = perf_counter()
        while self.engine.trains and now - start < TRAINING_TIME and (self._training_deficit > 0 or not interrupted()):
            self._training.run_piece(self.engine.training_pieces)
            before, now = now, perf_counter()
            self._training_deficit = max(self._training_deficit - (now - before), -LARGEST_DEFICIT)
            self._changed = True

    def finish_step(self, interrupted: Callable[[], bool]) -> bool:
        """Finish a training step that was begun, piece by piece, until `interrupted`. Whether none is begun."""
        while self.engine.training.step_begun and self.engine.trains:
            self._training.run_piece(self.engine.training_pieces)
            self._changed = True
            if interrupted():
                return False
        return True

    # -- frames -------------------------------------------------------------------------------------------------

    def frame(self, stopped: Callable[[], bool] = never) -> Snapshot | None:
        """Move the particles, do a piece of what is due, and take the Snapshot; None if it is `stopped()` before."""
        start = perf_counter()
        self._changed = False
        moved = self._move(stopped)
        running = [(index, lane) for index, lane in enumerate(self.engine.lanes) if not lane.failure]
        missing = [index for index, lane in running if lane.field_cache.present is None]
        for index in missing:
            self.engine.evaluate_now(index)
            if stopped():
                return None
        if missing or not self._measure() or self._incomplete:
            self._evaluate(moved)
        more = self._trace_flow()
        more |= self._race()
        self._changed = not self.engine.probe_next() or more
        self._update_rate()
        snapshot = self.engine.snapshot(self.rate)
        cost = (perf_counter() - start) * TRAINING_SHARE / (1 - TRAINING_SHARE)
        self._training_deficit = min(self._training_deficit + cost, LARGEST_DEFICIT)
        return snapshot

    @property
    def _incomplete(self) -> bool:
        """Whether a level is missing in some lane: particles that reach it before would wait for all of its grid."""
        spec, running = self.engine.spec, (lane for lane in self.engine.lanes if not lane.failure)
        return any(lane.needs_evaluation(spec) for lane in running if not lane.evaluated_every_frame(spec))

    def _move(self, stopped: Callable[[], bool]) -> int:
        """Move the particles once for each tick that has passed, as far as there is time for it, until `stopped()`.

        Gives how often they were moved.
        """
        start, moved = perf_counter(), 0
        for _ in range(self._pace.ticks_passed(self.engine.spec.view)):
            moved += 1
            for _ in self.engine.advance_pieces():
                if stopped():
                    return moved
            if perf_counter() - start > MOVING_TIME:
                break
        return moved

    def _trace_flow(self) -> bool:
        """Go on with the trajectories from noise to data for a few milliseconds; whether there are more to compute."""
        start = perf_counter()
        room = EDITED_TRACING_TIME if start - self._edited < SETTLED else TRACING_TIME
        while self.engine.lane_to_trace() is not None and perf_counter() - start < room:
            self._trace.run_piece(self.engine.trace_flow)
        return self.engine.lane_to_trace() is not None

    def _race(self) -> bool:
        """Go on with a race of samplers for a few milliseconds; whether there is one."""
        start = perf_counter()
        while self.engine.race_on():
            if perf_counter() - start > RACING_TIME:
                return True
        return False

    def _evaluate(self, ticks: int) -> None:
        """Evaluate fields for a few milliseconds a tick, one lane after the other."""
        start, finished = perf_counter(), 0
        most = ticks * EVALUATION_TIME * (1 if self._pace.touched else AT_REST)
        block = BLOCK if self.engine.device.type == "cpu" else BLOCK_ON_GPU
        while finished < len(self.engine.lanes) and perf_counter() - start < most:
            finished += self._evaluation.run_piece(lambda: self._next_evaluation(block))

    def _next_evaluation(self, block: int) -> Iterator[None]:
        """The evaluation of a lane where a level is missing, or of the next one in turn."""
        lanes, spec = self.engine.lanes, self.engine.spec
        order = [(self._next_evaluated + turn) % len(lanes) for turn in range(len(lanes))]
        order = [each for each in order if not (lanes[each].failure or lanes[each].evaluated_every_frame(spec))]
        if not order:
            return iter(())
        incomplete = [index for index in order if lanes[index].needs_evaluation(spec)]
        self._evaluations += 1
        if incomplete and self._evaluations % IN_TURN:
            index = incomplete[0]
        else:
            index = order[0]
            self._next_evaluated = index + 1
        self._evaluated = lanes[index]
        return self.engine.evaluate(index, block)

    def _measure(self) -> bool:
        """Do the next piece of the preparation or of the metrics, if one is due. Whether that took time."""
        now, lanes = perf_counter(), self.engine.lanes
        settled = now - self._edited > SETTLED
        if settled and self._outdated:
            self._measurement.close()
            self._outdated = False
        if settled and not self._preparation.run_piece(self.engine.prepare):
            return True
        if now < self._measure_due or not lanes:
            return False
        if self._measurement.run_piece(self._next_measurement):
            self._unmeasured = max(0, self._unmeasured - settled)
            self._measure_due = now + MEASURE_EVERY / len(lanes)
        return True

    def _next_measurement(self) -> Iterator[None]:
        """The metrics of the next lane."""
        index = self._next_measured % len(self.engine.lanes)
        self._next_measured, self._measured = index + 1, self.engine.lanes[index]
        return self.engine.measure(index)

    def _update_rate(self) -> None:
        steps, since = self._rate_base
        now = perf_counter()
        if now - since > RATE_EVERY:
            total = max((lane.trainer.step for lane in self.engine.lanes if lane.trainers), default=0)
            self.rate = max(0, total - steps) / (now - since)
            self._rate_base = (total, now)
