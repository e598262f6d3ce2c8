"""Fonts, elided text and dots for widgets that paint themselves."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath

from ncsn_viz.ui.widgets import theme


def font(size: int = theme.NORMAL, bold: bool = False) -> QFont:
    """The window's font at `size` pixels."""
    made = QFont()
    made.setPixelSize(size)
    if bold:
        made.setWeight(QFont.Weight.DemiBold)
    return made


def width_of(text: str, what: QFont) -> float:
    """How many pixels `text` takes."""
    return QFontMetricsF(what).horizontalAdvance(text)


def write(
    painter: QPainter,
    box: QRectF,
    text: str,
    what: QFont,
    color: str | QColor,
    where: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """One line of text in `box`, centred vertically, with … where it does not fit."""
    painter.setFont(what)
    painter.setPen(QColor(color))
    metrics = QFontMetricsF(what)
    if metrics.horizontalAdvance(text) > box.width() + 0.5:
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(where | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)


def dot(painter: QPainter, x: float, y: float, color: str, radius: float = 4.5) -> None:
    """A disc in a lane's accent, centred on (x, y)."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    path = QPainterPath()
    path.addEllipse(x - radius, y - radius, 2 * radius, 2 * radius)
    painter.drawPath(path)
