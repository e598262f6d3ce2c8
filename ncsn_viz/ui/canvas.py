"""The canvas on which the target is painted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import BadValue
from ncsn_viz.core.targets.painted import FAINT
from ncsn_viz.core.targets.strokes import Painting, Stroke
from ncsn_viz.ui import canvas_paint
from ncsn_viz.ui.heat import heat_image
from ncsn_viz.ui.plane import BRUSH, ERASER, Plane, within

HELD = 3000  # milliseconds for which a finished stroke waits for the engine's own picture of it
Array = np.ndarray[Any, np.dtype[Any]]


class Canvas(Plane):
    """Shows a density over the square `window_range` and takes strokes: left paints, right erases, Escape takes back.

    `stroked` carries the Stroke so far and whether it is finished; `cancelled` says that it is to be forgotten. While a
    stroke is under way it is drawn here at once, over what was shown last; nobody has to answer for it to be seen.
    """

    stroked = Signal(object, bool)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.peak = 1.0  # weight of a cell, in strokes of strength 1, that is shown as the brightest
        self.stroke: Stroke | None = None
        self._weights: Array = np.zeros((128, 128))
        self.known = False  # whether it has been told any weights
        self._painting: Painting | None = None  # the picture with strokes that the engine has not answered yet
        self._undrawn: tuple[Painting | None, float] = (None, 1.0)
        self._image: QImage | None = None
        self._hold = QTimer(self, interval=HELD, singleShot=True)
        self._hold.timeout.connect(self._settle)
        self.setAccessibleName(self.tr("Canvas"))
        self.setAccessibleDescription(self.tr("Paint the density that the networks are to learn."))

    # -- what it shows ------------------------------------------------------------------------------------------

    def show_weights(self, weights: Array, settled: bool = True) -> None:
        """Show a density (n, n) of maximum 1, row 0 at the bottom.

        `settled` says that it is that of the target with every stroke so far; a picture that lags behind does not
        replace what was just painted.
        """
        if weights is not self._weights or not self.known:
            self._weights, self.known = weights, True
            if self._painting is None:
                self._refresh()
        if settled and self.stroke is None and self._painting is not None:
            self._settle()

    def show_window(self, window: tuple[float, float]) -> None:
        """Show and paint on the square from low to high along both axes."""
        if tuple(window) != self.window_range:
            self.window_range = (float(window[0]), float(window[1]))
            self._refresh()

    @property
    def shown(self) -> Array:
        """The weights that are on screen, with maximum 1 unless empty."""
        if self._painting is None:
            return self._weights
        weights = self._painting.weights
        peak = float(weights.max())
        return weights / peak if peak >= FAINT else np.zeros_like(weights)

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the canvas."""
        return self.known and not self.shown.max() > 0

    def _settle(self) -> None:
        self._hold.stop()
        if self.stroke is None:
            self._painting = None
            self._refresh()

    def _refresh(self) -> None:
        self._image = None
        self.update()

    # -- painting -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tools = {Qt.MouseButton.LeftButton: self.brush.tool, Qt.MouseButton.RightButton: ERASER}
        if event.button() in tools and self.stroke is None:
            self._begin(tools[event.button()], self.to_plane(event.position()))
        self.point_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(event.position())
        if self.stroke is not None and event.buttons():
            self._go_on(self.to_plane(event.position()))
        elif self.stroke is not None:  # the release went elsewhere
            self._finish()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.point_at(event.position())
        if self.stroke is not None and not event.buttons():
            self._finish()

    def _begin(self, tool: str, point: tuple[float, float]) -> None:
        strength = within("strength", self.brush.strength * self.pressure)
        self.stroke = replace(self.brush, tool=tool, strength=strength, points=(point,))
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.stroke is not None:
            self.cancel()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self._image is None:
            self._image = heat_image((255 * self.shown).clip(0, 255).astype(np.uint8))
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = self.square()
        canvas_paint.plane(painter, box, self._image, self.framed)
        if self.empty:
            canvas_paint.hint(painter, box, self.tr("Draw here with the mouse"))
        if self.cursor_at is not None:
            erases = (self.stroke.tool if self.stroke else self.brush.tool) == ERASER
            canvas_paint.ring(painter, box, self.cursor_at, self.brush_radius(), self.brush.strength, erases)
        painter.end()


__all__ = ["BRUSH", "ERASER", "Canvas"]
