"""The plot of a lane: its view with axes, layers and caption. The mouse pans, zooms, and handles particles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.ui.actions.particle_gesture import ParticleGesture
from ncsn_viz.ui.charts import export
from ncsn_viz.ui.maps.color_scale import ColorScale
from ncsn_viz.ui.plots import layers as basic
from ncsn_viz.ui.plots.crosshair import Crosshair
from ncsn_viz.ui.plots.frame import LaneFrame
from ncsn_viz.ui.plots.image_layers import DensityLayer, MapImageLayer
from ncsn_viz.ui.plots.lane_axes import CANVAS, CaptionLayer, LaneAxis, ModeNumbers
from ncsn_viz.ui.plots.log_ratio_layer import LogRatioLayer
from ncsn_viz.ui.plots.step_trace_layer import StepTraceLayer
from ncsn_viz.ui.plots.still_layers import StillLayers
from ncsn_viz.ui.plots.tracked_particle_layer import TrackedParticleLayer
from ncsn_viz.ui.plots.trajectories.pulls_layer import PullsLayer
from ncsn_viz.ui.plots.trajectories.trajectory_layers import FlowLayer, MeshLayer, PathLayer
from ncsn_viz.ui.plots.view import LaneView
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera, Region, inscribed_square

Point = tuple[float, float]
HINTS = QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform


class Plot(pg.GraphicsView):
    """Draws the layers of one LaneSnapshot.

    A view with axes, without a PlotItem around it, which is made five times as slowly and brings a form of fifty hidden
    widgets. `pressed` says that the mouse was, `menuAsked` carries a point of the screen, `flowStartMoved` where the
    trajectory of the flow is dragged to begin.
    """

    regionChanged = Signal(object)
    cursorMoved = Signal(object)
    pressed = Signal()
    menuAsked = Signal(QPoint)
    referenceChosen = Signal(object)
    flowStartMoved = Signal(object)

    def __init__(self, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.empty())
        self.has_region = False  # whether a region was set
        self.map, self.log_ratio, self.crosshair = MapImageLayer(), LogRatioLayer(), Crosshair(color)
        self.step_trace, self.tracked = StepTraceLayer(color), TrackedParticleLayer(color)
        self.flow, self._drags_flow = FlowLayer(color), False
        self.gesture, self.caption = ParticleGesture(self), CaptionLayer()
        self.view = LaneView()
        self.still = StillLayers(self.view)
        self.axes = [LaneAxis(side, self.view, self.still) for side in ("top", "right")]
        self._coordinates = CANVAS
        in_plane = (DensityLayer(), self.map)
        still = (
            basic.ContourLayer(), basic.TrueContourLayer(), basic.FieldLayer(), basic.VelocityLayer(), self.caption,
        )  # fmt: skip
        live = (
            basic.StreamlineLayer(), PathLayer(color), MeshLayer(color), basic.ParticleLayer(color),
            basic.NegativesLayer(color), self.tracked, self.step_trace, self.log_ratio, self.flow, PullsLayer(color),
            self.crosshair,
        )  # fmt: skip
        self.layers: tuple[basic.Part, ...] = (*in_plane, *still, *live)
        self.still.add(in_plane, still)
        for layer in live:
            layer.setParentItem(self.view)
        self._fitted: tuple[Any, ...] = (self.still, *self.axes, *still, *live)
        self.view.sigResized.connect(self._fit)
        self.view.sigRangeChanged.connect(self._emit_region)
        self.view.menuAsked.connect(self.menuAsked)
        self.mode_numbers = ModeNumbers()
        self.view.addItem(self.mode_numbers, ignoreBounds=True)
        self.view.childGroup.setZValue(1)  # above the layers in pixels
        self.frame = LaneFrame(self.view, color)
        self.setCentralItem(self.frame)
        self.setRenderHints(HINTS)
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)

    def sizeHint(self) -> QSize:
        return QSize(440, 360)

    def show_lane(
        self, lane: LaneSnapshot, layers: tuple[str, ...], caption: str = "", scale: ColorScale | None = None
    ) -> None:
        """Draw `lane` with the named layers; only what is new is prepared. `scale` is that of the map, if any."""
        for layer in self.layers:
            layer.show_lane(lane)
        self.map.set_scale(scale)
        self.caption.set_text(caption)
        # trails are part of the particle image: the engine leaves out what is switched off
        always = (self.log_ratio.name, self.crosshair.name, self.step_trace.name, self.caption.name)
        shown = {*("particles" if name == "trails" else name for name in layers), *always}
        if scale is not None and scale.name != "density":  # the map replaces the density
            shown = shown - {"density"} | {self.map.name}
        for layer in self.layers:
            layer.show(layer.name in shown)
        self.frame.show_lane(lane, "marginals" in shown)
        self.mode_numbers.setVisible(self.mode_numbers.name in shown)

    def set_cursor(self, point: Point | None) -> None:
        """Set the point of the plane under the mouse, in this plot or in one that is linked with it."""
        self.crosshair.set_cursor(point)
        self.log_ratio.set_cursor(point)

    def set_stage(self, key: str, progress: float) -> None:
        """Draw the stage `key` of a step in slow motion, or none if it is empty, at `progress` (0 to 1)."""
        self.step_trace.set_stage(key, progress)
        self.tracked.has_legend = not key

    def set_home(self, region: Region | tuple[float, ...]) -> None:
        """Set the region that a double click returns to."""
        self.view.home = inscribed_square(region)

    def set_coordinates(self, coordinates: Coordinates) -> None:
        """Number the axes by other coordinates."""
        if coordinates != self._coordinates:
            self._coordinates = coordinates
            for axis, offset in zip(self.axes, coordinates.offset, strict=True):
                axis.show_coordinates(coordinates.scale, offset)
            self.still.invalidate()

    def set_region(self, region: Region | tuple[float, ...]) -> None:
        """Show the square in the middle of `region`, and what there is room for around it."""
        self.has_region = True
        self.view.show_square(*inscribed_square(region))

    def follow(self, other: Plot) -> None:
        """Show from now on the centre and the extent of another plot, and the other way round."""
        self.has_region = True
        self.view.follow(other.view)

    def unlink(self) -> None:
        """Follow no other plot."""
        self.view.setXLink(None)
        self.view.setYLink(None)

    @property
    def camera(self) -> Camera:
        """The mapping between the plane and the pixels of the view."""
        return self.view.camera

    def region(self) -> Region:
        """The visible region (x0, x1, y0, y1)."""
        return self.camera.region

    def to_pixel(self, x: float, y: float) -> Point:
        """The pixel of the point (x, y) of the plane."""
        px, py = self.camera.to_pixels(np.array([x, y]))
        return float(px + self.view.x()), float(py + self.view.y())

    def to_plane(self, pixel: QPointF) -> Point:
        """The point of the plane at a pixel."""
        return self.camera.to_plane(pixel.x() - self.view.x(), pixel.y() - self.view.y())

    def zoom(self, factor: float, about: QPointF) -> None:
        """Multiply the visible extent by `factor`, about the pixel `about`."""
        self.view.scaleBy((factor, factor), self.to_plane(about))

    def content(self, suffix: str) -> bytes:
        """The plot as a file of the kind `suffix`: png or svg."""
        return {"png": export.as_png, "svg": export.as_svg}[suffix](self.frame, theme.empty())

    def _fit(self) -> None:
        for item in self._fitted:
            item.fit(self.view.rect())
        self._emit_region()

    def _emit_region(self) -> None:
        self.regionChanged.emit(self.region())

    def changeEvent(self, event: QEvent) -> None:
        """Fonts, colours or the language may have changed."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "axes"):
            for axis in self.axes:
                axis.recolour()
            self.still.invalidate()

    # --- the mouse: what is not handled here pans and zooms the view ---

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        at, left = event.position(), event.button() == Qt.MouseButton.LeftButton
        if self.gesture.press(event, self.to_plane(at)):
            self.pressed.emit()
            return
        if left and self.flow.near_start(at.x() - self.view.x(), at.y() - self.view.y(), self.camera):
            self._drags_flow = True
            event.accept()
            return
        super().mousePressEvent(event)
        event.accept()
        if left and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            on_mark = self.log_ratio.near(at.x() - self.view.x(), at.y() - self.view.y(), self.camera)
            self.referenceChosen.emit(None if on_mark else self.to_plane(at))
        elif left:
            self.pressed.emit()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        at = self.to_plane(event.position())
        if self.gesture.move(event, at):
            self.cursorMoved.emit(None)  # the arrows of a held particle take the place of the crosshairs
            return
        if self._drags_flow:
            self.flowStartMoved.emit(at)
            return
        super().mouseMoveEvent(event)
        self._emit_cursor(event.position())

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._drags_flow:
            self._drags_flow = False
            return
        if not self.gesture.release(event, self.to_plane(event.position())):
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.gesture.press(event, self.to_plane(event.position())):
            return
        super().mouseDoubleClickEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.view.show_all()

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent) -> None:
        """The mouse asks when the right button is released, which may also zoom; keys ask the card."""
        event.setAccepted(event.reason() == QtGui.QContextMenuEvent.Reason.Mouse)

    def enterEvent(self, event: QtGui.QEnterEvent) -> None:
        super().enterEvent(event)
        self._emit_cursor(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.cursorMoved.emit(None)

    def _emit_cursor(self, pixel: QPointF) -> None:
        inside = self.view.sceneBoundingRect().contains(pixel)
        self.cursorMoved.emit(self.to_plane(pixel) if inside else None)
