"""The worker: one background thread that drives the engine between its mailboxes."""

from __future__ import annotations

import ctypes
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Condition, Thread
from time import perf_counter

from ncsn_viz.lab.checkpoint import Learner, copied
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.experiment.commands import Command
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.storage import SavedSession
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler
from ncsn_viz.lab.worker.mailbox import CommandQueue, Mailbox

QUIET = 0.2  # seconds without a new Spec before Snapshots are made ahead
LEAVING = 0.5  # of the time to end a thread: for the step that it is in; after that it is left


def end_thread(thread: Thread, timeout: float) -> bool:
    """Join a thread that was told to end. Whether it ended within `timeout` seconds.

    If it does not come to an end by itself soon, its work is left at the next line of Python by SystemExit. A single
    operation of torch cannot be left.
    """
    if thread.ident is None:
        return True
    thread.join(LEAVING * timeout)
    if thread.is_alive():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        thread.join((1 - LEAVING) * timeout)
    return not thread.is_alive()


class Worker:
    """Takes Specs and commands, leaves Snapshots. Neither side ever waits for the other.

    While nobody edits, the next Snapshot is made while the last one still waits in its mailbox: a frame that takes
    longer than most is in time nevertheless. A new Spec drops it, so that nothing is shown later for it; and while
    Specs stream in none is made ahead, for each would have moved its particles in vain.
    """

    def __init__(self, device: str = "auto") -> None:
        self.condition = Condition()
        self.specs: Mailbox[Spec] = Mailbox(self.condition)
        self.commands = CommandQueue(self.condition)
        self.snapshots: Mailbox[Snapshot] = Mailbox(self.condition)
        self.stopping = False
        self._opened: list[Learner] = []  # of a session that was opened, for the Spec that waits
        self._captures: list[Callable[[SavedSession], None]] = []  # what is to be given the next checkpoint
        self._ahead: Snapshot | None = None  # the next one, made before it is requested
        self._edited = 0.0  # when the last Spec came
        self._device = device
        self._spec: Spec | None = None  # the last one that was taken
        self._scheduler: FrameScheduler | None = None
        self._thread = Thread(target=self._run, name="ncsn-viz worker", daemon=True)

    def start(self) -> None:
        """Start the thread; torch is loaded there."""
        self._thread.start()

    def open(self, spec: Spec, learners: Iterable[Learner]) -> None:
        """Leave a Spec with what its lanes have learned before: they go on from there."""
        with self.condition:
            self._opened.extend(learners)
            self.specs.put(spec)

    def capture(self, then: Callable[[SavedSession], None]) -> None:
        """Have `then` called in this thread with a copy of all that is learned, between two training steps."""
        with self.condition:
            self._captures.append(then)
            self.condition.notify_all()

    def request_stop(self) -> None:
        """Let the thread end as soon as it can, without waiting for it."""
        with self.condition:
            self.stopping = True
            self.condition.notify_all()

    def stop(self, timeout: float = 10.0) -> bool:
        """Stop, wake and join the thread. Whether it ended in time."""
        self.request_stop()
        return end_thread(self._thread, timeout)

    def _run(self) -> None:
        spec = self._next_spec()
        while spec is not None:
            try:
                self._drive(spec)
                return
            except SystemExit:  # of `end_thread`
                return
            except Exception as error:  # whatever it is
                spec = self._after(error)

    def _drive(self, spec: Spec) -> None:
        """Run `spec`, and what follows it, until the end."""
        from ncsn_viz.lab.engine.device import keep_memory, use_few_threads
        from ncsn_viz.lab.engine.engine import Engine

        self._spec = spec
        if self._scheduler is None:
            use_few_threads()
            keep_memory()
            self._scheduler = FrameScheduler(Engine(self._device))
        scheduler = self._scheduler
        self._apply(scheduler, spec)
        self._ahead = None
        while not self.stopping:
            self._take_edits(scheduler)
            self._give_checkpoint(scheduler)
            if scheduler.engine.trains:
                scheduler.train(self._has_other_work)
            if self._frame_wanted and scheduler.has_news:
                self._ahead = scheduler.frame(lambda: self.stopping)
            if self._ahead is not None and not self.snapshots.full:
                self.snapshots.put(self._ahead)
                self._ahead = None
            if not scheduler.engine.trains:
                self._wait(scheduler)

    def _after(self, error: Exception) -> Spec | None:
        """Publish an error that concerns no lane alone. The Spec with which the same engine goes on; None at the end.

        It is not just the next one: where only the view has changed, or the mouse moved, it would fail again.
        """
        engine = None if self._scheduler is None else self._scheduler.engine
        if engine is not None and engine.failures.exhausts(error):
            return self._spec  # the engine makes room, and goes on
        with suppress(OSError, ValueError):  # stderr may be gone
            traceback.print_exception(error)
        from ncsn_viz.lab.engine.device import failure_sentence

        failed = self._spec or Spec()
        self.snapshots.put(Snapshot(failed, (), failure=failure_sentence(error)))
        spec: Spec | None = failed
        while spec is not None and _same_run(spec, failed) and self.commands.empty:
            spec = self._next_spec()
        return spec

    def _take_edits(self, scheduler: FrameScheduler) -> None:
        """Apply the latest Spec, then the commands, which were given for it or for an earlier one."""
        with self.condition:
            spec, commands = self.specs.take(), self.commands.take_all()
        if spec is not None or commands:
            self._spec = spec or self._spec
            self._apply(scheduler, spec or scheduler.engine.user_spec, commands)
            self._ahead, self._edited = None, perf_counter()

    def _apply(self, scheduler: FrameScheduler, spec: Spec, commands: Iterable[Command] = ()) -> None:
        with self.condition:
            opened, self._opened = self._opened, []
        scheduler.engine.open(opened)
        scheduler.apply(spec, commands)

    def _give_checkpoint(self, scheduler: FrameScheduler, failed: bool = False) -> None:
        """Give a copy of all that is learned to those who have asked for it, unless a training step has begun.

        It is the experiment alone where that cannot be read, as after the failure of a device.
        """
        engine = scheduler.engine
        if not self._captures or not (failed or scheduler.finish_step(lambda: self.stopping or self._has_edits)):
            return
        with self.condition:
            captures, self._captures = self._captures, []
        saved = SavedSession(engine.user_spec)
        with suppress(RuntimeError, MemoryError):
            saved = SavedSession(engine.user_spec, copied(engine.state_dict()))
        for then in captures:
            then(saved)

    @property
    def _has_edits(self) -> bool:
        return self.specs.full or not self.commands.empty

    @property
    def _frame_wanted(self) -> bool:
        """Whether it is time for another Snapshot."""
        quiet = perf_counter() - self._edited > QUIET
        return self._ahead is None and (quiet or not self.snapshots.full)

    def _has_other_work(self) -> bool:
        """Whether there is something more urgent than training."""
        return self.stopping or self._has_edits or self._frame_wanted or not self.snapshots.full

    def _next_spec(self) -> Spec | None:
        """Wait for a Spec, or for a command for the present one; None at the end."""

        def awake() -> bool:
            asked = self._spec is not None and not self.commands.empty
            return self.stopping or self.specs.full or asked or self._asked_in_vain

        awake_by_a_spec = False
        while not awake_by_a_spec:
            with self.condition:
                self.condition.wait_for(awake)
            awake_by_a_spec = not self._asked_in_vain
            if self._scheduler is not None:
                self._give_checkpoint(self._scheduler, failed=True)
        return None if self.stopping else self.specs.take() or self._spec

    @property
    def _asked_in_vain(self) -> bool:
        """Whether a checkpoint is asked for while nothing runs."""
        return bool(self._captures) and self._scheduler is not None and not self.stopping

    def _wait(self, scheduler: FrameScheduler) -> None:
        """Wait, without spinning, until there is something to do."""

        def awake() -> bool:
            to_publish = self._ahead is not None and not self.snapshots.full
            asked = self._has_edits or bool(self._captures)
            return self.stopping or asked or to_publish or (self._frame_wanted and scheduler.has_news)

        with self.condition:
            self.condition.wait_for(awake, scheduler.timeout)


def _same_run(one: Spec, other: Spec) -> bool:
    """Whether two Specs are of the same experiment with the same learners."""
    return (one.experiment, one.learners) == (other.experiment, other.learners)
