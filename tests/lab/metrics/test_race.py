"""The race of samplers: equal cost, the same start, and distances that are those of the closed form."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin, PredictorCorrector, ProbabilityFlow, ReverseSDE, State
from ncsn_viz.core.targets import Mixture, TwoModes
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec, View
from ncsn_viz.lab.experiment.commands import RunRace
from ncsn_viz.lab.experiment.view import CONTESTANTS
from ncsn_viz.lab.metrics import race
from ncsn_viz.lab.metrics.race import BUDGETS, PARTICLES, Race, contestants
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler

STD = 0.7
GAUSSIAN = Mixture(weights=(1.0,), means=((0.0, 0.0),), stds=(STD,))


def run(target, names, noise=(8.0, 0.05), seed=0):
    truth = target.build()
    made = Race(truth, truth, noise, names, 17, seed)
    for _ in made.run(torch.device("cpu")):
        pass
    return made.result


@pytest.mark.parametrize("sampler", [
    ProbabilityFlow(solver="euler"), ProbabilityFlow(solver="dpm_2m"), ProbabilityFlow(),
    ProbabilityFlow(to_zero=False), ReverseSDE(), PredictorCorrector(corrections=2),
    AnnealedLangevin(), AnnealedLangevin(denoise=True),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 11, 50, 97])
def test_a_sampler_spends_what_it_is_given_and_no_more(sampler, count):
    truth, generator = GAUSSIAN.build(), torch.Generator().manual_seed(0)
    made = sampler.with_evaluations(count)
    if made is None:
        assert count <= 2 + getattr(sampler, "corrections", 0)
        return
    state = State(torch.randn(3, 2, generator=generator))
    for _ in range(made.num_steps()):
        state = made.step(state, truth, generator)
    each = {ProbabilityFlow: 2, PredictorCorrector: 3, AnnealedLangevin: made.sigmas().__len__()}.get(type(sampler), 1)
    assert count - each < state.evaluations <= count


def test_samplers_at_one_level_have_no_number_of_steps_that_is_cost_alone():
    none = {kind.kind for kind in SAMPLERS if kind().with_evaluations(20) is None}
    assert none == {"langevin", "gradient_flow", "mala", "underdamped_langevin", "hmc"}


def test_every_contestant_is_offered_and_every_offer_is_one():
    assert tuple(contestants((10.0, 0.1))) == CONTESTANTS


def test_ddim_on_a_gaussian_shrinks_as_its_closed_form():
    """Euler multiplies x by ∏ (1 − (σᵢ − σᵢ₊₁) σᵢ/(s² + σᵢ²)); so W₂ is |factor √(s² + σ₁²) − s|, along any line."""
    result, high = run(GAUSSIAN, ("ddim",)), 8.0
    for point in result.points["ddim"]:
        sigmas = (*ProbabilityFlow(sigma_max=high, sigma_min=0.05, steps=point.evaluations - 1).sigmas(), 0.0)
        factor = 1.0
        for here, there in pairwise(sigmas):
            factor *= 1 - (here - there) * here / (STD**2 + here**2)
        expected = abs(factor * math.sqrt(STD**2 + high**2) - STD)
        # 2,000 particles: the distance of a perfect sample is not 0
        assert point.distance == pytest.approx(math.hypot(expected, 0.5 * result.chance), abs=4 * point.error + 0.02)


def test_heun_is_the_nearer_the_more_it_may_spend_and_ends_at_chance_level():
    result = run(TwoModes(), ("heun", "reverse_sde"), noise=(10.0, 0.05))
    points = result.points["heun"]
    assert [point.evaluations for point in points] == [(budget - 1) // 2 * 2 + 1 for budget in BUDGETS]
    assert points[-1].distance < 0.2 * points[0].distance
    assert points[-1].distance < 1.5 * result.chance
    assert result.complete
    assert result.step == 17
    assert points[4].distance < result.points["reverse_sde"][4].distance  # 20 evaluations: without noise it is nearer


def test_a_race_is_the_same_for_a_seed_and_the_start_the_same_for_all():
    one, again = (run(GAUSSIAN, ("ddim", "reverse_sde"), seed=4) for _ in range(2))
    assert one == again
    alone = run(GAUSSIAN, ("reverse_sde",), seed=4)
    assert alone.points["reverse_sde"] == one.points["reverse_sde"]


def test_lanes_race_on_command_and_publish_as_they_go(monkeypatch):
    monkeypatch.setattr(race, "PARTICLES", 100)
    monkeypatch.setattr(race, "BUDGETS", (5, 10))
    net = ScoreMLP(hidden=16, layers=2)
    lanes = (LaneSpec(objective=NCSN(levels=4), net=net), LaneSpec(name="B", slot=1, objective=Denoising(), net=net))
    spec = Spec(lanes=lanes, particles=Particles(count=20), view=View(pixels=32, layers=("field",)))
    scheduler = FrameScheduler(Engine("cpu"))
    scheduler.apply(spec, [RunRace(0, ("ddim", "heun")), RunRace(1, ("ddim",))])
    seen = []
    for _ in range(300):
        seen.append(scheduler.frame().lanes[0].race)
        if seen[-1].complete:
            break
    assert seen[-1].complete
    assert [len(each.points["ddim"]) for each in seen] == sorted(len(each.points["ddim"]) for each in seen)
    assert [point.evaluations for point in seen[-1].points["heun"]] == [5, 9]
    assert scheduler.frame().lanes[1].race is None  # one noise level: there is no way from noise to data
    scheduler.apply(spec, [RunRace(0, ())])
    assert scheduler.frame().lanes[0].race is None
    assert PARTICLES == 2000
