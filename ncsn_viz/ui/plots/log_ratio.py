"""What is under the cursor, measured from a reference point."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import FieldGrid
from ncsn_viz.ui.plots.grids import bilinear
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets import painting as paint
from ncsn_viz.ui.widgets.camera import Array, Camera
from ncsn_viz.ui.widgets.translate import translate

Point = tuple[float, float]
NEAR = 10.0  # pixels from the mark that still are on it
RADIUS = 5.0
SHADE, INK, SOFT = QColor(0, 0, 8, 165), QColor(255, 255, 255, 225), QColor(255, 255, 255, 165)


class LogRatioLayer(Layer):
    """The reference point x₀, and log p(x) − log p(x₀) at the cursor: learned and true."""

    name = "reading"
    live = True

    def __init__(self) -> None:
        self._cursor: Point | None = None
        super().__init__()

    def prepare(self, source: FieldGrid | None) -> None:
        self._field = source

    @property
    def reference(self) -> Point | None:
        """The point from which is measured."""
        return self._field.reference if self._field is not None else None

    def point_at(self, point: Point | None) -> bool:
        """Read at another point of the plane; whether there is anything new to show."""
        changed = point != self._cursor
        self._cursor = point
        return changed and self.reference is not None

    def near(self, x: float, y: float, camera: Camera) -> bool:
        """Whether the pixel (x, y) is on the mark."""
        if self.reference is None:
            return False
        px, py = camera.to_pixels(np.array(self.reference))
        return math.hypot(px - x, py - y) <= NEAR

    def values(self) -> tuple[float, float] | None:
        """log p(x) − log p(x₀) at the cursor, learned and true; NaN outside of the grid."""
        field, cursor = self._field, self._cursor
        if field is None or field.reference is None or field.true_energy is None or cursor is None:
            return None
        places = np.array([field.reference, cursor], dtype=np.float64)
        learned, true = (_fall(energy, field, places) for energy in (field.energy, field.true_energy))
        return learned, true

    def words(self) -> tuple[str, str]:
        """The two lines of the reading; the first says how, the second how much."""
        if self._field is None:
            return "", ""
        own = translate("log p(x) − log p(x₀) from the energy")
        lines = translate("log p(x) − log p(x₀) by line integral")
        found = self.values()
        if found is None:
            return (own if self._field.own_energy else lines), ""
        told = translate("learned {0}   true {1}")
        return (own if self._field.own_energy else lines), told.format(
            *(number_text.short(value, 3) for value in found)
        )

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self.reference is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = (float(value) for value in camera.to_pixels(np.array(self.reference)))
        for color, width in ((SHADE, 3.4), (INK, 1.5)):
            painter.setPen(QPen(color, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x, y), RADIUS, RADIUS)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                start, end = RADIUS - 2, RADIUS + 4
                painter.drawLine(QPointF(x + dx * start, y + dy * start), QPointF(x + dx * end, y + dy * end))
        self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        how, much = self.words()
        if not much:
            return
        small, bold = paint.font(theme.SMALL - 1), paint.font(theme.SMALL, bold=True)
        wide = max(paint.width_of(how, small), paint.width_of(much, bold)) + 16
        room = QRectF(8, 30, wide, 35)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(room, 5, 5)
        paint.write(painter, QRectF(room.left() + 8, room.top() + 2, wide, 15), how, small, SOFT)
        paint.write(painter, QRectF(room.left() + 8, room.top() + 17, wide, 15), much, bold, INK)


def _fall(energy: Floats, field: FieldGrid, places: Array) -> float:
    """How much lower the energy is at the second of two places than at the first."""
    start, end = bilinear(energy[..., None], field.region, places)[:, 0]
    return float(start - end)
