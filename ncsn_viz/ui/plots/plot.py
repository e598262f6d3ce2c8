"""The plot of a lane: its layers, axis ticks and caption; the mouse pans and zooms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.ui.actions.particle_gesture import CLICK_TOLERANCE, ParticleGesture
from ncsn_viz.ui.plots import layers as basic
from ncsn_viz.ui.plots import ticks
from ncsn_viz.ui.plots.color_scale import ColorScale
from ncsn_viz.ui.plots.crosshair import Crosshair
from ncsn_viz.ui.plots.log_ratio_layer import LogRatioLayer
from ncsn_viz.ui.plots.map_image_layer import MapImageLayer
from ncsn_viz.ui.plots.step_trace_layer import StepTraceLayer
from ncsn_viz.ui.plots.tracked_particle_layer import TrackedParticleLayer
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera, Region, inscribed_square

LEAST_EXTENT, LARGEST_EXTENT = 1e-2, 1e3  # half extent of the camera


class Plot(QWidget):
    """Draws the layers of one LaneSnapshot.

    A plain widget, as a scene of items takes several times as long for a frame. Layers that are not live are cached as
    one pixmap: a frame is a copy of it and the image of the particles.
    """

    regionChanged = Signal(object)
    cursorMoved = Signal(object)
    pressed = Signal()
    referenceChosen = Signal(object)

    def __init__(self, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.map, self.log_ratio, self.crosshair = MapImageLayer(), LogRatioLayer(), Crosshair(color)
        self.gesture, self.step_trace = ParticleGesture(self), StepTraceLayer(color)
        self.tracked = TrackedParticleLayer(color)
        self.layers: tuple[basic.Layer, ...] = (
            basic.DensityLayer(), self.map, basic.ContourLayer(), basic.TrueContourLayer(), basic.FieldLayer(),
            basic.StreamlineLayer(), basic.ParticleLayer(color), basic.NegativesLayer(color),
            self.tracked, self.step_trace, self.log_ratio, self.crosshair,
        )  # fmt: skip
        self.camera = Camera(1, 1)
        self.has_region = False  # whether a region was set
        self._home: Region = self.camera.region
        self._shown: tuple[str, ...] = ()
        self._caption = ""
        self._ticks = ticks.AxisTicks()
        self._coordinates = ticks.CANVAS
        self._backdrop = QPixmap()
        self._stale = True
        self._pan: tuple[QPointF, Camera] | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)

    def sizeHint(self) -> QSize:
        return QSize(440, 360)

    def show_lane(
        self, lane: LaneSnapshot, layers: tuple[str, ...], caption: str = "", scale: ColorScale | None = None
    ) -> None:
        """Draw `lane` with the named layers; only what is new is prepared. `scale` is that of the map, if any."""
        updated = [layer for layer in self.layers if layer.update(lane)]
        rescaled = self.map.set_scale(scale)
        # trails are part of the particle image: the engine leaves out what is switched off
        always = (self.log_ratio.name, self.crosshair.name, self.step_trace.name)
        shown = (*("particles" if name == "trails" else name for name in layers), *always)
        if scale is not None and scale.name != "density":  # the map replaces the density
            shown = (*(name for name in shown if name != "density"), self.map.name)
        static = any(not layer.live for layer in updated)
        if rescaled or static or caption != self._caption or shown != self._shown:
            self._caption, self._shown, self._stale = caption, shown, True
            self.update()
        elif updated:
            self.update()

    def set_cursor(self, point: tuple[float, float] | None) -> None:
        """Set the point of the plane under the mouse, in this plot or in one that is linked with it."""
        moved = self.crosshair.set_cursor(point)
        if self.log_ratio.set_cursor(point) or moved:
            self.update()

    def set_stage(self, key: str, progress: float) -> None:
        """Draw the stage `key` of a step in slow motion, or none if it is empty, at `progress` (0 to 1)."""
        self.step_trace.set_stage(key, progress)
        self.tracked.has_legend = not key
        self.update()

    def set_home(self, region: Region | tuple[float, ...]) -> None:
        """Set the region that a double click returns to."""
        self._home = (region[0], region[1], region[2], region[3])

    def set_coordinates(self, coordinates: Coordinates) -> None:
        """Number the axes by other coordinates."""
        if coordinates != self._coordinates:
            self._coordinates, self._stale = coordinates, True
            self.update()

    def set_region(self, region: Region | tuple[float, ...]) -> None:
        """Show the square in the middle of `region`, and what the widget has room for around it."""
        self.has_region = True
        center, half_extent = inscribed_square(region)
        (x, y), slack = self.camera.center, 1e-6 * half_extent
        if max(abs(center[0] - x), abs(center[1] - y), abs(half_extent - self.camera.half_extent)) > slack:
            self._set_camera(center=center, half_extent=half_extent)

    def set_view(self, camera: Camera) -> None:
        """Show the centre and the extent of another plot's `camera`."""
        self.has_region = True
        self._set_camera(center=camera.center, half_extent=camera.half_extent)

    def region(self) -> Region:
        """The visible region (x0, x1, y0, y1)."""
        return self.camera.region

    def to_pixel(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of the point (x, y) of the plane."""
        (px, py) = self.camera.to_pixels(np.array([x, y]))
        return float(px), float(py)

    def _set_camera(self, **changes: Any) -> bool:
        """Change the camera; whether that is another one."""
        old, self.camera = self.camera, replace(self.camera, **changes)
        if self.camera == old:
            return False
        self._stale = True
        self.update()
        return True

    def _move_camera(self, **changes: Any) -> None:
        if self._set_camera(**changes):
            self.regionChanged.emit(self.region())

    # --- painting ---

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._current_backdrop())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_layers(painter, live=True)

    def _current_backdrop(self) -> QPixmap:
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
        self._backdrop.fill(theme.empty())
        painter = QPainter(self._backdrop)
        hint = QPainter.RenderHint
        painter.setRenderHints(hint.Antialiasing | hint.SmoothPixmapTransform)
        self._paint_layers(painter, live=False)
        self._ticks.paint(painter, self.camera, self._coordinates)
        ticks.paint_caption(painter, self._caption, self.width())
        painter.end()

    def _paint_layers(self, painter: QPainter, live: bool) -> None:
        for layer in self.layers:
            if layer.live == live and layer.name in self._shown:
                layer.paint(painter, self.camera)

    def changeEvent(self, event: QEvent) -> None:
        self._stale = True  # fonts, colours or the language may have changed
        super().changeEvent(event)

    # --- the mouse ---

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        size = event.size()
        self._move_camera(width=max(size.width(), 1), height=max(size.height(), 1))

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.zoom(1.0015**-turned, event.position())
        event.accept()

    def zoom(self, factor: float, about: QPointF) -> None:
        """Multiply the visible extent by `factor`, about the pixel `about`."""
        half_extent = min(max(self.camera.half_extent * factor, LEAST_EXTENT), LARGEST_EXTENT)
        factor = half_extent / self.camera.half_extent
        x, y = self.camera.to_plane(about.x(), about.y())
        cx, cy = self.camera.center
        self._move_camera(half_extent=half_extent, center=(x + (cx - x) * factor, y + (cy - y) * factor))

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.gesture.press(event, self.camera):
            self.pressed.emit()
        elif event.button() == Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            at = event.position()
            on_mark = self.log_ratio.near(at.x(), at.y(), self.camera)
            self.referenceChosen.emit(None if on_mark else self.camera.to_plane(at.x(), at.y()))
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pan = (event.position(), self.camera)
            self.pressed.emit()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        position = event.position()
        if self.gesture.move(event, self.camera):
            self.cursorMoved.emit(None)  # the arrows of a held particle take the place of the crosshairs
            return
        if self._pan is not None:
            start, camera = self._pan
            moved = position - start
            if self.cursor().shape() == Qt.CursorShape.ClosedHandCursor or moved.manhattanLength() > CLICK_TOLERANCE:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                x, y = camera.center
                self._move_camera(center=(x - moved.x() / camera.scale, y + moved.y() / camera.scale))
        self.cursorMoved.emit(self.camera.to_plane(position.x(), position.y()))

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        self.gesture.release(event, self.camera)
        self._pan = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.gesture.press(event, self.camera):
            return
        center, half_extent = inscribed_square(self._home)
        self._move_camera(center=center, half_extent=half_extent)

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        self.cursorMoved.emit(self.camera.to_plane(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        self.cursorMoved.emit(None)
