"""Standard output and error that take every text: where they are closed, and where they know few characters."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from contextlib import suppress

from ncsn_viz.core.knobs import one_line

SPELLED = {
    "−": "-", "–": "-", "…": "...", "·": "*", "×": "x", "√": "sqrt", "∇": "grad ", "½": "1/2", "‖": "||", "→": "->",
    "←": "<-", "≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "∫": "integral ", "∂": "d", "‘": "'", "’": "'", "“": '"',
    "”": '"', "█": "#", "░": ".",
}  # fmt: skip


def make_safe() -> None:
    """Let print and argparse write whatever they have to.

    A stream that is closed (`>&-`, pythonw) becomes the null device, before another file takes its place and its
    texts. A character that the encoding lacks (ASCII, cp1252) is spelled.
    """
    codecs.register_error("ncsn-viz.spell", _spell)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, it stays open
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="ncsn-viz.spell")


def say(sentence: str) -> None:
    """Write a message of the program to stderr, its names as they are: none of them steers the terminal.

    Where that is gone, as after its terminal, nobody reads it.
    """
    with suppress(OSError, ValueError):
        print(f"ncsn-viz: {one_line(sentence)}", file=sys.stderr, flush=True)


def end_process(code: int) -> None:
    """Write what is left to write, and end at once.

    All is saved by then. To take Python down takes a second more, and torch dies where a thread still computes.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _spell(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_spelled, error.object[error.start : error.end])), error.end


def _spelled(character: str) -> str:
    """The character in ASCII: by the table, a Greek letter by its name, one with marks without them, else its code."""
    if character in SPELLED:
        return SPELLED[character]
    words = unicodedata.name(character, "").split()
    if words[:1] == ["GREEK"]:
        return words[-1].title() if "CAPITAL" in words else words[-1].lower()
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return plain or character.encode("ascii", "backslashreplace").decode()
