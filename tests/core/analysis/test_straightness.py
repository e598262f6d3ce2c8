"""Straightness of paths that are known in closed form."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import generator

from ncsn_viz.core.analysis import straightness
from ncsn_viz.core.schedules import SCHEDULES, LinearPath
from ncsn_viz.core.targets import Mixture, Moons

X = 20 * torch.randn(50, 2, generator=generator(1), dtype=torch.float64)


class Point:
    """The score of a single point of data at 0, blurred."""

    def score(self, x, sigma):
        return -x / sigma**2


def test_one_point_of_data_is_reached_on_straight_lines():
    assert straightness(Point(), X, LinearPath(20, 0.01), 100) < 1e-6


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda cls: cls.kind)
def test_paths_of_a_gaussian(schedule):
    """x̂ grows as √(s² + σ̂²) along each path, on a line: by the trapezoidal rule over its speed in t."""
    path, std = schedule(20.0, 0.05), 1.5
    truth = Mixture(weights=(1,), means=((0.0, 0.0),), stds=(std,)).build(dtype=torch.float64)
    t = torch.linspace(path.times[1], path.times[0], 4001, dtype=torch.float64)
    far = path.alpha(t) * (std**2 + path.noise_level(t) ** 2).sqrt()
    speed = far.diff() / t.diff()
    mean = (far[-1] - far[0]) / (t[-1] - t[0])
    wanted = float((speed - mean).square().mean() / mean**2)
    assert straightness(truth, X, path, 200) == pytest.approx(wanted, rel=0.05)


def test_scale_does_not_matter_and_what_has_flown_off_is_no_number():
    truth, path = Moons().build(dtype=torch.float64), LinearPath(20, 0.05)
    assert straightness(truth, X, path, 24) == pytest.approx(straightness(truth, X, path, 200), rel=0.1)
    assert math.isnan(straightness(truth, X * math.nan, path, 4))
