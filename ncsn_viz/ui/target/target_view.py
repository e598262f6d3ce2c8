"""The target as an image, with the brush and the handles of its last mark over it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.targets import Painted, Target
from ncsn_viz.core.targets.painting import Mark, Stroke, last_mark, symmetries, transformed
from ncsn_viz.ui.target import canvas_paint
from ncsn_viz.ui.target.brush_widget import BRUSH, ERASER, BrushWidget
from ncsn_viz.ui.target.gestures import KINDS, handles
from ncsn_viz.ui.target.mark_in_progress import MarkInProgress
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.indexed_image import indexed_image

Array = np.ndarray[Any, np.dtype[Any]]
CELLS = 128  # along each side of the image, or as many as a painting has if those are more
NEAR = 9  # pixels within which a handle is hit


class TargetView(BrushWidget):
    """Shows `target` over the square `window_range`, with the mark in progress as its last one.

    The image is made only here, from the target, when the widget is painted: a target's own cache makes one more point
    of a stroke cheap.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.target: Target = Painted()
        self.tool = BRUSH
        self._mark: MarkInProgress | None = None
        self._shown: Array | None = None  # the image of the target, if it has been made
        self._image: QImage | None = None

    def show_target(self, target: Target, window: tuple[float, float] | None = None) -> None:
        """Show a target over the square `window` (low, high) along both axes."""
        window = window or self.window_range
        if target != self.target or window != self.window_range:
            self.target, self.window_range = target, window
            self._shown = self._image = None
        self.update()

    @property
    def shown(self) -> Array:
        """The density that is shown, of maximum 1 unless empty: shape (n, n), row 0 at the bottom."""
        if self._shown is None:
            self._shown = self._target_image(self.target)
        return self._shown

    def _target_image(self, target: Target) -> Array:
        return target.image(self.window_range, max(CELLS, target.cells))

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the canvas."""
        return not self.shown.max() > 0

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._image = None  # the colours may have changed

    # -- the last mark ------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> Mark | None:
        """The last mark, unless it is a stroke."""
        return top_mark(self._mark.before if self._mark else self.target)

    @property
    def handle_pixels(self) -> dict[str, QPointF]:
        """The pixels of the handles of the last mark, by name."""
        mark = self._mark.mark if self._mark and self._mark.handle else self.chosen
        if mark is None or not isinstance(mark, KINDS.get(self.tool, ())):
            return {}
        return {name: self.to_pixel(point) for name, point in handles(mark).items()}

    def handle_at(self, pixel: QPointF) -> str:
        """The handle at a pixel, or ""."""
        near = {name: math.hypot(p.x() - pixel.x(), p.y() - pixel.y()) for name, p in self.handle_pixels.items()}
        name = min(near, key=lambda name: near[name], default="")
        return name if name and near[name] <= NEAR else ""

    # -- painting it on screen ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = self.square()
        canvas_paint.plane(painter, box, self._drawn_image(), self.focused_by_key and self.hasFocus())
        if self._image is not None and self.empty:
            canvas_paint.hint(painter, box, self.tr("Draw here with the mouse"))
        if self.brush.symmetry != "none":
            canvas_paint.axes(painter, box, self.brush.symmetry, self.brush.folds)
        if pixels := self.handle_pixels:
            canvas_paint.handles(painter, pixels)
        if self.cursor_at is not None:
            self._paint_brush(painter, self.cursor_at)

    def _drawn_image(self) -> QImage:
        """The image in the colours of densities; of a long painting just opened, at first only the first strokes."""
        if self._image is not None:
            return self._image
        target = self.target.drawable_prefix()
        complete = target is self.target
        levels = 255 * (self.shown if complete else self._target_image(target))
        image = indexed_image(levels.clip(0, 255).astype(np.uint8), theme.density_colors())
        if complete:
            self._image = image
        else:
            self.update()  # the next strokes in the next paint
        return image

    def _paint_brush(self, painter: QPainter, pixel: QPointF) -> None:
        mark = self._mark
        erases = (mark.mark.tool if mark else self.brush.tool) == ERASER
        radius = 0.0 if (mark.handle if mark else self.handle_at(pixel)) else self.brush_radius()
        for image in self._images(pixel):
            canvas_paint.ring(painter, image, radius, self.brush.strength, erases)

    def _images(self, pixel: QPointF) -> list[QPointF]:
        """The pixels at which the brush paints: that of the mouse, and its images by symmetry."""
        middle, point = sum(self.window_range) / 2, self.to_plane(pixel)
        return [pixel, *(self.to_pixel(transformed(point, image, middle)) for image in symmetries(self.brush)[1:])]


def top_mark(target: Target) -> Mark | None:
    """The last mark of a painting, unless it is a stroke, which cannot be changed."""
    mark = last_mark(target)
    return None if isinstance(mark, Stroke) else mark
