"""The hand on a plot: a click drops particles, a drag takes hold of one."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from ncsn_viz.ui.widgets.camera import Camera

STILL = 4  # pixels that a click may shake
DROP, GRAB, DRAG, LET_GO = "drop", "grab", "drag", "let_go"
Point = tuple[float, float]


class ParticleGesture(QObject):
    """Left button, with Ctrl or while `on`. `touched` carries what is done, where it began and where it is now."""

    touched = Signal(str, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.on = False
        self._start: tuple[QPointF, Point] | None = None
        self._dragging = False

    def press(self, event: QMouseEvent, camera: Camera) -> bool:
        """Whether the press is the hand's; if so, what follows is, too."""
        held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.button() != Qt.MouseButton.LeftButton or not (self.on or held):
            return False
        self._start, self._dragging = (event.position(), _point(event, camera)), False
        return True

    def move(self, event: QMouseEvent, camera: Camera) -> bool:
        """Whether the movement is the hand's."""
        if self._start is None:
            return False
        place, start = self._start
        at = _point(event, camera)
        if self._dragging:
            self.touched.emit(DRAG, start, at)
        elif (event.position() - place).manhattanLength() > STILL:
            self._dragging = True
            self.touched.emit(GRAB, start, at)
        return True

    def release(self, event: QMouseEvent, camera: Camera) -> bool:
        """Whether the release is the hand's."""
        if self._start is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        _, start = self._start
        self._start = None
        self.touched.emit(LET_GO if self._dragging else DROP, start, _point(event, camera))
        return True


def _point(event: QMouseEvent, camera: Camera) -> Point:
    return camera.to_plane(event.position().x(), event.position().y())
