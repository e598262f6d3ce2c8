"""The worker: one background thread that drives the engine between its mailboxes."""

from __future__ import annotations

import ctypes
import sys
import traceback
from contextlib import suppress
from threading import Condition, Thread
from time import perf_counter

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler
from ncsn_viz.lab.worker.mailbox import CommandQueue, Mailbox

QUIET = 0.2  # seconds without a new Spec before Snapshots are made ahead
SWITCH = 1e-4  # seconds after which a thread that runs Python lets the other one
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


def share_the_interpreter() -> None:
    """Have Python change threads every SWITCH seconds where two want to run.

    An operation of torch lets the other thread in, and the worker then waits until that one pauses, or for this time.
    With Python's usual 5 ms it would stand still whenever the window paints.
    """
    sys.setswitchinterval(SWITCH)


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
        self._ahead: Snapshot | None = None  # the next one, made before it is requested
        self._edited = 0.0  # when the last Spec came
        self._device = device
        self._spec: Spec | None = None  # the last one that was taken
        self._scheduler: FrameScheduler | None = None
        self._thread = Thread(target=self._run, name="ncsn-viz worker", daemon=True)

    def start(self) -> None:
        """Start the thread; torch is loaded there."""
        self._thread.start()

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
            share_the_interpreter()
            self._scheduler = FrameScheduler(Engine(self._device))
        scheduler = self._scheduler
        scheduler.apply(spec)
        self._ahead = None
        while not self.stopping:
            self._take_edits(scheduler)
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
            scheduler.apply(spec or scheduler.engine.user_spec, commands)
            self._ahead, self._edited = None, perf_counter()

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
            return self.stopping or self.specs.full or (self._spec is not None and not self.commands.empty)

        with self.condition:
            self.condition.wait_for(awake)
        return None if self.stopping else self.specs.take() or self._spec

    def _wait(self, scheduler: FrameScheduler) -> None:
        """Wait, without spinning, until there is something to do."""

        def awake() -> bool:
            to_publish = self._ahead is not None and not self.snapshots.full
            return self.stopping or self._has_edits or to_publish or (self._frame_wanted and scheduler.has_news)

        with self.condition:
            self.condition.wait_for(awake, scheduler.timeout)


def _same_run(one: Spec, other: Spec) -> bool:
    """Whether two Specs are of the same experiment with the same learners."""
    return (one.experiment, one.learners) == (other.experiment, other.learners)
