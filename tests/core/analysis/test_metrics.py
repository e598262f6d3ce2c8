"""Metrics against closed forms: MMD, sliced Wasserstein distance, half the Fisher divergence, likelihood, Z."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import energy_net, generator, half_fisher, norm, score_net

from ncsn_viz.core.analysis import metrics
from ncsn_viz.core.targets import Mixture, Moons


def normal(n, seed, std=1.0, mean=(0.0, 0.0)):
    return torch.tensor(mean, dtype=torch.float64) + std * torch.randn(
        n, 2, generator=generator(seed), dtype=torch.float64
    )


def expected(variances, shift, h):
    """E k(x, y) for x − y ~ N(shift, variances · I) in the plane: a Gaussian integral."""
    total = h**2 + variances
    return h**2 / total * math.exp(-(shift**2) / (2 * total))


@pytest.mark.parametrize(("std", "shift", "h"), [(1.0, 1.0, 1.0), (2.0, 0.0, 0.7), (0.5, 2.0, 2.0)])
def test_mmd_of_gaussians_has_its_closed_form(std, shift, h):
    a, b = normal(4000, 1), normal(4000, 2, std, (0.6 * shift, -0.8 * shift))
    wanted = expected(2, 0, h) + expected(2 * std**2, 0, h) - 2 * expected(1 + std**2, shift, h)
    assert wanted > 0.03
    assert abs(metrics.mmd(a, b, h) - wanted) < 0.01


def test_mmd_by_loops():
    a, b, h = normal(7, 3), normal(5, 4, 2.0), 0.8
    k = lambda x, y: math.exp(-float((x - y).square().sum()) / (2 * h * h))  # noqa: E731
    same = [
        sum(k(x, y) for i, x in enumerate(s) for j, y in enumerate(s) if i != j) / (len(s) * (len(s) - 1))
        for s in (a, b)
    ]
    cross = sum(k(x, y) for x in a for y in b) / 35
    assert abs(metrics.mmd(a, b, h) - (same[0] + same[1] - 2 * cross)) < 1e-12


def test_mmd_is_symmetric_and_unbiased():
    a, b = normal(100, 5), normal(80, 6, 1.3)
    assert abs(metrics.mmd(a, b) - metrics.mmd(b, a)) < 1e-12
    values = torch.tensor([metrics.mmd(normal(50, 100 + s), normal(50, 900 + s), 1.0) for s in range(200)])
    error = float(values.std()) / math.sqrt(200)
    assert abs(float(values.mean())) < 4 * error
    assert bool((values < 0).any())  # a value that is never negative would be biased
    assert bool((values > 0).any())


def test_mmd_of_points_that_are_not_finite_is_nan():
    good, bad = torch.zeros(3, 2), torch.tensor([[0.0, math.nan], [1, 1], [2, 2]])
    assert math.isnan(metrics.mmd(good, bad))
    assert math.isnan(metrics.mmd(bad, good))


def test_the_usual_bandwidth_is_the_median_distance():
    assert metrics.median_distance(torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])) == 5
    # distances of a plane normal pair: √2 times Rayleigh, median √(2 · 2 ln 2)
    assert abs(metrics.median_distance(normal(2000, 7)) - math.sqrt(4 * math.log(2))) < 0.05
    a, b = normal(60, 8), normal(60, 9, 2.0)
    assert metrics.mmd(a, b) == metrics.mmd(a, b, metrics.median_distance(torch.cat([a, b])))


def test_the_standard_error_of_a_mean():
    mean, error = metrics.Estimate.of(torch.tensor([1.0, 2.0, 6.0]))
    assert (mean, error) == pytest.approx((3, math.sqrt(7 / 3)))  # the variance is (4 + 1 + 9) / 2
    assert math.isnan(metrics.Estimate.of(torch.ones(1)).error)


def nll(field, x, sigma, region=(-9, 9, -9, 9), nodes=128):
    z = metrics.partition(field, sigma, region, nodes, x)
    return -float(metrics.log_density_of_energy(field, x, sigma, z.log_z).mean())


def test_negative_log_likelihood_of_another_gaussian_is_the_cross_entropy():
    one, other = (Mixture(weights=(1,), means=((0, 0),), stds=(std,)).build(dtype=torch.float64) for std in (1.5, 2.0))
    x = one.sample(100_000, generator(10))
    wanted = math.log(2 * math.pi * 4) + 2 * 1.5**2 / (2 * 4)
    assert abs(nll(other, x, 0.0) - wanted) < 0.02


def test_partition_includes_the_mass_outside():
    """Of N(0, 1) in the plane, Φ(−1) is beyond x = 1; the grid around the region is coarse."""
    truth = Mixture(weights=(1,), means=((0, 0),), stds=(1.0,)).build(dtype=torch.float64)
    x = torch.zeros(1, 2, dtype=torch.float64)
    cut = metrics.partition(truth, 0.0, (-11.0, 1.0, -8.0, 8.0), 400, x)
    assert abs(cut.outside - 0.1586553) < 2e-3
    assert abs(cut.log_z) < 3e-3
    whole = metrics.partition(truth, 0.0, (-9.0, 9.0, -9.0, 9.0), 64, x)
    assert abs(whole.log_z) < 1e-5
    assert whole.outside < 1e-9
    assert metrics.partition(score_net(), 0.5, (-1, 1, -1, 1), 8, x) is None
    assert metrics.log_density_of_energy(score_net(), x, 0.5, 0.0) is None


def test_negative_log_likelihood_does_not_depend_on_the_constant_of_an_energy():
    net, x = energy_net(2), normal(50, 11)

    class Shifted:
        score = net.score

        def energy(self, points, sigma):
            return net.energy(points, sigma) + 100

    assert abs(nll(net, x, 0.5) - nll(Shifted(), x, 0.5)) < 1e-9
    region = (-9, 9, -9, 9)
    first, second = (metrics.partition(field, 0.5, region, 64, x) for field in (net, Shifted()))
    assert abs(first.log_z - second.log_z - 100) < 1e-9
    assert abs(first.outside - second.outside) < 1e-9


def test_the_best_model_has_the_least_negative_log_likelihood():
    truth, x = Moons().build(dtype=torch.float64), Moons().build(dtype=torch.float64).sample(20_000, generator(13))

    class Blurred:
        def energy(self, points, sigma):
            return truth.energy(points, 0.4)

    assert nll(truth, x, 0.0) + 0.05 < nll(Blurred(), x, 0.0)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_standard_error_of_mmd_is_its_spread_over_other_samples(shift):
    pairs = [(normal(80, 2 * seed), normal(80, 2 * seed + 1, 1.0, (shift, 0.0))) for seed in range(150)]
    spread = float(torch.tensor([metrics.mmd(a, b, 1.0) for a, b in pairs]).std())
    errors = [metrics.mmd_error(a, b, 1.0) for a, b in pairs]
    assert sum(errors) / len(errors) == pytest.approx(spread, rel=0.25)


def test_the_standard_error_of_mmd_by_loops(monkeypatch):
    monkeypatch.setattr(metrics, "MMD_ROWS", 4)  # the last block is smaller
    a, b, h, n = normal(10, 3), normal(10, 4, 2.0), 0.8, 10
    k = lambda x, y: math.exp(-float((x - y).square().sum()) / (2 * h * h))  # noqa: E731
    table = torch.tensor([[0.0 if i == j else k(a[i], a[j]) + k(b[i], b[j]) - k(a[i], b[j]) - k(a[j], b[i])
                           for j in range(n)] for i in range(n)])  # fmt: skip
    square = float(table.square().sum()) / (n * (n - 1))
    conditional = float((table.sum(1) / (n - 1)).var()) - square / (n - 1)
    wanted = math.sqrt(4 / n * max(conditional, 0) + 2 / (n * (n - 1)) * square)
    assert metrics.mmd_error(a, b, h) == pytest.approx(wanted, rel=1e-5)
    assert math.isnan(metrics.mmd_error(torch.full((3, 2), math.nan), torch.zeros(3, 2), h))


def test_half_fisher_of_two_gaussians():
    """Scores −x/a and −x/b differ by x (1/b − 1/a), so ½E = ½ · 2a (1/b − 1/a)² on samples of N(0, a)."""
    a, b = 1.5**2, 2.0**2
    one, other = (Mixture(weights=(1,), means=((0, 0),), stds=(std,)).build(dtype=torch.float64) for std in (1.5, 2.0))
    x = one.sample(200_000, generator(8))
    assert abs(half_fisher(other, one, x, 0.0) / (a * (1 / b - 1 / a) ** 2) - 1) < 0.02
    a, b = a + 0.49, b + 0.49
    x = metrics.noisy_sample(one, 200_000, 0.7, generator(9))
    assert abs(half_fisher(other, one, x, 0.7) / (a * (1 / b - 1 / a) ** 2) - 1) < 0.02
    assert half_fisher(one, one, x, 0.7) == 0


def test_noisy_samples_are_blurred_samples():
    truth = Mixture(weights=(1,), means=((2.0, 3.0),), stds=(1.5,)).build(dtype=torch.float64)
    x = metrics.noisy_sample(truth, 100_000, 2.0, generator(10))
    assert norm(x.mean(0) - torch.tensor([2.0, 3.0])) < 5 * 2.5 / math.sqrt(100_000)
    assert norm(x.std(0) / 2.5 - 1) < 5 / math.sqrt(200_000)


@pytest.mark.parametrize("sizes", [(1, 5), (5, 1), (0, 5), (1, 1)])
def test_a_sample_without_a_pair_has_no_mmd(sizes):
    a, b = (torch.rand(size, 2) for size in sizes)
    assert math.isnan(metrics.mmd(a, b, 1.0))
    assert math.isfinite(metrics.mmd(torch.rand(2, 2), torch.rand(2, 2), 1.0))
