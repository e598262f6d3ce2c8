"""The layer of the tracked particle: a ring, its path, and the components of its last step as arrows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ncsn_viz.lab.snapshot import TrackedParticle
from ncsn_viz.ui.plots.arrows import ArrowLegend, ArrowScale, draw_arrows
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.widgets import number_text, paths, theme
from ncsn_viz.ui.widgets.camera import Array, Camera
from ncsn_viz.ui.widgets.translate import translate

RING = 7.0  # pixels
SEGMENTS = 6  # of the path, from faint to strong


class TrackedParticleLayer(Layer):
    """The components are drawn tip to tail from the start of the step, all enlarged by the factor in the legend."""

    name, part = "followed", "tracked"

    def __init__(self, color: str) -> None:
        self._color = QColor(color)
        self._scale = ArrowScale()
        self._legend = ArrowLegend()
        self.has_legend = True  # not where another layer has one in its place
        super().__init__()

    def prepare(self, source: TrackedParticle | None) -> None:
        self._particle = source
        if source is not None and source.drift is not None and source.noise is not None:
            self._scale.measure(max(float(np.hypot(*source.drift)), float(np.hypot(*source.noise))))

    def arrows(self, particle: TrackedParticle, camera: Camera) -> list[tuple[QColor, Array, Array]]:
        """Colour, tail and tip in pixels of the whole last step, then of its components."""
        if particle.drift is None or particle.noise is None:
            return []
        factor = self._scale.fit(camera.scale)
        components = [(theme.colors().drift, particle.drift), (theme.colors().noise, particle.noise)]
        if particle.inertia is not None:
            components.insert(0, (theme.colors().inertia, particle.inertia))
        start = tail = camera.to_pixels(np.asarray(particle.start, dtype=np.float64))
        arrows = []
        for color, component in components:
            tip = tail + np.array([1.0, -1.0]) * component * factor * camera.scale
            arrows.append((QColor(color), tail, tip))
            tail = tip
        total = QColor(theme.colors().whole)
        total.setAlpha(90 if particle.rejected else 255)
        return [(total, start, tail), *arrows]

    def draw(self, painter: QPainter, camera: Camera) -> None:
        particle = self._particle
        if particle is None or not np.isfinite(particle.path[-1]).all():
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_path(painter, camera.to_pixels(particle.path.astype(np.float64)))
        for index, (color, tail, tip) in enumerate(self.arrows(particle, camera)):  # the first is the whole step
            draw_arrows(painter, color, tail[None], tip[None], 1.8 if index else 3.6)
        self._paint_ring(painter, particle, camera)
        if particle.drift is not None and self.has_legend:
            self._legend.paint(painter, camera, self.legend_lines(particle))
        painter.restore()

    def _paint_path(self, painter: QPainter, path: Array) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index in range(SEGMENTS):
            first, last = (round(len(path) * (index + end) / SEGMENTS) for end in (0, 1))
            segment = path[max(first - 1, 0) : last]
            if len(segment) > 1:
                color = QColor(self._color.lighter(140))
                color.setAlphaF((index + 1) / SEGMENTS * 0.9)
                painter.setPen(QPen(color, 1))  # Qt's stroker takes fifty times as long for wider lines
                painter.drawPath(paths.polyline(segment))

    def _paint_ring(self, painter: QPainter, particle: TrackedParticle, camera: Camera) -> None:
        x, y = camera.to_pixels(particle.path[-1].astype(np.float64))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = RING + 2 if particle.held else RING
        for color, width in ((theme.shade(), 4.0), (theme.ink(), 2.4 if particle.held else 1.6)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setBrush(self._color.lighter(140))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(x, y), 2.5, 2.5)

    def legend_lines(self, particle: TrackedParticle) -> list[tuple[str, str]]:
        """The lines of the legend: colour and text."""
        lines = [(theme.colors().drift, translate("drift, from the score")), (theme.colors().noise, translate("noise"))]
        if particle.inertia is not None:
            lines.insert(0, (theme.colors().inertia, translate("inertia, from before")))
        total = translate("refused") if particle.rejected else translate("the step")
        factor = self._scale.factor
        return [*lines, (theme.colors().whole, total if factor == 1 else f"{total}  × {number_text.plain(factor)}")]
