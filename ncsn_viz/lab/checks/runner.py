"""Checks one after the other: here and now, or in a background thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Event, Thread
from typing import Protocol

from ncsn_viz.lab.checks.base import Outcome, never
from ncsn_viz.lab.engine.mailbox import Mailbox


class Runnable(Protocol):
    """What can be run as a check; tests bring their own."""

    @property
    def name(self) -> str:
        """A short name, for the command line."""
        ...

    @property
    def what(self) -> str:
        """What is claimed, in one sentence."""
        ...

    @property
    def source(self) -> str:
        """Where the claim comes from."""
        ...

    def run(self, stopped: Callable[[], bool] = never) -> Outcome | None:
        """The outcome, or None if `stopped` says so on the way."""
        ...

    def failed(self, error: Exception) -> Outcome:
        """The outcome if it could not be carried out."""
        ...


def outcomes(checks: Sequence[Runnable], stopped: Callable[[], bool] = never) -> Iterator[Outcome]:
    """The outcome of each check as it ends; an error is an outcome like any other."""
    from ncsn_viz.lab.engine.device import use_few_threads

    use_few_threads()  # torch counts threads for each of ours anew
    for check in checks:
        try:
            outcome = check.run(stopped)
        except Exception as error:  # one broken check must not hide the others
            outcome = check.failed(error)
        if outcome is None or stopped():
            return
        yield outcome


class Prover:
    """A thread that runs checks and leaves all outcomes so far in `found`: always the whole, never a difference."""

    def __init__(self, checks: Sequence[Runnable]) -> None:
        self.found: Mailbox[tuple[Outcome, ...]] = Mailbox()
        self._checks = tuple(checks)
        self._stopping = Event()
        self._thread = Thread(target=self._live, name="ncsn-viz checks", daemon=True)

    def start(self) -> None:
        """Start the thread; torch is loaded there."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> bool:
        """Stop between two seeds and join the thread. Whether it ended in time."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _live(self) -> None:
        found: tuple[Outcome, ...] = ()
        for outcome in outcomes(self._checks, self._stopping.is_set):
            found = (*found, outcome)
            self.found.put(found)
