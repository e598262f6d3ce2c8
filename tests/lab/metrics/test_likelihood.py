"""Likelihoods as they are shown: with their standard errors, against closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import generator

from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.core.targets import Mixture, TwoModes
from ncsn_viz.lab.metrics import MetricInputs
from ncsn_viz.lab.metrics.likelihood import of_field
from ncsn_viz.lab.training.evaluation_set import EvaluationSet, likelihood

CPU = torch.device("cpu")


def gaussian(std):
    return Mixture(weights=(1,), means=((0, 0),), stds=(std,)).build(dtype=torch.float64)


def of_score(field, truth, objective):
    """What is measured of a field without energy."""
    data = EvaluationSet.build(objective, truth, (-12.0, 12.0), 0, 4096, CPU)
    return of_field(MetricInputs(field, False, objective.sigmas(), truth, 0, data))


@pytest.mark.parametrize("sigma_max", [4.2, 10.0, 40.0])
def test_the_exact_score_has_the_entropy_at_any_largest_noise(sigma_max):
    """A round Gaussian in place of p_σ₁ would add .22 nats at σ₁ = 4.2, and .013 at 10."""
    truth = TwoModes().build()
    found = of_score(truth, truth, NCSN(sigma_max=sigma_max, sigma_min=0.5, distribution="log_uniform"))
    assert abs(found["kl"]) < 2e-3
    v, weights = 1 + 0.5**2, (0.2, 0.8)  # the modes of two_modes do not overlap
    entropy = math.log(2 * math.pi * v) + 1 - sum(w * math.log(w) for w in weights)
    assert abs(found["nll"] - entropy) < 4 * found["nll_error"]
    assert 0.01 < found["nll_error"] < 0.05


def test_a_wrong_score_has_the_divergence_of_what_it_flows_to():
    """KL of N(0, a I) to N(0, b I) in the plane is a/b − 1 − log(a/b)."""
    truth, wrong = gaussian(1.5), gaussian(1.0)
    found = of_score(wrong, truth, NCSN(sigma_max=6.0, sigma_min=0.5))
    a = 1.5**2 + 0.5**2
    b = (1.5**2 + 6.0**2) * (1.0**2 + 0.5**2) / (1.0**2 + 6.0**2)
    wanted = a / b - 1 - math.log(a / b)
    assert wanted > 0.2
    assert abs(found["kl"] - wanted) < 4 * found["kl_error"] + 1e-3
    assert found["kl_error"] < 0.5 * found["nll_error"]


def test_one_level_has_no_flow():
    truth = TwoModes().build()
    assert set(of_score(truth, truth, Denoising(sigma=0.5))) == {"nll_truth"}


def test_the_standard_error_is_the_spread_over_other_points():
    """Of N(0, I), as if it were N(0, 2 I): −log p has the variance 1/4, and log p − log q too."""
    one, other = gaussian(1.0), gaussian(math.sqrt(2))
    values = []
    for seed in range(300):
        x = one.sample(100, generator(seed))
        values.append(likelihood(other.log_density(x, 0.0), one.log_density(x, 0.0)))
    for name, variance in (("nll", 0.25), ("kl", 0.25)):
        each = torch.tensor([value[name] for value in values])
        error = torch.tensor([value[f"{name}_error"] for value in values]).mean()
        assert float(error) == pytest.approx(math.sqrt(variance / 100), rel=0.05)
        assert float(each.std()) == pytest.approx(float(error), rel=0.15)
    assert float(torch.tensor([value["kl"] for value in values]).mean()) == pytest.approx(math.log(2) - 0.5, abs=0.01)
