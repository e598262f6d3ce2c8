"""What an objective brings, by every way in which one is chosen, and what becomes of settings by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial

import pytest

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import (
    DDPM,
    EDM,
    NCSN,
    OBJECTIVES,
    ContrastiveDivergence,
    Denoising,
    FlowMatching,
    Implicit,
    MaximumLikelihood,
    Sliced,
    VPrediction,
    X0Prediction,
)
from ncsn_viz.core.samplers import (
    HMC,
    MALA,
    SAMPLERS,
    AnnealedLangevin,
    GradientFlow,
    Langevin,
    ProbabilityFlow,
    ReverseSDE,
)
from ncsn_viz.lab.experiment import LaneSpec, Spec, fitting_sampler, given_up, with_objective, with_sampler_kind
from ncsn_viz.lab.experiment.companions import unfit, untrainable
from ncsn_viz.lab.storage import experiment_files


def kept(before, objective):
    """The lane with another objective, and what gave way to it."""
    old = Spec(lanes=(before,))
    new = replace(old, lanes=(with_objective(old.lanes[0], objective),))
    return new.lanes[0], given_up(old, new)


def with_parts(lane):
    return type(lane.objective), lane.net, lane.sampler


@pytest.mark.parametrize("kind", OBJECTIVES, ids=lambda kind: kind.kind)
def test_every_way_to_an_objective_brings_the_same(kind):
    lane = LaneSpec(objective=kind())
    in_file = experiment_files.from_data({"lanes": [{"objective": {"kind": kind.kind}}]}).lanes[0]
    by_set = experiment_files.with_changes(Spec(), [f"lanes.0.objective={kind.kind}"]).lanes[0]
    by_menu, lost = kept(LaneSpec(objective=OBJECTIVES[0]() if kind is not OBJECTIVES[0] else Sliced()), kind())
    assert with_parts(lane) == with_parts(in_file) == with_parts(by_set) == with_parts(by_menu)
    assert lost == ()
    assert lane.net.gives_energy == kind.needs_energy
    levels = kind().sigmas()
    if not kind.sampler_settings:
        assert lane.sampler == (AnnealedLangevin() if len(levels) > 1 else Langevin(sigma=levels[0]))
        assert lane.sampler.sigmas() == pytest.approx(levels)
    assert (lane.sampler.sigmas()[0], lane.sampler.sigmas()[-1]) == (levels[0], levels[-1])


@pytest.mark.parametrize(
    ("objective", "conditioning", "sampler"),
    [
        (DDPM(), "epsilon", ReverseSDE(100, 0.05, schedule="vp_linear")),
        (X0Prediction(), "x0", ProbabilityFlow(100, 0.05, 50, solver="euler", schedule="vp_cosine")),
        (VPrediction(), "v", ProbabilityFlow(100, 0.05, 50, solver="euler", schedule="vp_cosine")),
        (EDM(), "karras", ProbabilityFlow(100, 0.05, 25, schedule="karras")),
        (FlowMatching(sigma_max=20), "velocity", ProbabilityFlow(20, 0.05, 50, solver="euler", schedule="linear")),
    ],
)
def test_objectives_of_a_path_bring_what_they_are_known_with(objective, conditioning, sampler):
    lane = LaneSpec(objective=objective)
    assert (lane.net, lane.sampler) == (ScoreMLP(conditioning=conditioning), sampler)
    schedule = objective.schedule
    assert fitting_sampler(objective, ReverseSDE).schedule == schedule
    assert fitting_sampler(objective, AnnealedLangevin).schedule == "geometric"  # whose ratios are bounded
    assert fitting_sampler(NCSN(schedule=schedule), AnnealedLangevin).schedule == schedule  # the ladder itself
    there, lost = kept(LaneSpec(objective=NCSN(), net=ScoreMLP(hidden=32)), objective)
    assert (there.net, there.sampler, lost) == (ScoreMLP(hidden=32, conditioning=conditioning), sampler, ())
    back, lost = kept(there, Sliced())
    assert (back.net, back.sampler, lost) == (ScoreMLP(hidden=32), Langevin(), ())
    other = with_objective(lane, replace(objective, schedule="ve_linear"))
    assert (other.net, other.sampler) == (lane.net, replace(lane.sampler, schedule="ve_linear"))


def test_levels_and_steps_are_those_that_are_learned():
    ladder = NCSN(sigma_max=20, sigma_min=0.5, levels=7)
    fits = LaneSpec(objective=ladder).sampler
    assert fits.sigmas() == ladder.sigmas()
    assert fits.step_size == 0.025  # σ_L²/10
    assert LaneSpec(objective=Denoising(sigma=2)).sampler == Langevin(sigma=2, step_size=0.4)
    assert LaneSpec(objective=NCSN(levels=1)).sampler == Langevin(sigma=0.1)
    assert fitting_sampler(ladder, ReverseSDE) == ReverseSDE(sigma_max=20, sigma_min=0.5)
    assert fitting_sampler(ladder, HMC) == HMC(sigma=0.5, step_size=0.025)
    assert fitting_sampler(Sliced(), ReverseSDE) == ReverseSDE()
    continuous = fitting_sampler(NCSN(distribution="log_uniform", levels=2))
    assert continuous.levels == 10  # and not the two bands by which the loss is told


def test_what_a_file_leaves_out_of_a_part_fits_as_well():
    lane = experiment_files.from_data(
        {"lanes": [{"objective": {"kind": "ncsn", "sigma_max": 20}, "sampler": {"steps_per_level": 9}}]}
    ).lanes[0]
    assert lane.sampler == AnnealedLangevin(sigma_max=20, steps_per_level=9)
    lane = experiment_files.from_data(
        {"lanes": [{"objective": {"kind": "denoising", "sigma": 0.4}, "sampler": "langevin", "net": {"hidden": 8}}]}
    ).lanes[0]
    assert (lane.sampler, lane.net) == (Langevin(sigma=0.4), ScoreMLP(hidden=8))
    lane = experiment_files.from_data(
        {"lanes": [{"objective": {"kind": "sliced"}, "sampler": {"kind": "mala"}, "net": {"hidden": 8}}]}
    ).lanes[0]
    assert (lane.sampler, lane.net) == (MALA(), EnergyMLP(hidden=8))
    assert LaneSpec(objective=Sliced(), sampler=MALA(), score_from="true").net == ScoreMLP()
    given = experiment_files.with_changes(
        Spec(), ["lanes.0.sampler.steps=7", "lanes.0.objective=denoising", "lanes.0.objective.sigma=0.4"]
    )
    assert given.lanes[0].sampler == Langevin(sigma=0.4, steps=7)
    chosen = experiment_files.with_changes(
        Spec(lanes=(LaneSpec(objective=Sliced()),)), ["lanes.0.sampler=annealed_langevin"]
    )
    assert chosen.lanes[0].sampler == AnnealedLangevin()


def test_from_any_objective_to_any_other_every_lane_can_work():
    for old, new, sampler in itertools.product(OBJECTIVES, OBJECTIVES, SAMPLERS):
        start = LaneSpec(objective=old())
        start = replace(start, sampler=fitting_sampler(start.objective, sampler))
        if unfit(start.sampler, start):
            continue
        lane, lost = kept(start, new())
        Spec(lanes=(lane,))  # is not refused
        assert unfit(lane.sampler, lane) == untrainable(lane.objective, lane.net) == ""
        own = sampler is not type(fitting_sampler(start.objective))
        assert (type(lane.sampler) is sampler) or not own or lost, (old, new, sampler)


def test_what_was_set_by_hand_stays_where_it_can_work():
    own = LaneSpec(objective=Denoising(), net=ScoreMLP(hidden=32), sampler=GradientFlow(sigma=0.3, steps=50))
    lane, lost = kept(own, Sliced())
    assert (lane.net, lane.sampler, lost) == (ScoreMLP(hidden=32), GradientFlow(steps=50), ())
    lane, lost = kept(own, ContrastiveDivergence())
    assert (lane.net, lost) == (EnergyMLP(hidden=32), ())
    lane, lost = kept(LaneSpec(objective=Denoising(), net=EnergyMLP()), Sliced())
    assert (lane.net, lost) == (EnergyMLP(), ())
    lane, lost = kept(LaneSpec(objective=MaximumLikelihood(), sampler=MALA()), Sliced())
    assert (lane.net, lane.sampler, lost) == (EnergyMLP(), MALA(), ())  # which the sampler needs
    lane, lost = kept(LaneSpec(objective=MaximumLikelihood()), Sliced())
    assert (lane.net, lost) == (ScoreMLP(), ())  # which came with the objective, and goes with it
    shown = LaneSpec(objective=NCSN(), sampler=ReverseSDE(), score_from="true")
    assert kept(shown, Sliced())[0].sampler == ReverseSDE()  # the exact score knows every level


@pytest.mark.parametrize(
    ("own", "objective", "wanted", "words"),
    [
        ({"sampler": ReverseSDE(sigma_min=0.1)}, Sliced(), Langevin(), ("Reverse SDE", "nothing is annealed")),
        ({"sampler": AnnealedLangevin(step_size=0.002)}, Denoising(), Langevin(sigma=0.3), ("Step size 0.002",)),
        ({"net": ScoreMLP(conditioning="karras")}, Sliced(), ScoreMLP(), ("Prediction Karras F", "divides by σ")),
    ],
)
def test_what_cannot_work_gives_way_with_a_sentence(own, objective, wanted, words):
    lane, (sentence,) = kept(LaneSpec(objective=NCSN(), **own), objective)
    assert wanted in (lane.net, lane.sampler)
    for word in (*words, objective.title, "A: "):
        assert word in sentence


def test_several_levels_and_second_derivatives_change_the_setting_that_does_not_fit():
    lane, (sentence,) = kept(LaneSpec(objective=Denoising(), net=ScoreMLP(hidden=8, conditioning="none")), NCSN())
    assert lane.net == ScoreMLP(hidden=8)
    assert "one field for all noise levels" in sentence
    energy = LaneSpec(objective=Denoising(), net=EnergyMLP(hidden=8, activation="relu"))
    lane, (sentence,) = kept(energy, Implicit())
    assert lane.net == EnergyMLP(hidden=8)
    assert "Activation ReLU" in sentence


def test_a_knob_of_the_objective_takes_along_what_was_not_set_by_hand():
    ladder = LaneSpec(objective=NCSN(), sampler=AnnealedLangevin(steps_per_level=9))
    change = partial(replace, ladder.objective)
    assert with_objective(ladder, change(sigma_max=20)).sampler == AnnealedLangevin(sigma_max=20, steps_per_level=9)
    assert with_objective(ladder, change(weighting="one")).sampler == ladder.sampler
    by_hand = replace(ladder, sampler=AnnealedLangevin(sigma_max=5))
    lane, lost = kept(by_hand, change(sigma_max=20, levels=12))
    assert (lane.sampler, lost) == (AnnealedLangevin(sigma_max=5, levels=12), ())
    one = LaneSpec(objective=Denoising())
    assert with_objective(one, Denoising(sigma=0.5)).sampler == Langevin(sigma=0.5, step_size=0.025)
    impossible = replace(ladder, sampler=AnnealedLangevin(sigma_max=1.0))  # its σ₁ would be below the new σ_L
    assert with_objective(impossible, change(sigma_min=2)).sampler == impossible.sampler


def test_a_sampler_that_is_chosen_fits_what_is_learned():
    ladder = LaneSpec(objective=NCSN(sigma_max=20, sigma_min=0.5))
    assert with_sampler_kind(ladder, GradientFlow).sampler == GradientFlow(sigma=0.5, step_size=0.025)
    assert with_sampler_kind(ladder, ReverseSDE).sampler == ReverseSDE(sigma_max=20, sigma_min=0.5)
    own = LaneSpec(objective=Sliced(), sampler=Langevin(step_size=0.005))
    assert with_sampler_kind(own, HMC).sampler == HMC(step_size=0.005)
    assert with_sampler_kind(own, AnnealedLangevin).sampler == AnnealedLangevin()  # whose step is another thing


def test_nothing_gives_way_without_another_objective():
    old = Spec()
    other = replace(old.lanes[0], sampler=Langevin())
    assert given_up(old, replace(old, lanes=(other, old.lanes[1]))) == ()
    assert given_up(old, replace(old, lanes=(replace(other, objective=Denoising()),))) == ()  # brought by no one
    assert given_up(old, replace(old, lanes=(LaneSpec(slot=5),))) == ()
