"""Running checks one after the other, in this thread or in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Protocol

from ncsn_viz.lab.checks.base import Outcome, never
from ncsn_viz.lab.worker.mailbox import Mailbox
from ncsn_viz.lab.worker.worker import end_thread


class Runnable(Protocol):
    """The interface of a check, for the runner."""

    @property
    def name(self) -> str:
        """A short name, for the command line."""
        ...

    @property
    def what(self) -> str:
        """The claim, in one sentence."""
        ...

    @property
    def source(self) -> str:
        """The reference of the claim."""
        ...

    def run(self, stopped: Callable[[], bool] = never) -> Outcome | None:
        """The outcome, or None if `stopped()` before its end."""
        ...

    def failed(self, error: Exception) -> Outcome:
        """The outcome if it raised an error."""
        ...


def outcomes(checks: Sequence[Runnable], stopped: Callable[[], bool] = never) -> Iterator[Outcome]:
    """The outcome of each check when it ends; an error is an outcome, too."""
    from ncsn_viz.lab.engine.device import use_few_threads

    use_few_threads()  # torch keeps this setting per thread
    for check in checks:
        try:
            outcome = check.run(stopped)
        except Exception as error:  # one error must not prevent the other checks
            outcome = check.failed(error)
        if outcome is None or stopped():
            return
        yield outcome


class CheckThread:
    """A thread that runs checks. The mailbox `outcomes` holds all outcomes so far."""

    def __init__(self, checks: Sequence[Runnable]) -> None:
        self.outcomes: Mailbox[tuple[Outcome, ...]] = Mailbox()
        self._checks = tuple(checks)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="ncsn-viz checks", daemon=True)

    def start(self) -> None:
        """Start the thread, which imports torch."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Stop between two seeds and join the thread; whether it ended within `timeout` seconds."""
        self._stopping.set()
        return end_thread(self._thread, timeout)

    def _run(self) -> None:
        found: tuple[Outcome, ...] = ()
        with suppress(SystemExit):  # of `end_thread`
            for outcome in outcomes(self._checks, self._stopping.is_set):
                found = (*found, outcome)
                self.outcomes.put(found)
