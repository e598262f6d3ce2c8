"""The sliced Wasserstein distance from a density: against closed forms on Gaussians, quadrature and samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from helpers import generator

from ncsn_viz.core.analysis import finish, wasserstein
from ncsn_viz.core.analysis.wasserstein import Projections, axes, quantile_means, sliced_w2
from ncsn_viz.core.targets import Mixture, Moons, Painted, TwoModes


def gaussian(std=1.0, mean=(0.0, 0.0)):
    return Mixture(weights=(1,), means=(mean,), stds=(std,)).build(dtype=torch.float64)


def projections(truth, n, directions=16):
    return Projections.joined(
        [Projections.along(truth, axis, n) for axis in axes(directions, truth.sample(1, generator()))]
    )


def by_quadrature(weights, means, stds, n):
    """The same by the distribution function on a fine grid and its inverse."""
    x = np.linspace(min(means) - 9 * max(stds), max(means) + 9 * max(stds), 400_001)
    p = sum(w * np.exp(-(((x - m) / s) ** 2) / 2) / s for w, m, s in zip(weights, means, stds, strict=True))
    cumulative = np.cumsum(p) / p.sum()
    u = (np.arange(200 * n) + 0.5) / (200 * n)
    pieces = np.interp(u, cumulative, x).reshape(n, 200)
    return pieces.mean(1), pieces.var(1).mean()


MIXTURES = [
    ((1.0,), (0.5,), (2.0,)),
    ((0.2, 0.8), (-7.0, 7.0), (1.0, 0.5)),
    ((0.5, 0.3, 0.2), (0, 0.1, 3), (1, 0.05, 0.4)),
]


@pytest.mark.parametrize("parts", MIXTURES)
@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_pieces_of_equal_mass(parts, n):
    means, within = quantile_means(*(torch.tensor(part, dtype=torch.float64) for part in parts), n)
    wanted, variance = by_quadrature(*parts, n)
    assert np.abs(means.numpy() - wanted).max() < 0.02
    assert float(within) == pytest.approx(variance, rel=0.03, abs=2e-4)
    assert float(means.mean()) == pytest.approx(sum(w * m for w, m in zip(*parts[:2], strict=True)), abs=1e-9)


def test_many_components_of_one_width_are_as_exact(monkeypatch):
    rng = np.random.default_rng(0)
    weights, means = torch.tensor(rng.dirichlet(np.ones(700))), torch.tensor(rng.uniform(-5, 5, 700))
    stds = torch.full((700,), 0.2, dtype=torch.float64)
    found = quantile_means(weights, means, stds, 50)
    monkeypatch.setattr(wasserstein, "FEW", 10**6)
    wanted = quantile_means(weights, means, stds, 50)
    assert float((found[0] - wanted[0]).abs().max()) < 2e-3
    assert float(found[1]) == pytest.approx(float(wanted[1]), rel=0.02)


def test_of_a_gaussian_it_is_the_shift_and_the_difference_of_the_widths():
    """√(‖μ‖²/2 + (s − t)²)."""
    sobol = torch.quasirandom.SobolEngine(2, scramble=True, seed=6).draw(2**13, dtype=torch.float64)
    z = torch.special.ndtri(sobol)
    for std, mean in ((1.0, (3.0, 0.0)), (2.5, (0.0, 0.0)), (0.4, (1.8, -2.4))):
        wanted = math.sqrt((mean[0] ** 2 + mean[1] ** 2) / 2 + (std - 1) ** 2)
        found = sliced_w2(gaussian(), std * z + torch.tensor(mean, dtype=torch.float64))
        assert found.mean == pytest.approx(wanted, rel=5e-3)


def test_one_point_is_as_far_as_the_spread():
    """Of N(0, I) from the point a: E‖x − a‖²/2 along a line in the mean, which is 1 + ‖a‖²/2."""
    found = sliced_w2(gaussian(), torch.tensor([[1.0, 2.0]], dtype=torch.float64))
    assert found.mean == pytest.approx(math.sqrt(1 + 5 / 2), rel=1e-6)


@pytest.mark.parametrize("target", [TwoModes(), Painted(base=Moons())])
def test_a_large_sample_of_the_target_is_near_and_within_chance(target):
    truth = target.build()
    made = projections(truth, 4000)
    chance = finish(made.chance(truth, 40, generator(1)))
    distances = torch.tensor([made.distance(truth.sample(4000, generator(50 + seed))).mean for seed in range(40)])
    assert float((distances <= chance).float().mean()) > 0.8
    assert chance < 2 * float(distances.median()) + 0.3
    assert made.distance(truth.sample(4000, generator(3)) * 1.5).mean > 2 * chance


def test_the_standard_error_is_the_spread_over_other_samples():
    truth, made = gaussian(), projections(gaussian(), 400)
    found = [made.distance(truth.sample(400, generator(seed)) * 1.3 + 0.5) for seed in range(120)]
    spread = float(torch.tensor([each.mean for each in found]).std())
    assert float(torch.tensor([each.error for each in found]).mean()) == pytest.approx(spread, rel=0.2)


def test_it_is_not_a_number_where_a_point_is_not_finite():
    for bad in (math.nan, math.inf):
        assert math.isnan(sliced_w2(gaussian(), torch.tensor([[0, 0], [0, bad], [1, 1]], dtype=torch.float64)).mean)
