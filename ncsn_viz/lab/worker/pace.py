"""When pictures are made: 60 a second while somebody edits, and at rest as many as the view wants.

Pictures are for eyes; what they do not take of the worker's time is for training.
"""

from __future__ import annotations

from time import perf_counter

from ncsn_viz.lab.experiment import View

TICKS_PER_SECOND = 60  # of a screen; particles move once a tick, however many pictures are made
TOUCHED = 0.5  # seconds after an edit during which every tick has a picture


class Pace:
    """Remembers when something was edited, and when the last picture was made."""

    def __init__(self) -> None:
        self._touched = self._last = perf_counter()

    def touch(self) -> None:
        """Something is edited now."""
        self._touched = perf_counter()

    @property
    def touched(self) -> bool:
        """Whether something was edited a moment ago."""
        return perf_counter() - self._touched < TOUCHED

    def ticks(self, view: View) -> int:
        """Ticks from one picture to the next."""
        return 1 if self.touched else TICKS_PER_SECOND // view.pictures_per_second

    def ticks_passed(self, view: View) -> int:
        """Ticks since this was asked last: at least one, and no more than there are between two pictures."""
        now = perf_counter()
        passed, self._last = round((now - self._last) * TICKS_PER_SECOND), now
        return max(1, min(passed, self.ticks(view)))
