"""Fonts, elided text and dots for widgets that paint themselves."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath

from ncsn_viz.ui.widgets import theme


def font(size: int = theme.NORMAL, bold: bool = False) -> QFont:
    """The window's font at `size` pixels."""
    result = QFont()
    result.setPixelSize(size)
    if bold:
        result.setWeight(QFont.Weight.DemiBold)
    return result


def width_of(text: str, face: QFont) -> float:
    """The width of `text` in pixels."""
    return QFontMetricsF(face).horizontalAdvance(text)


def write(
    painter: QPainter,
    box: QRectF,
    text: str,
    face: QFont,
    color: str | QColor,
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Draw one line of text in `box`, centred vertically and elided where it does not fit."""
    painter.setFont(face)
    painter.setPen(QColor(color))
    metrics = QFontMetricsF(face)
    if metrics.horizontalAdvance(text) > box.width() + 0.5:
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(alignment | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)


def dot(painter: QPainter, x: float, y: float, color: str, radius: float = 4.5) -> None:
    """A disc centred on (x, y)."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    path = QPainterPath()
    path.addEllipse(x - radius, y - radius, 2 * radius, 2 * radius)
    painter.drawPath(path)
