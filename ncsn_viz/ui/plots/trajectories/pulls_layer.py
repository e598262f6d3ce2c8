"""The layer that takes the true score at the cursor apart: the pulls of the data, and one draw of the posterior."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ncsn_viz.lab.snapshot import PointReading
from ncsn_viz.ui.plots.arrows import draw_arrows
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera

LENGTH, LONGEST = 46.0, 120.0  # pixels of the longer score, and of the longest pull
LARGEST = 11.0  # pixels, the radius of the dot of data whose posterior weight is 1
RING = 4.0  # pixels, the radius of the ring around the data point that was drawn


def arrow_scale(reading: PointReading) -> float:
    """Pixels for a score of 1: the same for the learned and the true score at the cursor, and for its pulls."""
    longest = max(math.hypot(*reading.score), math.hypot(*reading.true_score))
    scale = LENGTH / longest if math.isfinite(longest) and longest > 0 else 0.0
    if reading.pulls is not None:
        pull = max((math.hypot(*each.part) for each in reading.pulls.pulls), default=0.0)
        scale = min(scale, LONGEST / pull) if pull > 0 else scale
    return scale


class PullsLayer(Layer):
    """Arrows from the cursor, whose sum is the true score; dots where the data are, larger by their posterior weight.

    Dotted, a line to one data point that may have become the cursor's by noise: denoising regresses on its pull.
    """

    name, part = "pulls", "point_reading"
    keeps = False

    def __init__(self, color: str) -> None:
        self._color = QColor(color).lighter(120)
        super().__init__()

    def prepare(self, source: PointReading | None) -> None:
        self._reading = source

    def draw(self, painter: QPainter, camera: Camera) -> None:
        reading = self._reading
        if reading is None or reading.pulls is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = camera.to_pixels(np.array(reading.point))
        pulls = reading.pulls.pulls
        places = camera.to_pixels(np.array([pull.place for pull in pulls]))
        painter.setPen(QPen(theme.shade(), 1))
        painter.setBrush(self._color)
        for pull, place in zip(pulls, places, strict=True):
            radius = max(1.5, LARGEST * math.sqrt(pull.weight))
            painter.drawEllipse(QPointF(*place), radius, radius)
        if reading.pulls.clean is not None:
            self._paint_clean(painter, at, camera.to_pixels(np.array(reading.pulls.clean)))
        parts = np.array([pull.part for pull in pulls]) * (1, -1) * arrow_scale(reading)
        draw_arrows(painter, self._color, np.broadcast_to(at, parts.shape), at + parts)

    def _paint_clean(self, painter: QPainter, at: np.ndarray, clean: np.ndarray) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.ink(), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(*at), QPointF(*clean))
        painter.setPen(QPen(theme.ink(), 1.6))
        painter.drawEllipse(QPointF(*clean), RING, RING)
