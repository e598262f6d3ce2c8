"""The canvas on which the target is painted."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets.painting import MAX_COORDINATE, Mark, Point, TextMark, with_knobs
from ncsn_viz.ui.actions.lettering import with_letters
from ncsn_viz.ui.target.brush_widget import BRUSH, ERASER, FACTOR, NOTCH, STEP, within
from ncsn_viz.ui.target.gestures import GESTURES, Gesture, begin_text, scaled
from ncsn_viz.ui.target.mark_in_progress import MarkInProgress
from ncsn_viz.ui.target.target_view import TargetView
from ncsn_viz.ui.widgets.translate import plain


class Canvas(TargetView):
    """Shows a target and takes marks: the left button paints, the right one erases, Escape takes back.

    `target` includes the mark in progress. `stroked` carries that mark and whether it is finished, `reshaped` the same
    for the last mark when a handle is dragged, `rescaled` the last mark after a turn of the wheel. After `cancelled`
    the target is the one before the mark.
    """

    stroked = Signal(object, bool)
    reshaped = Signal(object, bool)
    rescaled = Signal(object)
    refused = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(plain(self.tr(
            "The target density: paint with the left mouse button, erase with the right one. The wheel changes the "
            "size, with Shift the strength; Escape takes a stroke back. Everything learns on meanwhile."
        )))  # fmt: skip
        self.text = TextMark().text  # of the next text mark
        self.setAccessibleName(self.tr("Canvas"))
        self.setAccessibleDescription(self.tr("Paint the density that the networks are to learn."))

    @property
    def stroke(self) -> Mark | None:
        """The mark in progress."""
        return self._mark.mark if self._mark else None

    # -- what is painted with ---------------------------------------------------------------------------------------

    def set_tool(self, tool: str) -> None:
        """Paint with the "eraser" or with one of GESTURES. A curve in progress is finished."""
        if self._mark is not None:
            self._finish(self._mark)
        self.tool = tool
        self._set_brush(replace(self.brush, tool=ERASER if tool == ERASER else BRUSH))
        self.update()

    @property
    def gesture(self) -> Gesture:
        """How the tool makes a mark from a press and a drag."""
        return GESTURES[BRUSH if self.tool == ERASER else self.tool]

    # -- painting -----------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        tools = {Qt.MouseButton.LeftButton: self.brush.tool, Qt.MouseButton.RightButton: ERASER}
        self.point_at(event.position())
        if event.button() not in tools:
            return
        point, drawing = self.to_plane(event.position()), self._mark
        if drawing is not None and drawing.clicked_points:
            self._click(drawing, point, event.button() == Qt.MouseButton.RightButton)
        elif drawing is None:
            handle = self.handle_at(event.position()) if event.button() == Qt.MouseButton.LeftButton else ""
            if handle and self.chosen is not None:
                self._show_progress(MarkInProgress(self.chosen, self.gesture, self.target, handle=handle))
            else:
                self._begin(tools[event.button()], point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(event.position())
        if self._mark is None:
            return
        constrained = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.buttons() or self._mark.clicked_points:
            self._continue(self._mark, self.to_plane(event.position()), constrained)
        else:  # the release went elsewhere
            self._finish(self._mark)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.point_at(event.position())
        if self._mark is not None and not event.buttons() and not self._mark.clicked_points:
            self._finish(self._mark)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._mark is not None and self._mark.clicked_points:
            self._finish(self._mark)
        else:
            self.mousePressEvent(event)

    def _begin(self, tool: str, point: Point) -> None:
        brush = replace(self.brush, tool=tool, points=(point,))
        if self.pen and self.gesture.grows:
            brush = replace(brush, pressures=(self.pressure,))
        else:
            brush = replace(brush, strength=within("strength", brush.strength * self.pressure))
        try:
            begun = begin_text(brush, point, self.text) if self.tool == "text" else self.gesture.begin(brush, point)
            mark = with_letters(begun)
            clicked = (point,) if self.gesture.clicks else ()
            self._show_progress(MarkInProgress(mark, self.gesture, self.target, point, clicked_points=clicked))
        except ValidationError as error:  # outside of what can be painted, or over a target that cannot
            self.refused.emit(str(error))

    def _show_progress(self, drawing: MarkInProgress, finished: bool = False) -> None:
        target = drawing.target(self.window_range)
        self._mark = None if finished else drawing  # before the target is shown: the mark can be the chosen one then
        self.show_target(target)
        (self.reshaped if drawing.handle else self.stroked).emit(drawing.mark, finished)

    def _click(self, drawing: MarkInProgress, point: Point, last: bool) -> None:
        """Add a point of a curve, which is the `last` one with the right button."""
        if drawing.click(point):
            self._continue(drawing, point, constrained=False)
        if last:
            self._finish(drawing)

    def _continue(self, drawing: MarkInProgress, point: Point, constrained: bool) -> None:
        try:
            mark = drawing.at(point, constrained, self.pressure)
        except ValidationError:  # the stroke is too long, or the mouse is outside of what can be painted
            if drawing.grows:
                self._finish(drawing)
                if max(map(abs, point)) < MAX_COORDINATE:
                    self._begin(drawing.mark.tool, point)
            return
        if mark != drawing.mark:
            drawing.mark = mark
            self._show_progress(drawing)

    def _finish(self, drawing: MarkInProgress) -> None:
        drawing.mark = drawing.done
        self._show_progress(drawing, finished=True)

    def cancel(self) -> None:
        """Restore the target before the mark in progress."""
        if self._mark is not None:
            before = self._mark.before
            self.abandon()
            self.show_target(before)
            self.cancelled.emit()

    def abandon(self) -> None:
        """End the mark in progress and emit nothing: the target has been replaced."""
        self._mark = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = (event.angleDelta().y() or event.angleDelta().x()) / NOTCH
        if self.handle_pixels and self._mark is None and self.chosen is not None:
            mark = self.chosen
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                mark = with_knobs(mark, strength=within("strength", round(mark.strength + STEP * turned, 2)))
            else:
                mark = scaled(mark, FACTOR**turned)
            self.rescaled.emit(mark)
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        drawing = self._mark
        if event.key() == Qt.Key.Key_Escape and drawing is not None:
            self.cancel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and drawing is not None and drawing.clicked_points:
            self._finish(drawing)
        else:
            super().keyPressEvent(event)
