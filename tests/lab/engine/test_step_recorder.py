"""Slow motion: what is told of a step is what the step did."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import until
from tape import Tape, on_device

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import (
    NCSN,
    OBJECTIVES,
    ContrastiveDivergence,
    Denoising,
    Explicit,
    MaximumLikelihood,
    NoiseContrastive,
    Sliced,
)
from ncsn_viz.core.samplers import SAMPLERS, Langevin, UnderdampedLangevin
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.engine.step_recorder import HANDFUL, POINTS
from ncsn_viz.lab.engine.worker import Worker
from ncsn_viz.lab.experiment.spec import LaneSpec, Optimizer, Particles, Playback, Spec, View
from ncsn_viz.lab.training.graph_runner import WARM, GraphRunner

BATCH = 80


def lane(objective=None, **changes):
    objective = objective or Denoising()
    net = EnergyMLP(hidden=8, layers=1) if objective.needs_energy else ScoreMLP(hidden=8, layers=1)
    made = LaneSpec(name="one", objective=objective, net=net, optimizer=Optimizer(batch_size=BATCH), sampler=Langevin())
    return replace(made, **changes)


def spec(*lanes, **changes):
    return Spec(lanes=lanes or (lane(),), particles=Particles(count=100), view=View(pixels=16), **changes)


def engine(made, steps=3):
    running = Engine("cpu", curve_points=32)
    running.apply(made)
    for _ in range(steps):
        running.train()
        running.advance()
    return running


def slow(running, name="one"):
    run = running.spec.run
    running.apply(replace(running.spec, run=replace(run, slow=name, slow_steps=run.slow_steps + 1)))


def finish(running):
    while running.trains:
        running.train_some()
    while running.samples:
        running.advance()


def watched(made, steps=3):
    running = engine(made, steps)
    slow(running)
    finish(running)
    return running, running.snapshot().lanes[0].step_trace


@pytest.mark.parametrize("cls", OBJECTIVES, ids=lambda cls: cls.kind)
def test_a_watched_step_is_the_step_that_would_have_been_done(cls):
    running, told = watched(spec(lane(cls())))
    plain = engine(spec(lane(cls())), steps=4)
    for mine, other in zip(
        running.lanes[0].trainer.net.parameters(), plain.lanes[0].trainer.net.parameters(), strict=True
    ):
        assert torch.equal(mine, other)
    assert torch.equal(running.lanes[0].trainer.generator.get_state(), plain.lanes[0].trainer.generator.get_state())
    assert torch.equal(running.lanes[0].particles.state.x, plain.lanes[0].particles.state.x)
    training = told.training
    assert training.step == running.lanes[0].trainer.step == 4
    assert training.before == pytest.approx(running.snapshot().lanes[0].loss)
    assert training.terms == running.snapshot().lanes[0].terms
    assert training.batch == BATCH
    assert len(training.data) == len(training.points) == len(training.score) == len(training.sigma) <= POINTS
    assert training.gradient > 0
    assert pickle.loads(pickle.dumps(told)).number == 1


@pytest.mark.parametrize("cls", OBJECTIVES, ids=lambda cls: cls.kind)
def test_the_loss_on_both_sides_of_the_step_is_the_objectives_own(cls):
    objective = cls()
    running = engine(spec(lane(objective)))
    learner = running.lanes[0].trainer
    noise = learner.generator.get_state()
    state = None if learner.objective_state is None else learner.objective_state.clone()
    batches = []
    original = running.watch.train
    running.watch.train = lambda lane, learner, batch, truth: (
        batches.append(batch.clone()),
        original(lane, learner, batch, truth),
    )
    slow(running)
    nets = [learner.net.frozen()]
    finish(running)
    nets.append(learner.net)
    told = running.snapshot().lanes[0].step_trace.training
    losses = []
    for net in nets:
        draws = torch.Generator()
        draws.set_state(noise)
        losses.append(float(objective.loss(net, batches[0], running.truth, draws, state).loss.detach()))
    assert [told.before, told.after] == pytest.approx(losses, rel=1e-5)
    assert told.before != told.after
    assert np.allclose(told.data[:5], batches[0][:5].numpy(), atol=1e-5)


@pytest.mark.parametrize("objective", [Denoising(sigma=0.4), NCSN(sigma_max=4, sigma_min=0.2, levels=5)])
def test_noise_target_and_score_of_denoising(objective):
    running = engine(spec(lane(objective)))
    before = running.lanes[0].trainer.net.frozen()
    slow(running)
    finish(running)
    told = running.snapshot().lanes[0].step_trace.training
    z = (told.points - told.data) / told.sigma[:, None]
    assert np.abs(told.target + z / told.sigma[:, None]).max() < 2e-4 / told.sigma.min() ** 2
    assert 0.7 < z.std() < 1.3
    assert set(np.round(told.sigma, 4)) == set(np.round(objective.sigmas(), 4).astype(np.float32))
    with torch.no_grad():
        score = before.score(torch.from_numpy(told.points), torch.from_numpy(told.sigma))
    assert np.abs(told.score - score.numpy()).max() < 1e-5
    assert told.target_formula == "−z/σ"
    # the tip of the target, drawn σ² long, is the clean point
    assert np.abs(told.points + told.sigma[:, None] ** 2 * told.target - told.data).max() < 1e-4


def test_the_target_of_explicit_score_matching_is_the_truth():
    running, told = watched(spec(lane(Explicit(sigma=0.3))))
    wanted = running.truth.score(torch.from_numpy(told.training.points), 0.3)
    assert np.abs(told.training.target - wanted.numpy()).max() < 1e-4


def test_losses_without_noise_ask_at_the_data():
    for objective in (Sliced(), MaximumLikelihood(nodes=8)):
        told = watched(spec(lane(objective)))[1].training
        assert np.array_equal(told.data, told.points)
        assert not told.sigma.any()
        assert told.target is told.negatives is None


@pytest.mark.parametrize("objective", [ContrastiveDivergence(chain=2), NoiseContrastive()])
def test_negatives_are_told(objective):
    running, told = watched(spec(lane(objective)))
    wanted = running.lanes[0].trainer.terms.negatives[:POINTS]
    assert np.allclose(told.training.negatives, wanted.numpy(), atol=1e-5)


def test_the_gradient_is_that_of_the_loss():
    running = engine(spec(lane(Denoising())))
    slow(running)
    finish(running)
    net = running.lanes[0].trainer.net
    length = torch.cat([weight.grad.flatten() for weight in net.parameters()]).norm()
    assert running.snapshot().lanes[0].step_trace.training.gradient == pytest.approx(float(length), rel=1e-5)


@pytest.mark.parametrize("cls", SAMPLERS, ids=lambda cls: cls.kind)
def test_particles_tell_the_step_that_they_have_done(cls):
    sampler = cls(steps=40) if "steps" in cls.__dataclass_fields__ else cls()
    running = engine(spec(lane(sampler=sampler, score_from="true")))
    before = running.lanes[0].particles.state.x.clone()
    sigma = sampler.sigma_at(running.lanes[0].particles.state.step)
    slow(running)
    finish(running)
    told = running.snapshot().lanes[0].step_trace.particles
    assert told.sigma == pytest.approx(sigma)
    assert 0 < len(told.start) <= HANDFUL
    parts = told.drift + told.noise + (0 if told.inertia is None else told.inertia)
    assert np.abs(told.start + parts - told.end).max() < 1e-5 * max(1, np.abs(told.end).max())
    rows = [int(((before - torch.from_numpy(start)).abs().sum(1)).argmin()) for start in told.start]
    assert np.allclose(told.x, running.lanes[0].particles.state.x[rows].numpy(), atol=1e-4)
    assert (np.abs(told.start) <= 8).all()
    assert (told.inertia is not None) == (cls is UnderdampedLangevin)


def test_all_lanes_go_the_one_step_and_nothing_else_moves():
    running = engine(spec(lane(), replace(lane(Sliced()), name="two")))
    slow(running, "two")
    finish(running)
    assert [item.trainer.step for item in running.lanes] == [4, 4]
    assert [item.particles.state.step for item in running.lanes] == [4, 4]
    assert not running.trains
    assert not running.samples
    shown = running.snapshot().lanes
    assert shown[0].step_trace is None
    assert shown[1].step_trace.number == 1
    assert [item.status.state for item in shown] == ["paused", "paused"]
    slow(running, "two")
    finish(running)
    assert running.snapshot().lanes[1].step_trace.training.step == 5
    running.apply(replace(running.spec, run=replace(running.spec.run, slow="")))
    assert running.trains  # as the user had it
    assert running.samples


def test_a_pause_stays_a_pause():
    running = engine(spec(run=Playback(training=False, sampling=False)), steps=0)
    slow(running)
    finish(running)
    running.apply(replace(running.spec, run=replace(running.spec.run, slow="")))
    assert not running.trains
    assert not running.samples


def test_only_a_whole_step_is_watched():
    running = engine(spec(lane(), replace(lane(), name="two")))
    running.train_some()  # the first lane is a step ahead
    slow(running, "two")
    finish(running)
    assert running.snapshot().lanes[1].step_trace.training.step == 5
    assert [item.trainer.step for item in running.lanes] == [5, 5]


def test_particles_at_rest_wake_for_it():
    running = engine(spec(lane(sampler=Langevin(steps=5))), steps=9)
    slow(running)
    finish(running)
    assert running.snapshot().lanes[0].step_trace.particles is not None


def test_a_session_that_was_closed_in_slow_motion_comes_back_in_it():
    running = Engine("cpu", curve_points=32)
    running.apply(spec(run=Playback(slow="one", slow_steps=7)))
    finish(running)
    assert running.snapshot().lanes[0].step_trace.number == 7
    assert running.lanes[0].trainer.step == 1


def test_a_lane_that_is_gone_is_not_watched():
    running = engine(spec(lane(), replace(lane(), name="two")))
    slow(running, "two")
    running.apply(replace(running.spec, lanes=running.spec.lanes[:1]))
    assert running.trains
    assert running.snapshot().lanes[0].step_trace is None


def test_where_steps_are_recorded_a_watched_one_is_taken_as_it_is_and_recording_begins_anew():
    running, plain = (Engine("cpu", curve_points=32) for _ in range(2))
    made, tape = spec(lane(ContrastiveDivergence(chain=2)), replace(lane(), name="two")), Tape()
    for each in (running, plain):
        each.apply(made)
        for item in each.lanes:
            on_device(item.trainer)
    running.training.captured = GraphRunner(tape)
    for _ in range(WARM + 3):
        running.train()
    assert tape.recordings == 1
    slow(running)
    finish(running)
    assert running.snapshot().lanes[0].step_trace.training.step == WARM + 4
    running.apply(replace(running.spec, run=replace(running.spec.run, slow="")))
    for _ in range(WARM + 3):
        running.train()
    assert tape.recordings == 2
    for _ in range(2 * WARM + 7):
        plain.train()
    for index in (0, 1):
        mine, other = (each.lanes[index].trainer for each in (running, plain))
        assert mine.step == other.step
        for one, two in zip(mine.net.parameters(), other.net.parameters(), strict=True):
            assert torch.equal(one, two)


def test_a_worker_in_slow_motion_waits_without_spinning():
    worker = Worker("cpu")
    worker.start()
    try:
        worker.specs.put(spec(run=Playback(slow="one", slow_steps=1)))
        until(
            lambda: (seen := worker.snapshots.take()) and seen.lanes[0].step_trace and seen.lanes[0].step_trace.training
        )
        until(lambda: worker.snapshots.take() is None and not threading.Event().wait(0.3))
        busy = time.process_time()
        threading.Event().wait(0.4)
        assert time.process_time() - busy < 0.1
    finally:
        assert worker.stop()
