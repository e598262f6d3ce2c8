"""The 3D view of a lane: its energy as a surface in the colours of its map, and its particles on it."""

from __future__ import annotations

import numpy as np
from PySide6 import QtGui
from PySide6.QtCore import QBuffer, QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.snapshot import WAITING, FieldGrid, LaneSnapshot
from ncsn_viz.ui.actions.particle_gesture import CLICK_TOLERANCE
from ncsn_viz.ui.maps.color_scale import ColorScale
from ncsn_viz.ui.plots.lane_axes import paint_caption
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.surface import axes
from ncsn_viz.ui.surface.height_field import LIFT, HeightField, Projection, RenderedSurface, ViewAngle, render
from ncsn_viz.ui.surface.texture import TOP, surface_texture
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Array, Region
from ncsn_viz.ui.widgets.translate import plain

SAMPLES = {True: 45_000, False: 80_000}  # of an image, while it is being turned and otherwise
MARGIN = 66.0  # pixels for the numbers of the heights, on both sides together
SHADE = 70  # of 255, the opacity around particles
DEGREES = 0.4  # per pixel of the mouse
KEYS = {Qt.Key.Key_Left: (8, 0), Qt.Key.Key_Right: (-8, 0), Qt.Key.Key_Up: (0, 5), Qt.Key.Key_Down: (0, -5)}


class Surface(QWidget):
    """Covers a plot and shows the same part of the plane. `viewAngleChanged` carries a ViewAngle.

    The surface is rendered again when the field, the part of the plane or the view angle changes; a frame is a copy of
    that image and at most a thousand points.
    """

    viewAngleChanged = Signal(object)

    def __init__(self, plot: Plot, color: str) -> None:
        super().__init__(plot)
        tip = self.tr("The energy as a surface: drag to turn it, wheel to zoom, double click to turn it back.")
        self.setToolTip(plain(tip))
        self.plot = plot
        self.view_angle = ViewAngle()
        self.map = plot.map
        self.color = QColor(color).lighter(135)
        self._lane: LaneSnapshot | None = None
        self._field: FieldGrid | None = None
        self._layers: tuple[str, ...] = ()
        self._scale: ColorScale | None = None
        self._caption = ""
        self._height_field: HeightField | None = None
        self._rendered: RenderedSurface | None = None
        self._backdrop = QPixmap()
        self._image_key: tuple[object, ...] = ()
        self._texture_key: tuple[object, ...] = ()
        self._drag: tuple[QPointF, ViewAngle] | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._coordinates = Coordinates()
        self.setAccessibleName(self.tr("Energy surface"))
        plot.installEventFilter(self)
        self.hide()

    # --- what is shown ---

    def show_lane(self, lane: LaneSnapshot, layers: tuple[str, ...], caption: str, scale: ColorScale | None) -> None:
        """Draw `lane`: its energy as heights, its map in the colours of `scale`, and contours and particles."""
        self._lane, self._layers, self._caption, self._scale = lane, layers, caption, scale
        if lane.field is not None or lane.status.state == WAITING:
            self._field = lane.field
        self.map.set_scale(scale)
        self.map.show_lane(lane)
        self.update()

    def set_coordinates(self, coordinates: Coordinates) -> None:
        """Number the axes by other coordinates."""
        self._coordinates = coordinates

    def set_view_angle(self, view_angle: ViewAngle) -> None:
        """Set the view angle without emitting `viewAngleChanged`."""
        if view_angle != self.view_angle:
            self.view_angle = view_angle
            self.update()

    def square(self) -> Region:
        """The part of the plane that the surface shows: the square inscribed in the visible region."""
        (x, y), half_extent = self.plot.camera.center, self.plot.camera.half_extent
        return (x - half_extent, x + half_extent, y - half_extent, y + half_extent)

    def to_square(self, points: Array) -> Array:
        """Points (n, 2) of the plane in the coordinates of the square [−1, 1]²."""
        result: Array = (points - np.asarray(self.plot.camera.center)) / self.plot.camera.half_extent
        return result

    def content(self, suffix: str) -> bytes:
        """What is shown as a file of the kind `suffix`, which is png."""
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        self.grab().save(buffer, suffix.upper())
        return bytes(buffer.data().data())

    # --- painting ---

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: ARG002
        self._refresh()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._backdrop)
        self._paint_particles(painter)

    def _refresh(self) -> None:
        """Compute and render again what has changed."""
        texture_key = (self._field, self.square(), self._scale, "energy" in self._layers)
        if not _same(texture_key, self._texture_key):
            self._texture_key, field = texture_key, self._field
            known = field is not None and field.energy is not None
            self._height_field = surface_texture(field, *texture_key[1:]) if field is not None and known else None
        ratio = self.devicePixelRatioF()
        image_key = (
            self._height_field,
            self.view_angle,
            self.size(),
            ratio,
            self._caption,
            self._drag is None,
            self._coordinates,
        )
        if not _same(image_key, self._image_key):
            self._image_key = image_key
            self._paint_backdrop(ratio)

    def _paint_backdrop(self, ratio: float) -> None:
        if self._backdrop.size() != self.size() * ratio or self._backdrop.devicePixelRatio() != ratio:
            self._backdrop = QPixmap(self.size() * ratio)
            self._backdrop.setDevicePixelRatio(ratio)
        self._backdrop.fill(theme.empty())
        painter = QPainter(self._backdrop)
        hint = QPainter.RenderHint
        painter.setRenderHints(hint.Antialiasing | hint.SmoothPixmapTransform)
        self._rendered = None
        if self._height_field is not None:
            projection = Projection(self.view_angle, self.width(), self.height(), MARGIN)
            axes.paint_back(painter, projection)
            self._rendered = self._render(self._height_field)
            rows, columns = self._rendered.pixels.shape
            image = QImage(self._rendered.pixels.data, columns, rows, QImage.Format.Format_ARGB32_Premultiplied)
            painter.drawImage(QRectF(self.rect()), image)
            axes.paint_front(painter, projection, self.square(), TOP, self._coordinates)
        paint_caption(painter, self._caption, self.width())
        painter.end()

    def _render(self, field: HeightField) -> RenderedSurface:
        """Render in as many pixels as SAMPLES allows."""
        width, height = max(self.width(), 2), max(self.height(), 2)
        samples = 0.95 * min(width, height)  # per column at full resolution
        share = min(1.0, (SAMPLES[self._drag is not None] / (width * samples)) ** 0.5)
        size = max(2, round(width * share)), max(2, round(height * share))
        return render(field, Projection(self.view_angle, *size, MARGIN * share), max(40, round(samples * share)))

    def _paint_particles(self, painter: QPainter) -> None:
        points = self._lane.sample if self._lane is not None else None
        rendered, field = self._rendered, self._height_field
        if points is None or rendered is None or field is None or not len(points):
            return
        square = self.to_square(points.astype(np.float64))
        square = square[(np.abs(square) <= 1).all(1)]
        projected = rendered.projection.project(square, field.height_at(*square.T) + LIFT)
        projected = projected[rendered.visible(projected)]
        rows, columns = rendered.pixels.shape
        x, y = projected[:, 0] * (self.width() / columns), projected[:, 1] * (self.height() / rows)
        size = min(max(min(self.width(), self.height()) / 240, 1.0), 1.9)
        for color, width in ((theme.shade(SHADE), size + 1.5), (self.color, size)):
            painter.setPen(QPen(color, width, c=Qt.PenCapStyle.SquareCap))
            painter.drawPointsNp(x, y)

    # --- the mouse and the keys ---

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self.plot and event.type() == QEvent.Type.Resize:
            self.setGeometry(self.plot.rect())
        return False

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = (event.position(), self.view_angle)
            self.plot.pressed.emit()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        if self._drag is not None:
            start, view_angle = self._drag
            moved = event.position() - start
            if self.cursor().shape() == Qt.CursorShape.ClosedHandCursor or moved.manhattanLength() > CLICK_TOLERANCE:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._turn(view_angle.turned(-moved.x() * DEGREES, moved.y() * DEGREES))
        self._emit_cursor(event.position())

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: ARG002
        self._drag = None
        self.unsetCursor()
        self.update()

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: ARG002
        self._turn(ViewAngle())

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Zoom about the centre; a smaller part of the plane has a finer surface."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.plot.zoom(1.0015**-turned, QPointF(self.plot.width() / 2, self.plot.height() / 2))
        event.accept()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if (step := KEYS.get(Qt.Key(event.key()))) is not None:
            self._turn(self.view_angle.turned(*step))
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        self.plot.cursorMoved.emit(None)

    def _emit_cursor(self, position: QPointF) -> None:
        """Emit the point of the plane under the mouse."""
        point = None
        if self._rendered is not None:
            rows, columns = self._rendered.pixels.shape
            pixel = position.x() * columns / self.width(), position.y() * rows / self.height()
            if (found := self._rendered.point_at(*pixel)) is not None:
                (x, y), half_extent = self.plot.camera.center, self.plot.camera.half_extent
                point = (x + found[0] * half_extent, y + found[1] * half_extent)
        self.plot.cursorMoved.emit(point)

    def _turn(self, view_angle: ViewAngle) -> None:
        if view_angle != self.view_angle:
            self.set_view_angle(view_angle)
            self.viewAngleChanged.emit(view_angle)


def _same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    """Whether two keys have the same parts; fields, which are immutable, are compared by identity."""
    return len(a) == len(b) and all(
        x is y or (not isinstance(x, FieldGrid | HeightField) and x == y) for x, y in zip(a, b, strict=True)
    )
