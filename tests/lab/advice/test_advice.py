"""Advice: the thresholds are right, because the samplers are run on both sides of them."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from helpers import generator, half_fisher, random_settings

from ncsn_viz.core import knobs as k
from ncsn_viz.core.analysis import noisy_sample
from ncsn_viz.core.analysis.wasserstein import sliced_w2
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import (
    NCSN,
    OBJECTIVES,
    ContrastiveDivergence,
    Denoising,
    Implicit,
    MaximumLikelihood,
    NoiseContrastive,
    Sliced,
)
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
from ncsn_viz.core.targets import TARGETS, EightGaussians, Mixture, Moons, Painted, Spiral, TwoModes
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.advice import RuleContext, advice
from ncsn_viz.lab.advice.noise_rules import largest_ratio
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec
from ncsn_viz.lab.storage import experiment_files

ONE = Mixture(weights=(1,), means=((0, 0),), stds=(0.5,))
V = 0.25  # its variance


def spec_of(sampler=None, target=ONE, score_from="true", particles=None, **lane):
    sampler = sampler or AnnealedLangevin()
    made = LaneSpec(sampler=sampler, score_from=score_from, **lane)
    return Spec(target=target, lanes=(made,), particles=particles or Particles())


def warned(spec):
    """The knobs of all warnings."""
    return [found.knob for found in advice(spec) if not found.info]


def remedied(spec, knob):
    """The Spec with the remedies of all advice about one knob."""
    for found in advice(spec):
        if found.knob == knob:
            spec = found.remedy.edit(spec)
    assert knob not in warned(spec)
    return spec


def sampled(sampler, target, start="uniform", n=1000, steps=None):
    """Particles at the end, run on the exact score."""
    truth, g = target.build(), generator()
    x = truth.sample(n, g) if start == "data" else torch.rand(n, 2, generator=g) * 16 - 8
    state = sampler.init(x, g)
    for _ in range(steps or sampler.num_steps()):
        state = sampler.step(state, truth, g)
    return state


def lighter(sampler, target=None):
    """The weight found for a mode whose true weight is 0.2."""
    target = target or TwoModes()
    return float(target.build().mode_weights(sampled(sampler, target).x)[0])


def width(state):
    return float(state.x.std()) / V**0.5


# -- steps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Langevin, GradientFlow, UnderdampedLangevin])
def test_single_level_dynamics_are_thrown_out_above_twice_the_variance_and_not_below(kind):
    below, above = (kind(step_size=a * V, steps=300) for a in (1.9, 2.1))
    assert warned(spec_of(above)) == ["sampler.step_size"]
    assert "thrown out" in advice(spec_of(above))[0].sentence
    assert not any("thrown out" in found.sentence for found in advice(spec_of(below)))
    assert width(sampled(below, ONE, "data")) < 6
    far = sampled(above, ONE, "data")
    assert not width(far) < 1e6
    good = remedied(spec_of(above), "sampler.step_size").lanes[0].sampler
    assert width(sampled(good, ONE, "data")) < 1.1


@pytest.mark.parametrize("a", [1.2, 1.5, 1.8])
def test_langevin_settles_as_much_too_wide_as_the_advice_says(a):
    sampler = Langevin(step_size=a * V, steps=300)
    (found,) = [found for found in advice(spec_of(sampler)) if not found.info]
    claimed = float(found.sentence.split("settle ")[1].split()[0])
    assert width(sampled(sampler, ONE)) == pytest.approx(claimed, rel=0.1)
    assert warned(spec_of(Langevin(step_size=0.9 * V))) == []


def test_hmc_and_mala_refuse_above_their_thresholds():
    assert sampled(HMC(step_size=1.9 * V, steps=100), ONE, "data").acceptance > 0.2
    assert sampled(HMC(step_size=2.1 * V, steps=100), ONE, "data").acceptance < 0.01
    assert "refused" in advice(spec_of(HMC(step_size=2.1 * V)))[0].sentence
    assert warned(spec_of(HMC(step_size=1.9 * V))) == []
    assert sampled(MALA(step_size=2.9 * V, steps=300), ONE, "data").acceptance < 0.15
    assert sampled(MALA(step_size=2.0 * V, steps=300), ONE, "data").acceptance > 0.25
    assert warned(spec_of(MALA(step_size=3.1 * V))) == ["sampler.step_size"]
    assert warned(spec_of(MALA(step_size=2.0 * V))) == []


@pytest.mark.parametrize("target", [ONE, Moons(), Spiral()])
def test_annealing_flies_off_above_the_threshold_of_its_first_level(target):
    v = target.statistics().min_std ** 2
    edge = 2 * 0.1**2 * (v + 10**2) / 10**2  # η σ₁²/σ_L² = 2 (v + σ₁²)
    below, above = (AnnealedLangevin(step_size=a * edge) for a in (0.9, 1.15))
    spec = spec_of(above, target)
    assert "fly off" in advice(spec)[0].sentence
    assert not any("fly off" in found.sentence for found in advice(spec_of(below, target)))
    assert sampled(below, target, n=100).x.abs().max() < 100
    assert not sampled(above, target, n=100).x.abs().max() < 1e4
    good = remedied(spec, "sampler.step_size").lanes[0].sampler
    assert sliced_w2(target.build(), sampled(good, target, n=400).x).mean < 0.8


def test_the_first_level_decides_also_where_the_last_one_is_harmless():
    wide = Mixture(weights=(1,), means=((0, 0),), stds=(2.0,))
    sampler = AnnealedLangevin(step_size=0.05)  # 5 σ_L², and a hundredth of v + σ_L²
    (found,) = [found for found in advice(spec_of(sampler, wide)) if not found.info]
    assert "level 1" in found.sentence
    assert not sampled(sampler, wide).x.abs().max() < 1e4


def test_annealing_that_overshoots_at_its_last_level_ends_as_wide_as_the_advice_says():
    target = Mixture(weights=(1,), means=((0, 0),), stds=(0.01,))
    sampler = AnnealedLangevin(step_size=1.5 * 0.1**2)
    (found,) = [found for found in advice(spec_of(sampler, target)) if not found.info]
    claimed = float(found.sentence.split("settle ")[1].split()[0])
    blurred = (0.01**2 + 0.1**2) ** 0.5
    assert float(sampled(sampler, target).x.std()) / blurred == pytest.approx(claimed, rel=0.1)


def test_a_painting_is_judged_by_its_strokes_and_by_what_lies_outside_of_them():
    line = Painted(strokes=(Stroke(size=1.0, points=((-3, 0), (3, 0))),))
    h2 = line.effective_bandwidth() ** 2
    for a in (1.5, 2.2):  # of h²: the stroke is wider
        assert warned(spec_of(Langevin(step_size=a * h2, steps=400), line)) == []
        assert sampled(Langevin(step_size=a * h2, steps=300), line).x.abs().max() < 20
    wild = Langevin(step_size=4 * h2, steps=300)
    assert warned(spec_of(wild, line)) == ["sampler.step_size"]
    assert not sampled(wild, line).x.abs().max() < 1e4
    tame = remedied(spec_of(wild, line), "sampler.step_size").lanes[0].sampler
    assert sampled(replace(tame, steps=300), line).x.abs().max() < 20
    assert warned(spec_of(wild, line, particles=Particles(start="data"))) == []
    assert sampled(wild, line, "data").x.abs().max() < 20
    assert warned(spec_of(Langevin(step_size=4 * h2), Painted(base=Moons()))) == []
    assert advice(spec_of(Langevin(), Painted()))[0].info


def test_bold_corrections_widen():
    bold, meek = (PredictorCorrector(ratio=r, steps=100, corrections=3, to_zero=False) for r in (1.4, 0.16))
    assert warned(spec_of(bold)) == ["sampler.ratio"]
    assert warned(spec_of(meek)) == []
    assert width(sampled(bold, ONE)) > 1.5
    assert width(sampled(meek, ONE)) < 1.1


def test_too_few_steps_do_not_arrive():
    short, long = (Langevin(step_size=0.1 * V, steps=steps) for steps in (15, 60))
    assert warned(spec_of(short)) == ["sampler.steps"]
    assert warned(spec_of(long)) == []
    assert width(sampled(short, ONE)) > 1.5
    assert width(sampled(long, ONE)) < 1.15
    assert width(sampled(remedied(spec_of(short), "sampler.steps").lanes[0].sampler, ONE)) < 1.15
    assert warned(spec_of(short, particles=Particles(start="data"))) == []


# -- noise levels ---------------------------------------------------------------------------------------------------


def pair(apart, std=0.4):
    return Mixture(weights=(0.2, 0.8), means=((-apart * std / 2, 0), (apart * std / 2, 0)), stds=(std, std))


def test_one_noise_level_gets_the_weights_of_far_modes_wrong():
    sampler = Langevin(step_size=0.1 * 0.4**2)
    assert warned(spec_of(sampler, pair(8))) == ["sampler"]
    assert lighter(sampler, pair(8)) > 0.35
    assert warned(spec_of(sampler, pair(5))) == []
    assert lighter(sampler, pair(5)) == pytest.approx(0.2, abs=0.06)
    good = remedied(spec_of(sampler, TwoModes()), "sampler").lanes[0].sampler
    assert lighter(good) == pytest.approx(0.2, abs=0.06)
    assert warned(spec_of(Langevin(sigma=5.0, step_size=1.0), TwoModes())) == []  # one hill at that noise


def test_the_remedy_for_far_modes_keeps_the_objective():
    (found,) = advice(spec_of(Langevin(), TwoModes(), "learned", objective=Denoising(sigma=0.1)))
    assert found.knob == "sampler"
    assert "no data between them teach" in found.sentence
    assert "NCSN" in found.sentence
    assert found.remedy is None  # one level has no way, and another objective is not for us to choose
    ladder = NCSN(sigma_max=20, sigma_min=0.5, levels=9)
    lane = remedied(spec_of(Langevin(), TwoModes(), "learned", objective=ladder), "sampler").lanes[0]
    assert lane.objective == ladder
    assert lane.sampler.sigmas() == ladder.sigmas()
    lane = remedied(spec_of(Langevin(), TwoModes(), objective=Denoising()), "sampler").lanes[0]
    assert lane.objective == Denoising()  # particles on the exact score anneal over any levels
    assert lane.sampler.sigmas()[0] > TwoModes().statistics().std


def test_annealing_from_too_little_noise_keeps_the_start():
    little, much = AnnealedLangevin(sigma_max=1.5), AnnealedLangevin(sigma_max=6)
    assert warned(spec_of(little, TwoModes())) == ["sampler.sigma_max"]
    assert lighter(little) > 0.4
    assert warned(spec_of(much, TwoModes())) == []
    assert lighter(much) == pytest.approx(0.2, abs=0.07)
    assert lighter(remedied(spec_of(little, TwoModes()), "sampler.sigma_max").lanes[0].sampler) < 0.27
    assert warned(spec_of(little, TwoModes(), particles=Particles(start="data"))) == []


@pytest.mark.parametrize("kind", [ReverseSDE, ProbabilityFlow])
def test_reverse_time_from_too_little_noise_keeps_the_start(kind):
    little = kind(sigma_max=3)
    assert warned(spec_of(little, TwoModes())) == ["sampler.sigma_max"]
    good = remedied(spec_of(little, TwoModes()), "sampler.sigma_max").lanes[0].sampler
    assert lighter(little) > 0.4
    assert lighter(good) < 0.33


def test_a_raised_first_level_is_learned_as_well():
    ladder = {"sigma_max": 1.0, "sigma_min": 0.1, "levels": 10}
    spec = spec_of(AnnealedLangevin(**ladder), TwoModes(), "learned", objective=NCSN(**ladder))
    lane = remedied(spec, "sampler.sigma_max").lanes[0]
    assert lane.objective.sigma_max == lane.sampler.sigma_max > 6


def test_few_levels_freeze_the_weights():
    few, enough = AnnealedLangevin(levels=3), AnnealedLangevin(levels=10)
    assert warned(spec_of(few, TwoModes())) == ["sampler.levels"]
    assert warned(spec_of(enough, TwoModes())) == []
    assert lighter(few) > 0.3
    assert lighter(enough) < 0.27
    assert remedied(spec_of(few, TwoModes()), "sampler.levels").lanes[0].sampler.levels >= 9
    assert warned(spec_of(AnnealedLangevin(levels=1), Moons())) == ["sampler.levels"]


def test_few_reverse_steps_are_coarse():
    few, enough = (ReverseSDE(sigma_max=20, sigma_min=0.1, steps=steps) for steps in (5, 50))
    assert warned(spec_of(few, TwoModes())) == ["sampler.steps"]
    assert warned(spec_of(enough, TwoModes())) == []
    truth = TwoModes().build()
    assert sliced_w2(truth, sampled(few, TwoModes(), "data").x).mean > 2
    assert sliced_w2(truth, sampled(enough, TwoModes(), "data").x).mean < 1.5


def test_noise_levels_that_were_not_learned():
    spec = spec_of(AnnealedLangevin(sigma_max=50, levels=14), score_from="learned", objective=NCSN())
    lane = remedied(spec, "sampler.sigma_max").lanes[0]
    assert lane.sampler.sigma_max == lane.objective.sigma_max
    assert lane.sampler.step_size == 0.001
    fine = Mixture(weights=(1,), means=((0, 0),), stds=(0.02,))
    low = AnnealedLangevin(step_size=1e-5, sigma_max=5, sigma_min=0.01, levels=14)
    spec = spec_of(low, fine, "learned", objective=NCSN())
    lane = remedied(spec, "sampler.sigma_min").lanes[0]
    assert lane.sampler.sigma_min == lane.objective.sigma_min
    assert lane.sampler.step_size / 0.1**2 == pytest.approx(low.step_size / 0.01**2)
    spec = spec_of(AnnealedLangevin(), score_from="learned", objective=Denoising())
    assert warned(spec) == ["sampler"]
    assert "Use Langevin, σ = 0.3" in [found.fix for found in advice(spec)]
    lane = remedied(spec, "sampler").lanes[0]
    assert (lane.objective, lane.sampler) == (Denoising(), Langevin(sigma=0.3))
    energy = spec_of(AnnealedLangevin(), score_from="learned", objective=Denoising(), net=EnergyMLP())
    assert ["throw" in advice(each)[0].sentence for each in (spec, energy)] == [True, False]
    assert warned(spec_of(AnnealedLangevin(), objective=Denoising())) == []  # the truth knows every level
    spec = spec_of(Langevin(sigma=2.0), score_from="learned", objective=Denoising())
    assert remedied(spec, "sampler.sigma").lanes[0].sampler.sigma == 0.3
    assert warned(spec_of(Langevin(), score_from="learned", objective=Denoising())) == []


# -- training -------------------------------------------------------------------------------------------------------


def error_after(steps, target, **lane):
    """Half the Fisher divergence that a small network is left with."""
    engine = Engine("cpu", curve_points=512)
    made = LaneSpec(**({"sampler": Langevin(), "net": ScoreMLP(hidden=64, layers=2)} | lane))
    engine.apply(Spec(target=target, lanes=(made,), particles=Particles(count=4)))
    for _ in engine.prepare():
        pass
    for _ in range(steps):
        engine.train()
    learner = engine.lanes[0].trainer
    return learner.evaluation_set.own.on_data(learner.learned_field).mean


def test_a_learning_rate_that_is_too_large_learns_less():
    def lane(rate):
        return {"objective": Sliced(), "optimizer": Optimizer(learning_rate=rate)}

    spec = spec_of(Langevin(), Moons(), **lane(0.2))
    assert warned(spec) == ["optimizer.learning_rate"]
    assert remedied(spec, "optimizer.learning_rate").lanes[0].optimizer == Optimizer()
    assert error_after(200, Moons(), **lane(0.2)) > 1.5 * error_after(200, Moons(), **lane(0.01))


def test_relu_gives_implicit_score_matching_a_wrong_gradient():
    """The slope of the loss in the biases of the first layer, by autograd and by differences of the loss itself."""
    for activation, wrong in (("silu", False), ("relu", True)):
        lane = {"objective": Implicit(), "net": ScoreMLP(hidden=32, layers=1, activation=activation)}
        assert warned(spec_of(Langevin(), Moons(), **lane)) == ["net.activation"] * wrong
        net = lane["net"].build(generator(), dtype=torch.float64)
        x = torch.rand(50_000, 2, generator=generator(), dtype=torch.float64) * 4 - 2
        bias = net.mlp.stack[0].bias
        (slope,) = torch.autograd.grad(Implicit().loss(net, x, None, generator()).loss, bias)
        measured = torch.stack([_slope(net, bias, which, x) for which in range(len(bias))])
        assert (float((slope - measured).norm()) > 0.2 * float(measured.norm())) == wrong, activation


def _slope(net, bias, which, x, step=0.02):
    """The difference quotient of the loss in one bias."""
    with torch.no_grad():
        losses = []
        for there in (step, -2 * step):
            bias[which] += there
            losses.append(Implicit().loss(net, x, None, generator()).loss)
        bias[which] += step
    return (losses[0] - losses[1]) / (2 * step)


def test_several_levels_need_a_network_conditioned_on_the_level():
    for conditioning, share in (("none", 0.5), ("scale", 0.05)):
        spec = spec_of(objective=NCSN(), net=ScoreMLP(conditioning=conditioning))
        assert warned(spec) == ["net.conditioning"]
        assert warned(remedied(spec, "net.conditioning")) == []
        assert unexplained(conditioning) > share
    assert warned(spec_of(objective=NCSN(), net=ScoreMLP(conditioning="embedding"))) == []
    assert warned(spec_of(Langevin(), objective=Denoising(), net=ScoreMLP(conditioning="none"))) == []


def unexplained(conditioning):
    """The share of the score at the middle level of the default ladder that the best field without σ misses."""
    truth, g, sigmas = Moons().build(), generator(), torch.tensor(NCSN().sigmas())
    middle = 5
    x = truth.sample(2000, g)
    x = x + sigmas[middle] * torch.randn(x.shape, generator=g)
    scores = torch.stack([truth.score(x, float(sigma)) for sigma in sigmas])
    log_p = torch.stack([truth.log_density(x, float(sigma)) for sigma in sigmas])
    column = sigmas[:, None, None]
    if conditioning == "none":  # the minimum of Σ σ² p_σ ‖f − s_σ‖²
        weights = torch.softmax(log_p + 2 * sigmas.log()[:, None], 0)
        best = (weights[..., None] * scores).sum(0)
    else:  # of Σ p_σ ‖f − σ s_σ‖², with the field f/σ
        best = (torch.softmax(log_p, 0)[..., None] * column * scores).sum(0) / sigmas[middle]
    return float((best - scores[middle]).square().sum() / scores[middle].square().sum())


@pytest.mark.parametrize("schedule", ["geometric", "ve_linear", "linear"])
def test_gaps_in_the_learned_ladder(schedule):
    spec = spec_of(objective=NCSN(levels=3, schedule=schedule))
    assert warned(spec) == ["objective.levels"]
    spec = remedied(spec, "objective.levels")
    assert warned(spec) == []
    assert spec.lanes[0].objective.schedule == ("geometric" if schedule == "ve_linear" else schedule)


@pytest.mark.parametrize("target", [Moons(), TwoModes()], ids=lambda target: target.kind)
@pytest.mark.parametrize("cls", [cls for cls in OBJECTIVES if cls.sampler_settings], ids=lambda cls: cls.kind)
def test_what_the_objectives_of_a_path_bring_needs_no_advice(cls, target):
    assert advice(Spec(target=target, lanes=(LaneSpec(objective=cls()),))) == ()


def test_steps_of_a_flow_may_be_long_where_noise_is_all():
    """Ratios of 3 from σ = 100 on, where samples of the truth's own flow are no worse than by short steps."""
    linear = ProbabilityFlow(100, 0.05, 50, solver="euler", schedule="linear")
    assert largest_ratio(linear.sigmas()) > 2.9
    assert warned(spec_of(linear)) == []
    assert warned(spec_of(ReverseSDE(100, 0.05, 50, schedule="linear"))) == ["sampler.steps"]
    assert warned(spec_of(replace(linear, steps=2))) == ["sampler.steps"]
    truth = Moons().build()
    spread = []
    for sampler in (linear, ReverseSDE(100, 0.05, 50, schedule="linear")):
        draws = generator(1)
        state = sampler.init(truth.sample(2000, draws), draws)
        while state.step < sampler.num_steps() and sampler.sigma_at(state.step) > 15:
            state = sampler.step(state, truth, draws)
        there = sampler.sigma_at(state.step)
        wanted = (noisy_sample(truth, 20_000, there, draws)).std()
        spread.append(float(state.x.std() / wanted))
    assert abs(spread[0] - 1) < 0.05
    assert abs(spread[1] - 1) > 0.3


@pytest.mark.parametrize(("sampler", "name"), [(AnnealedLangevin(levels=3, schedule="ve_linear"), "levels"),
                                               (ReverseSDE(steps=5, schedule="ve_linear"), "steps")])  # fmt: skip
def test_gaps_in_a_schedule_that_more_levels_do_not_close(sampler, name):
    spec = spec_of(sampler)
    assert warned(spec) == [f"sampler.{name}"]
    spec = remedied(spec, f"sampler.{name}")
    assert warned(spec) == []
    assert spec.lanes[0].sampler.schedule == "geometric"


def test_small_levels_drown_the_large_ones():
    ladder = {"sigma_max": 10, "sigma_min": 0.1, "levels": 10}
    anneals = AnnealedLangevin(**ladder)

    def spec_with(**more):
        return spec_of(anneals, TwoModes(), "learned", objective=NCSN(**ladder | more))

    assert warned(spec_with()) == warned(spec_with(distribution="log_uniform", levels=3)) == []
    for drowns in (spec_with(weighting="one"), spec_with(weighting="sigma")):
        assert warned(drowns) == ["objective.weighting"]
        assert warned(remedied(drowns, "objective.weighting")) == []
    loud, even = (error_far_out(NCSN(**ladder, weighting=chosen)) for chosen in ("one", "sigma2"))
    assert loud > 5 * even


def error_far_out(objective, steps=200):
    """σ₁² times the error at the largest level, after a few steps of training."""
    truth, draws = TwoModes().build(), generator(1)
    net = ScoreMLP(hidden=64).build(generator(2))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        objective.loss(net, truth.sample(128, draws), truth, draws).loss.backward()
        optimizer.step()
    high = objective.sigma_max
    return high**2 * half_fisher(net, truth, noisy_sample(truth, 2000, high, draws), high)


def energy(objective, target=ONE, **more):
    return spec_of(Langevin(step_size=0.01), target, objective=objective, net=EnergyMLP(), **more)


def test_the_grid_of_z_must_cover_and_resolve():
    truth = ONE.build(dtype=torch.float64)

    def error(objective):
        x = torch.zeros(1, 2, dtype=torch.float64)
        return max(abs(float(objective.log_z(truth, x, generator(seed)))) for seed in range(20))

    coarse, fine = MaximumLikelihood(nodes=16), MaximumLikelihood(nodes=26)  # spacings of 3 s and of 1.85 s
    assert warned(energy(coarse)) == ["objective.nodes"]
    assert error(coarse) > 0.2
    assert warned(energy(fine)) == []
    assert error(fine) < 0.02
    assert error(remedied(energy(coarse), "objective.nodes").lanes[0].objective) < 1e-3
    short = energy(MaximumLikelihood(half_width=4))
    assert warned(short) == ["objective.half_width"]
    assert "the window" in advice(short)[0].sentence
    assert warned(remedied(short, "objective.half_width")) == []
    outside = Mixture(weights=(1, 1), means=((0, 0), (11, 0)), stds=(1.0, 1.0))
    assert (
        "all the data" in next(a for a in advice(energy(MaximumLikelihood(), outside)) if "grid" in a.sentence).sentence
    )


def test_noise_must_cover_the_data():
    lane = {"net": EnergyMLP(hidden=32, layers=2)}
    little, enough = NoiseContrastive(noise_std=2), NoiseContrastive(noise_std=5)
    far = Mixture(weights=(1,), means=((6, 0),), stds=(1.0,))
    assert warned(energy(little, far)) == ["objective.noise_std"]
    assert warned(energy(enough, far)) == []
    assert warned(remedied(energy(little, far), "objective.noise_std")) == []
    assert error_after(300, far, objective=little, **lane) > 1.5 * error_after(300, far, objective=enough, **lane)


def test_chains_from_the_data_never_meet_the_other_mode():
    short = ContrastiveDivergence(start="data")
    assert "objective.start" in warned(energy(short, TwoModes()))
    assert "objective.start" not in warned(remedied(energy(short, TwoModes()), "objective.start"))
    assert "objective.start" not in warned(energy(short, Moons()))
    truth = TwoModes().build()
    start = truth.sample(2000, generator())
    end = short.run_chains(truth, start, generator(1))[0]
    assert not ((start[:, 0] > 0) != (end[:, 0] > 0)).any()
    wide = ContrastiveDivergence(step_size=0.3)
    assert warned(energy(wide)) == ["objective.step_size"]
    assert warned(remedied(energy(wide), "objective.step_size")) == []


def test_the_truth_hides_the_network():
    (found,) = advice(spec_of())
    assert found.info
    assert found.knob == "score_from"
    assert advice(found.remedy.edit(spec_of())) == ()


# -- all of it ------------------------------------------------------------------------------------------------------


def test_the_program_starts_without_advice():
    assert advice(Spec()) == ()


def test_defaults_of_every_kind_are_sound_on_the_moons():
    for cls in SAMPLERS:
        assert warned(spec_of(cls(), Moons())) == []
    for cls in OBJECTIVES:
        sampler = AnnealedLangevin() if cls is NCSN else Langevin()
        assert warned(spec_of(sampler, Moons(), "learned", objective=cls(), net=EnergyMLP())) == [], cls
    for cls in TARGETS:
        assert "sampler" not in warned(Spec(target=cls(), lanes=(LaneSpec(),)))


def test_every_advice_names_a_knob_and_reads_as_sentences():
    rng = random.Random(0)
    knobs = set()
    for _ in range(150):
        spec = random_spec(rng)
        for found in advice(spec):
            knobs.add(found.knob)
            at = spec.lanes[found.lane]
            for name in found.knob.split("."):
                assert name in k.knobs(at)
                at = getattr(at, name)
            assert found.sentence[0].isupper()
            assert found.sentence.endswith(".")
            assert "nan" not in found.sentence
            if found.remedy:
                assert found.fix
                assert isinstance(found.remedy.edit(spec), Spec), (spec, found)
    assert len(knobs) > 12


def test_following_all_advice_comes_to_an_end():
    rng = random.Random(1)
    for _ in range(60):
        spec = random_spec(rng)
        for _ in range(40):
            remedies = [found.remedy for found in advice(spec) if found.remedy]
            if not remedies:
                break
            spec = remedies[0].edit(spec)
        assert not any(found.remedy for found in advice(spec))


def random_spec(rng):
    while True:
        try:
            lanes = tuple(random_settings(LaneSpec, rng) for _ in range(2))
            lanes = tuple(replace(lane, name="") for lane in lanes)
            target = random_settings(rng.choice([EightGaussians, TwoModes, Moons, Mixture]), rng)
            return Spec(target=target, lanes=lanes)
        except k.ValidationError:
            continue


def test_a_kind_without_the_knob_of_a_remedy_gets_the_sentence_alone():
    context = RuleContext(0, spec_of(Langevin()), None)
    found = context.set_knobs("sampler.step_size", "Too large.", step_size=1e-9, levels=5)
    assert found.fix == "Set Step size to 1e-06"  # the least that there is; no word of levels
    assert found.remedy.edit(context.spec).lanes[0].sampler == Langevin(step_size=1e-6)
    found = context.set_knobs("sampler.levels", "Too few.", levels=5)
    assert (found.sentence, found.fix, found.remedy) == ("Too few.", "", None)


def test_advice_needs_no_torch():
    imports = "from ncsn_viz.lab.advice import advice; from ncsn_viz.lab.experiment.spec import Spec; "
    code = f"import sys; {imports} advice(Spec()); "
    done = subprocess.run([sys.executable, "-c", code + "sys.exit('torch' in sys.modules)"], timeout=60, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("lanes.0.objective.sigma=0", "lanes.0.objective.sigma must be between 0.01 and 50, not 0"),
        ("lanes.0.objective.sigma=50.0000001", "lanes.0.objective.sigma must be between 0.01 and 50, not 50.0000001"),
        ("lanes.0.objective.sigma=null", "lanes.0.objective.sigma must be a number, not null"),
        ("lanes.0.sampler.steps=0", "lanes.0.sampler.steps must be between 1 and 1000000, not 0"),
        ("particles.count=2000001", "particles.count must be between 1 and 1000000, not 2000001"),
        ("lanes.0.optimizer.learning_rate=1e-9", "must be between 1e-06 and 1, not 1e-09"),
        ("lanes.0.optimizer.batch_size=true", "must be a number, not true"),
    ],
)
def test_what_cannot_be_built_is_refused_in_exact_words(change, complaint):
    spec = Spec(lanes=(LaneSpec(objective=Denoising(), sampler=Langevin()),))
    with pytest.raises(k.ValidationError) as refused:
        experiment_files.with_changes(spec, [change])
    assert complaint in str(refused.value)
