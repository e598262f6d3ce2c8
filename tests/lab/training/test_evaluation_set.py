"""The evaluation set: losses above their floor by their expectation, and which weights and which data they are of."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from engines import DENOISING, NET, SPEC, change, complete, engine, go
from helpers import energy_net, generator, half_fisher, score_net

from ncsn_viz.core.analysis import metrics
from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import (
    NCSN,
    ContrastiveDivergence,
    Denoising,
    Explicit,
    Implicit,
    MaximumLikelihood,
    NoiseContrastive,
    Sliced,
)
from ncsn_viz.core.targets import Mixture, Moons
from ncsn_viz.lab.experiment import Optimizer
from ncsn_viz.lab.training.evaluation_set import EvaluationSet
from ncsn_viz.lab.training.history import ERROR

CPU = torch.device("cpu")
TRUTH = Mixture(weights=(0.3, 0.7), means=((-1.0, 0.0), (1.0, 0.5)), stds=(0.8, 0.6)).build(dtype=torch.float64)
OBJECTIVES = [
    Explicit(sigma=0.3), Denoising(sigma=0.4), Implicit(), Sliced(slices=4), NCSN(sigma_max=2, sigma_min=0.3, levels=4),
    NCSN(sigma_max=2, sigma_min=0.3, distribution="log_uniform"), NCSN(sigma_max=0.3, sigma_min=0.3, levels=1),
    NCSN(sigma_max=2, sigma_min=0.3, levels=3, weighting="one"), MaximumLikelihood(half_width=6, nodes=64),
    NoiseContrastive(noise_std=2.0),
]  # fmt: skip


def built(objective, seed=0, n=4096):
    return EvaluationSet.build(objective, TRUTH, (-4.0, 4.0), seed, n, CPU)


def net_for(objective):
    return energy_net(3) if objective.needs_energy else score_net(3)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
def test_it_is_the_expected_loss_above_the_floor(objective):
    """Against the mean of many losses of the network less as many of the truth, with the same data and noise."""
    net, draws = net_for(objective), 60
    differences = []
    with torch.no_grad():
        for seed in range(draws):
            batch = TRUTH.sample(2000, generator(seed))
            losses = [objective.loss(each, batch, TRUTH, generator(900 + seed)).loss for each in (net, TRUTH)]
            differences.append(float(losses[0] - losses[1]))
    direct = metrics.Estimate.of(torch.tensor(differences))
    found = built(objective).loss_above_floor(net)
    assert found.mean > 0
    assert abs(found.mean - direct.mean) < 4 * math.hypot(found.error, direct.error)
    assert found.error < 0.1 * found.mean


@pytest.mark.parametrize("objective", [OBJECTIVES[1], OBJECTIVES[4], OBJECTIVES[8]], ids=repr)
def test_its_standard_error_is_its_spread_over_other_points(objective):
    net = net_for(objective)
    found = [built(objective, seed=3 * seed, n=128).loss_above_floor(net) for seed in range(120)]
    spread = float(torch.tensor([each.mean for each in found]).std())
    assert float(torch.tensor([each.error for each in found]).mean()) == pytest.approx(spread, rel=0.25)


def test_the_error_of_the_truth_is_zero():
    for objective in OBJECTIVES:
        assert built(objective, n=64).loss_above_floor(TRUTH).mean == pytest.approx(0, abs=1e-12)
    assert math.isnan(built(ContrastiveDivergence(), n=64).loss_above_floor(energy_net(3)).mean)


def test_errors_at_the_common_noise_level_are_of_the_data_blurred_by_it():
    points = built(Denoising(sigma=0.4)).with_common(1.2, (-4.0, 4.0))
    net, x = score_net(3), metrics.noisy_sample(TRUTH, 50_000, 1.2, generator(7))
    mean, error = points.common.on_data(net)
    assert abs(mean - half_fisher(net, TRUTH, x, 1.2)) < 4 * error
    assert points.own.sigma == 0.4
    assert points.with_common(0.4, (-4.0, 4.0)).common is points.own


def test_recorded_losses_are_of_the_averaged_weights():
    """Of those that are drawn and sampled, not of the raw ones, which jitter with every batch."""
    quick = Optimizer(batch_size=16, learning_rate=0.05, ema=0.9999)
    made = engine(replace(SPEC, lanes=(replace(DENOISING, optimizer=quick),)))
    complete(made.prepare())
    go(made, 20)
    trainer = made.lanes[0].trainer
    trainer.record()
    points, (_, row) = trainer.evaluation_set, trainer.history.rows[-1]
    averaged, raw = (points.loss_above_floor(net).mean for net in (trainer.average, trainer.net))
    assert abs(raw / averaged - 1) > 1e-3
    assert row["loss"] == averaged
    assert row["fisher"] == row["fisher_common"] == points.own.on_data(trainer.learned_field).mean
    assert row["fisher" + ERROR] > 0


def test_likelihoods_are_of_the_blurred_data():
    """Of N(0, 1) blurred by σ = 1.5, which the energy is trained on: log(2πe) + log(1 + σ²) nats."""
    truth = Mixture(weights=(1,), means=((0, 0),), stds=(1.0,)).build(dtype=torch.float64)
    points = EvaluationSet.build(Denoising(sigma=1.5), truth, (-12.0, 12.0), 0, 8192, CPU)
    found = points.of_energy(truth, 100)
    wanted = math.log(2 * math.pi * math.e) + math.log(1 + 1.5**2)
    assert abs(found["nll"] - wanted) < 4 * found["nll_error"]
    assert 4 * found["nll_error"] < 0.1
    assert found["nll"] == pytest.approx(found["nll_truth"], abs=1e-6)
    assert abs(found["kl"]) < 1e-6


def test_another_common_noise_level_begins_its_curve_again_and_no_other_one():
    made = engine(replace(SPEC, lanes=(DENOISING, replace(DENOISING, name="two", objective=Denoising(sigma=0.9)))))
    complete(made.prepare())
    go(made, 21)
    assert [lane.trainer.evaluation_set.common.sigma for lane in made.lanes] == [0.9, 0.9]
    assert {"fisher", "fisher_common"} <= set(made.snapshot().lanes[0].curve.values)
    floors = [lane.known_floor for lane in made.lanes]
    change(made, view=replace(made.spec.view, error_sigma=(0.0,)))
    complete(made.prepare())
    assert [lane.trainer.evaluation_set.common.sigma for lane in made.lanes] == [0.0, 0.0]
    assert [lane.known_floor for lane in made.lanes] == floors
    for lane in made.snapshot().lanes:
        assert "fisher_common" not in lane.curve.values
        assert lane.curve.values["fisher"].tolist() == lane.curve.values["fisher"][-1:].tolist()
    go(made, 20)
    assert len(made.snapshot().lanes[0].curve.steps) == 2
    shared = [lane.trainer.evaluation_set.common for lane in made.lanes]
    assert torch.equal(shared[0].data, shared[1].data)  # the same points for all lanes


def test_energies_are_evaluated_on_as_many_points_as_they_are_given():
    net = EnergyMLP(hidden=8, layers=1)
    assert NET.gives_energy != net.gives_energy
    assert len(built(MaximumLikelihood(), n=2000).batch) == 2000
    assert len(built(Sliced(), n=2000).batch) == 512


def test_an_energy_whose_z_cannot_be_summed_has_no_likelihood_but_says_so():
    class Thin:
        def energy(self, x, sigma):
            return (x[:, 0] - 0.3 * x[:, 1]).square() * 1e9

    made = EvaluationSet.build(MaximumLikelihood(), Moons().build(), (-8.0, 8.0), 0, 4096, torch.device("cpu"))
    found = made.of_energy(Thin(), 40)
    assert set(found) == {"z_change"}
    assert found["z_change"] > 1e-3


def test_moons_in_a_large_window_have_the_likelihood_of_the_truth_at_the_live_resolution():
    truth = Moons().build()
    made = EvaluationSet.build(MaximumLikelihood(), truth, (-30.0, 30.0), 0, 512, torch.device("cpu"))
    found = made.of_energy(truth, 40)
    assert found["nll"] == pytest.approx(found["nll_truth"], abs=2e-3)
    assert abs(found["log_z"]) < 2e-3


def test_a_loss_that_tells_its_mean_alone_has_no_standard_error():
    """An objective of somebody's own need not give the loss point by point."""

    class Plain(MaximumLikelihood):
        def loss(self, *words):
            return replace(super().loss(*words), each=None)

    net = energy_net(3)
    mean, error = built(Plain(half_width=6, nodes=64)).loss_above_floor(net)
    assert mean == pytest.approx(built(MaximumLikelihood(half_width=6, nodes=64)).loss_above_floor(net).mean)
    assert math.isnan(error)
