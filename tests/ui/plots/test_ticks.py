"""Axis ticks are at round numbers."""

from __future__ import annotations

import pytest

from ncsn_viz.ui.plots.ticks import multiples, nice_step


def test_ticks():
    assert [nice_step(value) for value in (0.9, 1, 1.2, 3, 7, 0.03)] == pytest.approx([1, 1, 2, 5, 10, 0.05])
    assert multiples(-1.2, 2.1, 0.5) == pytest.approx([-1, -0.5, 0, 0.5, 1, 1.5, 2])
