"""The registry of metrics: what each says of itself, and how they are computed in pieces and at the end."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from helpers import half_fisher

from ncsn_viz.core.analysis import finish, noisy_sample
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import Denoising
from ncsn_viz.core.schedules import LinearPath
from ncsn_viz.core.targets import TwoModes
from ncsn_viz.lab.metrics import METRICS, MetricInputs
from ncsn_viz.lab.metrics.base import FINAL, LIVE, TargetReference, computations
from ncsn_viz.lab.metrics.final import final_metrics, metrics_of_seed
from ncsn_viz.lab.metrics.live import LiveMetrics, LiveReference
from ncsn_viz.lab.metrics.validity import meaningful
from ncsn_viz.lab.training.evaluation_set import EvaluationSet

CPU = torch.device("cpu")
ERRORS = {"fisher_data", "fisher_data_error", "fisher_common", "fisher_common_error"}
RECORDED = {"fisher": 0.5, "fisher_error": 0.01, "fisher_common": 0.25, "fisher_common_error": 0.02}
OF_PARTICLES = {"sliced_w2", "sliced_w2_error", "sliced_w2_chance", "mmd", "mmd_error", "mode_error_chance"}
OF_ENERGY = {"nll", "nll_error", "kl", "kl_error", "nll_truth", "log_z", "mass_outside"}


def inputs(net, **more):
    """What is measured of a fresh network and of samples of the truth."""
    truth, objective = TwoModes().build(CPU), Denoising(sigma=0.5)
    generator = torch.Generator().manual_seed(0)
    more = {"x": truth.sample(200, generator), "recorded": RECORDED} | more
    if more["x"] is not None and "reference" not in more:
        more["reference"] = finish(TargetReference.build(truth, 3, 200, replace(FINAL, draws=20), CPU))
    return MetricInputs(
        net.build(generator, CPU),
        net.gives_energy,
        objective.sigmas(),
        truth,
        3,
        EvaluationSet.build(objective, truth, (-8.0, 8.0), 0, 256, CPU),
        **more,
    )


def test_every_metric_says_what_it_is():
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.title
        assert metric.meaning.endswith(".")
        assert metric.better in ("", "least", "zero")
        assert metric.format in ("number", "percent", "sigma")
        assert metric.live or not metric.cost


def test_metrics_with_one_function_are_computed_by_one_call():
    found = computations(METRICS.values(), lambda metric: metric.live)
    assert len(found) < sum(metric.live is not None for metric in METRICS.values())
    assert sum(found.values()) == pytest.approx(sum(metric.cost for metric in METRICS.values()))


@pytest.mark.parametrize("net", [EnergyMLP(hidden=16, layers=1), ScoreMLP(hidden=16, layers=1)])
def test_live_metrics_come_in_pieces_and_are_shown_together(net):
    live = LiveMetrics()
    pauses = 0
    for _ in live.measure(inputs(net, lost=0.25, health="well")):
        pauses += 1
        assert (live.values, live.mode_weights, live.health) == ({}, (), "")
    assert pauses >= 4
    wanted = ERRORS | OF_PARTICLES | {"fisher_window", "lost"}
    assert set(live.values) == wanted | (OF_ENERGY if net.gives_energy else {"non_conservative"})
    assert (live.values["fisher_data"], live.values["fisher_common"], live.values["lost"]) == (0.5, 0.25, 0.25)
    assert sum(live.mode_weights) == pytest.approx(1)
    assert live.health == "well"


def test_live_metrics_of_what_is_not_there_are_left_out():
    live = LiveMetrics()
    assert sum(1 for _ in live.measure(inputs(ScoreMLP(hidden=16, layers=1), x=None))) >= 4
    assert set(live.values) == ERRORS | {"fisher_window", "non_conservative"}
    live.forget()
    assert live.values == {}


def test_the_reference_is_made_anew_only_for_another_truth_seed_or_number():
    truth = TwoModes().build(CPU)
    first = finish(TargetReference.build(truth, 3, 100, LIVE, CPU))
    assert first.still_valid(truth, 3, 100)
    assert not first.still_valid(truth, 4, 100)
    assert not first.still_valid(truth, 3, 99)
    assert not first.still_valid(TwoModes().build(CPU), 3, 100)
    again = finish(TargetReference.build(truth, 3, 100, LIVE, CPU))
    assert torch.equal(again.x, first.x)
    assert (again.bandwidth, again.chance) == (first.bandwidth, first.chance)


def test_chance_alone_reaches_what_samples_of_the_target_reach():
    """With n samples of modes of weights .2 and .8 the error is |N(0, .16/n)|, below 1.96 deviations in 95 %."""
    chance = finish(TargetReference.build(TwoModes().build(CPU), 3, 400, LIVE, CPU)).chance
    assert chance["mode_error"] == pytest.approx(1.96 * math.sqrt(0.16 / 400), rel=0.15)
    far = [{"mode_error": value, "mode_error_chance": 0.04} for value in (0.01, 0.03, 0.3)]
    assert METRICS["mode_error"].best(dict(enumerate(far))) == {0, 1}
    assert METRICS["mode_error"].best(dict(enumerate(far[:2]))) == set()


def test_particles_that_have_flown_off_are_in_no_mode():
    made = inputs(ScoreMLP(hidden=16, layers=1))
    x = made.x.clone()
    x[:50] = 1e7
    found = final_metrics(replace(made, x=x))["mode_weights"]
    assert sum(found) == pytest.approx(0.75)


VALUES = dict.fromkeys(("fisher_common", "nll_error", "sliced_w2", "sliced_w2_chance", "lost", "kl"), 1.0)


@pytest.mark.parametrize(
    ("diverged", "shows_truth", "left"),
    [(False, False, set(VALUES)), (True, False, {"lost"}), (False, True, {"sliced_w2", "sliced_w2_chance", "lost"}),
     (True, True, {"sliced_w2", "sliced_w2_chance", "lost"})],
)  # fmt: skip
def test_only_what_means_something_is_shown(diverged, shows_truth, left):
    assert set(meaningful(VALUES, diverged, shows_truth)) == left


@pytest.mark.parametrize("net", [EnergyMLP(hidden=16, layers=1), ScoreMLP(hidden=16, layers=1)])
def test_at_the_end_every_metric_has_a_value_or_none(net):
    found = final_metrics(inputs(net))
    assert {name for name, metric in METRICS.items() if metric.final} <= set(found)
    assert (found["sigma"], found["common_sigma"]) == (0.5, 0.5)
    assert found["fisher_common"] == found["fisher_data"]
    assert found["acceptance"] is None
    assert 0 < found["sliced_w2_error"] < found["sliced_w2"]
    assert found["sliced_w2_chance"] > 0
    assert found["mmd_error"] > 0
    assert (found["log_z"] is None) != net.gives_energy
    assert (found["non_conservative"] is None) == net.gives_energy
    assert found["mmd_bandwidth"] > 0
    seed = metrics_of_seed(inputs(net))
    assert seed == {name: found[name] for name in ("fisher_common", "fisher_data", "fisher_window")}


def test_right_after_a_change_of_the_common_noise_level_the_error_is_measured_anew():
    """The history knows only that at the level before."""
    live, made = LiveMetrics(), inputs(ScoreMLP(hidden=16, layers=1), recorded={"fisher": 0.5})
    made = replace(made, evaluation_set=made.evaluation_set.with_common(1.5, (-8.0, 8.0)))
    for _ in live.measure(made):
        pass
    x = noisy_sample(made.truth, 20_000, 1.5, torch.Generator().manual_seed(5))
    wanted = half_fisher(made.field, made.truth, x, 1.5)
    assert live.values["fisher_common"] == pytest.approx(wanted, abs=4 * live.values["fisher_common_error"])
    assert live.values["fisher_data"] == 0.5
    assert made.evaluation_set.own.sigma == 0.5


@pytest.mark.parametrize("lost", [0, 50, 200])
def test_mode_weights_leave_out_particles_that_have_flown_off_live_and_at_the_end(lost):
    """Of 200 particles at the heavier mode some are far beyond it: they are in no mode."""
    x = torch.tensor([[5.0, 5.0]]).repeat(200, 1)
    x[:lost] *= 1e5
    made, live = inputs(ScoreMLP(hidden=16, layers=1), x=x), LiveMetrics()
    for _ in live.measure(made):
        pass
    at_end = final_metrics(made)["mode_weights"]
    assert at_end == live.mode_weights == pytest.approx((0, 1 - lost / 200), abs=1e-6)


def test_lanes_share_what_their_particles_are_held_against():
    made, shared = inputs(ScoreMLP(hidden=16, layers=1)), LiveReference()
    one, other = LiveMetrics(shared), LiveMetrics(shared)
    pieces = [sum(1 for _ in live.measure(made)) for live in (one, other)]
    assert pieces[1] < pieces[0]
    assert shared.present is not None
    assert one.values == other.values
    kept = shared.present
    for _ in one.measure(replace(made, x=None)):  # a lane without particles leaves it to the others
        pass
    assert shared.present is kept


def test_straightness_is_of_a_network_that_knows_a_path():
    path = LinearPath(20.0, 0.05)
    found = final_metrics(inputs(ScoreMLP(hidden=8, layers=1, conditioning="velocity"), path=path), {"straightness"})
    again = final_metrics(inputs(ScoreMLP(hidden=8, layers=1, conditioning="velocity"), path=path), {"straightness"})
    assert found["straightness"] == again["straightness"] > 0
    assert final_metrics(inputs(ScoreMLP(hidden=8, layers=1)), {"straightness"}) == {"straightness": None}
