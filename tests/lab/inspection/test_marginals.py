"""Marginals of the particles and of the truth against counting and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from helpers import generator

from ncsn_viz.core.targets import Mixture, Moons, Painted
from ncsn_viz.lab.inspection.marginals import BINS, Marginals, counted, true_marginal

REGION = (-3.0, 5.0, -6.0, 2.0)


def normal_cdf(value, mean, std):
    return 0.5 * (1 + math.erf((value - mean) / (std * math.sqrt(2))))


@pytest.mark.parametrize("sigma", [0.0, 0.7])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_truth_of_a_mixture_by_its_distribution_function(axis, sigma):
    target = Mixture(weights=(1, 3), means=((-1.0, 2.0), (2.0, -3.0)), stds=(0.5, 1.5))
    edges = torch.linspace(-4, 4, 9, dtype=torch.float64)
    found = true_marginal(target.build(dtype=torch.float64), axis, sigma, edges)
    for low, high, value in zip(edges[:-1].tolist(), edges[1:].tolist(), found.tolist(), strict=True):
        wanted = sum(
            weight * (normal_cdf(high, mean[axis], scale) - normal_cdf(low, mean[axis], scale))
            for weight, mean, std in zip((0.25, 0.75), target.means, target.stds, strict=True)
            for scale in (math.hypot(std, sigma),)
        )
        assert value * (high - low) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_truth_of_a_painting_by_quadrature_of_its_density(axis):
    """∫∫ p over all y and one bin of x, midpoint rule; cells of one column are added up before."""
    truth, sigma = Painted(window=(-8, 8), resolution=64, base=Moons()).build(dtype=torch.float64), 0.4
    edges = torch.linspace(-6, 6, 13, dtype=torch.float64)
    found = true_marginal(truth, axis, sigma, edges)
    step = 0.05
    line = torch.arange(-12 + step / 2, 12, step, dtype=torch.float64)
    points = torch.stack(torch.meshgrid(line, line, indexing="ij"), dim=-1)  # the first index is x
    if axis == 1:
        points = points.flip(-1)  # … or y
    density = torch.cat([truth.log_density(part, sigma).exp() for part in points.reshape(-1, 2).split(20_000)])
    along = density.reshape(len(line), len(line)).sum(1) * step
    inside = (line[:, None] > edges[:-1]) & (line[:, None] < edges[1:])
    wanted = (inside * along[:, None]).sum(0) * step
    assert found.tolist() == pytest.approx(wanted.tolist(), abs=2e-3)


def test_particles_outside_and_with_any_other_coordinate_count():
    x = torch.tensor([[0.0, 1e6], [0.0, 0.0], [1e3, 0.0], [4.9, -5.0], [math.nan, 0.0]])
    along, _ = Marginals().measure(x, Moons().build(), 0.1, REGION)
    width = 8 / BINS
    assert along.particles.sum() * width == pytest.approx(3 / 4)  # of four finite ones three are between −3 and 5
    assert along.particles[int(3 / width)] * width == pytest.approx(2 / 4)
    assert along.edges[[0, -1]].tolist() == [-3, 5]


def test_many_samples_of_the_truth_have_its_marginals():
    truth, sigma = Moons().build(), 0.3
    x = truth.sample(200_000, generator()) + sigma * torch.randn(200_000, 2, generator=generator(1))
    for found in Marginals().measure(x, truth, sigma, (-8.0, 8.0, -8.0, 8.0)):
        share, width = found.truth * 16 / BINS, 16 / BINS
        spread = np.sqrt(share * (1 - share) / 100_000) / width  # of 100,000 that are counted
        assert np.abs(found.particles - found.truth).max() < 5 * spread.max()
        assert found.truth.sum() * width == pytest.approx(1, abs=1e-4)


def test_the_truth_is_kept_until_it_or_the_view_is_another_one():
    measured, truth, x = Marginals(), Moons().build(), torch.zeros(3, 2)
    first = measured.measure(x, truth, 0.1, REGION)
    kept = measured._truth
    measured.measure(x + 1, truth, 0.1, REGION)
    assert measured._truth is kept
    for changed in ((truth, 0.2, REGION), (Moons().build(), 0.2, REGION), (truth, 0.2, (-1.0, 1.0, -1.0, 1.0))):
        before = measured._truth
        measured.measure(x, *changed)
        assert measured._truth is not before
    assert first[0].truth.shape == (BINS,)
    assert counted(torch.zeros(0), 0.0, 1.0).tolist() == [0] * BINS
