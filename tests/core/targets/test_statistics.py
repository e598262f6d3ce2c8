"""The statistics of a target, against samples of it and against what is known."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import generator

from ncsn_viz.core.targets import EightGaussians, Moons, Painted, Target, TwoModes


def test_statistics_are_those_of_samples():
    for target in (Moons(), TwoModes(), Painted(base=EightGaussians())):
        x = target.build().sample(20_000, generator()).double().numpy()
        statistics = target.statistics()
        assert statistics.std == pytest.approx(np.linalg.eigvalsh(np.cov(x.T))[-1] ** 0.5, rel=0.05)
        assert statistics.rms == pytest.approx(np.linalg.eigvalsh(x.T @ x / len(x))[-1] ** 0.5, rel=0.05)
        assert np.abs(x).max() < statistics.extent * 1.2


def test_separate_modes_merge_under_noise():
    assert TwoModes().statistics().mode_gap(0.0) == pytest.approx(200**0.5)
    assert TwoModes().statistics().mode_gap(3.0) is None
    assert Moons().statistics().mode_gap(0.0) is None


def test_a_target_without_mass_or_of_an_unknown_shape_has_none():
    assert Painted().statistics() is None
    assert Target().statistics() is None
