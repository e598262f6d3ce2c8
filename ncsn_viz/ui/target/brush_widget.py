"""A square of the plane with a brush over it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QTabletEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.core.knobs import Real, knobs
from ncsn_viz.core.targets.painting import Stroke

BRUSH, ERASER = "brush", "eraser"
NOTCH = 120  # of a wheel
FACTOR = 1.12  # by which a notch changes the size
STEP = 0.05  # by which it changes the strength


class BrushWidget(QWidget):
    """Maps pixels to the square `window_range`. The wheel changes the size of the brush, with Shift its strength."""

    sizeChanged = Signal(float)
    strengthChanged = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.brush = Stroke()
        self.window_range = (-8.0, 8.0)
        self.pen = False  # whether a pen paints
        self.pressure = 1.0  # of the pen, a factor of the strength and size of the brush
        self.cursor_at: QPointF | None = None
        self.focused_by_key = False  # when it last got the focus
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(80, 80)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.BlankCursor)

    def sizeHint(self) -> QSize:
        return QSize(240, 240)

    def heightForWidth(self, width: int) -> int:
        return width

    def square(self) -> QRectF:
        """The rectangle of the plane in pixels: the largest square, centred."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def to_plane(self, pixel: QPointF) -> tuple[float, float]:
        """The point of the plane at a pixel."""
        box, (low, high) = self.square(), self.window_range
        unit = (high - low) / max(box.width(), 1)
        return low + (pixel.x() - box.left()) * unit, high - (pixel.y() - box.top()) * unit

    def to_pixel(self, point: tuple[float, float]) -> QPointF:
        """The pixel at a point of the plane."""
        box, (low, high) = self.square(), self.window_range
        unit = box.width() / (high - low)
        return QPointF(box.left() + (point[0] - low) * unit, box.top() + (high - point[1]) * unit)

    def brush_radius(self) -> float:
        """The radius of the brush in pixels."""
        return self.brush.size / (self.window_range[1] - self.window_range[0]) * self.square().width()

    # -- the brush ----------------------------------------------------------------------------------------------

    def show_brush(self, size: float, strength: float) -> None:
        """Paint with a brush of `size`, its radius in units of the plane, and `strength`; emits nothing."""
        self._set_brush(replace(self.brush, size=size, strength=strength))

    def set_symmetry(self, symmetry: str, folds: int) -> None:
        """Repeat new marks about the centre of the plane (see Stroke)."""
        self._set_brush(replace(self.brush, symmetry=symmetry, folds=folds))

    def _set_brush(self, brush: Stroke) -> None:
        if brush != self.brush:
            self.brush = brush
            self.update()

    def _set_size(self, size: float) -> None:
        size = float(f"{within('size', size):.3g}")
        if size != self.brush.size:
            self._set_brush(replace(self.brush, size=size))
            self.sizeChanged.emit(size)

    def _set_strength(self, strength: float) -> None:
        strength = within("strength", round(strength, 2))
        if strength != self.brush.strength:
            self._set_brush(replace(self.brush, strength=strength))
            self.strengthChanged.emit(strength)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = (event.angleDelta().y() or event.angleDelta().x()) / NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._set_strength(self.brush.strength + STEP * turned)
        else:
            self._set_size(self.brush.size * FACTOR**turned)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_BracketLeft:
            self._set_size(self.brush.size / FACTOR)
        elif event.key() == Qt.Key.Key_BracketRight:
            self._set_size(self.brush.size * FACTOR)
        else:
            super().keyPressEvent(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Note the pressure of the pen; the mouse event that follows paints."""
        self.pen = event.type() != QEvent.Type.TabletRelease and event.pressure() > 0
        self.pressure = event.pressure() if self.pen else 1.0
        event.ignore()

    # -- the mouse ----------------------------------------------------------------------------------------------

    def point_at(self, pixel: QPointF | None) -> None:
        """Draw the brush at a pixel, or not at all."""
        if pixel != self.cursor_at:
            self.cursor_at = pixel
            self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.point_at(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.focused_by_key = event.reason() in by_key  # a click needs no frame


def within(name: str, value: float) -> float:
    """`value` in the range of a stroke's knob."""
    what = knobs(Stroke)[name]
    assert isinstance(what, Real)
    return min(max(value, what.low), what.high)
