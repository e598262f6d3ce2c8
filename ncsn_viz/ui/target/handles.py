"""The handles of the last mark: where they are, and what dragging one changes."""

from __future__ import annotations

import math
from dataclasses import replace

from ncsn_viz.core.targets.painting import Blob, Mark, Point, TextMark, with_knobs
from ncsn_viz.ui.target.gestures import move

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
