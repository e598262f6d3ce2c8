"""log p by the probability-flow ODE, against the closed form."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.analysis import calculus, log_likelihood, metrics
from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import Mixture, Moons, Painted, TwoModes

GAUSSIAN = Mixture(weights=(1,), means=((2.0, -1.0),), stds=(1.5,)).build(dtype=torch.float64)


def exact(truth, x, sigma):
    return truth.log_density(x, sigma)


def of_gaussian(x, sigma_min=0.2, sigma_max=8.0, steps=64):
    return log_likelihood(GAUSSIAN, x, sigma_min, sigma_max, steps, GAUSSIAN)


def test_a_gaussian_is_right_to_second_order():
    """Halving the step quarters the error."""
    x = GAUSSIAN.sample(100, generator()) * 2
    errors = [norm(of_gaussian(x, steps=steps) - exact(GAUSSIAN, x, 0.2)) for steps in (16, 32, 64, 128)]
    assert errors[-1] < 1e-2
    for coarse, fine in pairwise(errors):
        assert 3.3 < coarse / fine < 4.7


@pytest.mark.parametrize("sigma_min", [0.05, 0.3, 2.0])
def test_it_is_the_density_at_sigma_min(sigma_min):
    x = metrics.noisy_sample(GAUSSIAN, 50, sigma_min, generator(1))
    assert norm(of_gaussian(x, sigma_min, steps=256) - exact(GAUSSIAN, x, sigma_min)) < 2e-3


@pytest.mark.parametrize("sigma_max", [0.5, 4.2, 60.0])
@pytest.mark.parametrize("target", [Moons(), TwoModes()])
def test_a_mixture_at_any_sigma_max(target, sigma_max):
    """However far p_σ_max is from round: it is the mixture's own."""
    truth = target.build(dtype=torch.float64)
    x = metrics.noisy_sample(truth, 100, 0.2, generator(3))
    found = log_likelihood(truth, x, 0.2, sigma_max, 256, truth)
    assert norm(found - exact(truth, x, 0.2)) < 0.01
    assert float(found.std()) > 0.3  # the points differ by far more than the error


def test_a_painted_target_in_float32():
    truth = Painted(base=Moons()).build()
    x = metrics.noisy_sample(truth, 40, 0.3, generator(3))
    found = log_likelihood(truth, x, 0.3, 4.0, 128, truth)
    assert norm(found - truth.log_density(x, 0.3)) < 0.02


def test_a_wrong_field_carries_the_end_density_along_its_own_flow():
    """The flow of the score of N(0, (b² + σ²) I) stretches the plane by √((b² + σ₁²)/(b² + σ_L²)).

    So N(0, (a² + σ₁²) I) arrives as a Gaussian whose variance is known.
    """
    right, wrong = (
        Mixture(weights=(1,), means=((0, 0),), stds=(std,)).build(dtype=torch.float64) for std in (1.5, 0.8)
    )
    x = metrics.noisy_sample(right, 100, 0.5, generator(4))
    found = log_likelihood(wrong, x, 0.5, 4.2, 256, right)
    v = (1.5**2 + 4.2**2) * (0.8**2 + 0.5**2) / (0.8**2 + 4.2**2)
    assert norm(found - (-x.square().sum(1) / (2 * v) - math.log(2 * math.pi * v))) < 2e-3


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
    end = Mixture(weights=(1,), means=((0, 0),), stds=(math.sqrt(0.5),)).build(dtype=torch.float64)
    log_p = log_likelihood(Swirl(), x, 0.1, 3.0, 64, end)
    assert abs(calculus.log_partition(-log_p.reshape(121, 121), region)) < 2e-3
    assert float(log_p.max() - log_p.min()) > 10


def test_no_graph_is_left():
    x = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    found = of_gaussian(x, steps=2)
    assert not found.requires_grad
    assert bool(found.isfinite().all())
    assert math.isfinite(float(of_gaussian(torch.full((1, 2), 200.0, dtype=torch.float64))))
