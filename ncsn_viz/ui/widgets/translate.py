"""Texts in the user's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "ncsn_viz"  # the context of every text in Qt's translation files


def translate(text: str) -> str:
    """`text`, plain English, in the user's language."""
    return QCoreApplication.translate(CONTEXT, text) if text else ""
