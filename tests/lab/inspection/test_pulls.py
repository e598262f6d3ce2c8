"""The pulls of the data: they add up to the score; weights by Bayes' rule; samples with Tweedie's mean."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import evaluate

from ncsn_viz.core.targets import TARGETS, Mixture, Moons, Painted
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec, View
from ncsn_viz.lab.inspection.pulls import SQUARES, take_apart
from ncsn_viz.lab.snapshot import Translation

PAINTING = Painted(strokes=(Stroke(points=((-3.0, 0.0), (0.0, 2.0), (3.0, 0.0)), size=0.5, strength=1.0),))
POINTS = ((0.4, -0.3), (-6.0, 5.0), (3.5, 0.2))


def summed(pulls):
    return np.sum([pull.part for pull in pulls.pulls], axis=0)


@pytest.mark.parametrize("sigma", [0.0, 0.3, 2.0, 10.0])
@pytest.mark.parametrize(
    "target", [*(kind() for kind in TARGETS if kind is not Painted), PAINTING], ids=lambda t: t.kind
)
def test_the_sum_of_the_pulls_is_the_score(target, sigma):
    truth = target.build(dtype=torch.float64)
    for point in POINTS:
        x = torch.tensor(point, dtype=torch.float64)
        exact = getattr(truth, "mixture", truth).score(x[None], sigma)[0].numpy()  # a lattice interpolates its score
        found = take_apart(truth, x, sigma)
        np.testing.assert_allclose(summed(found), exact, rtol=1e-9, atol=1e-9 * (1 + np.abs(exact).max()))
        assert sum(pull.weight for pull in found.pulls) == pytest.approx(1, abs=1e-9)
        assert 1 <= len(found.pulls) <= SQUARES**2


def test_weights_are_those_of_bayes_rule():
    target = Mixture(weights=(0.3, 0.7), means=((-2.0, 0.0), (3.0, 1.0)), stds=(0.5, 1.0))
    x, sigma = np.array([0.5, 0.2]), 1.5
    variances = np.array([0.5, 1.0]) ** 2 + sigma**2
    squares = ((x - np.array(target.means)) ** 2).sum(1)
    joint = np.array(target.weights) * np.exp(-squares / (2 * variances)) / (2 * math.pi * variances)
    expected = sorted(zip(joint / joint.sum(), target.means, strict=True), reverse=True)
    found = take_apart(target.build(dtype=torch.float64), torch.tensor(x), sigma).pulls
    for pull, (weight, mean) in zip(found, expected, strict=True):
        assert pull.weight == pytest.approx(weight, abs=1e-12)
        assert pull.place == pytest.approx(mean)


@pytest.mark.parametrize("target", [Moons(), PAINTING], ids=lambda t: t.kind)
def test_the_mean_of_clean_samples_is_tweedies(target):
    """E[x₀ | x] = x + σ² s; the samples are of the posterior, so within five standard errors of it."""
    truth, x, sigma = target.build(dtype=torch.float64), torch.tensor([0.5, 1.0], dtype=torch.float64), 1.2
    generator = torch.Generator().manual_seed(5)
    samples = torch.stack([truth.sample_clean(x, sigma, generator) for _ in range(2000)])
    tweedie = x + sigma**2 * getattr(truth, "mixture", truth).score(x[None], sigma)[0]
    error = samples.std(0) / math.sqrt(len(samples))
    assert torch.all((samples.mean(0) - tweedie).abs() < 5 * error)


def test_the_posterior_of_one_gaussian_has_its_variance():
    """Of N(μ, s²) at noise σ the posterior has variance s²σ²/(s² + σ²) along both axes."""
    truth, generator = (
        Mixture(weights=(1.0,), means=((1.0, 2.0),), stds=(0.8,)).build(),
        torch.Generator().manual_seed(1),
    )
    samples = torch.stack([truth.sample_clean(torch.tensor([0.0, 0.0]), 0.6, generator) for _ in range(4000)])
    expected = 0.64 * 0.36 / (0.64 + 0.36)
    # the variance of a sample variance is 2v²/n
    assert samples.var(0).sub(expected).abs().max() < 5 * expected * math.sqrt(2 / 4000)


def test_the_clean_point_stays_while_the_cursor_does_and_there_is_none_without_noise():
    truth, x = Moons().build(), torch.tensor([0.5, 1.0])
    assert take_apart(truth, x, 0.7).clean == take_apart(truth, x, 0.7).clean
    assert take_apart(truth, x, 0.7).clean != take_apart(truth, x + 0.1, 0.7).clean
    assert take_apart(truth, x, 0.0).clean is None


def test_lanes_read_pulls_only_where_the_layer_is_shown():
    view = View(pixels=32, cursor=((0.5, 1.0),), layers=("field", "pulls"))
    spec = Spec(
        lanes=(LaneSpec(), LaneSpec(own_layers=True, layers=("field",))), particles=Particles(count=20), view=view
    )
    engine = Engine("cpu")
    engine.apply(spec)
    evaluate(engine)
    while not engine.probe_next():
        pass
    first, second = (lane.point_reading for lane in engine.snapshot().lanes)
    assert second.pulls is None
    assert summed(first.pulls) == pytest.approx(first.true_score, rel=1e-3, abs=1e-4)
    engine.apply(replace(spec, view=replace(view, layers=("field",))))
    while not engine.probe_next():
        pass
    assert engine.snapshot().lanes[0].point_reading.pulls is None


def test_positions_move_with_the_snapshot_and_parts_do_not():
    engine = Engine("cpu")
    engine.apply(Spec(particles=Particles(count=20), view=View(pixels=32, cursor=((0.5, 1.0),), layers=("pulls",))))
    evaluate(engine)
    while not engine.probe_next():
        pass
    lane = engine.snapshot().lanes[0]
    before, moved = lane.point_reading.pulls, Translation().lane(lane, 100.0).point_reading.pulls
    for old, new in zip(before.pulls, moved.pulls, strict=True):
        assert new.place == pytest.approx((old.place[0] + 100, old.place[1] + 100))
        assert (new.part, new.weight) == (old.part, old.weight)
    assert moved.clean == pytest.approx((before.clean[0] + 100, before.clean[1] + 100))
