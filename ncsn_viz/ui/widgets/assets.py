"""Where the files are that the program shows but does not compute."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtSvg import QSvgRenderer


def asset(name: str) -> Path:
    """The file or folder `name` ("formulas/ncsn.svg") of the assets; the path need not exist."""
    return _root() / name


@cache
def _root() -> Path:
    """An installed package carries the assets inside as `ncsn_viz/assets`; in a checkout they lie at the top level."""
    package = Path(__file__).parents[2]
    inside = package / "assets"
    return inside if inside.is_dir() else package.parent / "assets"


def drawing(name: str, color: str) -> QSvgRenderer:
    """The SVG file `name` of the assets with `color` in the place of its black. Raises OSError."""
    text = asset(name).read_text(encoding="utf-8").replace("black", color)
    return QSvgRenderer(QByteArray(text.encode()))
