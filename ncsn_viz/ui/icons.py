"""Icons: the files `assets/icons/<name>.svg` in the colours of the scheme."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QWidget

from ncsn_viz.ui import theme
from ncsn_viz.ui.assets import drawing

SIZE = 16  # the grid on which they are drawn
SCALES = (1, 2, 3)  # device pixels

_made: dict[int, str] = {}  # which icon is which, to draw it again in other colours


def icon(name: str) -> QIcon:
    """The icon `name` in the colours of the scheme: plain, chosen and disabled. Raises OSError."""
    c = theme.colors()
    made, mode, state = QIcon(), QIcon.Mode, QIcon.State
    for shape in _shapes(name):
        made.addPixmap(_in_color(shape, c.text), mode.Normal, state.Off)
        made.addPixmap(_in_color(shape, c.on_accent), mode.Normal, state.On)
        made.addPixmap(_in_color(shape, c.faint), mode.Disabled, state.Off)
    _made[made.cacheKey()] = name
    return made


def recolour(widgets: Iterable[QWidget]) -> None:
    """Draw the icons of buttons among `widgets` again, in the colours of the scheme as it is now."""
    for widget in widgets:
        if isinstance(widget, QAbstractButton) and (name := _made.get(widget.icon().cacheKey())):
            widget.setIcon(icon(name))


@cache
def _shapes(name: str) -> list[QPixmap]:
    """The icon in black at every scale."""
    renderer = drawing(f"icons/{name}.svg", "black")
    return [_shape(renderer, scale) for scale in SCALES]


def _shape(renderer: QSvgRenderer, scale: int) -> QPixmap:
    pixmap = QPixmap(SIZE * scale, SIZE * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def _in_color(shape: QPixmap, color: str) -> QPixmap:
    pixmap = QPixmap(shape)
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), QColor(color))
    painter.end()
    return pixmap
