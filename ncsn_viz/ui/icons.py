"""Icons, drawn: they take any colour and size and need no file and no font."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

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
    _made[made.cacheKey()] = name
    return made


_made: dict[int, str] = {}  # which icon is which, to draw it again in other colours


def recolour(widgets: Iterable[QWidget]) -> None:
    """Draw the icons of buttons among `widgets` again, in the colours of the scheme as it is now."""
    for widget in widgets:
        if isinstance(widget, QAbstractButton) and (name := _made.get(widget.icon().cacheKey())):
            widget.setIcon(icon(name))


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


def _line(p: QPainter) -> None:
    p.drawPath(_path((3.6, 12.4), (12.4, 3.6)))
    p.setBrush(p.pen().color())
    for place in ((3.2, 12.8), (12.8, 3.2)):
        p.drawEllipse(QPointF(*place), 1.1, 1.1)


def _curve(p: QPainter) -> None:
    bow = QPainterPath(QPointF(2.4, 11.6))
    bow.cubicTo(5.2, -2.4, 10, 18.4, 13.6, 4.2)
    p.drawPath(bow)
    p.setBrush(p.pen().color())
    for place in ((2.4, 11.8), (13.6, 4)):
        p.drawEllipse(QPointF(*place), 1.1, 1.1)


def _filled(p: QPainter) -> None:
    """From here on areas are filled faintly and edged."""
    faint = p.pen().color()
    faint.setAlphaF(0.35)
    p.setBrush(faint)


def _rectangle(p: QPainter) -> None:
    _filled(p)
    p.drawRoundedRect(QRectF(2.4, 3.6, 11.2, 8.8), 1, 1)


def _ellipse(p: QPainter) -> None:
    _filled(p)
    p.drawEllipse(QRectF(1.8, 3.4, 12.4, 9.2))


def _free(p: QPainter) -> None:
    _filled(p)
    shape = QPainterPath(QPointF(3.4, 12.6))
    shape.cubicTo(-0.4, 7, 4.6, 0.4, 8, 4)
    shape.cubicTo(9.6, 5.6, 12, 1.2, 13.6, 5.4)
    shape.cubicTo(15.2, 9.8, 8, 15.6, 3.4, 12.6)
    p.drawPath(shape)


def _blob(p: QPainter) -> None:
    p.translate(8, 8)
    p.rotate(-35)
    p.drawEllipse(QPointF(0, 0), 6.8, 4.2)
    p.setBrush(p.pen().color())
    p.drawEllipse(QPointF(0, 0), 2.2, 1.2)


def _text(p: QPainter) -> None:
    p.drawPath(_path((3, 5), (3, 3), (13, 3), (13, 5)))
    p.drawPath(_path((8, 3), (8, 13)))
    p.drawPath(_path((6, 13), (10, 13)))


def _symmetry(p: QPainter) -> None:
    p.drawPath(_path((6, 4), (6, 12), (1.8, 12), closed=True))
    _filled(p)
    p.drawPath(_path((10, 4), (10, 12), (14.2, 12), closed=True))
    p.drawPath(_path((8, 2.4), (8, 4)))
    p.drawPath(_path((8, 7), (8, 9)))
    p.drawPath(_path((8, 12), (8, 13.6)))


def _import(p: QPainter) -> None:
    p.drawPath(_path((2.4, 9), (2.4, 13.4), (13.6, 13.4), (13.6, 9)))
    p.drawPath(_path((8, 2.4), (8, 10)))
    p.drawPath(_path((5, 7.2), (8, 10.2), (11, 7.2)))


def _add(p: QPainter) -> None:
    p.drawPath(_path((8, 3.4), (8, 12.6)))
    p.drawPath(_path((3.4, 8), (12.6, 8)))


ICONS: dict[str, Callable[[QPainter], None]] = {
    "brush": _brush,
    "erase": _erase,
    "clear": _clear,
    "line": _line,
    "curve": _curve,
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "free": _free,
    "blob": _blob,
    "text": _text,
    "symmetry": _symmetry,
    "import": _import,
    "add": _add,
    "undo": _undo,
    "redo": _redo,
}
