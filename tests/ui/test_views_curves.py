"""Curves: logarithm, letters, and what happens to values without one."""

import numpy as np
import pytest
from fake_snapshots import curve, difference, lane, pixels_of
from PySide6.QtCore import QPoint

from ncsn_viz.ui import theme
from ncsn_viz.ui.views.curves import CurveCard, decade_ticks, reach, spread, usable


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = CurveCard("Loss above its floor", "loss", "log · steps")
    qtbot.addWidget(made)
    made.resize(420, 200)
    made.show()
    return made


def test_values_without_a_logarithm_are_skipped():
    line = usable(curve(loss=[1, 0, -3, np.nan, np.inf, 0.01]), "loss")
    assert line == pytest.approx(np.array([[0, 0], [100, -2]]), abs=1e-6)
    assert len(usable(None, "loss")) == 0
    assert len(usable(curve(fisher=[1]), "loss")) == 0


def test_the_axes_hold_the_curves():
    span, decades = reach([usable(curve(loss=[3, 1, 0.02]), "loss"), np.zeros((0, 2))])
    assert span == (0, 40)
    assert decades[0] <= np.log10(0.02)
    assert decades[1] >= np.log10(3)
    low, high = reach([usable(curve(loss=[1, 1]), "loss")])[1]
    assert high - low == pytest.approx(1)


def test_a_smaller_value_is_lower_and_a_later_step_further_right(card):
    card.show_lanes([lane(curve=curve(loss=np.geomspace(1, 0.001, 50)))])
    seen = difference(pixels_of(card), theme.lane_color(0)) < 60
    rows, columns = np.nonzero(seen[30:-20, 44:-30])
    assert np.corrcoef(rows, columns)[0, 1] > 0.99
    start, end = card.to_pixels(card.lines[0])[[0, -1]]
    assert start[0] < end[0]
    assert start[1] < end[1]
    assert card.plot_box().contains(*start)


def test_every_lane_has_its_colour_and_letters_do_not_touch(card):
    lanes = [lane(curve=curve(loss=np.full(30, 0.5 + 0.01 * index))) for index in range(4)]
    card.show_lanes(lanes)
    pixels = pixels_of(card)
    for index in range(4):
        assert (difference(pixels, theme.lane_color(index)) < 120).sum() > 100
    placed = sorted(spread([50, 50.5, 51, 120], 0, 200, 12))
    assert np.diff(placed).min() >= 12
    assert np.diff(sorted(spread([5] * 30, 0, 100, 12))).min() > 0
    assert spread([80, 20], 0, 100, 12) == [80, 20]


def test_nothing_to_show_is_said(card):
    blank = pixels_of(card)
    card.show_lanes([lane(), lane(curve=curve(loss=[np.nan, -1]))])
    pixels_of(card)
    assert blank.max() > 60
    assert card.values_at(3) == []


def test_the_same_curves_are_not_read_again_and_updates_are_paced(card, qtbot):
    first, second = curve(loss=[1, 0.1]), curve(loss=[1, 0.1, 0.01])
    card.show_lanes([lane(curve=first)])
    kept = card.lines
    card.show_lanes([lane(curve=first)])
    card.show_lanes([lane(curve=second)])
    assert card.lines is kept
    qtbot.waitUntil(lambda: len(card.lines[0]) == 3, timeout=2000)


def test_hover_reads_the_nearest_value(card, qtbot):
    card.show_lanes([lane(curve=curve(loss=[1, 0.1, 0.01])), lane(), lane(curve=curve(loss=[2, 0.2, 0.02]))])
    before = pixels_of(card)
    found = card.values_at(19)
    assert [item[0] for item in found] == [0, 2]
    assert [item[2] for item in found] == pytest.approx([0.1, 0.2])
    qtbot.mouseMove(card, QPoint(200, 90))
    assert np.abs(pixels_of(card) - before).max() > 60
    qtbot.mouseMove(card, QPoint(415, 90))
    pixels_of(card)


@pytest.mark.parametrize("size", [(200, 110), (300, 150), (900, 400)])
def test_every_size_can_be_drawn(card, size):
    card.resize(*size)
    card.show_lanes([lane(curve=curve(loss=np.geomspace(1e9, 1e-9, 400)))])
    pixels_of(card)


def test_decades_are_thinned_out():
    assert decade_ticks((-2.2, 0.4), 200) == [-2, -1, 0]
    assert decade_ticks((-9, 9), 100) == [-8, -4, 0, 4, 8]
