"""Texts: in the user's language; those from outside (names, paths, messages of errors) shown as they are."""

from __future__ import annotations

import html

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import Qt

LONGEST_LINE = 60  # letters of a tool tip
CONTEXT = "ncsn_viz"  # the context of every text in Qt's translation files


def translate(text: str) -> str:
    """`text`, plain English, in the user's language."""
    return QCoreApplication.translate(CONTEXT, text) if text else ""


def rich(markup: str, *texts: str) -> str:
    """Rich text: `markup` of ours, with `texts` in the places of its {}, shown as they are."""
    return f"<qt>{markup.format(*(_escaped(text) for text in texts))}</qt>"


def plain(text: str) -> str:
    """A tool tip that shows `text` as it is: Qt takes for HTML what looks like it, and opens what that refers to.

    A long one is rich text, whose lines Qt wraps; those of other tool tips may be wider than the screen.
    """
    long = any(len(line) > LONGEST_LINE for line in text.splitlines())
    return rich("{}", text) if long or Qt.mightBeRichText(text) else text


def menu_text(text: str) -> str:
    """An entry of a menu that shows `text` as it is: & would underline a letter, and a tab begin a key."""
    return " ".join(text.split()).replace("&", "&&")


def _escaped(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
