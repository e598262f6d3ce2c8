"""Strokes of the brush and the eraser."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.knobs import Numbers, Real, Switch, ValidationError, knob, knobs
from ncsn_viz.core.targets.painting.marks import FOLDS, MAX_COORDINATE, STRENGTH, SYMMETRY, TOOL, Mark, Point

MAX_POINTS = 20_000
CURVE_SEGMENTS = 12  # from one point of a smooth curve to the next


@dataclass(frozen=True)
class Stroke(Mark):
    """A polyline with coverage exp(−2d²/size²) at distance d, shifted and scaled to be 0 at d = 2 size.

    d is the distance to the whole line, so a stroke does not depend on the number of its mouse events, nor does its
    coverage add up where it crosses itself. If `filled`, what the closed line encloses is covered too.
    """

    kind = "stroke"
    title = "Stroke"
    about = "A line of the brush or the eraser, or the shape that it encloses."

    tool: str = knob("brush", TOOL)
    size: float = knob(
        0.5,
        Real(low=0.05, high=10, log=True, label="Size",
             help="Radius of the brush in units of the plane; twice its standard deviation. Small: fine lines with "
                  "steep scores. Large: broad clouds."),
    )  # fmt: skip
    strength: float = knob(0.6, STRENGTH)
    points: tuple[Point, ...] = knob(
        ((0.0, 0.0),),
        Numbers(low=-MAX_COORDINATE, high=MAX_COORDINATE, width=2, min_count=1, max_count=MAX_POINTS, shown=False,
                help="The way of the mouse."),
    )  # fmt: skip
    pressures: tuple[float, ...] = knob(
        (),
        Numbers(low=0, high=1, min_count=0, max_count=MAX_POINTS, shown=False,
                help="The pressure of a pen at each point, which scales size and strength on the way there; or none."),
    )  # fmt: skip
    filled: bool = knob(False, Switch(label="Filled", shown=False, help="Whether the inside of the line is covered."))
    symmetry: str = knob("none", SYMMETRY)
    folds: int = knob(6, FOLDS)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pressures and len(self.pressures) != len(self.points):
            raise ValidationError("must be one for each point, or none", ("pressures",))

    def min_std(self) -> float:
        """Half the radius of the brush."""
        return self.size / 2

    def extended(self, *points: Point, pressure: float = 1.0) -> Stroke:
        """The stroke with more points at its end; only those are validated. Raises ValidationError."""
        if not points:
            return self
        if len(self.points) + len(points) > MAX_POINTS:
            raise ValidationError(f"must have at most {MAX_POINTS} entries: begin a new stroke", ("points",))
        longer = copy.copy(self)
        object.__setattr__(longer, "points", self.points + knobs(self)["points"].parse(points))
        if self.pressures:
            more = knobs(self)["pressures"].parse((pressure,) * len(points))
            object.__setattr__(longer, "pressures", self.pressures + more)
        return longer

    def continues(self, earlier: Mark) -> bool:
        """Whether this stroke is `earlier` with no or more points at its end."""
        if earlier is self or not isinstance(earlier, Stroke):
            return earlier is self
        count, brush = len(earlier.points), knobs(self).keys() - {"points", "pressures"}
        same_way = self.points[:count] == earlier.points and self.pressures[:count] == earlier.pressures
        return same_way and all(getattr(self, name) == getattr(earlier, name) for name in brush)


def smooth_curve(points: Sequence[Point]) -> tuple[Point, ...]:
    """A Catmull–Rom spline through all `points`, as a polyline with CURVE_SEGMENTS segments from each to the next.

    Between p₁ and p₂ at t in [0, 1]: ½ (2p₁ + (p₂ − p₀) t + (2p₀ − 5p₁ + 4p₂ − p₃) t² + (3p₁ − p₀ − 3p₂ + p₃) t³).
    """
    if len(points) < 3:
        return tuple(points)
    given = np.array([points[0], *points, points[-1]])
    given[0], given[-1] = 2 * given[1] - given[2], 2 * given[-2] - given[-3]  # both ends are extended linearly
    before, start, end, after = (given[k : len(given) - 3 + k, None] for k in range(4))
    t = (np.arange(CURVE_SEGMENTS) / CURVE_SEGMENTS)[:, None]
    bend, twist = 2 * before - 5 * start + 4 * end - after, 3 * start - before - 3 * end + after
    curve = (2 * start + (end - before) * t + bend * t**2 + twist * t**3) / 2
    return (*((float(x), float(y)) for x, y in curve.reshape(-1, 2)), points[-1])
