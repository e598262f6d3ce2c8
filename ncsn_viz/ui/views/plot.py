"""The plot of a lane: its layers over the plane, with a mouse that pans and zooms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
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

from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.ui import theme
from ncsn_viz.ui.views import paint
from ncsn_viz.ui.views.camera import Camera, Region, square
from ncsn_viz.ui.views.layers import Arrows, Contours, Density, Layer, Particles

NEAREST, FARTHEST = 1e-2, 1e3  # reach
STILL = 4  # pixels that a click may shake
TICKS = (1.0, 2.0, 5.0, 10.0)
TICK_SPACING = 58  # pixels, at least
INK, SHADE = QColor(255, 255, 255, 150), QColor(0, 0, 8, 150)
EDGE = 28  # pixels without numbers in the corners


class Plot(QWidget):
    """Draws the layers of one LaneSnapshot.

    A plain widget: a pyqtgraph view of the same size takes five times as long a frame. What changes seldom is
    kept as one pixmap, so a frame costs a copy of it and the particle picture.
    """

    regionChanged = Signal(object)
    cursorMoved = Signal(object)
    pressed = Signal()

    def __init__(self, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers: tuple[Layer, ...] = (Density(), Contours(), Arrows(), Particles(color))
        self.camera = Camera(1, 1)
        self.placed = False  # whether somebody has said where to look
        self._home: Region = self.camera.region
        self._shown: tuple[str, ...] = ()
        self._caption = ""
        self._backdrop = QPixmap()
        self._stale = True
        self._grip: tuple[QPointF, Camera] | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)

    def sizeHint(self) -> QSize:
        return QSize(440, 360)

    def show_lane(self, lane: LaneSnapshot, layers: tuple[str, ...], caption: str = "") -> None:
        """Draw `lane` with the named layers; only what is new is prepared again."""
        fresh = [layer for layer in self.layers if layer.take(lane)]
        # trails live in the particles' picture: the engine leaves out what is switched off
        shown = tuple("particles" if name == "trails" else name for name in layers)
        if caption != self._caption or shown != self._shown or any(not layer.live for layer in fresh):
            self._caption, self._shown, self._stale = caption, shown, True
            self.update()
        elif fresh:
            self.update()

    def set_home(self, region: Region | tuple[float, ...]) -> None:
        """The region that a double click returns to."""
        self._home = (region[0], region[1], region[2], region[3])

    def set_region(self, region: Region | tuple[float, ...]) -> None:
        """Look at the square in the middle of `region`, and at what the widget has room for around it."""
        self.placed = True
        center, reach = square(region)
        (x, y), slack = self.camera.center, 1e-6 * reach
        if max(abs(center[0] - x), abs(center[1] - y), abs(reach - self.camera.reach)) > slack:
            self._look(replace(self.camera, center=center, reach=reach))

    def follow(self, camera: Camera) -> None:
        """Look where another plot's `camera` looks."""
        self.placed = True
        self._look(replace(self.camera, center=camera.center, reach=camera.reach))

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
        self._backdrop.fill(QColor(*map(int, theme.heat()[0])))
        painter = QPainter(self._backdrop)
        hint = QPainter.RenderHint
        painter.setRenderHints(hint.Antialiasing | hint.SmoothPixmapTransform)
        self._paint_layers(painter, live=False)
        self._paint_scale(painter)
        painter.end()

    def _paint_layers(self, painter: QPainter, live: bool) -> None:
        for layer in self.layers:
            if layer.live == live and layer.name in self._shown:
                layer.paint(painter, self.camera)

    def _paint_scale(self, painter: QPainter) -> None:
        x0, x1, y0, y1 = self.region()
        step = nice_step(TICK_SPACING / self.camera.scale)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for value in multiples(x0, x1, step):
            at, _ = self.to_pixel(value, y0)
            if EDGE < at < self.width() - EDGE:
                painter.fillRect(QRectF(round(at), self.height() - 4, 1, 4), INK)
                self._paint_number(painter, value, at, self.height() - 11)
        for value in multiples(y0, y1, step):
            _, at = self.to_pixel(x0, value)
            if EDGE < at < self.height() - EDGE:
                painter.fillRect(QRectF(0, round(at), 4, 1), INK)
                self._paint_number(painter, value, None, at)
        self._paint_caption(painter)

    def _paint_number(self, painter: QPainter, value: float, x: float | None, y: float) -> None:
        """A number of the scale, centred on `x` or else at the left edge, on a shade to keep it legible."""
        what, text = paint.font(theme.SMALL - 2), paint.plain(value)
        width = paint.width_of(text, what) + 4
        box = QRectF(8 if x is None else x - width / 2, y - 5.5, width, 11)
        painter.fillRect(box, SHADE)
        paint.write(painter, box, text, what, INK, Qt.AlignmentFlag.AlignHCenter)

    def _paint_caption(self, painter: QPainter) -> None:
        if not self._caption:
            return
        what = paint.font(theme.SMALL)
        box = QRectF(8, 7, min(paint.width_of(self._caption, what) + 14, self.width() - 16), 19)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(box, 5, 5)
        paint.write(painter, box.adjusted(7, 0, -7, 0), self._caption, what, QColor(255, 255, 255, 205))

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
        reach = min(max(self.camera.reach * factor, NEAREST), FARTHEST)
        factor = reach / self.camera.reach
        x, y = self.camera.to_plane(about.x(), about.y())
        cx, cy = self.camera.center
        self._go(replace(self.camera, reach=reach, center=(x + (cx - x) * factor, y + (cy - y) * factor)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = (event.position(), self.camera)
            self.pressed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self._grip is not None:
            start, camera = self._grip
            moved = position - start
            if self.cursor().shape() == Qt.CursorShape.ClosedHandCursor or moved.manhattanLength() > STILL:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                x, y = camera.center
                self._go(replace(self.camera, center=(x - moved.x() / camera.scale, y + moved.y() / camera.scale)))
        self.cursorMoved.emit(self.camera.to_plane(position.x(), position.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        self._grip = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        center, reach = square(self._home)
        self._go(replace(self.camera, center=center, reach=reach))

    def enterEvent(self, event: QEnterEvent) -> None:
        self.cursorMoved.emit(self.camera.to_plane(event.position().x(), event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        self.cursorMoved.emit(None)


def nice_step(least: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `least`."""
    unit = 10.0 ** np.floor(np.log10(least))
    return float(next(unit * tick for tick in TICKS if unit * tick >= least * 0.999))


def multiples(low: float, high: float, step: float) -> list[float]:
    """The multiples of `step` in [low, high]."""
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [round(number * step, 12) for number in range(first, last + 1)]
