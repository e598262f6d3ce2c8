"""Fonts, elided text, dots, boxes and tool tips for widgets that paint themselves."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPaintDevice, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QToolTip, QWidget

from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.translate import plain

LEFT = Qt.AlignmentFlag.AlignLeft


def smooth_painter(device: QPaintDevice) -> QPainter:
    """A QPainter with antialiasing, which ends when it is deleted."""
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def transparent_pixmap(width: float, height: float, ratio: float) -> QPixmap:
    """A transparent pixmap of `width` × `height` in units of the window, of which each is `ratio` device pixels."""
    pixmap = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


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
    painter: QPainter, box: QRectF, text: str, face: QFont, color: str | QColor, alignment: Qt.AlignmentFlag = LEFT
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


def fill_rounded(painter: QPainter, box: QRectF, color: str | QColor, radius: float) -> None:
    """Fill a rectangle with rounded corners."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(box, radius, radius)


def show_tip(widget: QWidget, event: QEvent, tip_at: Callable[[QPoint], str]) -> bool:
    """Show the tool tip of the pixel under the mouse if `event` requests one; whether it does."""
    if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
        return False
    QToolTip.showText(event.globalPos(), plain(tip_at(event.pos())), widget)
    return True
