"""Icons, drawn: they take any colour and size and need no file and no font."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

from ncsn_viz.ui import theme

SIZE = 16  # the grid on which they are drawn
SCALES = (1, 2, 3)  # device pixels


def icon(name: str) -> QIcon:
    """The icon `name` (one of ICONS) in the colours of the scheme: plain, chosen and disabled."""
    c = theme.colors()
    made = QIcon()
    states = ((QIcon.Mode.Normal, QIcon.State.Off, c.text), (QIcon.Mode.Normal, QIcon.State.On, c.on_accent),
              (QIcon.Mode.Disabled, QIcon.State.Off, c.faint))  # fmt: skip
    for mode, state, color in states:
        for scale in SCALES:
            made.addPixmap(_pixmap(ICONS[name], color, scale), mode, state)
    return made


def _pixmap(draw: Callable[[QPainter], None], color: str, scale: int) -> QPixmap:
    pixmap = QPixmap(SIZE * scale, SIZE * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(color), 1.5, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
    draw(painter)
    painter.end()
    return pixmap


def _path(*points: tuple[float, float], closed: bool = False) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(*point)
    if closed:
        path.closeSubpath()
    return path


def _brush(p: QPainter) -> None:
    p.drawPath(_path((7.2, 8.8), (13.2, 2.2), (14, 3), (8.2, 9.6)))
    tip = QPainterPath(QPointF(6.6, 9.0))
    tip.cubicTo(4.2, 8.6, 3.6, 10.4, 3.6, 11.4)
    tip.cubicTo(3.6, 12.6, 3.0, 13.2, 1.8, 13.6)
    tip.cubicTo(4.4, 14.6, 7.8, 14.0, 8.2, 10.8)
    tip.closeSubpath()
    p.fillPath(tip, p.pen().color())
    p.drawPath(tip)


def _erase(p: QPainter) -> None:
    p.drawPath(_path((2.2, 9.6), (9, 2.8), (13.4, 7.2), (7.2, 13.4), (5.4, 13.4), (2.2, 10.2), closed=True))
    p.drawPath(_path((5.4, 6.6), (9.8, 11)))
    p.drawPath(_path((7.2, 13.4), (13.6, 13.4)))


def _clear(p: QPainter) -> None:
    p.drawPath(_path((2.6, 4.2), (13.4, 4.2)))
    p.drawPath(_path((6, 4), (6, 2.2), (10, 2.2), (10, 4)))
    p.drawPath(_path((3.9, 4.4), (4.6, 13.8), (11.4, 13.8), (12.1, 4.4)))
    p.drawPath(_path((6.7, 7), (6.9, 11.2)))
    p.drawPath(_path((9.3, 7), (9.1, 11.2)))


def _undo(p: QPainter) -> None:
    p.drawPath(_path((5.6, 2.8), (2.4, 6), (5.6, 9.2)))
    bow = QPainterPath(QPointF(2.6, 6))
    bow.lineTo(9.4, 6)
    bow.arcTo(QRectF(5.8, 6, 7.4, 7.2), 90, -180)
    bow.lineTo(6.4, 13.2)
    p.drawPath(bow)


def _redo(p: QPainter) -> None:
    p.translate(SIZE, 0)
    p.scale(-1, 1)
    _undo(p)


ICONS: dict[str, Callable[[QPainter], None]] = {
    "brush": _brush,
    "erase": _erase,
    "clear": _clear,
    "undo": _undo,
    "redo": _redo,
}
