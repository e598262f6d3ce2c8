"""The canvas on which the target is painted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import BadValue
from ncsn_viz.core.targets.marks import LARGEST, Mark, Point, changed, images, moved
from ncsn_viz.core.targets.stamps import Lettering
from ncsn_viz.ui import canvas_paint, theme
from ncsn_viz.ui.drawing import Drawing
from ncsn_viz.ui.gestures import GESTURES, Gesture, begin_text
from ncsn_viz.ui.handles import KINDS, handles, scaled
from ncsn_viz.ui.indexed import indexed_image
from ncsn_viz.ui.plane import BRUSH, ERASER, FACTOR, NOTCH, STEP, Plane, within
from ncsn_viz.ui.sheet import Array, Sheet

HELD = 3000  # milliseconds for which a finished stroke waits for the engine's own picture of it
NEAR = 9  # pixels within which a handle is taken hold of
Source = Callable[[], Array]


class Canvas(Plane):
    """Shows a density over the square `window_range` and takes marks: left paints, right erases, Escape takes back.

    `stroked` carries the mark so far and whether it is finished, `reshaped` the same of the chosen one, `rescaled` what
    the wheel made of it; `cancelled` says that what is under way is to be forgotten. It is drawn here at once, over
    what was shown last; nobody has to answer for it to be seen.
    """

    stroked = Signal(object, bool)
    reshaped = Signal(object, bool)
    rescaled = Signal(object)
    refused = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(self.tr(
            "The target density: paint with the left mouse button, erase with the right one. The wheel changes the "
            "size, with Shift the strength; Escape takes a stroke back. Everything learns on meanwhile."
        ))  # fmt: skip
        self.sheet = Sheet()
        self.tool = BRUSH
        self.text = Lettering().text  # what the next text says
        self.chosen: Mark | None = None  # what was put down last, and can be taken hold of
        self._drawing: Drawing | None = None
        self._whole: Source | None = None
        self._below: Source | None = None
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
        if self.sheet.tell(weights) and not self.sheet.waits:
            self._refresh()
        if settled and self._drawing is None and self.sheet.waits:
            self._settle()

    def show_now(self, weights: Array) -> None:
        """Show the weights that the target has from now on (of any maximum), until the engine has answered."""
        if self._drawing is None:
            self.sheet.replace(weights, self.window_range)
            self._hold.start()
            self._refresh()

    def show_window(self, window: tuple[float, float]) -> None:
        """Show and paint on the square from low to high along both axes."""
        if tuple(window) != self.window_range:
            self.window_range = (float(window[0]), float(window[1]))
            self._refresh()

    @property
    def shown(self) -> Array:
        """The weights that are on screen, with maximum 1 unless empty."""
        return self.sheet.shown

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the canvas."""
        return self.sheet.known and not self.shown.max() > 0

    @property
    def stroke(self) -> Mark | None:
        """The mark that is under way."""
        return self._drawing.mark if self._drawing else None

    def _settle(self) -> None:
        self._hold.stop()
        if self._drawing is None:
            self.sheet.settle()
            self._refresh()

    def _refresh(self) -> None:
        self._image = None
        self.update()

    # -- what is painted with ---------------------------------------------------------------------------------------

    def set_tool(self, tool: str) -> None:
        """Paint with the "eraser" or with one of GESTURES. A curve that is under way ends."""
        if self._drawing is not None:
            self._finish(self._drawing)
        self.tool = tool
        self._take(replace(self.brush, tool=ERASER if tool == ERASER else BRUSH))
        self.update()

    def show_source(self, whole: Source | None, chosen: Mark | None = None, below: Source | None = None) -> None:
        """Where the exact weights of the target are had from, the mark that lies on top, and the weights below it."""
        self._whole, self._below = whole, below
        if self._drawing is None and chosen is not self.chosen:
            self.chosen = chosen
            self.update()

    @property
    def gesture(self) -> Gesture:
        """What the tool makes of a press and a drag."""
        return GESTURES[BRUSH if self.tool == ERASER else self.tool]

    @property
    def grips(self) -> dict[str, QPointF]:
        """The pixels at which the chosen mark can be taken hold of, by name."""
        mark = self._drawing.mark if self._drawing and self._drawing.grip else self.chosen
        if mark is None or not isinstance(mark, KINDS.get(self.tool, ())):
            return {}
        return {name: self.to_pixel(point) for name, point in handles(mark).items()}

    def _grip_at(self, place: QPointF) -> str:
        near = {name: math.hypot(p.x() - place.x(), p.y() - place.y()) for name, p in self.grips.items()}
        name = min(near, key=lambda name: near[name], default="")
        return name if name and near[name] <= NEAR else ""

    # -- painting -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tools = {Qt.MouseButton.LeftButton: self.brush.tool, Qt.MouseButton.RightButton: ERASER}
        self.point_at(event.position())
        if event.button() not in tools:
            return
        point, drawing = self.to_plane(event.position()), self._drawing
        if drawing is not None and drawing.way:
            self._click(drawing, point, event.button() == Qt.MouseButton.RightButton)
        elif drawing is None:
            grip = self._grip_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else ""
            if grip and self.chosen is not None:
                self._grab(grip, self.chosen)
            else:
                self._begin(tools[event.button()], point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(event.position())
        if self._drawing is None:
            return
        even = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.buttons() or self._drawing.way:
            self._go_on(self._drawing, self.to_plane(event.position()), even)
        else:  # the release went elsewhere
            self._finish(self._drawing)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.point_at(event.position())
        if self._drawing is not None and not event.buttons() and not self._drawing.way:
            self._finish(self._drawing)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._drawing is not None and self._drawing.way:
            self._finish(self._drawing)
        else:
            self.mousePressEvent(event)

    def _begin(self, tool: str, point: Point) -> None:
        brush = replace(self.brush, tool=tool, points=(point,))
        if self.pen and self.gesture.grows:
            brush = replace(brush, pressures=(self.pressure,))
        else:
            brush = replace(brush, strength=within("strength", brush.strength * self.pressure))
        try:
            mark = begin_text(brush, point, self.text) if self.tool == "text" else self.gesture.begin(brush, point)
        except BadValue as error:  # far outside of what can be painted
            self.refused.emit(str(error))
            return
        ground = None
        if not self.sheet.waits:
            ground = self._whole() if self._whole is not None else self.sheet.ground
        way = (point,) if self.gesture.clicks else ()
        self._tell(self._put_down(Drawing(mark, self.gesture, point, way=way), ground))

    def _put_down(self, drawing: Drawing, ground: Array | None) -> Drawing:
        """Draw a mark over `ground`, or over what is painted already."""
        self._hold.stop()
        self.sheet.put(drawing.mark, ground, self.window_range)
        self._drawing = drawing
        return drawing

    def _grab(self, grip: str, mark: Mark) -> None:
        assert self._below is not None
        self._put_down(Drawing(mark, self.gesture, grip=grip), self._below())
        self._refresh()

    def _click(self, drawing: Drawing, point: Point, last: bool) -> None:
        """One more point of a curve; the last one at the right button."""
        if drawing.click(point):
            self._go_on(drawing, point, even=False)
        if last:
            self._finish(drawing)

    def _go_on(self, drawing: Drawing, point: Point, even: bool) -> None:
        try:
            mark = drawing.at(point, even, self.pressure)
        except BadValue:  # the stroke is as long as strokes can be, or the mouse is outside of what can be painted
            if drawing.grows:
                self._finish(drawing)
                if max(map(abs, point)) < LARGEST:
                    self._begin(drawing.mark.tool, point)
            return
        if mark != drawing.mark:
            drawing.mark = mark
            self.sheet.change(mark, drawing.grows)
            self._tell(drawing)

    def _finish(self, drawing: Drawing) -> None:
        if drawing.mark != drawing.done:
            self.sheet.change(drawing.done, longer=False)
        self.sheet.keep()
        self._drawing = None  # first, so that the mark can be the chosen one
        self._hold.start()
        self._refresh()
        self._signal_of(drawing).emit(drawing.done, True)

    def _signal_of(self, drawing: Drawing) -> SignalInstance:
        return self.reshaped if drawing.grip else self.stroked

    def cancel(self) -> None:
        """Forget what is under way."""
        if self._drawing is None:
            return
        self._drawing = None
        self.sheet.take_back(self.window_range)
        self._hold.start()
        self._refresh()
        self.cancelled.emit()

    def drop(self) -> None:
        """Forget everything that the engine has not answered, and tell nobody: the target has become another one."""
        self._drawing = None
        self._settle()

    def _tell(self, drawing: Drawing) -> None:
        self._refresh()
        self._signal_of(drawing).emit(drawing.mark, False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = (event.angleDelta().y() or event.angleDelta().x()) / NOTCH
        if self.grips and self._drawing is None and self.chosen is not None:
            mark = self.chosen
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                mark = changed(mark, strength=within("strength", round(mark.strength + STEP * turned, 2)))
            else:
                mark = scaled(mark, FACTOR**turned)
            self.rescaled.emit(mark)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        drawing = self._drawing
        if event.key() == Qt.Key.Key_Escape and drawing is not None:
            self.cancel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and drawing is not None and drawing.way:
            self._finish(drawing)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self._image is None:
            self._image = indexed_image((255 * self.shown).clip(0, 255).astype(np.uint8), theme.heat())
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = self.square()
        canvas_paint.plane(painter, box, self._image, self.framed)
        if self.empty:
            canvas_paint.hint(painter, box, self.tr("Draw here with the mouse"))
        if self.brush.symmetry != "none":
            canvas_paint.axes(painter, box, self.brush.symmetry, self.brush.folds)
        if grips := self.grips:
            canvas_paint.grips(painter, box, grips)
        if self.cursor_at is not None:
            drawing = self._drawing
            erases = (drawing.mark.tool if drawing else self.brush.tool) == ERASER
            near = drawing.grip if drawing else self._grip_at(self.cursor_at)
            radius = 0.0 if near else self.brush_radius()
            for place in self._images(self.cursor_at):
                canvas_paint.ring(painter, box, place, radius, self.brush.strength, erases)
        painter.end()

    def _images(self, place: QPointF) -> list[QPointF]:
        """The pixels at which the brush paints: the mouse's, and its images by symmetry."""
        middle = sum(self.window_range) / 2
        point = self.to_plane(place)
        return [place, *(self.to_pixel(moved(point, image, middle)) for image in images(self.brush)[1:])]


__all__ = ["BRUSH", "ERASER", "Canvas"]
