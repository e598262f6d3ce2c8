"""A lane in three dimensions: its energy as a surface under the map of the lane, and its particles on it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.snapshot.snapshot import WAITING, FieldGrid, LaneSnapshot
from ncsn_viz.ui.actions.particle_gesture import STILL
from ncsn_viz.ui.plots import ticks
from ncsn_viz.ui.plots.color_scale import ColorScale
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.surface import axes
from ncsn_viz.ui.surface.height_field import LIFT, HeightField, Projection, RenderedSurface, ViewAngle, draw
from ncsn_viz.ui.surface.texture import TOP, surface_texture
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Array, Region

WORK = {True: 45_000, False: 80_000}  # samples of a picture: while it is being turned, and else
MARGIN = 66.0  # pixels for the numbers of the heights, on both sides
SHADE = QColor(0, 0, 8, 70)
DEGREES = 0.4  # a pixel of the mouse
KEYS = {Qt.Key.Key_Left: (8, 0), Qt.Key.Key_Right: (-8, 0), Qt.Key.Key_Up: (0, 5), Qt.Key.Key_Down: (0, -5)}


class Surface(QWidget):
    """Lies over a plot and looks at the same part of the plane. `turned` carries a Pose.

    The surface is drawn anew where the field, the part of the plane or the pose changes; a frame is a copy of that
    picture and at most a thousand points.
    """

    turned = Signal(object)

    def __init__(self, plot: Plot, color: str) -> None:
        super().__init__(plot)
        self.setToolTip(
            self.tr("The energy as a surface: drag to turn it, wheel to zoom, double click to turn it back.")
        )
        self.plot = plot
        self.pose = ViewAngle()
        self.map = plot.map
        self.color = QColor(color).lighter(135)
        self._lane: LaneSnapshot | None = None
        self._field: FieldGrid | None = None
        self._layers: tuple[str, ...] = ()
        self._scale: ColorScale | None = None
        self._caption = ""
        self._relief: HeightField | None = None
        self._frame: RenderedSurface | None = None
        self._backdrop = QPixmap()
        self._drawn: tuple[object, ...] = ()
        self._draped: tuple[object, ...] = ()
        self._caption_end = 0.0
        self._grip: tuple[QPointF, ViewAngle] | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(self.tr("Energy surface"))
        plot.installEventFilter(self)
        self.hide()

    # --- what is shown ---

    def show_lane(self, lane: LaneSnapshot, layers: tuple[str, ...], caption: str, scale: ColorScale | None) -> None:
        """Draw `lane`: its energy as heights, its map on `scale` as colours, and what there is of layers."""
        self._lane, self._layers, self._caption, self._scale = lane, layers, caption, scale
        if lane.field is not None or lane.status.state == WAITING:
            self._field = lane.field
        self.map.choose(scale)
        self.map.take(lane)
        self.update()

    def set_view_angle(self, pose: ViewAngle) -> None:
        """Look from another side, as another surface that is linked with this one."""
        if pose != self.pose:
            self.pose = pose
            self.update()

    def square(self) -> Region:
        """The part of the plane that is a surface: the square that the plot always shows."""
        (x, y), half_extent = self.plot.camera.center, self.plot.camera.half_extent
        return (x - half_extent, x + half_extent, y - half_extent, y + half_extent)

    def on_square(self, points: Array) -> Array:
        """Points (n, 2) of the plane as points of the square [−1, 1]²."""
        found: Array = (points - np.asarray(self.plot.camera.center)) / self.plot.camera.half_extent
        return found

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        self._refresh()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._backdrop)
        self._paint_particles(painter)
        self.map.paint_bar(painter, self.size(), self._caption_end)
        painter.end()

    def _refresh(self) -> None:
        """Drape and draw anew what has changed."""
        draped = (self._field, self.square(), self._scale, "energy" in self._layers)
        if not _same(draped, self._draped):
            self._draped, field = draped, self._field
            self._relief = surface_texture(field, *draped[1:]) if field is not None else None
        ratio = self.devicePixelRatioF()
        drawn = (self._relief, self.pose, self.size(), ratio, self._caption, self._grip is None)
        if not _same(drawn, self._drawn):
            self._drawn = drawn
            self._paint_backdrop(ratio)

    def _paint_backdrop(self, ratio: float) -> None:
        if self._backdrop.size() != self.size() * ratio or self._backdrop.devicePixelRatio() != ratio:
            self._backdrop = QPixmap(self.size() * ratio)
            self._backdrop.setDevicePixelRatio(ratio)
        self._backdrop.fill(QColor(theme.EMPTY))
        painter = QPainter(self._backdrop)
        hint = QPainter.RenderHint
        painter.setRenderHints(hint.Antialiasing | hint.SmoothPixmapTransform)
        self._frame = None
        if self._relief is not None:
            stage = Projection(self.pose, self.width(), self.height(), MARGIN)
            axes.paint_back(painter, stage)
            self._frame = self._draw(self._relief)
            rows, columns = self._frame.pixels.shape
            image = QImage(self._frame.pixels.data, columns, rows, QImage.Format.Format_ARGB32_Premultiplied)
            painter.drawImage(QRectF(self.rect()), image)
            axes.paint_front(painter, stage, self.square(), TOP)
        self._caption_end = ticks.paint_caption(painter, self._caption, self.width())
        painter.end()

    def _draw(self, relief: HeightField) -> RenderedSurface:
        """The relief in as many pixels as there is time for."""
        width, height = max(self.width(), 2), max(self.height(), 2)
        depth = 0.95 * min(width, height)  # samples a column, for a picture in full
        share = min(1.0, (WORK[self._grip is not None] / (width * depth)) ** 0.5)
        stage = Projection(self.pose, max(2, round(width * share)), max(2, round(height * share)), MARGIN * share)
        return draw(relief, stage, max(40, round(depth * share)))

    def _paint_particles(self, painter: QPainter) -> None:
        points = self._lane.sample if self._lane is not None else None
        frame, relief = self._frame, self._relief
        if points is None or frame is None or relief is None or not len(points):
            return
        square = self.on_square(points.astype(np.float64))
        square = square[(np.abs(square) <= 1).all(1)]
        places = frame.stage.project(square, relief.height_at(*square.T) + LIFT)
        places = places[frame.visible(places)]
        rows, columns = frame.pixels.shape
        x, y = places[:, 0] * (self.width() / columns), places[:, 1] * (self.height() / rows)
        if not len(x):
            return
        size = min(max(min(self.width(), self.height()) / 240, 1.0), 1.9)
        for color, width in ((SHADE, size + 1.5), (self.color, size)):
            pen = QPen(color, width)
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
            painter.setPen(pen)
            painter.drawPointsNp(x, y)

    # --- the mouse and the keys ---

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if watched is self.plot and event.type() == QEvent.Type.Resize:
            self.setGeometry(self.plot.rect())
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = (event.position(), self.pose)
            self.plot.pressed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            start, pose = self._grip
            moved = event.position() - start
            if self.cursor().shape() == Qt.CursorShape.ClosedHandCursor or moved.manhattanLength() > STILL:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self._go(pose.turned(-moved.x() * DEGREES, moved.y() * DEGREES))
        self._tell_cursor(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._grip = None
        self.unsetCursor()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._go(ViewAngle())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the middle: a smaller part of the plane is a finer surface."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.plot.zoom(1.0015**-turned, QPointF(self.plot.width() / 2, self.plot.height() / 2))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (step := KEYS.get(Qt.Key(event.key()))) is not None:
            self._go(self.pose.turned(*step))
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        self.plot.cursorMoved.emit(None)

    def _tell_cursor(self, position: QPointF) -> None:
        """Say which point of the plane is seen under the mouse."""
        point = None
        if self._frame is not None:
            rows, columns = self._frame.pixels.shape
            place = self._frame.under(position.x() * columns / self.width(), position.y() * rows / self.height())
            if place is not None:
                (x, y), half_extent = self.plot.camera.center, self.plot.camera.half_extent
                point = (x + place[0] * half_extent, y + place[1] * half_extent)
        self.plot.cursorMoved.emit(point)

    def _go(self, pose: ViewAngle) -> None:
        if pose != self.pose:
            self.set_view_angle(pose)
            self.turned.emit(pose)


def _same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    """Whether two tuples hold the same parts; large ones are compared by identity, as they are immutable."""
    return len(a) == len(b) and all(
        x is y or (not isinstance(x, FieldGrid | HeightField) and x == y) for x, y in zip(a, b, strict=True)
    )
