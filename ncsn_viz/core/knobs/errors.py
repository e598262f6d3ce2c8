"""How bad input is spoken of: where it stands, what is wrong, and what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ValidationError(ValueError):
    """Input that cannot be used: where it stands and what is wrong, one sentence in the user's terms."""

    def __init__(self, message: str, place: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = place

    def at(self, name: str) -> ValidationError:
        """The same complaint, seen from one level further out."""
        return ValidationError(self.message, (name, *self.path))

    def __str__(self) -> str:
        return f"{'.'.join(self.path)} {self.message}".strip()


def show(value: object) -> str:
    """A value as the user wrote it, short enough for a sentence."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]  # as JSON has it
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}…"


def nearest(name: object, known: Iterable[str]) -> str:
    """“did you mean …” for a misspelt name, or the list of what there is."""
    known = list(known)
    try:
        close = difflib.get_close_matches(str(name)[:60], known, n=1, cutoff=0.5)
    except ValueError:  # a whole number of more digits than Python writes
        close = []
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
