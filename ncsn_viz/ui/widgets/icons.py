"""Icons: the files `assets/icons/<name>.svg` in the colours of the scheme."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.assets import drawing

SIZE = 16  # the grid on which they are drawn
PLACES = {scale: QRect(SIZE * left, 0, SIZE * scale, SIZE * scale) for scale, left in ((1, 0), (2, 1), (3, 3))}
STRIP = PLACES[1] | PLACES[2] | PLACES[3]  # an icon at every scale, in device pixels, side by side

_made: dict[int, str] = {}  # which icon is which, to draw it again in other colours


def icon(name: str) -> QIcon:
    """The icon `name` in the colours of the scheme: plain, chosen and disabled. Raises OSError."""
    c = theme.colors()
    made, shapes = QIcon(), _shapes(name)
    states = ((QIcon.Mode.Normal, QIcon.State.Off, c.text), (QIcon.Mode.Normal, QIcon.State.On, c.on_accent),
              (QIcon.Mode.Disabled, QIcon.State.Off, c.faint))  # fmt: skip
    for mode, state, color in states:
        strip = _in_color(shapes, color)
        for scale, place in PLACES.items():
            pixmap = strip.copy(place)
            pixmap.setDevicePixelRatio(scale)
            made.addPixmap(pixmap, mode, state)
    _made[made.cacheKey()] = name
    return made


def recolour(widgets: Iterable[QWidget]) -> None:
    """Draw the icons of buttons among `widgets` again, in the colours of the scheme as it is now."""
    for widget in widgets:
        if isinstance(widget, QAbstractButton) and (name := _made.get(widget.icon().cacheKey())):
            widget.setIcon(icon(name))


@cache
def _shapes(name: str) -> QPixmap:
    """The icon in black at every scale."""
    renderer, strip = drawing(f"icons/{name}.svg", "black"), QPixmap(STRIP.size())
    strip.fill(Qt.GlobalColor.transparent)
    painter = QPainter(strip)
    for place in PLACES.values():
        renderer.render(painter, QRectF(place))
    painter.end()
    return strip


def _in_color(shapes: QPixmap, color: str) -> QPixmap:
    strip = QPixmap(shapes)
    painter = QPainter(strip)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(STRIP, QColor(color))
    painter.end()
    return strip
