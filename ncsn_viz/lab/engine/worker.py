"""The worker: one background thread that drives the engine between its mailboxes."""

from __future__ import annotations

import traceback
from threading import Condition, Thread
from time import perf_counter

from ncsn_viz.lab.engine.frame_scheduler import FrameScheduler
from ncsn_viz.lab.engine.mailbox import CommandQueue, Mailbox
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import Snapshot

QUIET = 0.2  # seconds without a new Spec before Snapshots are made ahead


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
        self._thread = Thread(target=self._run, name="ncsn-viz worker", daemon=True)

    def start(self) -> None:
        """Start the thread; torch is loaded there."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Stop, wake and join the thread. Whether it ended in time."""
        with self.condition:
            self.stopping = True
            self.condition.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self.stopping:
            spec = self._first_spec()
            try:
                if spec is not None:
                    self._drive(spec)
            except Exception as error:  # whatever it is: publish it, and start again with the next Spec
                traceback.print_exc()
                self.snapshots.put(Snapshot(spec or Spec(), (), failure=f"{type(error).__name__}: {error}"))

    def _drive(self, spec: Spec) -> None:
        from ncsn_viz.lab.engine.device import keep_memory, use_few_threads
        from ncsn_viz.lab.engine.engine import Engine

        use_few_threads()
        keep_memory()
        scheduler = FrameScheduler(Engine(self._device))
        scheduler.apply(spec)
        self._ahead = None
        while not self.stopping:
            self._take_edits(scheduler)
            if scheduler.engine.trains:
                scheduler.train(self._has_other_work)
            if self._frame_wanted and scheduler.has_news:
                self._ahead = scheduler.frame()
            if self._ahead is not None and not self.snapshots.full:
                self.snapshots.put(self._ahead)
                self._ahead = None
            if not scheduler.engine.trains:
                self._wait(scheduler)

    def _take_edits(self, scheduler: FrameScheduler) -> None:
        """Apply the latest Spec, then the commands, which were given for it or for an earlier one."""
        with self.condition:
            spec, commands = self.specs.take(), self.commands.take_all()
        if spec is not None or commands:
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

    def _first_spec(self) -> Spec | None:
        with self.condition:
            self.condition.wait_for(lambda: self.stopping or self.specs.full)
        return self.specs.take()

    def _wait(self, scheduler: FrameScheduler) -> None:
        """Wait, without spinning, until there is something to do."""

        def awake() -> bool:
            to_publish = self._ahead is not None and not self.snapshots.full
            return self.stopping or self._has_edits or to_publish or (self._frame_wanted and scheduler.has_news)

        with self.condition:
            self.condition.wait_for(awake, scheduler.timeout)
