"""Values under the cursor: against autograd and closed forms in float64, and without any effect on the experiment."""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import replace

import pytest
import torch
from engines import evaluate, fields
from helpers import energy_net, jacobian, norm, score_net

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import Denoising, MaximumLikelihood
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.core.targets import Moons, Painted, TwoModes
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec, View
from ncsn_viz.lab.inspection.point_probe import read_point
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler

POINT, SIGMA = (1.3, -0.7), 0.4
SMALL = {"hidden": 16, "layers": 2}
SPEC = Spec(
    lanes=(
        LaneSpec(objective=Denoising(), net=ScoreMLP(**SMALL), sampler=Langevin(steps=50)),
        LaneSpec(objective=MaximumLikelihood(nodes=32), net=EnergyMLP(**SMALL), sampler=Langevin(steps=50)),
    ),
    particles=Particles(count=30),
    view=View(pixels=32),
)


def pointing(spec, *cursor):
    return replace(spec, view=replace(spec.view, cursor=cursor))


def by_hand(function, point=POINT):
    """Value, divergence and curl of a vector field by autograd in float64."""
    x = torch.tensor([point], dtype=torch.float64)
    slope = jacobian(function, x)[0].detach()
    return function(x)[0].detach(), float(slope.trace()), float(slope[1, 0] - slope[0, 1])


def two_modes(x, sigma):
    """The score of 0.2 N((−5, −5), 1) + 0.8 N((5, 5), 1), blurred, written out; and log p."""
    v = 1 + sigma**2
    means, weights = x.new_tensor([[-5, -5], [5, 5]]), x.new_tensor([0.2, 0.8])
    logs = weights.log() - (x[:, None] - means).square().sum(-1) / (2 * v) - math.log(2 * math.pi * v)
    shares = logs.softmax(1)
    return (shares @ means - x) / v, logs.logsumexp(1)


@pytest.mark.parametrize("make", [score_net, energy_net])
def test_values_are_those_of_autograd_and_of_the_closed_form(make):
    exact = make(seed=3)
    rounded = copy.deepcopy(exact).float()
    found = read_point(rounded, TwoModes().build(), POINT, SIGMA, log_z=1.5)
    learned, divergence, curl = by_hand(lambda x: exact.score(x, SIGMA))
    true, true_divergence, true_curl = by_hand(lambda x: two_modes(x, SIGMA)[0])
    assert found.score == pytest.approx(learned.tolist(), rel=1e-4, abs=1e-5)
    assert found.true_score == pytest.approx(true.tolist(), rel=1e-4, abs=1e-5)
    assert found.divergence == pytest.approx(divergence, rel=1e-3, abs=1e-5)
    assert found.true_divergence == pytest.approx(true_divergence, rel=1e-3, abs=1e-5)
    assert found.curl == pytest.approx(curl, rel=1e-3, abs=1e-5)
    assert abs(true_curl) < 1e-12
    x = torch.tensor([POINT], dtype=torch.float64)
    assert found.true_log_p == pytest.approx(float(two_modes(x, SIGMA)[1]), abs=1e-4)
    if make is score_net:
        assert abs(curl) > 1e-3  # or nothing would be tested
        assert found.energy is None
        assert found.log_p is None
    else:
        assert found.energy == pytest.approx(float(exact.energy(x, SIGMA).detach()), rel=1e-4)
        assert found.log_p == pytest.approx(-float(exact.energy(x, SIGMA).detach()) - 1.5, rel=1e-4)


def test_a_painting_is_read_cell_by_cell_and_not_from_its_tables():
    truth = Painted(strokes=(Stroke(points=((-3, 0), (2, 1), (4, -2)), size=0.4),), bandwidth=0.12).build()
    places = [(0.03, 0.71), (1.91, 1.07), (-2.2, 0.33)]
    x = torch.tensor(places, dtype=torch.float64)
    means, weights = truth._occupied_cells
    logs = weights.log() - (x[:, None] - means).square().sum(-1) / (2 * 0.12**2) - math.log(2 * math.pi * 0.12**2)
    wanted = logs.logsumexp(1)
    score = (logs.softmax(1) @ means - x) / 0.12**2
    for place, log_p, true in zip(places, wanted.tolist(), score.tolist(), strict=True):
        found = read_point(score_net(dtype=torch.float32), truth, place, 0.0)
        assert found.true_log_p == pytest.approx(log_p, abs=2e-4)
        assert found.true_score == pytest.approx(true, rel=2e-3, abs=2e-3)


def test_line_integrals_from_a_reference():
    truth = Moons().build()
    found = read_point(truth, truth, POINT, SIGMA, reference=(-2.0, 3.0))
    wanted = truth.log_density(torch.tensor([POINT, (-2.0, 3.0)]), SIGMA)
    assert found.true_rise == pytest.approx(float(wanted[0] - wanted[1]), abs=1e-5)
    assert found.rise == pytest.approx(found.true_rise, abs=5e-3)  # the truth's own score, integrated


def running(spec=SPEC, steps=5):
    engine = Engine("cpu", curve_points=64)
    engine.apply(spec)
    for _ in range(steps):
        engine.train()
    evaluate(engine)
    return engine


def readings(engine):
    while not engine.probe_next():
        pass
    return [lane.point_reading for lane in engine.snapshot().lanes]


def test_every_lane_is_evaluated_at_the_level_that_is_drawn_and_normalised():
    engine = running()
    engine.apply(pointing(SPEC, POINT))
    score, energy = readings(engine)
    assert score.point == energy.point == POINT
    assert (score.sigma, energy.sigma) == tuple(field.sigma for field in fields(engine))
    nets = [lane.field_cache.present.grid.exact for lane in engine.lanes]
    x = torch.tensor([POINT])
    log_p = -float(nets[1].energy(x, 0.0).detach()) - fields(engine)[1].log_z
    assert energy.log_p == pytest.approx(log_p, abs=1e-4)
    assert score.score == pytest.approx(nets[0].score(x, score.sigma)[0].tolist(), rel=1e-5)
    assert pickle.loads(pickle.dumps((score, energy))) == (score, energy)
    engine.apply(SPEC)
    assert readings(engine) == [None, None]


def test_lanes_are_read_in_turn_however_fast_the_cursor_moves():
    engine = running()
    found = []
    for step in range(4):
        engine.apply(pointing(SPEC, (0.1 * step, 0.0)))
        engine.probe_next()
        read = [lane.probe.reading for lane in engine.lanes]
        found.append([reading and reading.point[0] for reading in read])
    assert found == [[0.0, None], [0.0, 0.1], [0.2, 0.1], [0.2, pytest.approx(0.3)]]


def test_a_field_that_is_evaluated_again_is_read_again():
    engine = running()
    engine.apply(pointing(SPEC, POINT))
    before = readings(engine)
    assert engine.probe_next()
    engine.train()
    assert readings(engine) == before  # of the field as it is drawn
    evaluate(engine, 0)
    after = readings(engine)
    assert after[0] != before[0]
    assert after[1] is before[1]


def test_pointing_changes_nothing_and_keeps_the_evaluated_fields():
    quiet, pointed = running(), running()
    drawn = fields(pointed)
    for step in range(5):
        pointed.apply(pointing(SPEC, (0.3 * step, 0.2)))
        readings(pointed)
        for engine in (quiet, pointed):
            engine.train()
            engine.advance()
    assert all(now is before for now, before in zip(fields(pointed), drawn, strict=True))
    for one, other in zip(quiet.lanes, pointed.lanes, strict=True):
        assert torch.equal(one.particles.state.x, other.particles.state.x)
        for a, b in zip(one.trainer.net.parameters(), other.trainer.net.parameters(), strict=True):
            assert norm(a - b) == 0


def test_pointing_does_not_put_metrics_off():
    scheduler = FrameScheduler(Engine("cpu", curve_points=64))
    scheduler.apply(SPEC)
    edited, unmeasured = scheduler._edited, scheduler._unmeasured
    scheduler.frame()
    scheduler.apply(pointing(SPEC, POINT))
    assert scheduler.has_news
    assert (scheduler._edited, scheduler._unmeasured) == (edited, unmeasured)
    scheduler.apply(replace(pointing(SPEC, POINT), seed=4))
    assert scheduler._edited > edited


def test_true_scores_that_move_particles_are_not_taken_for_learned():
    lane = replace(SPEC.lanes[0], score_from="true", optimizer=Optimizer(ema=0))
    engine = running(replace(SPEC, lanes=(lane,)))
    engine.apply(pointing(engine.spec, POINT))
    (found,) = readings(engine)
    x = torch.tensor([POINT])
    assert found.score == pytest.approx(
        engine.lanes[0].trainer.learned_field.score(x, found.sigma)[0].tolist(), rel=1e-5
    )
    assert found.score != pytest.approx(found.true_score, rel=0.05)
    assert found.log_p is None


def test_an_emptied_canvas_has_no_reading():
    engine = running()
    engine.apply(pointing(SPEC, POINT))
    readings(engine)
    engine.apply(replace(engine.spec, target=Painted()))
    assert readings(engine) == [None, None]
