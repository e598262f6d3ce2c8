"""Diagnosis: lanes that diverge or lose their particles, and remedies after which they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from engines import restart

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, ContrastiveDivergence, Denoising, Implicit, MaximumLikelihood, Sliced
from ncsn_viz.core.samplers import AnnealedLangevin, GradientFlow, Langevin
from ncsn_viz.core.targets import Moons
from ncsn_viz.lab.advice import advice, diagnose, diagnosis
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec, View, restarted
from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.lab.snapshot import DIVERGED, LaneSnapshot, Status

SMALL = {"hidden": 32, "layers": 2}
SCORE, ENERGY = ScoreMLP(**SMALL), EnergyMLP(**SMALL)
WIDE = EnergyMLP(hidden=64, layers=3)
DEEP, KINKED = ScoreMLP(hidden=32, layers=8), ScoreMLP(hidden=32, layers=8, activation="relu")


def lane_of(objective, net, rate=0.003, sampler=None, **changes):
    return LaneSpec(
        objective=objective, net=net, optimizer=Optimizer(learning_rate=rate, batch_size=64),
        sampler=sampler or Langevin(steps=50), **changes,
    )  # fmt: skip


def running(lane, **particles):
    engine = Engine("cpu", curve_points=32)
    engine.apply(Spec(target=Moons(), lanes=(lane,), particles=Particles(count=200, **particles), view=View(pixels=16)))
    return engine


def trained(engine, steps):
    for _ in range(steps):
        engine.train()
        if engine.lanes[0].trainer.diverged:
            break
    return engine


def found(engine):
    return diagnose(engine.spec, 0, engine.snapshot().lanes[0])


def cure(engine, remedy):
    """As the session does it: commands that restart a lane are edits of its learner."""
    spec = remedy.edit(engine.spec)
    slots = {command.slot for command in remedy.commands if isinstance(command, RestartLane)}
    others = [command for command in remedy.commands if not isinstance(command, RestartLane)]
    engine.apply(restarted(spec, slots) if slots else spec, others)


NO_HOLD = ContrastiveDivergence(start="data", chain=5, step_size=10, regulariser=0)
CASES = {
    "rate": (lane_of(Denoising(), KINKED, rate=1.0), 20, "optimizer.learning_rate"),
    "rate of second derivatives": (lane_of(Implicit(), DEEP, rate=0.3), 20, "optimizer.learning_rate"),
    "grid of Z": (lane_of(MaximumLikelihood(half_width=2, nodes=16), WIDE, 0.03), 2500, "objective.half_width"),
    "chain step": (lane_of(NO_HOLD, ENERGY, rate=0.01), 400, "objective.step_size"),
}


@pytest.mark.parametrize(("lane", "steps", "knob"), CASES.values(), ids=CASES)
def test_a_lane_that_diverges_is_cured_by_its_first_remedy(lane, steps, knob):
    engine = trained(running(lane), steps)
    diagnosis = found(engine)
    assert engine.lanes[0].trainer.diverged
    assert diagnosis.bad
    assert diagnosis.sentence == engine.lanes[0].trainer.status.message
    assert diagnosis.first.knob == knob
    assert len(diagnosis.causes) > 1 or knob == "optimizer.learning_rate"
    assert len({cause.knob for cause in diagnosis.causes}) == len(diagnosis.causes)
    assert all(cause.sentence.endswith(".") and cause.fix for cause in diagnosis.causes)
    died = engine.lanes[0].trainer.step
    cure(engine, diagnosis.first.remedy)
    assert engine.lanes[0].trainer.step == 0
    trained(engine, min(max(2 * died, 100), 300))
    assert not engine.lanes[0].trainer.diverged
    assert abs(float(engine.lanes[0].trainer.terms.loss.detach())) < 1e4  # and is nowhere near it
    assert found(engine) is None


def flown(engine, frames=60):
    """Particles at the end of a run, and the share that is lost as the live measures have it."""
    for _ in range(frames):
        engine.advance()
    for _ in engine.measure(0):
        pass
    return engine.lanes[0].live_metrics.values["lost"]


STEPS = {
    "one level": (Langevin(step_size=1.0, steps=400), "sampler.step_size"),
    "without noise": (GradientFlow(step_size=1.0, steps=400), "sampler.step_size"),
    "annealed": (AnnealedLangevin(step_size=0.05, levels=6, steps_per_level=50), "sampler.step_size"),
}


@pytest.mark.parametrize(("sampler", "knob"), STEPS.values(), ids=STEPS)
def test_particles_that_fly_off_are_brought_back_by_the_first_remedy(sampler, knob):
    engine = running(lane_of(NCSN(), SCORE, sampler=sampler, score_from="true"), speed=50, loop=False)
    assert flown(engine) > 0.3
    diagnosis = found(engine)
    assert not diagnosis.bad
    assert "flown off" in diagnosis.sentence
    assert diagnosis.first.knob == knob
    cure(engine, diagnosis.first.remedy)
    assert engine.lanes[0].particles.state.step == 0
    assert flown(engine) == 0
    assert found(engine) is None


LADDER = AnnealedLangevin(levels=6, steps_per_level=60)
FIELDS = {
    "learned too fast": (lane_of(Sliced(), SCORE, 0.3, Langevin(step_size=0.05, steps=600)), "optimizer.learning_rate"),
    "one level learned": (lane_of(Denoising(), SCORE, sampler=LADDER), "sampler"),
    "steep at first": (lane_of(NCSN(), SCORE, sampler=replace(LADDER, step_size=0.017)), "sampler.step_size"),
}


@pytest.mark.parametrize(("lane", "knob"), FIELDS.values(), ids=FIELDS)
def test_particles_that_a_learned_field_throws_out_are_brought_back(lane, knob):
    engine = trained(running(lane, speed=50, loop=False), 200 if knob == "sampler" else 10)
    assert flown(engine, 14) > 0.1
    diagnosis = found(engine)
    assert diagnosis.first.knob == knob
    cure(engine, diagnosis.first.remedy)
    trained(engine, 200 if knob == "sampler" else 10)
    assert flown(engine, 14) == 0
    assert found(engine) is None


def test_no_trouble_no_words():
    engine = running(lane_of(NCSN(), SCORE))
    assert found(engine) is None
    few = LaneSnapshot("A", Status(), metrics={"lost": 0.01})
    assert diagnose(engine.spec, 0, few) is None
    nan = LaneSnapshot("A", Status(DIVERGED, "The loss is no longer a number."))
    assert diagnose(engine.spec, 0, nan).first.knob == "optimizer.learning_rate"
    smallest = replace(engine.spec, lanes=(replace(engine.spec.lanes[0], optimizer=Optimizer(learning_rate=1e-6)),))
    assert (
        diagnose(smallest, 0, nan).first.remedy.edit(smallest).lanes[0].optimizer.learning_rate == 1e-6
    )  # the least there is


def test_settings_that_were_changed_after_a_divergence_are_not_blamed():
    engine = trained(running(lane_of(Denoising(), KINKED, rate=1.0)), 20)
    lane = engine.spec.lanes[0]
    assert found(engine).first.knob == "optimizer.learning_rate"
    engine.apply(replace(engine.spec, lanes=(replace(lane, sampler=Langevin(steps=7)),)))
    assert found(engine).first.knob == "optimizer.learning_rate"  # a sampler does not learn
    engine.apply(replace(engine.spec, lanes=(replace(lane, optimizer=Optimizer(learning_rate=0.003)),)))
    diagnosis = found(engine)
    assert diagnosis.sentence == engine.lanes[0].trainer.status.message
    assert diagnosis.first is None
    assert [cause.sentence for cause in diagnosis.causes] == [
        "That was with other settings. Start it again to try those that are set now."
    ]
    restart(engine, engine.spec.lanes[0].slot)
    assert found(trained(engine, 20)) is None


FLIES = lane_of(NCSN(sigma_max=1), SCORE, sampler=Langevin(step_size=10, sigma=0.3))


@pytest.mark.parametrize(
    "lanes",
    [(replace(FLIES, sampler=AnnealedLangevin()),), (replace(FLIES, slot=1), replace(FLIES, slot=0)), ()],
    ids=["another sampler", "moved", "removed"],
)
def test_a_remedy_leaves_alone_what_it_was_not_found_for(lanes):
    spec = Spec(target=Moons(), lanes=(LaneSpec(slot=2), FLIES))
    remedies = [diagnose(spec, 1, LaneSnapshot("B", Status(), metrics={"lost": 0.5})).first.remedy]
    remedies += [each.remedy for each in advice(spec) if each.lane == 1 and each.remedy is not None]
    assert len(remedies) > 1
    now = replace(spec, lanes=(spec.lanes[0], *lanes))
    for remedy in remedies:
        assert remedy.fits(spec)
        assert remedy.edit(spec) != spec
        assert not remedy.fits(now)


def test_a_collapsed_contrastive_divergence_is_diagnosed_and_its_remedy_mends_it():
    """Chain steps of 1 throw the chains over the moons: the gap falls towards −1/α = −1000."""
    objective = ContrastiveDivergence(step_size=1.0, regulariser=0.001, chain=5, start="data")
    engine = trained(running(lane_of(objective, ENERGY, rate=0.01)), 120)
    diagnosis = found(engine)
    assert diagnosis.bad
    assert diagnosis.sentence.startswith("Collapsed")
    assert "−1/α = −1e+03" in diagnosis.sentence
    assert diagnosis.first.fix == "Set Chain step to 0.02, Energy L2 to 0.01"
    assert diagnosis.first.remedy.commands == (RestartLane(0),)
    cure(engine, diagnosis.first.remedy)
    assert found(trained(engine, 150)) is None


def test_the_target_is_not_looked_at_while_nothing_is_wrong(monkeypatch):
    """The window asks with each new target while somebody paints."""
    monkeypatch.setattr(diagnosis, "target_statistics", lambda spec: pytest.fail("computed in vain"))
    fine = LaneSnapshot("", Status(), metrics={"lost": 0.0})
    assert diagnose(Spec(), 0, fine) is None
    with pytest.raises(pytest.fail.Exception):
        diagnose(Spec(), 0, replace(fine, metrics={"lost": 0.5}))
