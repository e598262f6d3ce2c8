"""Crosshairs at the cursor, the same in every lane, with the learned and the true score at that point."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ncsn_viz.lab.snapshot import PointReading
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.plots.trajectories.pulls_layer import arrow_scale
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera

HAIR = 46  # of 255, the opacity of the lines
GAP = 7.0  # pixels around the point without lines
HEAD, ANGLE = 7.0, 0.45  # pixels of an arrow's head, and radians to its shaft
SOLID, DASHED = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine

Point = tuple[float, float]


class Crosshair(Layer):
    """Lines through the cursor; the learned score in the lane's colour and the true one dashed, on one scale."""

    name, part = "crosshair", "point_reading"
    keeps = False

    def __init__(self, color: str) -> None:
        self.color = QColor(color)
        self._cursor: Point | None = None
        super().__init__()

    def prepare(self, source: PointReading | None) -> None:
        self._reading = source

    def set_cursor(self, point: Point | None) -> None:
        """Set the point of the plane under the cursor, or None."""
        if point != self._cursor:
            self._cursor = point
            self.update()

    def draw(self, painter: QPainter, camera: Camera) -> None:
        if self._cursor is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = (float(value) for value in camera.to_pixels(np.array(self._cursor)))
        row, column = round(y), round(x)  # rectangles, as Qt strokes long lines twenty times slower
        for left, top, width, height in (
            (0, row, x - GAP, 1), (x + GAP, row, camera.width - x - GAP, 1),
            (column, 0, 1, y - GAP), (column, y + GAP, 1, camera.height - y - GAP),
        ):  # fmt: skip
            painter.fillRect(QRectF(left, top, width, height), theme.ink(HAIR))
        if self._reading is not None:
            self._paint_scores(painter, x, y, self._reading)

    def _paint_scores(self, painter: QPainter, x: float, y: float, reading: PointReading) -> None:
        if not (scale := arrow_scale(reading)):
            return
        # the true one first, as the learned one is often shorter
        for score, color, style in ((reading.true_score, theme.ink(), DASHED), (reading.score, self.color, SOLID)):
            tip = QPointF(x + scale * score[0], y - scale * score[1])
            self._arrow(painter, QPointF(x, y), tip, color, style)

    def _arrow(self, painter: QPainter, tail: QPointF, tip: QPointF, color: QColor, style: Qt.PenStyle) -> None:
        back = math.atan2(tail.y() - tip.y(), tail.x() - tip.x())
        ends = [QPointF(HEAD * math.cos(back + side), HEAD * math.sin(back + side)) for side in (ANGLE, -ANGLE)]
        head = [QLineF(tip, tip + end) for end in ends]
        for ink, width, dashes in ((theme.shade(), 4.0, SOLID), (color, 1.9, style)):
            pen = QPen(ink, width, dashes, Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QLineF(tail, tip))
            pen.setStyle(SOLID)
            painter.setPen(pen)
            painter.drawLines(head)
