"""Axis ticks are at round numbers."""

from __future__ import annotations

import pytest

from ncsn_viz.ui.surface.ticks import multiples, nice_step, tick_marks


def test_ticks():
    assert [nice_step(value) for value in (0.9, 1, 1.2, 3, 7, 0.03)] == pytest.approx([1, 1, 2, 5, 10, 0.05])
    assert multiples(-1.2, 2.1, 0.5) == pytest.approx([-1, -0.5, 0, 0.5, 1, 1.5, 2])


def test_ticks_far_from_zero_have_all_their_digits():
    assert [text for _, text in tick_marks(1000, 1010, 2)] == ["1000", "1002", "1004", "1006", "1008", "1010"]
    assert tick_marks(-0.12, 0.12, 0.09) == [(pytest.approx(-0.1), "−0.1"), (0, "0.0"), (pytest.approx(0.1), "0.1")]


def test_ticks_are_round_in_other_coordinates():
    """The canvas from −8 to 8 holds 5.5e6 … 5.5e6 + 3.2: a unit of it is .2 of theirs."""
    marks = tick_marks(-8, 8, 2, scale=0.2, offset=5_500_001.6)
    assert [text for _, text in marks] == [f"550000{k}.{d}" for k in range(4) for d in (0, 5)][:7]
    assert [at for at, _ in marks] == pytest.approx([-8, -5.5, -3, -0.5, 2, 4.5, 7], abs=1e-6)
