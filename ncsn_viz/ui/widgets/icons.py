"""Icons: the files `assets/icons/<name>.svg` in the colours of the current scheme."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.assets import svg_renderer

SIZE = 16  # pixels of the grid on which icons are drawn
CELLS = {scale: QRect(SIZE * left, 0, SIZE * scale, SIZE * scale) for scale, left in ((1, 0), (2, 1), (3, 3))}
STRIP = CELLS[1] | CELLS[2] | CELLS[3]  # an icon at every scale, side by side, in device pixels

_names: dict[int, str] = {}  # names of icons by QIcon.cacheKey()


def icon(name: str) -> QIcon:
    """The icon `name` with its normal, checked and disabled colours. Raises OSError."""
    c = theme.colors()
    result, shapes = QIcon(), _shapes(name)
    states = ((QIcon.Mode.Normal, QIcon.State.Off, c.text), (QIcon.Mode.Normal, QIcon.State.On, c.on_accent),
              (QIcon.Mode.Disabled, QIcon.State.Off, c.faint))  # fmt: skip
    for mode, state, color in states:
        strip = in_color(shapes, color)
        for scale, cell in CELLS.items():
            pixmap = strip.copy(cell)
            pixmap.setDevicePixelRatio(scale)
            result.addPixmap(pixmap, mode, state)
    _names[result.cacheKey()] = name
    return result


def recolour(widgets: Iterable[QWidget]) -> None:
    """Give the buttons among `widgets` their icons in the colours of the current scheme."""
    for widget in widgets:
        if isinstance(widget, QAbstractButton) and (name := _names.get(widget.icon().cacheKey())):
            widget.setIcon(icon(name))


@cache
def _shapes(name: str) -> QPixmap:
    """The icon in black at every scale."""
    renderer, strip = svg_renderer(f"icons/{name}.svg", "black"), QPixmap(STRIP.size())
    strip.fill(Qt.GlobalColor.transparent)
    painter = QPainter(strip)
    for cell in CELLS.values():
        renderer.render(painter, QRectF(cell))
    painter.end()
    return strip


def in_color(shapes: QPixmap, color: str) -> QPixmap:
    """`shapes`, each opaque part in `color`."""
    strip = QPixmap(shapes)
    painter = QPainter(strip)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(strip.rect(), QColor(color))
    painter.end()
    return strip
