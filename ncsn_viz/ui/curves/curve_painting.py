"""Painting of curves: axes, bands, lines, their letters or key, and the table of values at the mouse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ncsn_viz.ui.curves.axes import Axis, spread
from ncsn_viz.ui.curves.lines import CurveLine
from ncsn_viz.ui.widgets import painting, paths, theme
from ncsn_viz.ui.widgets.camera import Array

LETTER = 14.0  # pixels: the place of a letter, which stays below the head
LETTER_GAP = 12.0  # pixels between letters at the right end
BAND_ALPHA = 46  # of 255


@dataclass(frozen=True)
class PlotArea:
    """The rectangle of the lines, in pixels, and its axes."""

    box: QRectF
    x_axis: Axis
    y_axis: Axis

    def to_pixels(self, points: Array) -> Array:
        """Pixels (k, 2) of points (k, 2) in the coordinates of the axes."""
        x = self.box.left() + self.x_axis.fractions(points[:, 0]) * self.box.width()
        y = self.box.bottom() - self.y_axis.fractions(points[:, 1]) * self.box.height()
        return np.stack([x, y], axis=1)


def paint_axes(painter: QPainter, area: PlotArea) -> None:
    """Draw horizontal grid lines, and the numbers of both axes."""
    c, small, box = theme.colors(), painting.font(theme.TINY), area.box
    for position, text in area.y_axis.ticks(box.height() / 22, powers=True):
        y = round(float(area.to_pixels(np.array([[0.0, position]]))[0, 1]))
        painter.fillRect(QRectF(box.left(), y, box.width(), 1), QColor(c.line))
        label = QRectF(2, max(y - 7, box.top()), box.left() - 8, 14)  # the uppermost one stays below the head
        painting.write(painter, label, text, small, c.faint, Qt.AlignmentFlag.AlignRight)
    for position, text in area.x_axis.ticks(box.width() / 72, powers=False):
        x = float(area.to_pixels(np.array([[position, 0.0]]))[0, 0])
        label = QRectF(x - 45, box.bottom() + 4, 90, 14)
        painting.write(painter, label, text, small, c.faint, Qt.AlignmentFlag.AlignHCenter)


def paint_lines(painter: QPainter, area: PlotArea, lines: list[CurveLine]) -> None:
    """Draw all bands, then all lines."""
    painter.save()
    painter.setClipRect(area.box.adjusted(-1, -1, 2, 2))
    for line in lines:
        if line.band is not None and len(line.points):
            _paint_band(painter, area, line, line.band)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in lines:
        if len(line.points):
            painter.setPen(QPen(QColor(line.color), 1))
            path = paths.polyline(area.to_pixels(line.points))
            # two lines of width 1 look like one of 1.4, which takes Qt eight times as long
            painter.drawPath(path)
            painter.drawPath(path.translated(0, 0.45))
    painter.restore()


def _paint_band(painter: QPainter, area: PlotArea, line: CurveLine, band: Array) -> None:
    steps = line.points[:, 0]
    outline = np.concatenate([np.stack([steps, band[:, 0]], 1), np.stack([steps, band[:, 1]], 1)[::-1]])
    color = QColor(line.color)
    color.setAlpha(BAND_ALPHA)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # invisible on a faint edge, and takes a third more
    painter.drawPath(paths.polyline(area.to_pixels(outline)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def paint_letters(painter: QPainter, area: PlotArea, lines: list[CurveLine]) -> None:
    """Draw the letter of the lane at the right end of each line."""
    ends = [(line, area.to_pixels(line.points[-1:])[0]) for line in lines if len(line.points)]
    box, bold = area.box, painting.font(theme.SMALL, bold=True)
    heights = spread([float(end[1]) for _, end in ends], box.top() + LETTER / 2, box.bottom() - 4, LETTER_GAP)
    for (line, end), y in zip(ends, heights, strict=True):
        painting.dot(painter, float(end[0]), min(max(float(end[1]), box.top()), box.bottom()), line.color, 2.2)
        painting.write(
            painter, QRectF(box.right() + 7, y - LETTER / 2, LETTER, LETTER), line.name, bold, theme.lane_ink(line.slot)
        )


def paint_key(painter: QPainter, area: PlotArea, lines: list[CurveLine]) -> None:
    """Draw names and colours of lines in one row at the top; of many lines an evenly spaced selection."""
    small, box, c = painting.font(theme.SMALL), area.box, theme.colors()
    lines = [line for line in lines if len(line.points)]
    width = max(painting.width_of(line.name, small) for line in lines) + 24
    count = max(1, min(len(lines), int(box.width() // width)))
    chosen = [lines[round(index * (len(lines) - 1) / max(count - 1, 1))] for index in range(count)]
    left = box.right() - count * width
    painter.fillRect(QRectF(left - 4, box.top(), count * width + 4, 15), QColor(c.card))
    for index, line in enumerate(chosen):
        x, y = left + index * width, box.top() + 1
        painter.fillRect(QRectF(x, y + 6, 10, 2), QColor(line.color))
        painting.write(painter, QRectF(x + 14, y, width - 16, 13), line.name, small, c.soft)


def paint_table(painter: QPainter, rows: list[tuple[str, str]], mouse: QPointF, box: QRectF, card: QRectF) -> None:
    """Draw `rows` of text and the colour of its line, if it has one, beside the mouse, inside `card`."""
    small, c = painting.font(theme.SMALL), theme.colors()
    width = max(painting.width_of(text, small) for text, _ in rows) + 28
    height = 16 * len(rows) + 8
    fits = mouse.x() + 10 + width <= card.width() - 4
    left = max(mouse.x() + 10 if fits else mouse.x() - 10 - width, 3.0)
    top = max(4.0, min(box.top(), card.height() - height - 4.0))
    painter.setPen(QColor(c.line))
    painter.setBrush(QColor(c.panel))
    painter.drawRoundedRect(QRectF(round(left) + 0.5, top + 0.5, width, height), 4, 4)
    for index, (text, color) in enumerate(rows):
        line = QRectF(left + 8, top + 4 + 16 * index, width - 8, 16)
        if color:
            painting.dot(painter, line.left() + 3, line.center().y(), color, 3)
            line.setLeft(line.left() + 12)
        painting.write(painter, line, text, small, c.text)
