"""The view of a lane: a square of the plane and what there is room for around it, the same in all linked lanes."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QGraphicsSceneResizeEvent

from ncsn_viz.ui.charts.chart import ChartView
from ncsn_viz.ui.widgets.camera import Camera, Region

LEAST_EXTENT, LARGEST_EXTENT = 1e-2, 1e3  # half of the side of the square
FARTHEST = 1e4  # a coordinate, beyond which no view reaches
ZOOM_PER_DEGREE = math.log(1.0015) / math.log(1.02)  # of the wheel, in eighths of a degree and in pyqtgraph's unit


class LaneView(ChartView):
    """A ViewBox with a locked aspect, whose target range is a square.

    Linked views (`setXLink`, `setYLink`) show the same square, whatever their sizes are and wherever they stand;
    pyqtgraph would align those that stand above each other pixel by pixel.
    """

    def __init__(self) -> None:
        super().__init__(lockAspect=True)
        self.disableAutoRange()
        self.state["wheelScaleFactor"] = -ZOOM_PER_DEGREE
        far = {"xMin": -FARTHEST, "xMax": FARTHEST, "yMin": -FARTHEST, "yMax": FARTHEST}
        self.setLimits(**far, minXRange=2 * LEAST_EXTENT, minYRange=2 * LEAST_EXTENT)
        self.home: tuple[tuple[float, float], float] = ((0.0, 0.0), 8.0)
        self.show_square(*self.home)

    @property
    def camera(self) -> Camera:
        """The mapping between the plane and the pixels of the view."""
        (x0, x1), (y0, y1) = self.state["targetRange"]
        center = ((x0 + x1) / 2, (y0 + y1) / 2)
        return Camera(max(self.width(), 1.0), max(self.height(), 1.0), center, min(x1 - x0, y1 - y0) / 2)

    def region(self) -> Region:
        """The visible region (x0, x1, y0, y1)."""
        return self.camera.region

    def show_square(self, center: tuple[float, float], half_extent: float) -> None:
        """Show the square around `center`, and what there is room for around it."""
        (x, y), half = center, min(max(half_extent, LEAST_EXTENT), LARGEST_EXTENT)
        now, slack = self.camera, 1e-6 * half
        if max(abs(now.center[0] - x), abs(now.center[1] - y), abs(now.half_extent - half)) > slack:
            self.setRange(QRectF(x - half, y - half, 2 * half, 2 * half), padding=0)

    def show_all(self) -> None:
        """Show the home region again."""
        self.show_square(*self.home)

    def follow(self, other: LaneView) -> None:
        """Show the square of another view, and whatever that shows from now on, and the other way round."""
        self._copy(other)
        self.setXLink(other)
        self.setYLink(other)

    # -- what pyqtgraph calls -----------------------------------------------------------------------------------

    def linkedViewChanged(self, view: LaneView, axis: int) -> None:  # noqa: ARG002
        """Show the square of a linked view."""
        if not self.linksBlocked and isinstance(view, LaneView):  # a marginal follows, and does not lead
            view.blockLink(True)
            try:
                self._copy(view)
            finally:
                view.blockLink(False)

    def _copy(self, view: LaneView) -> None:
        x, y = view.targetRange()
        self.setRange(xRange=x, yRange=y, padding=0)

    def _resetTarget(self) -> None:
        """The target remains the square when the mouse moves the view: it is what stays visible in another size."""

    def updateViewRange(self, force_x: bool = False, force_y: bool = False) -> None:
        """Update the mapping at once: within a paint it would ask for a second one."""
        super().updateViewRange(force_x, force_y)
        self.updateMatrix()

    def scaleBy(self, s: Any = None, center: Any = None, x: float | None = None, y: float | None = None) -> None:
        """Scale about `center`, within the limits of the extent."""
        asked, half = s[1] if s is not None else (y or x or 1.0), self.camera.half_extent
        factor = min(max(half * asked, LEAST_EXTENT), LARGEST_EXTENT) / half
        super().scaleBy((factor, factor), center)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent) -> None:
        """Also fit the layers into the new size."""
        super().resizeEvent(event)
        self.updateMatrix()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        """Move or zoom, with the closed hand while the plane is moved."""
        super().mouseDragEvent(event, axis)
        pixels = self.getViewWidget().viewport()
        if event.isFinish():
            pixels.unsetCursor()
        elif event.isStart() and event.button() != Qt.MouseButton.RightButton:
            pixels.setCursor(Qt.CursorShape.ClosedHandCursor)
