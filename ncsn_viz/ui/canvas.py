"""The canvas on which the target is painted."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.core.knobs import BadValue, Number, knobs
from ncsn_viz.core.targets.strokes import Painting, Stroke
from ncsn_viz.ui import canvas_paint
from ncsn_viz.ui.heat import heat_image

BRUSH, ERASER = "brush", "eraser"
HELD = 3000  # milliseconds for which a finished stroke waits for the engine's own picture of it
NOTCH = 120  # of a wheel
Array = np.ndarray[Any, np.dtype[Any]]


class Canvas(QWidget):
    """Shows a density over the square `window` and takes strokes: left paints, right erases, Escape takes back.

    `stroked` carries the Stroke so far and whether it is finished; `cancelled` says that it is to be forgotten. While a
    stroke is under way it is drawn here at once, over what was shown last; nobody has to answer for it to be seen.
    """

    stroked = Signal(object, bool)
    cancelled = Signal()
    sizeChanged = Signal(float)
    strengthChanged = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.brush = Stroke()
        self.window_range = (-8.0, 8.0)
        self.peak = 1.0  # weight of a cell, in strokes of strength 1, that is shown as the brightest
        self.stroke: Stroke | None = None
        self._weights: Array = np.zeros((2, 2))
        self._known = False
        self._painting: Painting | None = None  # the picture with strokes that the engine has not answered yet
        self._undrawn: tuple[Painting | None, float] = (None, 1.0)
        self._image: QImage | None = None
        self._cursor: QPointF | None = None
        self._pressure = 1.0
        self._framed = False
        self._hold = QTimer(self, interval=HELD, singleShot=True)
        self._hold.timeout.connect(self._settle)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(80, 80)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.setAccessibleName(self.tr("Canvas"))
        self.setAccessibleDescription(self.tr("Paint the density that the networks are to learn."))

    # -- what it shows ------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(240, 240)

    def heightForWidth(self, width: int) -> int:
        return width

    def show_weights(self, weights: Array, settled: bool = True) -> None:
        """Show a density (n, n) of maximum 1, row 0 at the bottom.

        `settled` says that it is that of the target with every stroke so far; a picture that lags behind does not
        replace what was just painted.
        """
        if weights is not self._weights or not self._known:
            self._weights, self._known = weights, True
            if self._painting is None:
                self._refresh()
        if settled and self.stroke is None and self._painting is not None:
            self._settle()

    def show_window(self, window: tuple[float, float]) -> None:
        """Show and paint on the square from low to high along both axes."""
        if tuple(window) != self.window_range:
            self.window_range = (float(window[0]), float(window[1]))
            self._refresh()

    def show_brush(self, size: float, strength: float) -> None:
        """Paint with a brush of this radius in units of the plane and this strength; tells nobody."""
        self._change_brush(size=size, strength=strength)

    def set_tool(self, tool: str) -> None:
        """Paint with "brush" or "eraser"."""
        self._change_brush(tool=tool)

    @property
    def shown(self) -> Array:
        """The weights that are on screen, with maximum 1 unless empty."""
        if self._painting is None:
            return self._weights
        weights = self._painting.weights
        return weights / max(float(weights.max()), 1e-9)

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the canvas."""
        return self._known and not self.shown.max() > 0

    def _settle(self) -> None:
        self._hold.stop()
        if self.stroke is None:
            self._painting = None
            self._refresh()

    def _refresh(self) -> None:
        self._image = None
        self.update()

    def _change_brush(self, **changes: Any) -> None:
        brush = Stroke(**{"tool": self.brush.tool, "size": self.brush.size, "strength": self.brush.strength} | changes)
        if brush != self.brush:
            self.brush = brush
            self.update()

    # -- painting -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tools = {Qt.MouseButton.LeftButton: self.brush.tool, Qt.MouseButton.RightButton: ERASER}
        if event.button() in tools and self.stroke is None:
            self._begin(tools[event.button()], self.to_plane(event.position()))
        self._point_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(event.position())
        if self.stroke is not None and event.buttons():
            self._go_on(self.to_plane(event.position()))
        elif self.stroke is not None:  # the release went elsewhere
            self._finish()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._point_at(event.position())
        if self.stroke is not None and not event.buttons():
            self._finish()

    def _begin(self, tool: str, point: tuple[float, float]) -> None:
        low = self._knob("strength").low
        strength = max(low, self.brush.strength * self._pressure)
        self.stroke = Stroke(tool=tool, size=self.brush.size, strength=strength, points=(point,))
        self._undrawn = (self._painting.copy() if self._painting else None, self.peak)
        if self._painting is None:
            self._painting = Painting(np.asarray(self._weights, dtype=np.float64) * self.peak, self.window_range)
        self._hold.stop()
        self._painting.draw(self.stroke)
        self._tell(finished=False)

    def _go_on(self, point: tuple[float, float]) -> None:
        assert self.stroke is not None
        assert self._painting is not None
        if point == self.stroke.points[-1]:
            return
        try:
            self.stroke = self.stroke.extended(point)
        except BadValue:  # the stroke is as long as strokes can be, or the mouse is outside of what can be painted
            tool = self.stroke.tool
            self._finish()
            if max(map(abs, point)) < 1e4:
                self._begin(tool, point)
            return
        self._painting.extend(self.stroke)
        self._tell(finished=False)

    def _finish(self) -> None:
        assert self._painting is not None
        self.peak = float(self._painting.weights.max()) or 1.0
        self._tell(finished=True)
        self.stroke = None
        self._hold.start()

    def cancel(self) -> None:
        """Forget the stroke that is under way."""
        if self.stroke is None:
            return
        self.stroke = None
        self._painting, self.peak = self._undrawn
        if self._painting is None:  # what comes from the engine next may still have the stroke in it
            self._painting = Painting(np.asarray(self._weights, dtype=np.float64) * self.peak, self.window_range)
        self._hold.start()
        self._refresh()
        self.cancelled.emit()

    def _tell(self, finished: bool) -> None:
        self._refresh()
        self.stroked.emit(self.stroke, finished)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen's pressure sets the strength of its stroke; the mouse event that follows does the rest."""
        pressed = event.type() != QEvent.Type.TabletRelease
        self._pressure = max(event.pressure(), 0.05) if pressed and event.pressure() > 0 else 1.0
        event.ignore()

    # -- brush --------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = (event.angleDelta().y() or event.angleDelta().x()) / NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._set_strength(round(self.brush.strength + 0.05 * turned, 2))
        else:
            self._set_size(self.brush.size * 1.12**turned)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.stroke is not None:
            self.cancel()
        elif event.key() in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self._set_size(self.brush.size * (1.12 if event.key() == Qt.Key.Key_BracketRight else 1 / 1.12))
        else:
            super().keyPressEvent(event)

    def _knob(self, name: str) -> Number:
        what = knobs(Stroke)[name]
        assert isinstance(what, Number)
        return what

    def _set_size(self, size: float) -> None:
        what, before = self._knob("size"), self.brush.size
        self._change_brush(size=float(f"{min(max(size, what.low), what.high):.3g}"))
        if self.brush.size != before:
            self.sizeChanged.emit(self.brush.size)

    def _set_strength(self, strength: float) -> None:
        what, before = self._knob("strength"), self.brush.strength
        self._change_brush(strength=min(max(strength, what.low), what.high))
        if self.brush.strength != before:
            self.strengthChanged.emit(self.brush.strength)

    # -- drawing ------------------------------------------------------------------------------------------------

    def square(self) -> QRectF:
        """Where the plane is, in pixels: the largest square, in the middle."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def to_plane(self, place: QPointF) -> tuple[float, float]:
        """The point of the plane at a pixel."""
        box, (low, high) = self.square(), self.window_range
        unit = (high - low) / max(box.width(), 1)
        return low + (place.x() - box.left()) * unit, high - (place.y() - box.top()) * unit

    def _point_at(self, place: QPointF | None) -> None:
        if place != self._cursor:
            self._cursor = place
            self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._point_at(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._framed = event.reason() in by_key  # who clicks knows where he is

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._framed = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self._image is None:
            self._image = heat_image((255 * self.shown).clip(0, 255).astype(np.uint8))
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = self.square()
        canvas_paint.plane(painter, box, self._image, self._framed)
        if self.empty:
            canvas_paint.hint(painter, box, self.tr("Draw here with the mouse"))
        if self._cursor is not None:
            low, high = self.window_range
            radius = self.brush.size / (high - low) * box.width()
            erases = (self.stroke.tool if self.stroke else self.brush.tool) == ERASER
            canvas_paint.ring(painter, box, self._cursor, radius, self.brush.strength, erases)
        painter.end()
