"""Long work in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_ENDED = object()


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
