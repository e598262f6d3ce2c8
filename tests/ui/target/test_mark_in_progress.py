"""Marks while they are being made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.core.targets.painting import Blob, Stroke, smooth_curve
from ncsn_viz.ui.target.gestures import GESTURES
from ncsn_viz.ui.target.mark_in_progress import MarkInProgress

START = (1.0, 2.0)
BRUSH = Stroke(points=(START,))


def begun(tool, **changes):
    gesture = GESTURES[tool]
    return MarkInProgress(gesture.begin(BRUSH, START), gesture, Moons(), START, **changes)


def test_a_stroke_grows_point_by_point():
    drawing = begun("brush")
    assert drawing.grows
    drawing.mark = drawing.at((2.0, 2.0), False, 1.0)
    drawing.mark = drawing.at((3.0, 2.0), False, 1.0)
    assert drawing.mark.points == (START, (2.0, 2.0), (3.0, 2.0))
    assert drawing.at((3.0, 2.0), False, 1.0) == drawing.mark  # the mouse has not moved
    assert drawing.done == drawing.mark


def test_the_pen_says_how_hard_it_presses():
    drawing = begun("brush")
    drawing.mark = replace(drawing.mark, pressures=(0.5,))
    assert drawing.at((2.0, 2.0), False, 0.25).pressures == (0.5, 0.25)


def test_a_rectangle_is_drawn_from_where_it_began():
    drawing = begun("rectangle")
    assert not drawing.grows
    assert set(drawing.at((4.0, 3.0), False, 1.0).points) == {START, (4.0, 2.0), (4.0, 3.0), (1.0, 3.0)}
    assert (4.0, 5.0) in drawing.at((4.0, 3.0), True, 1.0).points  # even: a square


def test_a_curve_goes_through_what_was_clicked_and_ends_there():
    drawing = begun("curve", clicked_points=(START,))
    assert drawing.click((3.0, 4.0))
    assert not drawing.click((3.0, 4.0))
    assert drawing.click((5.0, 1.0))
    drawing.mark = drawing.at((7.0, 7.0), False, 1.0)
    assert drawing.mark.points == smooth_curve((START, (3.0, 4.0), (5.0, 1.0), (7.0, 7.0)))
    assert drawing.done.points == smooth_curve((START, (3.0, 4.0), (5.0, 1.0)))


def test_a_handle_pulls_what_lies_there():
    blob = Blob("brush", START, 1.0, 0.5, 0.0)
    drawing = MarkInProgress(blob, GESTURES["blob"], Painted(strokes=(BRUSH, blob)), handle="middle")
    assert not drawing.grows
    drawing.mark = drawing.at((3.0, 3.0), False, 1.0)
    assert drawing.mark == replace(blob, mean=(3.0, 3.0))
    assert drawing.target((-8.0, 8.0)) == Painted(strokes=(BRUSH, drawing.mark))


def test_a_mark_lies_over_what_was_there():
    drawing = begun("brush")
    assert drawing.target((-4.0, 4.0)) == Painted(base=Moons(), strokes=(BRUSH,), window=(-4.0, 4.0))
    drawing.before = drawing.target((-4.0, 4.0))
    assert drawing.target((-8.0, 8.0)) == replace(drawing.before, strokes=(BRUSH, BRUSH))


def test_what_can_be_no_mark_is_refused():
    with pytest.raises(ValidationError):
        begun("brush").at((1e12, 0.0), False, 1.0)
