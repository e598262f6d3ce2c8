"""The base of the layers of a lane's plot, and the simple layers: contours, field, particles."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ncsn_viz.lab.snapshot import WAITING, FieldGrid, Floats, LaneSnapshot, ParticleImage
from ncsn_viz.ui.plots.arrows import arrow_strokes, lattice_arrows
from ncsn_viz.ui.plots.still_layers import StillLayers
from ncsn_viz.ui.widgets import paths, theme
from ncsn_viz.ui.widgets.camera import Camera
from ncsn_viz.ui.widgets.indexed_image import indexed_image

CROSS = np.array([[-2.5, -2.5], [2.5, 2.5], [-2.5, 2.5], [2.5, -2.5]])  # pixels


class Part:
    """What draws one part of a LaneSnapshot: a base of items that `prepare` it for painting when it is another one."""

    name: ClassVar[str] = ""
    part: ClassVar[str] = "field"  # the part of a LaneSnapshot that it draws
    keeps: ClassVar[bool] = True  # the old part while the new one is evaluated, as after a zoom; avoids flicker
    source: object = None
    still: StillLayers | None = None  # among which it is painted, if it seldom changes

    def show_lane(self, lane: LaneSnapshot) -> bool:
        """Prepare what is new in `lane`; whether anything was. Parts are immutable and compared by identity."""
        source = getattr(lane, self.part)
        if source is self.source or (source is None and self.keeps and lane.status.state != WAITING):
            return False
        self.source = source
        self.prepare(source)
        self.update()
        return True

    def prepare(self, source: Any) -> None:
        """Prepare the part `source`, or nothing if it is None, for fast painting."""

    def update(self) -> None:
        """Ask for a paint."""
        super().update()  # type: ignore[misc]  # of QGraphicsItem
        if self.still is not None:
            self.still.invalidate()

    def show(self, shown: bool) -> None:
        """Show or hide it."""
        if shown != self.isVisible():  # type: ignore[attr-defined]
            self.setVisible(shown)  # type: ignore[attr-defined]
            self.update()


class Layer(Part, pg.GraphicsObject):
    """A layer that is drawn in the pixels of its view."""

    def __init__(self) -> None:
        super().__init__()
        self._rect = QRectF()
        self.prepare(None)

    def fit(self, rect: QRectF) -> None:
        """Cover the pixels `rect` of the view."""
        self.prepareGeometryChange()
        self._rect = rect

    def boundingRect(self) -> QRectF:
        """The pixels that it covers."""
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        """Called by Qt."""
        self.draw(painter, self.getViewBox().camera)

    def draw(self, painter: QPainter, camera: Camera) -> None:
        """Draw the layer."""
        raise NotImplementedError


class ContourLayer(Layer):
    """Lines of equal energy."""

    name = "energy"
    opacity: ClassVar[int] = 72  # of 255
    dashes: ClassVar[tuple[float, ...]] = ()
    lines: ClassVar[str] = "contours"  # the name of the lines in a field, (k, 2) each

    def prepare(self, source: FieldGrid | None) -> None:
        self._path = QPainterPath()
        lines = [line for line in getattr(source, self.lines) if len(line) > 1] if source else []
        if lines:
            self._path = paths.polylines(lines)

    def draw(self, painter: QPainter, camera: Camera) -> None:
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = _hairline(theme.ink(self.opacity))
        if self.dashes:
            pen.setDashPattern(self.dashes)
        painter.setPen(pen)
        painter.setTransform(camera.transform(), True)
        painter.drawPath(self._path)
        painter.restore()


class TrueContourLayer(ContourLayer):
    """Lines of equal true density at the same levels, dashed, as the truth is in all plots."""

    name = "truth"
    opacity = 175
    dashes = (5, 3)
    lines = "true_contours"


class FieldLayer(Layer):
    """The score as arrows."""

    name = "field"

    def prepare(self, source: FieldGrid | None) -> None:
        self._field = source

    def draw(self, painter: QPainter, camera: Camera) -> None:
        if self._field is None:
            return
        painter.setPen(_hairline(theme.ink(theme.colors().arrow_opacity)))
        paths.draw_strokes(painter, arrow_strokes(*lattice_arrows(self._field, camera)))


class VelocityLayer(FieldLayer):
    """The velocity of the probability flow from noise to data as arrows, in the colour of what moves along a field."""

    name = "velocity"

    def draw(self, painter: QPainter, camera: Camera) -> None:
        if self._field is None or self._field.velocity is None:
            return
        painter.setPen(_hairline(QColor(theme.colors().flow)))
        paths.draw_strokes(painter, arrow_strokes(*lattice_arrows(self._field, camera, self._field.velocity)))


class NegativesLayer(Layer):
    """The negative samples, where the loss has raised the energy: small crosses in the lane's accent colour."""

    name = part = "negatives"

    def __init__(self, color: str) -> None:
        self._color = QColor(color).lighter(125)
        super().__init__()

    def prepare(self, source: Floats | None) -> None:
        self._points = np.zeros((0, 2)) if source is None else np.asarray(source, dtype=np.float64)

    def draw(self, painter: QPainter, camera: Camera) -> None:
        if not len(self._points):
            return
        strokes = (camera.to_pixels(self._points)[:, None] + CROSS).reshape(-1, 4)
        for color, shift in ((theme.shade(), 1.0), (self._color, 0.0)):
            painter.setPen(QPen(color, 1))
            paths.draw_strokes(painter, strokes + shift)


class ParticleLayer(Layer):
    """The particles and their trails, as an image."""

    name = part = "particles"

    def __init__(self, color: str) -> None:
        self._colors = theme.particle_colors(color)
        super().__init__()

    def prepare(self, source: ParticleImage | None) -> None:
        self._region = source.region if source else None
        self._image = indexed_image(source.image, self._colors) if source else None

    def draw(self, painter: QPainter, camera: Camera) -> None:
        if self._image is None or self._region is None:
            return
        rect = camera.rect(self._region)
        # scaled by a whole device pixel ratio, each pixel becomes a square of pixels; any other scale needs smoothing
        exact = rect.size() == QSizeF(self._image.size()) and painter.device().devicePixelRatioF().is_integer()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
        painter.drawImage(rect, self._image)


class StreamlineLayer(ParticleLayer):
    """Moving streamlines of the field, as an image."""

    name = part = "streamlines"

    def __init__(self) -> None:
        super().__init__(theme.colors().flow)


def _hairline(color: QColor) -> QPen:
    pen = QPen(color, 1)  # Qt's stroker takes fifty times as long for wider lines
    pen.setCosmetic(True)
    return pen
