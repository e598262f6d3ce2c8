"""Slow motion: the record of a step is what the step did."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import PAUSE, restart
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
from ncsn_viz.lab.engine.step_recorder import BATCH_POINTS, PARTICLES
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Playback, Spec, View
from ncsn_viz.lab.experiment.commands import RecordStep, TrainStep
from ncsn_viz.lab.training.graph_runner import WARM, GraphRunner
from ncsn_viz.lab.worker.worker import Worker

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
    """Slow motion of a lane, and its next step recorded."""
    made = replace(running.spec, playback=replace(running.spec.playback, slow_motion=name))
    running.apply(made, (RecordStep(running.recorder.number + 1),))


def end(running):
    """Slow motion ends."""
    running.apply(replace(running.spec, playback=replace(running.spec.playback, slow_motion="")))


def finish(running):
    """Take the steps that are requested."""
    while running.trains:
        for _ in running.training_pieces():
            pass
    while running.samples:
        running.advance()


def recorded(made, steps=3):
    running = engine(made, steps)
    slow(running)
    finish(running)
    return running, running.snapshot().lanes[0].step_trace


@pytest.mark.parametrize("cls", OBJECTIVES, ids=lambda cls: cls.kind)
def test_a_recorded_step_is_the_step_that_would_have_been_taken(cls):
    running, trace = recorded(spec(lane(cls())))
    plain = engine(spec(lane(cls())), steps=4)
    for mine, other in zip(
        running.lanes[0].trainer.net.parameters(), plain.lanes[0].trainer.net.parameters(), strict=True
    ):
        assert torch.equal(mine, other)
    assert torch.equal(running.lanes[0].trainer.generator.get_state(), plain.lanes[0].trainer.generator.get_state())
    assert torch.equal(running.lanes[0].particles.state.x, plain.lanes[0].particles.state.x)
    training = trace.training
    assert training.step == running.lanes[0].trainer.step == 4
    assert training.before == pytest.approx(running.snapshot().lanes[0].loss)
    assert training.terms == running.snapshot().lanes[0].terms
    assert training.batch == BATCH
    assert len(training.data) == len(training.points) == len(training.score) == len(training.sigma) <= BATCH_POINTS
    assert training.gradient > 0
    assert pickle.loads(pickle.dumps(trace)).number == 1


@pytest.mark.parametrize("cls", OBJECTIVES, ids=lambda cls: cls.kind)
def test_the_loss_on_both_sides_of_the_step_is_the_objectives_own(cls):
    objective = cls()
    running = engine(spec(lane(objective)))
    trainer = running.lanes[0].trainer
    noise = trainer.generator.get_state()
    state = None if trainer.objective_state is None else trainer.objective_state.clone()
    batches = []
    original = running.recorder.train
    running.recorder.train = lambda lane, batch, truth: (batches.append(batch.clone()), original(lane, batch, truth))
    slow(running)
    nets = [trainer.net.frozen()]
    finish(running)
    nets.append(trainer.net)
    record = running.snapshot().lanes[0].step_trace.training
    losses = []
    for net in nets:
        draws = torch.Generator()
        draws.set_state(noise)
        losses.append(float(objective.loss(net, batches[0], running.truth, draws, state).loss.detach()))
    assert [record.before, record.after] == pytest.approx(losses, rel=1e-5)
    assert record.before != record.after
    assert np.allclose(record.data[:5], batches[0][:5].numpy(), atol=1e-5)


@pytest.mark.parametrize("objective", [Denoising(sigma=0.4), NCSN(sigma_max=4, sigma_min=0.2, levels=5)])
def test_noise_target_and_score_of_denoising(objective):
    running = engine(spec(lane(objective)))
    before = running.lanes[0].trainer.net.frozen()
    slow(running)
    finish(running)
    record = running.snapshot().lanes[0].step_trace.training
    z = (record.points - record.data) / record.sigma[:, None]
    assert np.abs(record.target + z / record.sigma[:, None]).max() < 2e-4 / record.sigma.min() ** 2
    assert 0.7 < z.std() < 1.3
    assert set(np.round(record.sigma, 4)) == set(np.round(objective.sigmas(), 4).astype(np.float32))
    with torch.no_grad():
        score = before.score(torch.from_numpy(record.points), torch.from_numpy(record.sigma))
    assert np.abs(record.score - score.numpy()).max() < 1e-5
    assert record.target_formula == "−z/σ"
    # the tip of the target, drawn σ² long, is the clean point
    assert np.abs(record.points + record.sigma[:, None] ** 2 * record.target - record.data).max() < 1e-4


def test_the_target_of_explicit_score_matching_is_the_truth():
    running, trace = recorded(spec(lane(Explicit(sigma=0.3))))
    wanted = running.truth.score(torch.from_numpy(trace.training.points), 0.3)
    assert np.abs(trace.training.target - wanted.numpy()).max() < 1e-4


def test_losses_without_noise_evaluate_the_score_at_the_data():
    for objective in (Sliced(), MaximumLikelihood(nodes=8)):
        record = recorded(spec(lane(objective)))[1].training
        assert np.array_equal(record.data, record.points)
        assert not record.sigma.any()
        assert record.target is record.negatives is None


@pytest.mark.parametrize("objective", [ContrastiveDivergence(chain=2), NoiseContrastive()])
def test_negatives_are_recorded(objective):
    running, trace = recorded(spec(lane(objective)))
    wanted = running.lanes[0].trainer.terms.negatives[:BATCH_POINTS]
    assert np.allclose(trace.training.negatives, wanted.numpy(), atol=1e-5)


def test_the_gradient_is_that_of_the_loss():
    running = engine(spec(lane(Denoising())))
    slow(running)
    finish(running)
    net = running.lanes[0].trainer.net
    length = torch.cat([weight.grad.flatten() for weight in net.parameters()]).norm()
    assert running.snapshot().lanes[0].step_trace.training.gradient == pytest.approx(float(length), rel=1e-5)


@pytest.mark.parametrize("cls", SAMPLERS, ids=lambda cls: cls.kind)
def test_the_recorded_step_of_the_particles_is_the_one_that_they_took(cls):
    sampler = cls(steps=40) if "steps" in cls.__dataclass_fields__ else cls()
    running = engine(spec(lane(sampler=sampler, score_from="true")))
    before = running.lanes[0].particles.state.x.clone()
    number = running.lanes[0].particles.state.step
    sigma = sampler.sigma_at(number)
    slow(running)
    finish(running)
    record = running.snapshot().lanes[0].step_trace.particles
    assert record.sigma == pytest.approx(sigma)
    assert record.formula == sampler.step_formula(number)
    assert 0 < len(record.start) <= PARTICLES
    parts = record.drift + record.noise + (0 if record.inertia is None else record.inertia)
    assert np.abs(record.start + parts - record.end).max() < 1e-5 * max(1, np.abs(record.end).max())
    rows = [int(((before - torch.from_numpy(start)).abs().sum(1)).argmin()) for start in record.start]
    assert np.allclose(record.x, running.lanes[0].particles.state.x[rows].numpy(), atol=1e-4)
    assert (np.abs(record.start) <= 8).all()
    assert (record.inertia is not None) == (cls is UnderdampedLangevin)


def test_all_lanes_take_the_one_step_and_nothing_else_moves():
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
    end(running)
    assert running.trains  # as the user had it
    assert running.samples


def test_a_pause_stays_a_pause():
    running = engine(spec(playback=PAUSE), steps=0)
    slow(running)
    finish(running)
    end(running)
    assert not running.trains
    assert not running.samples


def test_only_a_whole_step_is_recorded():
    running = engine(spec(lane(), replace(lane(), name="two")))
    next(running.training_pieces())  # the first lane is a step ahead
    slow(running, "two")
    finish(running)
    assert running.snapshot().lanes[1].step_trace.training.step == 5
    assert [item.trainer.step for item in running.lanes] == [5, 5]


def test_particles_that_have_finished_take_the_step_as_well():
    running = engine(spec(lane(sampler=Langevin(steps=5))), steps=9)
    slow(running)
    finish(running)
    assert running.snapshot().lanes[0].step_trace.particles is not None


def test_without_slow_motion_there_is_nothing_to_record():
    running = engine(spec())
    running.perform(RecordStep(1))
    running.train()
    assert running.snapshot().lanes[0].step_trace is None
    assert running.training.pending == 0


def test_an_experiment_that_is_opened_in_slow_motion_waits_for_its_first_request():
    running = Engine("cpu", curve_points=32)
    running.apply(spec(playback=Playback(slow_motion="one")))
    assert not running.trains
    assert not running.samples
    running.perform(RecordStep(7))
    finish(running)
    assert running.snapshot().lanes[0].step_trace.number == 7
    assert running.lanes[0].trainer.step == 1


def test_requests_that_come_before_the_step_are_steps_each():
    """The last number is the one that is recorded first; no step is lost."""
    running = engine(spec())
    slow(running)
    running.perform(RecordStep(2))
    running.perform(TrainStep())
    finish(running)
    assert running.snapshot().lanes[0].step_trace.number == 2
    assert running.lanes[0].trainer.step == 6


def test_a_lane_that_is_restarted_records_its_first_step():
    running = engine(spec())
    slow(running)
    restart(running, 0)
    finish(running)
    assert running.snapshot().lanes[0].step_trace.training.step == 1


def test_slow_motion_ends_when_its_lane_is_removed():
    running = engine(spec(lane(), replace(lane(), name="two")))
    slow(running, "two")
    running.apply(replace(running.spec, lanes=running.spec.lanes[:1]))
    assert running.trains
    assert running.snapshot().lanes[0].step_trace is None


def test_with_a_graph_of_the_device_the_step_is_executed_eagerly_and_the_graph_is_recorded_again():
    running, plain = (Engine("cpu", curve_points=32) for _ in range(2))
    made, tape = spec(lane(ContrastiveDivergence(chain=2)), replace(lane(), name="two")), Tape()
    for each in (running, plain):
        each.apply(made)
        for item in each.lanes:
            on_device(item.trainer)
    running.training.graph_runner = GraphRunner(tape)
    for _ in range(WARM + 3):
        running.train()
    assert tape.recordings == 1
    slow(running)
    finish(running)
    assert running.snapshot().lanes[0].step_trace.training.step == WARM + 4
    end(running)
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
        worker.specs.put(spec(playback=Playback(slow_motion="one")))
        worker.commands.put(RecordStep(1))
        until(
            lambda: (seen := worker.snapshots.take()) and seen.lanes[0].step_trace and seen.lanes[0].step_trace.training
        )
        until(lambda: worker.snapshots.take() is None and not threading.Event().wait(0.3))
        busy = time.process_time()
        threading.Event().wait(0.4)
        assert time.process_time() - busy < 0.1
    finally:
        assert worker.stop()
