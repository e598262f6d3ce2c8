"""A mailbox of one slot: the latest letter wins, nothing queues up."""

from __future__ import annotations

from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most one letter. Putting never waits; a letter that was not taken is replaced.

    Boxes that share a `bell` wake whoever waits on it at every putting and taking.
    """

    def __init__(self, bell: Condition | None = None) -> None:
        self.bell = bell or Condition()
        self._letter: T | None = None

    def put(self, letter: T) -> None:
        """Leave a letter in place of any older one."""
        with self.bell:
            self._letter = letter
            self.bell.notify_all()

    def take(self) -> T | None:
        """The letter, which is then gone, or None."""
        with self.bell:
            letter, self._letter = self._letter, None
            if letter is not None:
                self.bell.notify_all()
            return letter

    @property
    def full(self) -> bool:
        """Whether a letter lies in the box."""
        return self._letter is not None
