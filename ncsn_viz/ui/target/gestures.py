"""The tools of the canvas: marks from the points of a press and a drag, and the handles that change the last mark."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from ncsn_viz.core.targets.painting import Blob, Mark, Point, Stroke, TextMark, with_knobs

CORNERS = 48  # of the polygon for an ellipse: off by 0.2 % of its radius
CAPITAL = 4  # height of a text in sizes of the brush
WIDE = 2  # deviations of a blob in sizes of the brush


@dataclass(frozen=True)
class Gesture:
    """`begin(brush, point)` is the mark of a press, `drag(mark, start, point, constrained)` that of a drag to `point`.

    `constrained` (Shift) makes squares of rectangles, circles of ellipses, and lines of eight directions. A mark that
    `grows` only gains points; one by `clicks` continues after the release, through every point that is clicked.
    """

    begin: Callable[[Stroke, Point], Mark]
    drag: Callable[[Mark, Point, Point, bool], Mark]
    grows: bool = False
    clicks: bool = False


def _begin_stroke(brush: Stroke, point: Point) -> Mark:
    return replace(brush, points=(point,))


def _begin_filled(brush: Stroke, point: Point) -> Mark:
    return replace(brush, points=(point,), filled=True)


def _begin_blob(brush: Stroke, point: Point) -> Mark:
    std = WIDE * brush.size
    return Blob(brush.tool, point, std, std, 0.0, brush.strength, brush.symmetry, brush.folds)


def begin_text(brush: Stroke, point: Point, text: str = TextMark().text) -> Mark:
    """A text in the strength and about the size of the brush."""
    height = max(CAPITAL * brush.size, 0.1)
    return TextMark(brush.tool, text, point, height, 0.0, brush.strength, brush.symmetry, brush.folds)


def _extend(mark: Mark, start: Point, point: Point, constrained: bool) -> Mark:  # noqa: ARG001
    assert isinstance(mark, Stroke)
    return mark if point == mark.points[-1] else mark.extended(point)


def _line(mark: Mark, start: Point, point: Point, constrained: bool) -> Mark:
    return with_knobs(mark, points=(start, _eighth(start, point) if constrained else point))


def _rectangle(mark: Mark, start: Point, point: Point, constrained: bool) -> Mark:
    (x0, y0), (x1, y1) = start, _square(start, point) if constrained else point
    return with_knobs(mark, points=((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


def _ellipse(mark: Mark, start: Point, point: Point, constrained: bool) -> Mark:
    (x0, y0), (x1, y1) = start, _square(start, point) if constrained else point
    angles = [2 * math.pi * k / CORNERS for k in range(CORNERS)]
    x, y, across, up = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2
    return with_knobs(mark, points=tuple((x + across * math.cos(a), y + up * math.sin(a)) for a in angles))


def move(mark: Mark, point: Point) -> Mark:
    """A blob or a text at `point`."""
    return with_knobs(mark, **{"mean" if isinstance(mark, Blob) else "centre": point})


def _move(mark: Mark, start: Point, point: Point, constrained: bool) -> Mark:  # noqa: ARG001
    return move(mark, point)


def _eighth(start: Point, point: Point) -> Point:
    """The end of a line in the nearest of eight directions."""
    dx, dy = point[0] - start[0], point[1] - start[1]
    angle = round(math.atan2(dy, dx) / (math.pi / 4)) * math.pi / 4
    along = dx * math.cos(angle) + dy * math.sin(angle)
    return start[0] + along * math.cos(angle), start[1] + along * math.sin(angle)


def _square(start: Point, point: Point) -> Point:
    """The corner of a square in the direction of `point`."""
    dx, dy = point[0] - start[0], point[1] - start[1]
    side = max(abs(dx), abs(dy))
    return start[0] + math.copysign(side, dx), start[1] + math.copysign(side, dy)


GESTURES: dict[str, Gesture] = {
    "brush": Gesture(_begin_stroke, _extend, grows=True),
    "line": Gesture(_begin_stroke, _line),
    "curve": Gesture(_begin_stroke, _line, clicks=True),
    "rectangle": Gesture(_begin_filled, _rectangle),
    "ellipse": Gesture(_begin_filled, _ellipse),
    "free": Gesture(_begin_filled, _extend, grows=True),
    "blob": Gesture(_begin_blob, _move),
    "text": Gesture(begin_text, _move),
}


# -- handles of the last mark ---------------------------------------------------------------------------------------

MIDDLE, LENGTH, WIDTH = "middle", "length", "width"
KINDS = {"blob": Blob, "text": TextMark}  # the kind of mark whose handles a tool shows


def handles(mark: Mark) -> dict[str, Point]:
    """The handles by name: the middle of a blob or a text, and the ends of a blob's axes at one standard deviation."""
    if isinstance(mark, TextMark):
        return {MIDDLE: mark.centre}
    if not isinstance(mark, Blob):
        return {}
    (x, y), turn = mark.mean, math.radians(mark.angle)
    cos, sin = math.cos(turn), math.sin(turn)
    return {
        LENGTH: (x + mark.std_1 * cos, y + mark.std_1 * sin),
        WIDTH: (x - mark.std_2 * sin, y + mark.std_2 * cos),
        MIDDLE: mark.mean,
    }


def dragged(mark: Mark, handle: str, point: Point) -> Mark:
    """The mark with one handle at `point`: it is moved, or its axis is stretched and turned. Raises ValidationError."""
    if handle == MIDDLE:
        return move(mark, point)
    assert isinstance(mark, Blob)
    dx, dy = point[0] - mark.mean[0], point[1] - mark.mean[1]
    std = min(max(math.hypot(dx, dy), 0.02), 50.0)
    turn = math.degrees(math.atan2(dy, dx)) - (90 if handle == WIDTH else 0)
    angle = (turn + 180) % 360 - 180
    return with_knobs(mark, angle=angle, **{"std_1" if handle == LENGTH else "std_2": std})


def scaled(mark: Mark, factor: float) -> Mark:
    """The mark scaled by `factor`, within the ranges of its knobs."""
    if isinstance(mark, Blob):
        one, two = (min(max(std * factor, 0.02), 50.0) for std in (mark.std_1, mark.std_2))
        return replace(mark, std_1=one, std_2=two)
    assert isinstance(mark, TextMark)
    return replace(mark, height=min(max(mark.height * factor, 0.1), 100.0))
