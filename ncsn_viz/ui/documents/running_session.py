"""What documents and the safety copy need of the session in the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import SavedSession


class RunningSession(Protocol):
    """A Spec, its Snapshots, and the worker that runs it."""

    spec: Spec
    specChanged: Any
    snapshotReady: Any

    def open(self, found: SavedSession) -> None:
        """Show an experiment, or go on with a session; undo restores the one before."""

    def capture(self, then: Callable[[SavedSession], None]) -> None:
        """Have `then` called, in another thread, with a copy of all that is learned."""
