"""What a step was made of: drift and noise as they really were, told apart without drawing again."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.samplers import (
    HMC,
    MALA,
    SAMPLERS,
    AnnealedLangevin,
    GradientFlow,
    Langevin,
    PredictorCorrector,
    ProbabilityFlow,
    ReverseSDE,
    UnderdampedLangevin,
)
from ncsn_viz.core.targets import TwoModes

TRUTH = TwoModes().build(dtype=torch.float64)
X = TRUTH.sample(50, generator(1)) + 0.5


def first_moves(sampler, steps=3):
    """The state before each of the first steps, and after it."""
    draws = generator(2)
    state = sampler.init(X, draws)
    for _ in range(steps):
        after = sampler.step(state, TRUTH, draws)
        yield state, after
        state = after


@pytest.mark.parametrize("cls", SAMPLERS, ids=lambda cls: cls.kind)
def test_the_parts_of_a_step_are_the_whole_step(cls):
    for before, after in first_moves(cls()):
        move = after.components
        assert torch.equal(move.start, before.x)
        parts = move.drift + move.noise + (0 if move.inertia is None else move.inertia)
        assert norm(move.start + parts - move.end) < 1e-12
        refused = (after.x == before.x).all(1)
        assert torch.equal(move.end[~refused], after.x[~refused])
        assert after.proposed or not refused.any()
        assert norm(move.drift) > 1e-4


@pytest.mark.parametrize(
    ("sampler", "factor"),
    [
        (GradientFlow(step_size=0.03, sigma=0.4), 0.03),
        (Langevin(step_size=0.03, sigma=0.4), 0.03),
        (MALA(step_size=0.03, sigma=0.4), 0.03),
        (AnnealedLangevin(step_size=0.003, sigma_max=4, sigma_min=0.2, levels=5), 0.003 * 20**2),
        (ProbabilityFlow(sigma_max=4, sigma_min=2, steps=1, solver="euler"), 4 * (4 - 2)),
        (ReverseSDE(sigma_max=4, sigma_min=2, steps=1), 16 - 4),
        (PredictorCorrector(sigma_max=4, sigma_min=2, steps=1, corrections=0), 16 - 4),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_the_drift_is_a_multiple_of_the_score(sampler, factor):
    before, after = next(first_moves(sampler))
    assert norm(after.components.drift - factor * TRUTH.score(before.x, sampler.sigma_at(0))) < 1e-12


@pytest.mark.parametrize("cls", [GradientFlow, ProbabilityFlow])
def test_a_flow_has_no_noise(cls):
    for _, after in first_moves(cls()):
        assert norm(after.components.noise) < 1e-12


def test_the_noise_is_the_one_that_was_drawn():
    draws = generator(2)
    state = Langevin(step_size=0.1, sigma=1).init(X, draws)
    moved = Langevin(step_size=0.1, sigma=1).step(state, TRUTH, draws)
    z = torch.randn(X.shape, generator=generator(2), dtype=X.dtype)
    assert norm(moved.components.noise - math.sqrt(0.2) * z) < 1e-12


def test_inertia_friction_and_kick():
    sampler = UnderdampedLangevin(step_size=0.02, friction=2, sigma=1)
    h = math.sqrt(0.04)
    keep = math.exp(-2 * h)
    for kick, (before, after) in zip((h / 2, h, h), first_moves(sampler), strict=True):
        score = TRUTH.score(before.x, 1)
        assert norm(after.components.inertia - h / 2 * (1 + keep) * before.velocity) < 1e-12
        assert norm(after.components.drift - h / 2 * (1 + keep) * kick * score) < 1e-12
        z = (after.velocity - keep * (before.velocity + kick * score)) / math.sqrt(1 - keep**2)
        assert norm(after.components.noise - h / 2 * math.sqrt(1 - keep**2) * z) < 1e-12


def test_one_leap_of_hmc_is_the_proposal_of_mala():
    """x + h v + h²/2 s with h = √(2η): the same drift η s, and the push is the noise."""
    settings = {"step_size": 0.05, "sigma": 0.3}
    (_, leap), (_, proposal) = next(first_moves(HMC(leaps=1, **settings))), next(first_moves(MALA(**settings)))
    assert norm(leap.components.drift - proposal.components.drift) < 1e-12
    assert norm(leap.components.noise - proposal.components.noise) < 1e-12


def test_corrections_add_to_the_drift():
    """With and without a correction the first draw is the same, so what differs is the correction itself."""
    settings = {"sigma_max": 4, "sigma_min": 2, "steps": 1}
    _, plain = next(first_moves(PredictorCorrector(corrections=0, **settings)))
    before, mended = next(first_moves(PredictorCorrector(corrections=1, ratio=0.1, **settings)))
    added = mended.components.drift - plain.components.drift
    along = TRUTH.score(plain.x, 2)
    eta = (added / along).mean()
    assert norm(added - eta * along) < 1e-9
    assert float(eta) > 0
    assert torch.equal(mended.components.start, before.x)
