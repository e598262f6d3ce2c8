"""Schedules: where levels lie, and that objectives and samplers take theirs from the one that is named."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import relative

from ncsn_viz.core.knobs import ValidationError, to_json
from ncsn_viz.core.objectives import NCSN
from ncsn_viz.core.samplers import AnnealedLangevin, PredictorCorrector, ProbabilityFlow, ReverseSDE
from ncsn_viz.core.schedules import SCHEDULES, EvenSigma, Geometric, Karras, LinearPath, VPCosine, VPLinear

SCHEDULED = (NCSN, AnnealedLangevin, ReverseSDE, PredictorCorrector, ProbabilityFlow)
T = torch.linspace(1e-3, 0.999, 200, dtype=torch.float64)


def test_geometric():
    assert Geometric(8, 0.5).sigmas(5) == pytest.approx((8, 4, 2, 1, 0.5))
    assert Geometric(8, 0.5).sigmas(1) == (0.5,)
    assert Geometric(3, 3).sigmas(3) == (3, 3, 3)


def test_karras():
    """Algorithm 1 of Karras et al. 2022, with its own count of steps."""
    wanted = [(80 ** (1 / 7) + i / 17 * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7 for i in range(18)]
    assert Karras(80, 0.002).sigmas(18) == pytest.approx(wanted)


def test_even():
    assert EvenSigma(4, 1).sigmas(4) == pytest.approx((4, 3, 2, 1))


def test_linear_beta_is_that_of_a_thousand_steps():
    """ᾱ = Π(1 − βᵢ) of Ho et al. 2020 in the limit of many steps: α² within what is of second order in β."""
    beta = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    product = torch.cumprod(1 - beta, 0)
    times = torch.arange(1, 1001, dtype=torch.float64) / 1000
    apart = VPLinear().alpha(times).square().log() - product.log()
    assert float(apart.abs().max()) < 1.01 * float((beta.square() / 2).sum()) + 1e-2
    steps = 100_000
    beta = (0.1 + 19.9 * torch.arange(1, steps + 1, dtype=torch.float64) / steps) / steps
    product = torch.cumprod(1 - beta, 0)
    assert abs(2 * math.log(VPLinear().alpha(0.37)) - float(product[int(0.37 * steps) - 1].log())) < 1e-3


def test_cosine_is_the_paper_s():
    f = torch.cos((T + 0.008) / 1.008 * math.pi / 2).square()
    assert relative(VPCosine().alpha(T).square(), f / math.cos(0.008 / 1.008 * math.pi / 2) ** 2) < 1e-12


def test_linear_is_straight():
    path = LinearPath()
    assert torch.equal(path.alpha(T) + path.sigma(T), torch.ones_like(T))
    assert (path.alpha(0.0), path.sigma(0.0), path.alpha(1.0), path.sigma(1.0)) == (1, 0, 0, 1)
    assert path.time(1.0) == 0.5


@pytest.mark.parametrize("cls", [VPLinear, VPCosine], ids=lambda cls: cls.kind)
def test_variance_is_preserved(cls):
    assert relative(cls().alpha(T).square() + cls().sigma(T).square(), torch.ones_like(T)) < 1e-14


@pytest.mark.parametrize("cls", SCHEDULES, ids=lambda cls: cls.kind)
def test_the_density_of_time_adds_up(cls):
    """∫ dt/d log σ̂ d log σ̂ is the time between the ends."""
    made = cls(10.0, 0.05)
    logs = torch.linspace(math.log(0.05), math.log(10.0), 4001, dtype=torch.float64)
    found = float(torch.trapezoid(made.time_density(logs.exp()), logs))
    assert found == pytest.approx(made.times[0] - made.times[1], rel=1e-5)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda cls: cls.kind)
@pytest.mark.parametrize("cls", SCHEDULED, ids=lambda cls: cls.kind)
def test_levels_are_those_of_the_chosen_schedule(cls, schedule):
    made = cls(sigma_max=4.0, sigma_min=1.0, schedule=schedule.kind)
    found = made.sigmas()
    assert len(found) > 2
    assert found == schedule(4.0, 1.0).sigmas(len(found))
    assert to_json(made)["schedule"] == schedule.kind


def test_an_unknown_schedule_is_refused():
    with pytest.raises(ValidationError, match="schedule"):
        NCSN(schedule="quadratic")


@pytest.mark.parametrize("cls", SCHEDULED, ids=lambda cls: cls.kind)
def test_the_smallest_level_may_not_exceed_the_largest(cls):
    with pytest.raises(ValidationError, match="sigma_min must not exceed sigma_max = 1, but is 2"):
        cls(sigma_max=1.0, sigma_min=2.0)
