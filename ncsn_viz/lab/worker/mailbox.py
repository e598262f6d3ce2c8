"""How two threads exchange values: a mailbox of one slot, and a queue of commands."""

from __future__ import annotations

from collections import deque
from threading import Condition
from typing import Generic, TypeVar

from ncsn_viz.lab.experiment.commands import Command

T = TypeVar("T")
CAPACITY = 10_000  # commands in a queue: more than anyone can click while torch is loaded


class Mailbox(Generic[T]):
    """Holds at most one value: the latest replaces one that was not taken. Putting never waits.

    Mailboxes and queues that share a `condition` notify it at every put and take.
    """

    def __init__(self, condition: Condition | None = None) -> None:
        self.condition = condition or Condition()
        self._value: T | None = None

    def put(self, value: T) -> None:
        """Leave a value in place of any older one."""
        with self.condition:
            self._value = value
            self.condition.notify_all()

    def take(self) -> T | None:
        """The value, which is then gone, or None."""
        with self.condition:
            value, self._value = self._value, None
            if value is not None:
                self.condition.notify_all()
            return value

    @property
    def full(self) -> bool:
        """Whether there is a value to take."""
        return self._value is not None


class CommandQueue:
    """Commands in their order. None is lost; one that the next makes pointless, as in a drag, is replaced by it."""

    def __init__(self, condition: Condition | None = None) -> None:
        self.condition = condition or Condition()
        self._commands: deque[Command] = deque()

    def put(self, command: Command) -> bool:
        """Append a command. Whether there was room for it."""
        with self.condition:
            if self._commands and command.supersedes(self._commands[-1]):
                self._commands.pop()
            if len(self._commands) >= CAPACITY:
                return False
            self._commands.append(command)
            self.condition.notify_all()
            return True

    def take_all(self) -> tuple[Command, ...]:
        """Every command, in order; the queue is then empty."""
        with self.condition:
            commands = tuple(self._commands)
            self._commands.clear()
            return commands

    @property
    def empty(self) -> bool:
        """Whether no command waits."""
        return not self._commands
