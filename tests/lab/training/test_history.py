"""Histories: a regular spacing that doubles as they grow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ncsn_viz.lab.training.history import FIRST_EVERY, LONGEST, History, IrregularHistory


def filled(steps):
    history = History()
    for step in range(1, steps + 1):
        if history.due(step):
            history.record(step, {"loss": float(step)})
    return history


def test_values_are_due_at_a_regular_spacing():
    history = filled(10 * FIRST_EVERY)
    assert [step for step, _ in history.rows] == [FIRST_EVERY * n for n in range(1, 11)]
    assert not history.due(10 * FIRST_EVERY)  # it has that one
    assert not history.due(0)
    assert not history.due(10 * FIRST_EVERY + 1)
    assert history.due(11 * FIRST_EVERY)


def test_the_spacing_doubles_before_a_history_gets_too_long():
    longest = 0
    history = History()
    for step in range(1, 10 * LONGEST * FIRST_EVERY + 1):
        if history.due(step):
            history.record(step, {"loss": 0.0})
            longest = max(longest, len(history.rows))
    assert longest <= LONGEST + 1
    assert len(history.rows) > LONGEST / 3
    assert history.every == 16 * FIRST_EVERY
    steps = [step for step, _ in history.rows]
    assert set(np.diff(steps)) == {history.every}
    assert steps[0] == history.every
    assert steps[-1] == 10 * LONGEST * FIRST_EVERY


def test_the_curve_is_the_history_as_arrays():
    history = filled(3 * FIRST_EVERY)
    history.record(4 * FIRST_EVERY, {"loss": 1.0, "fisher": 2.0})
    curve = history.curve()
    assert curve.steps.tolist() == [FIRST_EVERY * n for n in (1, 2, 3, 4)]
    assert curve.values["loss"].tolist() == [20, 40, 60, 1]
    assert [math.isnan(value) for value in curve.values["fisher"]] == [True, True, True, False]
    assert curve.steps.dtype == curve.values["loss"].dtype == np.float32


def test_the_curve_is_the_same_object_until_something_is_recorded():
    history = filled(2 * FIRST_EVERY)
    curve = history.curve()
    assert history.curve() is curve
    kept = curve.steps.copy()
    history.record(3 * FIRST_EVERY, {"loss": 3.0})
    assert history.curve() is not curve
    assert np.array_equal(curve.steps, kept)


def test_an_empty_history_has_an_empty_curve():
    curve = History().curve()
    assert curve.steps.shape == (0,)
    assert curve.values == {}


def test_a_curve_that_grows_is_the_history_made_anew():
    grown, whole = History(), History()
    for step in range(20, 20 * (LONGEST + 30), 20):
        values = {"loss": float(step)} | ({"late": 2.0 * step} if step > 200 else {})
        for history in (grown, whole):
            if history.due(step):
                history.record(step, values)
        if step % 60 == 0:
            grown.curve()
    assert grown.curve().steps.tolist() == whole.curve().steps.tolist()
    for name in ("loss", "late"):
        assert np.array_equal(grown.curve().values[name], whole.curve().values[name], equal_nan=True)
    assert np.isnan(grown.curve().values["late"]).sum() == 5


def test_a_curve_of_irregular_steps_that_grows_is_the_history_made_anew():
    grown, whole = IrregularHistory(), IrregularHistory()
    for step in (n * n // 3 for n in range(2 * LONGEST)):  # some of them twice
        for history in (grown, whole):
            history.record(step, {"kl": float(step), "kl_error": 0.1} | ({"late": 1.0} if step > 200 else {}))
        if step % 7:
            grown.curve()
    one, other = grown.curve(), whole.curve()
    assert one.steps.tolist() == other.steps.tolist()
    assert len(set(one.steps.tolist())) == len(one.steps) > LONGEST / 3
    for name in ("kl", "late"):
        assert np.array_equal(one.values[name], other.values[name], equal_nan=True)
    assert np.array_equal(one.high["kl"], other.high["kl"], equal_nan=True)


@pytest.mark.parametrize("kind", [History, IrregularHistory])
def test_standard_errors_are_the_band_of_their_value(kind):
    made = kind()
    made.record(20, {"kl": 0.5, "kl_error": 0.1, "lost": 0.0})
    made.curve()
    made.record(40, {"kl": 0.25, "kl_error": 0.05, "lost": 0.0})
    curve = made.curve()
    assert set(curve.values) == {"kl", "lost"}
    assert curve.low["kl"].tolist() == pytest.approx([0.3, 0.15])
    assert curve.high["kl"].tolist() == pytest.approx([0.7, 0.35])
    assert "lost" not in curve.low


def test_what_was_measured_and_is_no_number_differs_from_what_was_not_measured():
    history = History()
    history.record(20, {"loss": math.nan, "kl": -math.inf, "kl_error": 0.1})
    history.record(40, {"kl": 1.0, "kl_error": math.inf})
    curve = history.curve()
    assert curve.values["loss"].tolist() == pytest.approx([math.inf, math.nan], nan_ok=True)
    assert curve.values["kl"].tolist() == [math.inf, 1]
