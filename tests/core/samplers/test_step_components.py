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
    State,
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


LADDER = {"sigma_max": 4, "sigma_min": 2, "steps": 3}
SINGLE = {"step_size": 0.03, "sigma": 0.4}
FORMULAS = [  # a sampler, the number of its step, and the factors of s, z and v, by hand
    (GradientFlow(**SINGLE), 5, 0.03, 0, 0),
    (Langevin(**SINGLE), 5, 0.03, math.sqrt(0.06), 0),
    (MALA(**SINGLE), 5, 0.03, math.sqrt(0.06), 0),
    (HMC(leaps=4, jitter=0, **SINGLE), 5, None, 4 * math.sqrt(0.06), 0),
    (UnderdampedLangevin(friction=2, **SINGLE), 0, 0.015 * (1 + math.exp(-2 * math.sqrt(0.06))),
     math.sqrt(0.015 * (1 - math.exp(-4 * math.sqrt(0.06)))), math.sqrt(0.015) * (1 + math.exp(-2 * math.sqrt(0.06)))),
    (UnderdampedLangevin(friction=2, **SINGLE), 5, 0.03 * (1 + math.exp(-2 * math.sqrt(0.06))),
     math.sqrt(0.015 * (1 - math.exp(-4 * math.sqrt(0.06)))), math.sqrt(0.015) * (1 + math.exp(-2 * math.sqrt(0.06)))),
    (AnnealedLangevin(0.003, sigma_max=4, sigma_min=0.2, levels=5), 0, 0.003 * 20**2, math.sqrt(0.006) * 20, 0),
    (AnnealedLangevin(0.003, sigma_max=4, sigma_min=0.2, levels=5, steps_per_level=2), 9, 0.003, math.sqrt(0.006), 0),
    (AnnealedLangevin(sigma_min=0.2, levels=5, steps_per_level=2, denoise=True), 10, 0.04, 0, 0),
    (ReverseSDE(**LADDER), 0, 16 * (1 - 0.5 ** (2 / 3)), 4 * math.sqrt(1 - 0.5 ** (2 / 3)), 0),
    (ReverseSDE(**LADDER), 3, 4, 0, 0),
    (PredictorCorrector(corrections=0, **LADDER), 0, 16 * (1 - 0.5 ** (2 / 3)), 4 * math.sqrt(1 - 0.5 ** (2 / 3)), 0),
    (PredictorCorrector(**LADDER), 0, None, None, 0),
    (PredictorCorrector(**LADDER), 3, 4, 0, 0),
    (ProbabilityFlow(solver="euler", **LADDER), 0, 16 * (1 - 0.5 ** (1 / 3)), 0, 0),
    (ProbabilityFlow(**LADDER), 0, None, 0, 0),
    (ProbabilityFlow(**LADDER), 3, 4, 0, 0),
    (HMC(leaps=4, **SINGLE), 5, None, None, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sampler", "number", "drift", "noise", "inertia"), FORMULAS, ids=lambda value: getattr(value, "kind", "")
)
def test_the_formula_of_a_step_is_what_the_step_does(sampler, number, drift, noise, inertia):
    """Its factors are those by hand, and those of the step that is taken, whose noise has that standard deviation."""
    formula = sampler.step_formula(number)
    wanted = (drift, noise, inertia)
    found = (formula.drift_factor, formula.noise_factor, formula.inertia_factor)
    assert found == tuple(value if value is None else pytest.approx(value) for value in wanted)
    assert bool(formula.noise) == (noise != 0)
    assert bool(formula.inertia) == (inertia != 0)
    x = X.repeat(40, 1)
    velocity = torch.randn(x.shape, generator=generator(5), dtype=x.dtype) if inertia else None
    step = sampler.step(State(x, number, velocity=velocity), TRUTH, generator(6)).components
    if drift is not None:
        assert norm(step.drift - drift * TRUTH.score(x, sampler.sigma_at(number))) < 1e-9
    if noise is not None:
        assert float(step.noise.std()) == pytest.approx(noise, rel=0.05, abs=1e-9)
    assert (step.inertia is None) == (not inertia)
    if inertia:
        assert norm(step.inertia - inertia * velocity) < 1e-12


def test_every_sampler_says_what_its_step_adds():
    assert {type(sampler) for sampler, *_ in FORMULAS} == set(SAMPLERS)


def test_a_path_of_leaps_bends_by_the_scores_on_its_way():
    """h² (½ℓ s₀ + Σₖ (ℓ − k) sₖ), where xₖ are the points of the leapfrog."""
    sampler = HMC(leaps=4, jitter=0, **SINGLE)
    step = sampler.step(State(X), TRUTH, generator(6)).components
    h = math.sqrt(0.06)
    x, v, scores = X, step.noise / (4 * h), []
    for _ in range(4):
        scores.append(TRUTH.score(x, 0.4))
        v = v + h / 2 * scores[-1]
        x = x + h * v
        v = v + h / 2 * TRUTH.score(x, 0.4)
    bend = h**2 * (2 * scores[0] + sum((4 - k) * scores[k] for k in (1, 2, 3)))
    assert norm(step.drift - bend) < 1e-9


def test_heun_goes_along_the_mean_of_two_slopes():
    before, after = next(first_moves(ProbabilityFlow(sigma_max=4, sigma_min=2, steps=1)))
    here, there = (
        sigma * TRUTH.score(x, sigma) for sigma, x in ((4, before.x), (2, before.x + 8 * TRUTH.score(before.x, 4)))
    )
    assert norm(after.components.drift - (4 - 2) / 2 * (here + there)) < 1e-9


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
