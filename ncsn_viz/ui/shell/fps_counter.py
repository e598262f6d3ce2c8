"""How many new pictures there are a second."""

from __future__ import annotations

from time import perf_counter

EVERY = 0.5  # seconds between two numbers: oftener they could not be read


class FpsCounter:
    """Counts pictures from its making on."""

    def __init__(self) -> None:
        self._count, self._since = 0, perf_counter()

    def count(self) -> float | None:
        """One picture more; how many there were a second, where it is time to tell."""
        self._count += 1
        now = perf_counter()
        if now - self._since < EVERY:
            return None
        rate = self._count / (now - self._since)
        self._count, self._since = 0, now
        return rate
