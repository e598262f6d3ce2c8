"""A network that is trained: its field, the mean of its weights, and the evaluation set that measures it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from engines import DENOISING, NET, SPEC, complete, engine, go, measure, weights

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, ContrastiveDivergence, MaximumLikelihood
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.experiment import Optimizer
from ncsn_viz.lab.training.evaluation_set import EvaluationSet


def test_the_mass_beyond_the_grid_of_z_is_measured():
    """Outside of [−2, 2]² a standard normal has 1 − erf(√2)² of its mass."""
    truth = Mixture(weights=(1,), means=((0, 0),), stds=(1,)).build()
    shares = []
    for objective in (MaximumLikelihood(half_width=2), MaximumLikelihood(half_width=8), ContrastiveDivergence()):
        evaluation_set = EvaluationSet.build(objective, truth, (-8.0, 8.0), 0, 64, torch.device("cpu"))
        shares.append(evaluation_set.of_energy(truth, 60).get("off_grid"))
    near, far, none = shares
    assert near == pytest.approx(1 - math.erf(math.sqrt(2)) ** 2, rel=0.02)
    assert far < 1e-6
    assert none is None


def test_a_learned_field_is_evaluated_at_the_nearest_level_it_has_learned():
    made = engine(replace(SPEC, lanes=(replace(DENOISING, objective=NCSN(sigma_max=4, sigma_min=0.5)),)), steps=3)
    learned, x = made.lanes[0].trainer.learned_field, torch.randn(4, 2)
    for sigma, nearest in ((0.0, 0.5), (0.1, 0.5), (1.0, 1.0), (4.0, 4.0), (99.0, 4.0)):
        assert torch.equal(learned.score(x, sigma), learned.net.score(x, nearest))
    assert not learned.score(x, 1.0).requires_grad


def test_the_mean_follows_the_weights():
    made = engine(replace(SPEC, lanes=(replace(DENOISING, optimizer=Optimizer(ema=0, batch_size=16)),)), steps=4)
    trainer = made.lanes[0].trainer
    for mean, weight in zip(trainer.average.parameters(), trainer.net.parameters(), strict=True):
        assert torch.equal(mean, weight)
        assert mean.data_ptr() != weight.data_ptr()
    made = engine(steps=1)
    start = torch.cat([p.flatten() for p in NET.build(torch.Generator().manual_seed(0)).parameters()]).detach()
    mean = torch.cat([p.flatten() for p in made.lanes[0].trainer.average.parameters()])
    share = float(torch.dot(mean - start, weights(made) - start) / (weights(made) - start).square().sum())
    assert abs(share - (1 - 2 / 11)) < 1e-3  # memory (1 + n)/(10 + n) after n = 1 step


def test_it_learns():
    """Not only the loss: the field comes nearer to the true score."""
    quick = Optimizer(batch_size=256, learning_rate=1e-2)
    made = engine(replace(SPEC, lanes=(replace(DENOISING, net=ScoreMLP(hidden=32, layers=2), optimizer=quick),)))
    complete(made.prepare())
    trainer = made.lanes[0].trainer
    before = trainer.evaluation_set.own.on_data(trainer.learned_field).mean
    go(made, 240)
    after = trainer.evaluation_set.own.on_data(trainer.learned_field).mean
    assert after < 0.6 * before
    curve = made.snapshot().lanes[0].curve
    for name in ("loss", "fisher"):
        assert curve.values[name][-1] < 0.8 * curve.values[name][0]
    measure(made)
    assert abs(made.snapshot().lanes[0].metrics["fisher_data"] / after - 1) < 0.2
