"""Drawing of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from ncsn_viz.ui.widgets import painting, theme


def plane(painter: QPainter, box: QRectF, image: QImage, focused: bool) -> None:
    """Draw the density with round corners and an edge; what is drawn after it is clipped to them."""
    frame = QPainterPath()
    frame.addRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS, theme.RADIUS)
    painter.setClipPath(frame)
    painter.drawImage(box, image)
    painter.setClipping(False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.colors().accent if focused else theme.colors().line), 1))
    painter.drawPath(frame)
    painter.setClipping(True)


def hint(painter: QPainter, box: QRectF, words: str) -> None:
    """Draw a text over an empty canvas."""
    painter.setFont(painting.font(theme.LARGE))
    painter.setPen(theme.ink())
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(box.adjusted(16, 16, -16, -16), int(flags), words)


def ring(painter: QPainter, centre: QPointF, radius: float, strength: float, erases: bool) -> None:
    """Draw the brush: a ring of its radius, more opaque the stronger it is; red with a minus if it erases."""
    color = QColor(theme.colors().bad) if erases else theme.ink(255)
    fill = QColor(color)
    fill.setAlphaF(0.04 + 0.18 * strength)
    radius = max(radius, 2.5)
    painter.setPen(QPen(theme.shade(150), 2.6))  # visible on any ground
    painter.setBrush(fill)
    painter.drawEllipse(centre, radius, radius)
    painter.setPen(QPen(color, 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(centre, radius, radius)
    if erases:
        painter.drawLine(centre - QPointF(3.5, 0), centre + QPointF(3.5, 0))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(centre, 1.3, 1.3)


def axes(painter: QPainter, box: QRectF, symmetry: str, folds: int) -> None:
    """Draw the axes of symmetry: faint lines through the centre."""
    painter.setPen(QPen(theme.ink(90), 1, Qt.PenStyle.DashLine))
    angles = {"left_right": [90], "up_down": [0], "both": [0, 90]}
    for angle in angles.get(symmetry, [360 / folds * k for k in range(folds)]):
        painter.save()
        painter.translate(box.center())
        painter.rotate(-angle)
        start = 0 if symmetry == "turned" else -box.width()
        painter.drawLine(QPointF(start, 0), QPointF(box.width(), 0))
        painter.restore()


def handles(painter: QPainter, pixels: dict[str, QPointF]) -> None:
    """Draw the handles of the last mark; of a blob also its ellipse at one standard deviation."""
    middle = pixels["middle"]
    edge, halo = QPen(theme.ink(255), 1.2), QPen(theme.shade(150), 3)
    for pen in (halo, edge):
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(pixels) > 1:
            along, across = (QLineF(middle, pixels[name]) for name in ("length", "width"))
            painter.save()
            painter.translate(middle)
            painter.rotate(-along.angle())
            painter.drawEllipse(QPointF(0, 0), along.length(), across.length())
            painter.restore()
        for pixel in pixels.values():
            painter.drawEllipse(pixel, 4, 4)
    painter.setPen(edge)
    for name, pixel in pixels.items():
        painter.setBrush(QColor(theme.colors().accent) if name == "middle" else theme.ink(255))
        painter.drawEllipse(pixel, 4, 4)
