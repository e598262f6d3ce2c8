"""Errors of input: where the value is, what is wrong with it, and what may have been meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

BREAKS = frozenset(("Cc", "Cs", "Zl", "Zp"))  # categories: controls, lone surrogates, line and paragraph separators
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # right to left and back


class ValidationError(ValueError):
    """Input that cannot be used: the path to it and what is wrong, one sentence in the user's terms."""

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def at(self, name: str) -> ValidationError:
        """The same error with `name` in front of its path."""
        return ValidationError(self.message, (name, *self.path))

    def __str__(self) -> str:
        return one_line(f"{'.'.join(self.path)} {self.message}".strip())


def one_line(text: str) -> str:
    """The text with what would break its line, steer a terminal or turn its direction written as an escape."""
    return "".join(repr(c)[1:-1] if c in TURNS or unicodedata.category(c) in BREAKS else c for c in text)


def show(value: object) -> str:
    """A value as the user wrote it, in at most 60 characters."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]  # as in JSON
    try:
        text = repr(value)
    except ValueError:  # an integer with more digits than Python converts
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}…"


def nearest(name: object, known: Iterable[str]) -> str:
    """“did you mean …” for a misspelt name, or the list of known names."""
    known = list(known)
    try:
        close = difflib.get_close_matches(str(name)[:60], known, n=1, cutoff=0.5)
    except ValueError:  # an integer with more digits than Python converts
        close = []
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
