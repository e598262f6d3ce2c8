"""Lines of curves: what was measured, where there are gaps, what an axis spans."""

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import curve

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.ui.curves.end_letters import end_within
from ncsn_viz.ui.curves.lines import lane_line, term_lines
from ncsn_viz.ui.curves.ranges import spread, steps_range, values_range

LOSS = CurveView("loss")
LINEAR = CurveView("loss", log_y=False)


def test_values_without_a_position_are_gaps_and_counted():
    values = curve(loss=[1, 0, -3, np.nan, np.inf, 0.01])
    line = lane_line(values, LOSS)
    assert line.values.tolist() == pytest.approx([1, 0, -3, np.nan, np.inf, 0.01], nan_ok=True)  # all that was measured
    assert line.shown.tolist() == [True, False, False, False, False, True]
    assert line.y[line.shown] == pytest.approx([0, -2], abs=1e-6)
    assert (line.hidden, line.ends_hidden, line.alone()) == (4, False, [0, 5])
    assert lane_line(values, LINEAR).shown.tolist() == [True, True, True, False, False, True]
    assert lane_line(values, LINEAR).alone() == [5]
    steps = lane_line(values, CurveView("loss", log_x=True))  # there is no place for step 0
    assert steps.x[steps.shown] == pytest.approx([2])
    assert lane_line(curve(loss=[1, 0.5, -1]), LOSS).ends_hidden


def test_what_was_not_measured_is_no_gap():
    # the loss after steps 0, 40, 60; a metric after 20 and 80, where it was no number; nothing of it elsewhere
    both = curve(loss=[1, np.nan, 2, 3, np.nan], mmd=[np.nan, 0.5, np.nan, np.nan, np.inf])
    loss, mmd = (lane_line(both, CurveView(key)) for key in ("loss", "mmd"))
    assert loss.steps.tolist() == [0, 40, 60]
    assert loss.shown.all()
    assert mmd.steps.tolist() == [20, 80]
    assert mmd.shown.tolist() == [True, False]
    for missing in (None, curve(fisher=[1])):
        assert lane_line(missing, LOSS).hidden == len(lane_line(missing, LOSS).steps) == 0


def banded(values, low, high):
    low, high = ({"loss": np.array(edge, np.float32)} for edge in (low, high))
    return replace(curve(loss=values), low=low, high=high, replicas=3)


def test_a_band_breaks_with_its_line_and_reaches_the_bottom_where_its_edge_has_no_logarithm():
    line = lane_line(banded([1.0, 0.5, -1.0, 0.2, 0.1], [0.5, -1.0, -2.0, 0.1, 0.05], [2.0] * 5), LOSS)
    assert line.band is not None
    low, high = line.band
    assert np.isfinite(low).tolist() == np.isfinite(high).tolist() == [True, True, False, True, True]
    assert low[1] < values_range(line.extent(), True)[0] - 5  # far below the axis
    assert low[0] == pytest.approx(np.log10(0.5))
    outlines = line.band_outlines()
    assert [each[:, 0].tolist() for each in outlines] == [[0, 20, 20, 0], [60, 80, 80, 60]]
    assert outlines[1][:, 1] == pytest.approx(np.log10([0.1, 0.05, 2, 2]))
    assert lane_line(curve(loss=[1.0]), LOSS).band_outlines() == []


def test_the_ranges_hold_the_curves():
    line = lane_line(curve(loss=[3, 1, 0.02]), LOSS)
    assert steps_range([line.x, np.zeros(0)], False) == (0, 40)
    low, high = values_range([line.y, np.zeros(0)], True)
    assert low <= np.log10(0.02)
    assert high >= np.log10(3)
    assert np.diff(values_range([np.zeros(2)], True)) == pytest.approx(1)
    low, high = values_range([np.array([-5.0, 3.0])], False)
    assert low < -5
    assert high > 3
    assert values_range([np.array([0.1, 3.0])], False)[0] == 0
    assert values_range([np.append(np.ones(99), 1e-9)], False)[0] > 0.5  # one outlier does not compress the rest
    assert steps_range([np.array([1.3, 3.0])], True) == (1.3, 3.0)
    for empty in (steps_range([], True), values_range([], True), values_range([], False)):
        assert empty[1] > empty[0]


def test_the_end_of_what_is_seen():
    line = lane_line(curve(loss=[1, 2, 4, -1, 3, 6]), LINEAR)  # after steps 0, 20, …, 100
    assert end_within(line, 0, 100) == (100, 6, True)
    assert end_within(line, 0, 90) == (90, 4.5, False)  # half way from 3 to 6
    assert end_within(line, 22, 38) == (38, pytest.approx(3.8), False)  # between two steps
    gap = lane_line(curve(loss=[1, 2, 4, -1, 3, -1]), LOSS)
    assert end_within(gap, 0, 70) == (40, pytest.approx(np.log10(4)), False)  # it ends at a gap
    assert end_within(gap, 50, 70) is None
    assert end_within(gap, 0, 100) == (80, pytest.approx(np.log10(3)), True)
    assert end_within(gap, 90, 100) is None
    assert end_within(gap, -50, -10) is None


def test_letters_do_not_touch():
    placed = sorted(spread([50, 50.5, 51, 120], 0, 200, 12))
    assert np.diff(placed).min() >= 12
    assert np.diff(sorted(spread([5] * 30, 0, 100, 12))).min() > 0
    assert spread([80, 20], 0, 100, 12) == [80, 20]


def test_terms_have_their_symbols_and_shades():
    made = term_lines(curve(loss=[1, 0.5], **{"term trace": [-3, -4], "term norm": [2, 3]}),
                      CurveView("terms", log_y=False), 1, {"norm": "½‖s‖²"})  # fmt: skip
    assert [line.name for line in made] == ["trace", "½‖s‖²"]
    assert [line.values[-1] for line in made] == [-4, 3]
    assert len({line.color for line in made}) == 2
    assert term_lines(None, LOSS, 0, {}) == term_lines(curve(loss=[1]), LOSS, 0, {}) == []
