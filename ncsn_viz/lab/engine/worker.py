"""The worker: one background thread that drives the engine, between two mailboxes."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from threading import Condition, Thread
from time import perf_counter
from typing import TYPE_CHECKING

from ncsn_viz.lab.engine.mailbox import Mailbox
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.lab.snapshot.snapshot import Snapshot

if TYPE_CHECKING:
    from ncsn_viz.lab.engine.engine import Engine

LOOKING = 0.002  # seconds a picture, at most, for evaluating fields
HURRY = 3  # of so many looks all but one are for a lane that reaches another level soon
BLOCK = 512  # points of a field evaluated at a stretch on a CPU
MEASURE_EVERY = 0.4  # seconds between live measures
QUIET = 0.2  # seconds without a new Spec before Snapshots are made ahead
SETTLED = 0.15  # seconds without a new Spec before yardsticks are made
PATIENCE = 0.012  # seconds of training at a stretch, at most, before the mailboxes are looked at
TRAINING_SHARE = 0.25  # of the worker's time at least, however much there is to draw …
OWED = 0.006  # … but no more seconds than this at a time: a million particles take long enough


class Worker:
    """Takes Specs out of `specs`, leaves Snapshots in `snapshots`. Neither side ever waits for the other.

    While nobody edits, the next Snapshot is made already when the last one still lies in its box: a picture that takes
    longer than most comes in time nevertheless. A new Spec drops it, so that nothing is shown later for it; and while
    Specs stream in no other is made, for each would have moved its particles in vain.
    """

    def __init__(self, device: str = "auto") -> None:
        self.bell = Condition()
        self.specs: Mailbox[Spec] = Mailbox(self.bell)
        self.snapshots: Mailbox[Snapshot] = Mailbox(self.bell)
        self.stopping = False
        self._ahead: Snapshot | None = None  # the next one, made before it is asked for
        self._edited = 0.0  # when the last Spec came
        self._device = device
        self._thread = Thread(target=self._live, name="ncsn-viz worker", daemon=True)

    def start(self) -> None:
        """Start the thread; torch is loaded there."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Stop, wake and join the thread. Whether it ended in time."""
        with self.bell:
            self.stopping = True
            self.bell.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _live(self) -> None:
        while not self.stopping:
            spec = self._next_spec()
            try:
                if spec is not None:
                    self._run(spec)
            except Exception as error:  # whatever it is: publish it, and start afresh with the next Spec
                traceback.print_exc()
                self.snapshots.put(Snapshot(spec or Spec(), (), failure=f"{type(error).__name__}: {error}"))

    def _run(self, spec: Spec) -> None:
        from ncsn_viz.lab.engine.device import keep_memory, use_few_threads
        from ncsn_viz.lab.engine.engine import Engine

        use_few_threads()
        keep_memory()
        loop = FrameScheduler(Engine(self._device))
        loop.apply(spec)
        self._ahead = None
        while not self.stopping:
            if fresh := self.specs.take():
                loop.apply(fresh)
                self._ahead, self._edited = None, perf_counter()
            if loop.engine.trains:
                loop.train(self._wanted)
            if self._to_make and loop.moving:
                self._ahead = loop.frame()
            if self._ahead is not None and not self.snapshots.full:
                self.snapshots.put(self._ahead)
                self._ahead = None
            if not loop.engine.trains:
                self._rest(loop)

    @property
    def _to_make(self) -> bool:
        """Whether it is time for another Snapshot."""
        quiet = perf_counter() - self._edited > QUIET
        return self._ahead is None and (quiet or not self.snapshots.full)

    def _wanted(self) -> bool:
        """Whether there is something better to do than training."""
        return self.stopping or self.specs.full or self._to_make or not self.snapshots.full

    def _next_spec(self) -> Spec | None:
        with self.bell:
            self.bell.wait_for(lambda: self.stopping or self.specs.full)
        return self.specs.take()

    def _rest(self, loop: FrameScheduler) -> None:
        """Wait, without spinning, until there is something to do."""

        def called() -> bool:
            to_hand = self._ahead is not None and not self.snapshots.full
            return self.stopping or self.specs.full or to_hand or (self._to_make and loop.moving)

        with self.bell:
            self.bell.wait_for(called, loop.patience)


class FrameScheduler:
    """How the engine's time is shared out: training, particles, fields, measures."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.rate = 0.0
        self._changed = perf_counter()
        self._fresh = True  # something has changed that no Snapshot has shown yet
        self._measure_due = 0.0
        self._next_field = 0
        self._looks = 0
        self._next_measure = 0
        self._unmeasured = 0  # lanes that have not been measured since the last Spec
        self._trained = (0, perf_counter())
        self._owed = 0.0  # seconds of training that pictures have cost, less those that were trained since

    @property
    def moving(self) -> bool:
        """Whether a new Snapshot would show anything new."""
        return self._fresh or self.engine.trains or self.engine.samples or self.engine.flows or self.overdue

    @property
    def overdue(self) -> bool:
        """Whether it is time for measures that the last Spec asks for, however still the experiment stands."""
        return self._unmeasured > 0 and perf_counter() > max(self._changed + SETTLED, self._measure_due)

    @property
    def patience(self) -> float | None:
        """Seconds to wait before looking again whether measures are overdue, or None."""
        return SETTLED if self._unmeasured > 0 else None

    def apply(self, spec: Spec) -> None:
        """Give the engine a new Spec."""
        pointed_elsewhere = spec == self.engine.spec and self.engine.target is not None  # the mouse, and nothing else
        self.engine.apply(spec)
        self._fresh = True
        if pointed_elsewhere:
            return
        self._changed = perf_counter()
        self._unmeasured = len(self.engine.lanes) if self.engine.truth is not None else 0

    def train(self, wanted: Callable[[], bool]) -> None:
        """Train what is owed, then on until something else is wanted."""
        begin = now = perf_counter()
        while self.engine.trains and now - begin < PATIENCE and (self._owed > 0 or not wanted()):
            self.engine.train_some()
            before, now = now, perf_counter()
            self._owed = max(self._owed - (now - before), -OWED)
            self._fresh = True

    def frame(self) -> Snapshot:
        """Move the particles, look at what is due, and take the Snapshot."""
        begin = perf_counter()
        self._fresh = False
        self.engine.advance()
        unseen = any(lane.field_cache.seen is None for lane in self.engine.lanes)
        if unseen or not self._measure():
            self._look()
        self._fresh = not self.engine.read_some()
        self._time_training()
        snapshot = self.engine.snapshot(self.rate)
        spent = perf_counter() - begin
        self._owed = min(self._owed + spent * TRAINING_SHARE / (1 - TRAINING_SHARE), OWED)
        return snapshot

    def _look(self) -> None:
        """Evaluate fields for a few milliseconds, one lane after the other; what was never seen, at once.

        Most turns are for the lane that reaches another level soon, if there is one.
        """
        lanes = self.engine.lanes
        for index, lane in enumerate(lanes):
            if lane.field_cache.seen is None:
                self.engine.observe(index)
        block = BLOCK if self.engine.device.type == "cpu" else 10**6
        self._looks += 1
        urgent = self.engine.urgent() if self._looks % HURRY else None
        self._next_field += urgent is None  # the next one's turn, whether this one is finished or not
        begin, finished = perf_counter(), 0
        while finished < len(lanes) and perf_counter() - begin < LOOKING:
            if self.engine.look(self._next_field % len(lanes) if urgent is None else urgent, block):
                finished += 1
                self._next_field += urgent is None
                urgent = None

    def _measure(self) -> bool:
        """Take the next measure if one is due; whether that took time."""
        now = perf_counter()
        if now - self._changed > SETTLED and not self.engine.settle_some():
            return True
        if now < self._measure_due or not self.engine.lanes:
            return False
        if not self.engine.measure_some(self._next_measure % len(self.engine.lanes)):
            return True
        self._next_measure += 1
        if now - self._changed > SETTLED:
            self._unmeasured = max(0, self._unmeasured - 1)
        self._measure_due = now + MEASURE_EVERY / len(self.engine.lanes)
        return True

    def _time_training(self) -> None:
        steps, since = self._trained
        now = perf_counter()
        if now - since > 0.5:
            total = max((lane.trainer.step for lane in self.engine.lanes), default=0)
            self.rate = max(0, total - steps) / (now - since)
            self._trained = (total, now)
