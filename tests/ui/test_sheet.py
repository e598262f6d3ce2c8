"""What lies on the canvas: the engine's picture, and what was painted since."""

from __future__ import annotations

import numpy as np
import pytest

from ncsn_viz.core.targets.strokes import Painting, Stroke
from ncsn_viz.ui.sheet import Sheet

WINDOW = (-8.0, 8.0)
DOT = Stroke(points=((-4.0, -4.0),))
LONGER = Stroke(points=((-4.0, -4.0), (4.0, 4.0)))


def told():
    weights = np.zeros((64, 64))
    weights[40:, 40:] = 1.0
    return weights


def painted(mark, ground):
    made = Painting(np.asarray(ground, dtype=np.float64), WINDOW)
    made.draw(mark)
    return made.weights


def test_what_the_engine_tells_is_shown_and_only_news_count():
    sheet, weights = Sheet(), told()
    assert not sheet.known
    assert sheet.shown.max() == 0
    assert sheet.tell(weights)
    assert not sheet.tell(weights)
    assert sheet.tell(weights.copy())
    assert np.array_equal(sheet.shown, weights)


def test_a_mark_lies_over_the_ground_until_the_engine_has_answered():
    sheet, weights = Sheet(), told()
    sheet.tell(weights)
    sheet.put(DOT, sheet.ground, WINDOW)
    assert sheet.waits
    wanted = painted(DOT, weights)
    assert np.allclose(sheet.shown, wanted / wanted.max())
    assert sheet.shown[16, 16] > 0.1  # where the mark is
    sheet.tell(told())
    assert np.allclose(sheet.shown, wanted / wanted.max())  # a picture that lags behind replaces nothing
    sheet.settle()
    assert np.array_equal(sheet.shown, told())


@pytest.mark.parametrize("longer", [True, False])
def test_the_last_mark_changes_and_nothing_else(longer):
    sheet = Sheet()
    sheet.tell(told())
    sheet.put(DOT, sheet.ground, WINDOW)
    sheet.change(LONGER, longer)
    wanted = painted(LONGER, told())
    assert np.allclose(sheet.shown, wanted / wanted.max())


def test_the_next_mark_lies_over_the_last_one_and_is_taken_back_alone():
    sheet = Sheet()
    sheet.tell(told())
    sheet.put(DOT, sheet.ground, WINDOW)
    sheet.keep()
    one, peak = sheet.shown.copy(), sheet.peak
    sheet.put(LONGER, None, WINDOW)
    assert np.abs(sheet.shown - one).max() > 0.1
    sheet.keep()
    sheet.take_back(WINDOW)
    assert np.allclose(sheet.shown, one)
    assert sheet.peak == peak


def test_the_first_mark_taken_back_leaves_what_was_told():
    sheet = Sheet()
    sheet.tell(told())
    sheet.put(DOT, sheet.ground, WINDOW)
    sheet.take_back(WINDOW)
    assert sheet.waits  # what comes next from the engine may still have the mark in it
    assert np.allclose(sheet.shown, told())


def test_other_weights_are_shown_in_their_own_brightness():
    sheet = Sheet()
    sheet.replace(5 * told(), WINDOW)
    assert sheet.peak == 5
    assert sheet.shown.max() == 1
    sheet.replace(np.zeros((64, 64)), WINDOW)
    assert sheet.peak == 1
    assert sheet.shown.max() == 0
