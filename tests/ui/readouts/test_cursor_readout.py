"""Values under the cursor: the readout, crosshairs in all lanes, and a limited number of evaluations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import bell, difference, lane, pixels_of, snapshot
from PySide6.QtCore import QPoint

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import PointReading
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.readouts.cursor_readout import LINE, SIDE, TOP, CursorReadout
from ncsn_viz.ui.shell.display import CursorTracker
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.widgets import theme

READING = PointReading(
    point=(1.204, -0.352), sigma=0.1, score=(-0.84, 0.22), true_score=(-0.91, 0.25), divergence=-1.4,
    true_divergence=-1.524, curl=0.021, true_log_p=-3.1, energy=2.31, log_p=-3.02,
)  # fmt: skip
SCORE_ONLY = replace(READING, energy=None, log_p=None)


@pytest.fixture
def under(qtbot, qapp):
    theme.apply(qapp)
    made = CursorReadout()
    qtbot.addWidget(made)
    made.resize(260, made.height())
    made.show()
    return made


@pytest.fixture
def grid(qtbot, qapp):
    theme.apply(qapp)
    made = LaneGrid()
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    made.show_snapshot(snapshot([lane(field=bell((0, 0))), lane(field=bell((0, 0)))]), 0)
    return made


def values(under):
    return {line.symbol: (line.learned, line.true) for line in under.lines()}


def test_learned_and_true_values_are_side_by_side(under):
    assert not under.lines()
    under.show_snapshot(snapshot([lane(), lane(point_reading=READING)]), 1)
    assert under.slot == 1
    assert values(under) == {
        "s": ("(−0.84, 0.22)", "(−0.91, 0.25)"),
        "s − s*": ("0.076 (8%)", "1° apart"),
        "Tr ∇s": ("−1.40", "−1.52"),
        "curl s": ("0.021", "0"),
        "log p": ("−3.02", "−3.10"),
        "E": ("2.31", ""),
    }
    dot = pixels_of(under)[15]  # in the head, of the lane's colour; and eight rows below, with something in each
    assert (difference(dot, theme.lane_color(1)) < 12).sum() == pytest.approx(8, abs=2)
    assert rows_of_text(under).tolist() == [True] * 8
    under.show_snapshot(snapshot([lane(), lane()]), 1)  # the mouse has left: at once
    assert not under.lines()
    assert (difference(pixels_of(under)[15], theme.lane_color(1)) < 12).sum() == 0
    assert not rows_of_text(under)[4:].any()  # the hint is short


def test_scores_at_large_noise_keep_their_digits(under):
    """At σ = 10 a score is a few hundredths."""
    small = replace(READING, score=(-0.0312, 0.00457), true_score=(-0.0335, 1e-5), divergence=-0.0198)
    under.show_snapshot(snapshot([lane(point_reading=small)]), 0)
    assert values(under)["s"] == ("(−0.031, 0.0046)", "(−0.034, 0)")
    assert values(under)["Tr ∇s"][0] == "−0.020"


def test_the_point_is_in_the_coordinates_of_fitted_data(under):
    under.show_snapshot(snapshot([lane(point_reading=READING)]), 0)
    assert under.point() == "(1.20, −0.35)"
    assert "coordinates" not in under.tip_at(TOP + 1)
    under.reading, under.coordinates = READING, Coordinates(0.02, 481_230, 5_500_100)
    assert under.point() == "(481230.0241, 5500099.9930)"
    assert "one is 0.02 of theirs" in under.tip_at(TOP + 1)
    under.coordinates = Coordinates(1000, 5e5, 0)
    assert under.point() == "(501204, −352)"


def rows_of_text(under):
    """In which of the table's rows anything is written."""
    band = pixels_of(under)[TOP : TOP + 8 * LINE, SIDE : under.width() - SIDE]
    return (np.abs(band - band[-1, -1]).sum(-1) > 120).reshape(8, -1).any(1)


def test_a_score_network_has_a_dash_or_a_line_integral_for_log_p(under):
    under.show_snapshot(snapshot([lane(point_reading=SCORE_ONLY)]), 0)
    assert values(under)["log p"] == ("–", "−3.10")
    assert values(under)["E"] == ("–", "")
    under.show_snapshot(snapshot([lane(), lane(point_reading=replace(SCORE_ONLY, rise=1.0, true_rise=1.25))]), 1)
    assert values(under)["log p/p₀"] == ("1.00", "1.25")
    assert len({under.tip_at(y) for y in range(0, under.height(), 4)}) == 7  # one for every line, and a general one


def test_opposite_scores_are_half_a_turn_apart(under):
    under.show_snapshot(snapshot([lane(point_reading=replace(READING, score=(0.91, -0.25)))]), 0)
    assert values(under)["s − s*"][1] == "180° apart"


def test_crosshairs_are_at_the_same_point_in_every_lane(qtbot, grid):
    for card in grid.cards:
        card.plot.set_cursor(None)  # wherever the mouse was left by another test
    before = [pixels_of(card.plot) for card in grid.cards]
    place = grid.cards[0].plot.to_pixel(3, 2)
    qtbot.mouseMove(grid.cards[0].plot.viewport(), QPoint(round(place[0]), round(place[1])))
    assert grid.under == 0
    for card, old in zip(grid.cards, before, strict=True):
        changed = np.abs(pixels_of(card.plot) - old).sum(-1) > 12
        assert changed.mean(1).argmax() == pytest.approx(place[1], abs=2)  # a row and a column all across
        assert changed.mean(0).argmax() == pytest.approx(place[0], abs=2)
    grid.cards[0].plot.cursorMoved.emit(None)
    assert grid.under is None
    for card, old in zip(grid.cards, before, strict=True):
        assert np.array_equal(pixels_of(card.plot), old)


def test_the_learned_score_is_an_arrow_in_the_colour_of_the_lane(grid):
    plot = grid.cards[1].plot
    plot.set_cursor((0.0, 0.0))
    read = replace(READING, score=(1.0, 0.0), true_score=(0.0, 1.0))
    plot.show_lane(lane(point_reading=read), ())
    rows, columns = np.nonzero(difference(pixels_of(plot), theme.lane_color(1)) < 60)
    x, y = plot.to_pixel(0, 0)
    assert len(rows) > 30
    assert columns.max() > x + 35  # to the right, and not up
    assert np.abs(rows - y).max() < 8


def test_leaving_one_lane_for_the_next_keeps_the_reading(grid):
    first, second = (card.plot.cursorMoved for card in grid.cards)
    first.emit((1.0, 1.0))
    second.emit((1.0, 1.0))
    first.emit(None)  # told late
    assert grid.under == 1


def test_many_moves_are_few_evaluations_and_the_last_one_is_evaluated(qtbot, grid):
    session = Session(Spec(), "cpu")
    asked, told = [], []
    ask = session.point_at
    session.point_at = lambda point: (asked.append(point), ask(point))
    session.specChanged.connect(told.append)
    CursorTracker(session, grid)
    for step in range(1000):
        grid.cursorMoved.emit((step / 1000, 0.5))
    qtbot.waitUntil(lambda: session.spec.view.cursor == ((0.999, 0.5),))
    assert len(asked) < 20
    assert not told
    assert not session.can_undo
    session.edit(lambda spec: replace(spec, seed=5))
    assert session.spec.view.cursor == ((0.999, 0.5),)
    session.undo()
    assert session.spec.view.cursor == ((0.999, 0.5),)
    grid.cursorMoved.emit((1e9, 0.0))
    qtbot.waitUntil(lambda: session.spec.view.cursor == ())
