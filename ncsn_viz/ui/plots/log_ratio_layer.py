"""The log-density ratio of the point under the cursor and a reference point."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ncsn_viz.lab.snapshot import FieldGrid
from ncsn_viz.ui.maps.grid_lookup import bilinear
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.camera import Camera
from ncsn_viz.ui.widgets.translate import translate

Point = tuple[float, float]
NEAR = 10.0  # pixels around the reference point in which a click removes it
RADIUS = 5.0  # pixels of its mark


class LogRatioLayer(Layer):
    """The reference point x₀, and log p(x) − log p(x₀), learned and true, at the cursor x."""

    name = "log_ratio"

    def __init__(self) -> None:
        self._cursor: Point | None = None
        super().__init__()

    def prepare(self, source: FieldGrid | None) -> None:
        self._field = source

    @property
    def reference(self) -> Point | None:
        """The reference point x₀."""
        return self._field.reference if self._field is not None else None

    def set_cursor(self, point: Point | None) -> None:
        """Set the point of the plane under the cursor, or None."""
        changed, self._cursor = point != self._cursor, point
        if changed and self.reference is not None:
            self.update()

    def near(self, x: float, y: float, camera: Camera) -> bool:
        """Whether the pixel (x, y) is on the mark of the reference point."""
        if self.reference is None:
            return False
        px, py = camera.to_pixels(np.array(self.reference))
        return math.hypot(px - x, py - y) <= NEAR

    def values(self) -> tuple[float, float] | None:
        """log p(x) − log p(x₀) at the cursor, learned and true; NaN outside of the grid."""
        field, cursor = self._field, self._cursor
        if field is None or field.energy is None or field.true_energy is None or cursor is None:
            return None
        if field.reference is None:
            return None
        points = np.array([field.reference, cursor], dtype=np.float64)
        start, end = bilinear(np.stack([field.energy, field.true_energy], axis=-1), field.region, points)
        return float(start[0] - end[0]), float(start[1] - end[1])

    def texts(self) -> tuple[str, str]:
        """How the ratio is computed, and its values."""
        if self._field is None:
            return "", ""
        by_energy = translate("log p(x) − log p(x₀) from the energy")
        method = by_energy if self._field.own_energy else translate("log p(x) − log p(x₀) by line integral")
        if (values := self.values()) is None:
            return method, ""
        return method, translate("learned {0}   true {1}").format(*(number_text.short(value, 3) for value in values))

    def draw(self, painter: QPainter, camera: Camera) -> None:
        if self.reference is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = (float(value) for value in camera.to_pixels(np.array(self.reference)))
        for color, width in ((theme.shade(), 3.4), (theme.ink(), 1.5)):
            painter.setPen(QPen(color, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x, y), RADIUS, RADIUS)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                start, end = RADIUS - 2, RADIUS + 4
                painter.drawLine(QPointF(x + dx * start, y + dy * start), QPointF(x + dx * end, y + dy * end))
        self._paint_texts(painter)

    def _paint_texts(self, painter: QPainter) -> None:
        method, values = self.texts()
        if not values:
            return
        small, bold = painting.font(theme.SMALL), painting.font(theme.SMALL, bold=True)
        width = max(painting.width_of(method, small), painting.width_of(values, bold)) + 16
        box = QRectF(8, 32, width, 37)
        painting.fill_rounded(painter, box, theme.shade(), 5)
        painting.write(painter, QRectF(box.left() + 8, box.top() + 2, width, 16), method, small, theme.ink())
        painting.write(painter, QRectF(box.left() + 8, box.top() + 18, width, 16), values, bold, theme.ink())
