"""Files that are shipped with the program (icons, formulas, experiments), and those of the user."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QStandardPaths
from PySide6.QtSvg import QSvgRenderer


def asset(name: str) -> Path:
    """The path of the asset `name` ("formulas/ncsn.svg"), a file or a folder; it need not exist."""
    return _root() / name


@cache
def _root() -> Path:
    """`ncsn_viz/assets` in an installed package, `assets` beside the package in a checkout."""
    package = Path(__file__).parents[2]
    inside = package / "assets"
    return inside if inside.is_dir() else package.parent / "assets"


def user_file(name: str) -> Path:
    """The path of the file or folder `name` of the user; it need not exist."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)) / name


def svg_renderer(name: str, color: str) -> QSvgRenderer:
    """A renderer of the SVG asset `name`, its black replaced by `color`. Raises OSError."""
    text = asset(name).read_text(encoding="utf-8").replace("black", color)
    return QSvgRenderer(QByteArray(text.encode()))
