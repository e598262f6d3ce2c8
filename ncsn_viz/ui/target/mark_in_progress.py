"""A mark while it is being made: by a press and a drag, by clicks, or by pulling at a handle of one that lies there."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.targets import Target
from ncsn_viz.core.targets.painting import Mark, Point, Stroke, smooth_curve, with_knobs, with_last_mark, with_mark
from ncsn_viz.ui.target.gestures import Gesture
from ncsn_viz.ui.target.handles import pulled


@dataclass
class MarkInProgress:
    """A mark over the target `before`: `mark` is what it is so far, `start` where it began.

    `grip` is the handle that is pulled, where it is the last mark of `before` that changes.
    """

    mark: Mark
    gesture: Gesture
    before: Target
    start: Point = (0.0, 0.0)
    grip: str = ""
    way: tuple[Point, ...] = ()  # the points of a curve that were clicked

    @property
    def grows(self) -> bool:
        """Whether it only ever gains points."""
        return self.gesture.grows and not self.grip

    def click(self, point: Point) -> bool:
        """One more point of a curve; whether it is another one."""
        if point == self.way[-1]:
            return False
        self.way = (*self.way, point)
        return True

    def at(self, point: Point, even: bool, pressure: float) -> Mark:
        """What it becomes with the mouse at `point`. Raises BadValue where that can be no mark."""
        mark = self.mark
        if self.grip:
            return pulled(mark, self.grip, point)
        if self.way:
            return with_knobs(mark, points=smooth_curve(self.way if point == self.way[-1] else (*self.way, point)))
        if isinstance(mark, Stroke) and mark.pressures and point != mark.points[-1]:
            return mark.extended(point, pressure=pressure)
        return self.gesture.drag(mark, self.start, point, even)

    def target(self, window: tuple[float, float]) -> Target:
        """The target with the mark so far. Raises BadValue where there can be no such target."""
        return with_last_mark(self.before, self.mark) if self.grip else with_mark(self.before, self.mark, window)

    @property
    def done(self) -> Mark:
        """What it is in the end: what follows the mouse after the last click is none of it."""
        return with_knobs(self.mark, points=smooth_curve(self.way)) if self.way else self.mark
