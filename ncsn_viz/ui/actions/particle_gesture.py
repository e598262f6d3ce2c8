"""Mouse gestures on particles in a plot: a click drops new ones, a drag holds and moves the nearest one."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from ncsn_viz.lab.experiment import Particles
from ncsn_viz.lab.experiment.commands import FAR, Command, DropParticles, HoldParticle, LetGo, MoveParticle

CLICK_TOLERANCE = 4  # pixels by which the mouse may move during a click
DROP, GRAB, DRAG, LET_GO = "drop", "grab", "drag", "let_go"
Point = tuple[float, float]


class ParticleGesture(QObject):
    """Gestures of the left button with Ctrl, or without while `enabled`.

    `performed` carries the action (DROP, GRAB, DRAG or LET_GO) and the points of the plane where the gesture began and
    where the mouse is.
    """

    performed = Signal(str, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.enabled = False
        self._start: tuple[QPointF, Point] | None = None
        self._dragging = False

    def press(self, event: QMouseEvent, at: Point) -> bool:
        """Begin a gesture at the point `at` of the plane; False if the event is not for this object."""
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.button() != Qt.MouseButton.LeftButton or not (self.enabled or ctrl):
            return False
        self._start, self._dragging = (event.position(), at), False
        return True

    def move(self, event: QMouseEvent, at: Point) -> bool:
        """Continue a gesture; False if there is none."""
        if self._start is None:
            return False
        pixel, start = self._start
        if self._dragging:
            self.performed.emit(DRAG, start, at)
        elif (event.position() - pixel).manhattanLength() > CLICK_TOLERANCE:
            self._dragging = True
            self.performed.emit(GRAB, start, at)
        return True

    def release(self, event: QMouseEvent, at: Point) -> bool:
        """End a gesture; False if there is none."""
        if self._start is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        _, start = self._start
        self._start = None
        self.performed.emit(LET_GO if self._dragging else DROP, start, at)
        return True


def gesture_command(slot: int, gesture: str, start: Point, at: Point, particles: Particles) -> Command:
    """The command of a gesture (see ParticleGesture) from `start` to `at` in the lane in `slot`."""
    if gesture == DROP:
        return DropParticles(_clamped(at), particles.handful, particles.scatter)
    if gesture == GRAB:
        return HoldParticle(slot, _clamped(start), _clamped(at))
    return MoveParticle(_clamped(at)) if gesture == DRAG else LetGo()


def _clamped(point: Point) -> Point:
    x, y = (min(max(value, -FAR), FAR) for value in point)
    return x, y
