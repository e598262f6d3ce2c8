"""Z on cells that are halved until it stands."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import generator, score_net

from ncsn_viz.core.analysis import metrics
from ncsn_viz.core.analysis.adaptive_partition import refined_partition
from ncsn_viz.core.targets import EightGaussians, Mixture, Moons


class Counted:
    """An energy that counts the points at which it is asked."""

    def __init__(self, field):
        self.field, self.asked = field, 0

    def score(self, x, sigma):
        return self.field.score(x, sigma)

    def energy(self, x, sigma):
        self.asked += len(x)
        return self.field.energy(x, sigma)


def gaussian(std, mean=(0.13, -0.2)):
    return Mixture(weights=(1,), means=(mean,), stds=(std,)).build(dtype=torch.float64)


CASES = {  # what a window shows live: 40 cells a side
    "as wide as the cells": (gaussian(0.5), 8),
    "a quarter of a cell": (gaussian(0.1), 8),
    "a hundredth of a cell": (gaussian(0.05, (17.123, -4.56)), 100),
    "eight narrow ones": (EightGaussians(width=0.1).build(dtype=torch.float64), 8),
    "moons in a small window": (Moons().build(dtype=torch.float64), 8),
    "moons in a large window": (Moons().build(dtype=torch.float64), 30),
}


@pytest.mark.parametrize("case", CASES)
def test_z_of_a_normalised_density_is_1_at_the_live_resolution(case):
    truth, half = CASES[case]
    data = truth.sample(512, generator(1))
    field = Counted(truth)
    found = metrics.partition(field, 0.0, (-half, half, -half, half), 40, data)
    assert found.stands
    assert abs(found.log_z) < 2e-3
    assert field.asked < 14_000
    nll = -float(metrics.log_density_of_energy(truth, data, 0.0, found.log_z).mean())
    assert nll == pytest.approx(-float(truth.log_density(data, 0.0).mean()), abs=2e-3)


def test_a_narrow_energy_of_known_entropy():
    """N(0, 0.1²) in each of six places: the entropy is log 6 + 1 + log(2π 0.01) = 0.025 nats."""
    places = tuple((4 * math.cos(k), 4 * math.sin(k)) for k in range(6))
    truth = Mixture(weights=(1,) * 6, means=places, stds=(0.1,) * 6).build()  # in single precision, as networks are
    data = truth.sample(50_000, generator(2))
    found = metrics.partition(truth, 0.0, (-8.0, 8.0, -8.0, 8.0), 40, data[:512])
    nll = -float(metrics.log_density_of_energy(truth, data, 0.0, found.log_z).mean())
    assert nll == pytest.approx(math.log(6) + 1 + math.log(2 * math.pi * 0.01), abs=0.02)


def test_of_a_smooth_energy_little_more_is_asked_than_the_first_grid():
    field = Counted(gaussian(1.0))
    found = refined_partition(field, 0.0, (-8.0, 8.0, -8.0, 8.0), 40, torch.zeros(1, 2, dtype=torch.float64))
    assert abs(found.log_z) < 1e-4
    assert found.change < 1e-3
    assert field.asked < 4000


def test_it_says_that_it_does_not_stand():
    class Rough:
        """A line so thin that no cell resolves it."""

        def energy(self, x, sigma):
            return (x[:, 1] - 0.37 * x[:, 0] - 0.01).square() / 2e-9

    found = metrics.partition(Rough(), 0.0, (-8.0, 8.0, -8.0, 8.0), 40, torch.rand(4000, 2).double())
    assert not found.stands


def test_no_energy_and_energies_that_are_not_finite():
    x = torch.zeros(1, 2, dtype=torch.float64)
    assert refined_partition(score_net(), 0.5, (-1, 1, -1, 1), 8, x) is None

    class Broken:
        def energy(self, x, sigma):
            return x[:, 0] * math.nan

    assert math.isnan(refined_partition(Broken(), 0.0, (-1, 1, -1, 1), 8, x).log_z)
    assert not metrics.partition(Broken(), 0.0, (-1, 1, -1, 1), 8, x).stands
