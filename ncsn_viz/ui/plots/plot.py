"""The plot of a lane: its layers over the plane, with a mouse that pans and zooms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.lab.snapshot.snapshot import LaneSnapshot
from ncsn_viz.ui.actions.particle_gesture import STILL, ParticleGesture
from ncsn_viz.ui.plots import ticks
from ncsn_viz.ui.plots.color_scale import ColorScale
from ncsn_viz.ui.plots.crosshair import Crosshair
from ncsn_viz.ui.plots.layers import (
    Arrows,
    Contours,
    Density,
    Layer,
    Negatives,
    Particles,
    Streamlines,
    TrueContours,
)
from ncsn_viz.ui.plots.log_ratio import LogRatioLayer
from ncsn_viz.ui.plots.maps import Map
from ncsn_viz.ui.plots.step_trace_layer import SlowLayer
from ncsn_viz.ui.plots.ticks import multiples, nice_step
from ncsn_viz.ui.plots.tracked_particle import TrackedParticleLayer
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera, Region, inscribed_square

__all__ = ["Plot", "multiples", "nice_step"]

NEAREST, FARTHEST = 1e-2, 1e3  # half_extent


class Plot(QWidget):
    """Draws the layers of one LaneSnapshot.

    A plain widget and not a scene of items, which takes several times as long a frame. What changes seldom is
    kept as one pixmap, so a frame costs a copy of it and the particle picture.
    """

    regionChanged = Signal(object)
    cursorMoved = Signal(object)
    pressed = Signal()
    referenceChosen = Signal(object)

    def __init__(self, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.map, self.reading, self.crosshair = Map(), LogRatioLayer(), Crosshair(color)
        self.gesture, self.slow = ParticleGesture(self), SlowLayer(color)
        self.layers: tuple[Layer, ...] = (
            Density(), self.map, Contours(), TrueContours(), Arrows(), Streamlines(), Particles(color),
            Negatives(color), TrackedParticleLayer(color), self.slow, self.reading, self.crosshair,
        )  # fmt: skip
        self.camera = Camera(1, 1)
        self.placed = False  # whether somebody has said where to look
        self._home: Region = self.camera.region
        self._shown: tuple[str, ...] = ()
        self._caption, self._caption_end = "", 0.0
        self._numbers = ticks.Numbers()
        self._backdrop = QPixmap()
        self._stale = True
        self._grip: tuple[QPointF, Camera] | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)

    def sizeHint(self) -> QSize:
        return QSize(440, 360)

    def show_lane(
        self, lane: LaneSnapshot, layers: tuple[str, ...], caption: str = "", scale: ColorScale | None = None
    ) -> None:
        """Draw `lane` with the named layers; only what is new is prepared again. `scale` is that of the map, if any."""
        fresh = [layer for layer in self.layers if layer.take(lane)]
        rescaled = self.map.choose(scale)
        # trails live in the particles' picture: the engine leaves out what is switched off
        always = (self.reading.name, self.crosshair.name, self.slow.name)
        shown = (*("particles" if name == "trails" else name for name in layers), *always)
        if scale is not None and scale.name != "density":  # in its place
            shown = (*(name for name in shown if name != "density"), self.map.name)
        still = any(not layer.live for layer in fresh)
        if rescaled or still or caption != self._caption or shown != self._shown:
            self._caption, self._shown, self._stale = caption, shown, True
            self.update()
        elif fresh:
            self.update()

    def set_cursor(self, point: tuple[float, float] | None) -> None:
        """Where in the plane the mouse is, in this plot or in one that is linked with it."""
        moved = self.crosshair.point_at(point)
        if self.reading.point_at(point) or moved:
            self.update()

    def set_stage(self, key: str, share: float) -> None:
        """Which stage of a step in slow motion is drawn, and how far it has come."""
        self.slow.choose(key, share)
        self.update()

    def set_home(self, region: Region | tuple[float, ...]) -> None:
        """The region that a double click returns to."""
        self._home = (region[0], region[1], region[2], region[3])

    def set_region(self, region: Region | tuple[float, ...]) -> None:
        """Look at the square in the middle of `region`, and at what the widget has room for around it."""
        self.placed = True
        center, half_extent = inscribed_square(region)
        (x, y), slack = self.camera.center, 1e-6 * half_extent
        if max(abs(center[0] - x), abs(center[1] - y), abs(half_extent - self.camera.half_extent)) > slack:
            self._look(replace(self.camera, center=center, half_extent=half_extent))

    def follow(self, camera: Camera) -> None:
        """Look where another plot's `camera` looks."""
        self.placed = True
        self._look(replace(self.camera, center=camera.center, half_extent=camera.half_extent))

    def region(self) -> Region:
        """What is seen: (x0, x1, y0, y1)."""
        return self.camera.region

    def to_pixel(self, x: float, y: float) -> tuple[float, float]:
        """Where the plane's point (x, y) lies in the widget."""
        (px, py) = self.camera.to_pixels(np.array([x, y]))
        return float(px), float(py)

    def _look(self, camera: Camera) -> None:
        if camera != self.camera:
            self.camera = camera
            self._stale = True
            self.update()

    def _go(self, camera: Camera) -> None:
        if camera != self.camera:
            self._look(camera)
            self.regionChanged.emit(self.region())

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._behind())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_layers(painter, live=True)
        self.map.paint_bar(painter, self.size(), self._caption_end)
        painter.end()

    def _behind(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        if self._backdrop.size() != self.size() * ratio or self._backdrop.devicePixelRatio() != ratio:
            self._backdrop = QPixmap(self.size() * ratio)
            self._backdrop.setDevicePixelRatio(ratio)
            self._stale = True
        if self._stale:
            self._stale = False
            self._paint_backdrop()
        return self._backdrop

    def _paint_backdrop(self) -> None:
        self._backdrop.fill(QColor(theme.EMPTY))
        painter = QPainter(self._backdrop)
        hint = QPainter.RenderHint
        painter.setRenderHints(hint.Antialiasing | hint.SmoothPixmapTransform)
        self._paint_layers(painter, live=False)
        self._numbers.paint(painter, self.camera)
        self._caption_end = ticks.paint_caption(painter, self._caption, self.width())
        painter.end()

    def _paint_layers(self, painter: QPainter, live: bool) -> None:
        for layer in self.layers:
            if layer.live == live and layer.name in self._shown:
                layer.paint(painter, self.camera)

    def changeEvent(self, event: QEvent) -> None:
        self._stale = True  # fonts, colours, the language
        super().changeEvent(event)

    # --- the mouse ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        size = event.size()
        self._go(replace(self.camera, width=max(size.width(), 1), height=max(size.height(), 1)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.zoom(1.0015**-turned, event.position())
        event.accept()

    def zoom(self, factor: float, about: QPointF) -> None:
        """Show `factor` times as much of the plane; the point under the pixel `about` stays where it is."""
        half_extent = min(max(self.camera.half_extent * factor, NEAREST), FARTHEST)
        factor = half_extent / self.camera.half_extent
        x, y = self.camera.to_plane(about.x(), about.y())
        cx, cy = self.camera.center
        self._go(replace(self.camera, half_extent=half_extent, center=(x + (cx - x) * factor, y + (cy - y) * factor)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.gesture.press(event, self.camera):
            self.pressed.emit()
        elif event.button() == Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            at = event.position()
            here = self.reading.near(at.x(), at.y(), self.camera)
            self.referenceChosen.emit(None if here else self.camera.to_plane(at.x(), at.y()))
        elif event.button() == Qt.MouseButton.LeftButton:
            self._grip = (event.position(), self.camera)
            self.pressed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self.gesture.move(event, self.camera):
            self.cursorMoved.emit(None)  # what is held has arrows of its own
            return
        if self._grip is not None:
            start, camera = self._grip
            moved = position - start
            if self.cursor().shape() == Qt.CursorShape.ClosedHandCursor or moved.manhattanLength() > STILL:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                x, y = camera.center
                self._go(replace(self.camera, center=(x - moved.x() / camera.scale, y + moved.y() / camera.scale)))
        self.cursorMoved.emit(self.camera.to_plane(position.x(), position.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.gesture.release(event, self.camera)
        self._grip = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.gesture.press(event, self.camera):
            return
        center, half_extent = inscribed_square(self._home)
        self._go(replace(self.camera, center=center, half_extent=half_extent))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.cursorMoved.emit(self.camera.to_plane(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        self.cursorMoved.emit(None)
