"""log p by the probability-flow ODE, against the closed form."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.analysis import calculus, log_likelihood, metrics
from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import Mixture, Moons, Painted

GAUSSIAN = Mixture(weights=(1,), means=((2.0, -1.0),), stds=(1.5,)).build(dtype=torch.float64)


def exact(truth, x, sigma):
    return truth.log_density(x, sigma)


def of_gaussian(x, sigma_min=0.2, sigma_max=8.0, steps=64):
    return log_likelihood(GAUSSIAN, x, sigma_min, sigma_max, steps, torch.tensor([2.0, -1.0]).double(), 1.5**2)


def test_a_gaussian_is_right_to_second_order():
    """Its terminal density is exact at any σ_max: what is left is the step, and halving it quarters the error."""
    x = GAUSSIAN.sample(100, generator()) * 2
    errors = [norm(of_gaussian(x, steps=steps) - exact(GAUSSIAN, x, 0.2)) for steps in (16, 32, 64, 128)]
    assert errors[-1] < 1e-2
    for coarse, fine in pairwise(errors):
        assert 3.3 < coarse / fine < 4.7


@pytest.mark.parametrize("sigma_min", [0.05, 0.3, 2.0])
def test_it_is_the_density_at_sigma_min(sigma_min):
    x = metrics.noisy_sample(GAUSSIAN, 50, sigma_min, generator(1))
    assert norm(of_gaussian(x, sigma_min, steps=256) - exact(GAUSSIAN, x, sigma_min)) < 2e-3


def test_a_mixture_at_large_sigma_max():
    truth = Moons().build(dtype=torch.float64)
    big = truth.sample(200_000, generator(2))
    x = metrics.noisy_sample(truth, 100, 0.2, generator(3))
    found = log_likelihood(truth, x, 0.2, 60.0, 256, big.mean(0), float(big.var(0).mean()))
    assert norm(found - exact(truth, x, 0.2)) < 0.03
    assert abs(float((found - exact(truth, x, 0.2)).mean())) < 3e-3
    assert float(found.std()) > 0.3  # the points differ by far more than the error


def test_a_painted_target_in_float32():
    truth = Painted(base=Moons()).build()
    big = truth.sample(20_000, generator(2))
    x = metrics.noisy_sample(truth, 40, 0.3, generator(3))
    found = log_likelihood(truth, x, 0.3, 60.0, 128, big.mean(0), float(big.var(0).mean()))
    assert norm(found - truth.log_density(x, 0.3)) < 0.1


def test_it_is_normalised_for_any_field():
    """Any field transports a density, whose integral is 1 (change of variables), even if it is not a score.

    Where the flow maps the plane onto itself; here a linear field with a curl.
    """

    class Swirl:
        matrix = torch.tensor([[-0.5, 0.4], [-0.3, -0.7]], dtype=torch.float64)

        def score(self, x, sigma):
            return x @ self.matrix.T / (1 + sigma**2)

        def energy(self, x, sigma):
            return None

        def score_and_tangents(self, x, sigma, directions):
            return self.score(x, sigma), directions @ self.matrix.T / (1 + sigma**2)

    region = (-12.0, 12.0, -12.0, 12.0)
    x = regions.grid(region, 121, 121, dtype=torch.float64)
    log_p = log_likelihood(Swirl(), x, 0.1, 3.0, 64, torch.zeros(2, dtype=torch.float64), 0.5)
    assert abs(calculus.log_partition(-log_p.reshape(121, 121), region)) < 2e-3
    assert float(log_p.max() - log_p.min()) > 10


def test_no_graph_is_left():
    x = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    found = of_gaussian(x, steps=2)
    assert not found.requires_grad
    assert bool(found.isfinite().all())
    assert math.isfinite(float(of_gaussian(torch.full((1, 2), 200.0, dtype=torch.float64))))
