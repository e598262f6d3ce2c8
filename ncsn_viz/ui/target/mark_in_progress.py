"""A mark while it is being made: by a press and a drag, by clicks, or by dragging a handle of the last mark."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.targets import Target
from ncsn_viz.core.targets.painting import Mark, Point, Stroke, smooth_curve, with_knobs, with_last_mark, with_mark
from ncsn_viz.ui.target.gestures import Gesture, dragged


@dataclass
class MarkInProgress:
    """`mark`, as it is so far, over the target `before`; `start` is where it began.

    Where the last mark of `before` is changed, `handle` is the handle that is dragged.
    """

    mark: Mark
    gesture: Gesture
    before: Target
    start: Point = (0.0, 0.0)
    handle: str = ""
    clicked_points: tuple[Point, ...] = ()  # the points of a curve that were clicked

    @property
    def grows(self) -> bool:
        """Whether it only gains points."""
        return self.gesture.grows and not self.handle

    def click(self, point: Point) -> bool:
        """Add a point of a curve. Whether it differs from the last one."""
        if point == self.clicked_points[-1]:
            return False
        self.clicked_points = (*self.clicked_points, point)
        return True

    def at(self, point: Point, constrained: bool, pressure: float) -> Mark:
        """The mark with the mouse at `point`; `constrained` as in Gesture. Raises ValidationError."""
        mark = self.mark
        if self.handle:
            return dragged(mark, self.handle, point)
        if self.clicked_points:
            new = () if point == self.clicked_points[-1] else (point,)
            return with_knobs(mark, points=smooth_curve((*self.clicked_points, *new)))
        if isinstance(mark, Stroke) and mark.pressures and point != mark.points[-1]:
            return mark.extended(point, pressure=pressure)
        return self.gesture.drag(mark, self.start, point, constrained)

    def target(self, window: tuple[float, float]) -> Target:
        """The target with the mark so far. Raises ValidationError."""
        return with_last_mark(self.before, self.mark) if self.handle else with_mark(self.before, self.mark, window)

    @property
    def done(self) -> Mark:
        """The finished mark: a curve without the part that follows the mouse after the last click."""
        return with_knobs(self.mark, points=smooth_curve(self.clicked_points)) if self.clicked_points else self.mark
