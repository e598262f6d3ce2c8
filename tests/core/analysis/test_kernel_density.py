"""The density of points, and its bandwidth by cross-validation."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.analysis import cross_validated_bandwidth, kernel_density
from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import EightGaussians, TwoModes

REGION = (-4.0, 5.0, -3.0, 2.0)
ROWS, COLUMNS = 41, 73


def exact(x, region, bandwidth):
    """The sum over all points, written down once more, in float64."""
    nodes = regions.grid(region, ROWS, COLUMNS, dtype=torch.float64)
    squares = torch.cdist(nodes, x.double()).square()
    kernels = torch.exp(-squares / (2 * bandwidth**2)) / (2 * math.pi * bandwidth**2)
    return kernels.mean(1).reshape(ROWS, COLUMNS)


@pytest.mark.parametrize("bandwidth", [0.15, 0.6, 3.0])
def test_it_is_the_mean_of_gaussians_around_the_points(bandwidth):
    x = 2.5 * torch.randn(200, 2, generator=generator(1))  # many of them beyond the grid
    wanted = exact(x, REGION, bandwidth)
    found = kernel_density(x, REGION, ROWS, COLUMNS, bandwidth)
    assert norm(found - wanted) < 0.02 * norm(wanted)


def test_many_points_in_a_small_part_of_the_plane():
    x = torch.randn(100_000, 2, generator=generator(2))
    region, bandwidth = (0.5, 0.59, -0.3, -0.25), 0.1  # kernels are wider than what is seen
    found = kernel_density(x, region, ROWS, COLUMNS, bandwidth).double()
    variance = 1 + bandwidth**2
    nodes = regions.grid(region, ROWS, COLUMNS, dtype=torch.float64)
    wanted = torch.exp(-nodes.square().sum(1) / (2 * variance)) / (2 * math.pi * variance)
    assert norm(found.reshape(-1) / wanted - 1) < 0.1  # four standard deviations of so many points


def test_points_that_are_lost_take_their_share_of_the_mass():
    x = torch.randn(4000, 2, generator=generator(3)) * 0.3
    x[:1000] = torch.nan
    found = kernel_density(x, (-4.0, 4.0, -4.0, 4.0), 81, 81, 0.2)
    assert abs(float(found.sum()) * 0.01 - 0.75) < 2e-3
    assert norm(kernel_density(x[:1000], REGION, ROWS, COLUMNS, 0.2)) == 0
    assert norm(kernel_density(x[:0], REGION, ROWS, COLUMNS, 0.2)) == 0


def test_the_bandwidth_is_that_of_the_least_error_of_all_pairs():
    """∫ p̂² − 2/n Σ p̂₋ᵢ(xᵢ) by sums over all pairs in float64."""
    x = TwoModes().build(dtype=torch.float64).sample(600, generator(4))
    squares = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").square()

    def error(h):
        pairs = lambda v: (torch.exp(-squares / (2 * v)) / (2 * math.pi * v)).sum()  # noqa: E731
        n = len(x)
        return float(pairs(2 * h**2) / n**2 - 2 * (pairs(h**2) - n / (2 * math.pi * h**2)) / (n * (n - 1)))

    best = min((0.1 * 1.02**k for k in range(150)), key=error)
    found = cross_validated_bandwidth(x.float())
    assert error(found) - error(best) < 0.01 * abs(error(best))
    assert 0.8 < found / best < 1.25


def test_of_a_gaussian_it_is_near_the_optimum_in_theory():
    for std in (0.02, 3.0):  # h = σ n^(−1/6), Silverman 1986, equation 4.14
        found = cross_validated_bandwidth(std * torch.randn(20_000, 2, generator=generator(5)))
        assert 0.6 < found / (std * 20_000 ** (-1 / 6)) < 1.5


def test_modes_are_not_smeared_into_each_other():
    truth = EightGaussians(width=0.2).build("cpu")
    x = truth.sample(8000, generator(6))
    region = (-8.0, 8.0, -8.0, 8.0)
    found = kernel_density(x, region, 129, 129, cross_validated_bandwidth(x)).reshape(-1)
    wanted = truth.log_density(regions.grid(region, 129, 129), 0.0).exp()
    assert float((found - wanted).abs().sum()) / 2 * 0.125**2 < 0.15


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("distance", [300.0, 6e10])
def test_points_that_have_flown_off_do_not_widen_it(share, distance):
    x = EightGaussians(width=0.2).build("cpu").sample(8000, generator(7))
    without = cross_validated_bandwidth(x)
    x[: int(share * len(x))] *= distance
    assert 0.8 < cross_validated_bandwidth(x) / without < 1.25


def test_points_that_coincide_or_are_few_are_no_error():
    assert cross_validated_bandwidth(torch.zeros(0, 2)) is None
    assert cross_validated_bandwidth(torch.full((5, 2), torch.nan)) is None
    assert cross_validated_bandwidth(torch.zeros(1, 2)) is None
    assert 0 < cross_validated_bandwidth(torch.full((50, 2), 3.0)) < 1e-5
    assert cross_validated_bandwidth(torch.tensor([[0.0, 0.0], [1.0, 0.0]])) > 0
    assert cross_validated_bandwidth(torch.full((50, 2), 1e30)) > 0
