"""The worker thread between its mailboxes."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import replace

import pytest
import torch
from helpers import until

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import Denoising
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.core.targets import Painted, TwoModes
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Playback, Spec, View, with_learners
from ncsn_viz.lab.experiment.commands import (
    MoveParticle,
    ReleaseParticles,
    SampleStep,
    TrainStep,
)
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler
from ncsn_viz.lab.worker.pace import TICKS_PER_SECOND
from ncsn_viz.lab.worker.worker import Worker

LANE = LaneSpec(
    name="one", objective=Denoising(), net=ScoreMLP(hidden=8, layers=1), optimizer=Optimizer(batch_size=16),
    sampler=Langevin(steps=1000),
)  # fmt: skip
SPEC = Spec(lanes=(LANE, replace(LANE, name="two")), particles=Particles(count=20), view=View(pixels=16))
PAUSED = replace(SPEC, playback=Playback(training=False, sampling=False))


@pytest.fixture
def worker():
    made = Worker("cpu")
    made.start()
    yield made
    assert made.stop(10)


def published(worker, condition=lambda snapshot: True):
    """The next Snapshot for which the condition holds."""

    def take():
        snapshot = worker.snapshots.take()
        return snapshot if snapshot is not None and condition(snapshot) else None

    return until(take)


def test_it_trains_and_publishes(worker):
    worker.specs.put(SPEC)
    first = published(worker)
    assert isinstance(first, Snapshot)
    assert first.spec == SPEC
    assert first.failure == ""
    later = published(worker, lambda snapshot: snapshot.lanes[0].step > first.lanes[0].step + 20)
    assert later.lanes[0].progress > first.lanes[0].progress
    published(worker, lambda snapshot: snapshot.lanes[1].metrics.get("fisher_window") is not None)
    published(worker, lambda snapshot: snapshot.lanes[0].steps_per_second > 0)


def test_nothing_happens_before_the_first_spec(worker):
    busy = time.process_time()
    assert not threading.Event().wait(0.3)
    assert not worker.snapshots.full
    assert time.process_time() - busy < 0.1


@pytest.mark.parametrize("spec", [PAUSED, replace(SPEC, target=Painted())], ids=("paused", "empty canvas"))
def test_a_worker_with_nothing_to_do_does_not_spin(worker, spec):
    worker.specs.put(spec)
    shown = published(worker)
    assert shown.lanes[0].status.state in ("paused", "waiting")
    if spec is PAUSED:  # metrics are computed once after each Spec
        published(worker, lambda snapshot: all("fisher_window" in lane.metrics for lane in snapshot.lanes))
    until(lambda: worker.snapshots.take() is None)
    busy = time.process_time()
    threading.Event().wait(0.5)
    assert time.process_time() - busy < 0.1
    worker.specs.put(replace(spec, seed=5))  # and it wakes at once
    assert published(worker).spec.seed == 5


def test_a_worker_that_only_moves_particles_waits_for_its_snapshot_to_be_taken(worker):
    worker.specs.put(replace(SPEC, playback=Playback(training=False)))
    until(lambda: worker.snapshots.full)
    threading.Event().wait(0.1)
    busy = time.process_time()
    threading.Event().wait(0.3)
    assert time.process_time() - busy < 0.1
    steps = [round(published(worker).lanes[0].progress * 1000) for _ in range(4)]
    assert [later - step for step, later in itertools.pairwise(steps)] == [SPEC.particles.speed] * 3


def test_training_continues_while_no_snapshot_is_taken_and_particles_wait(worker):
    worker.specs.put(SPEC)
    first = published(worker)
    until(lambda: worker.snapshots.full)
    threading.Event().wait(0.3)
    _, ahead, after = (published(worker) for _ in range(3))  # the first two were made before the pause
    assert after.lanes[0].step > ahead.lanes[0].step
    assert after.lanes[0].step > first.lanes[0].step + 5
    moved = round((after.lanes[0].progress - first.lanes[0].progress) * 1000)
    assert moved == 3 * SPEC.particles.speed


def test_a_frame_that_takes_long_is_in_time_because_it_was_begun_before(worker, monkeypatch):
    """One is made while the one before waits in its mailbox."""
    original, slow = FrameScheduler.frame, 0.15

    def frame(self, stopped):
        time.sleep(slow)
        return original(self, stopped)

    monkeypatch.setattr(FrameScheduler, "frame", frame)
    worker.specs.put(SPEC)
    published(worker)
    threading.Event().wait(3 * slow)
    begin = time.perf_counter()
    for _ in range(2):
        published(worker)
    assert time.perf_counter() - begin < slow
    published(worker)
    assert time.perf_counter() - begin > slow / 2  # and no more than one is made ahead


def test_what_was_made_ahead_is_not_shown_for_a_later_spec(worker):
    worker.specs.put(SPEC)
    for seed in range(1, 20):
        published(worker)
        until(lambda: worker.snapshots.full)
        threading.Event().wait(0.02)  # there is one ahead by now
        worker.specs.put(replace(SPEC, seed=seed))
        until(lambda: not worker.specs.full)
        old, new = published(worker), published(worker)
        assert old.spec.seed in (seed - 1, seed)
        assert new.spec.seed == seed


@pytest.mark.parametrize("training", [True, False])
def test_particles_keep_their_speed_while_specs_stream_in(worker, training):
    """As where the mouse moves over a lane, or a slider is dragged."""
    spec = replace(SPEC, playback=Playback(training=training))
    worker.specs.put(spec)
    first, begin = published(worker), time.perf_counter()
    for n in range(40):
        worker.specs.put(replace(spec, view=replace(spec.view, cursor=((0.01 * n, 0.0),))))
        threading.Event().wait(0.01)
        last = published(worker)
    ticks = (time.perf_counter() - begin) * TICKS_PER_SECOND
    moved = round((last.lanes[0].progress - first.lanes[0].progress) * 1000)
    assert 38 * SPEC.particles.speed <= moved <= max(43, ticks + 3) * SPEC.particles.speed


def test_the_latest_spec_wins(worker):
    applied = []
    original = Engine.apply
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Engine,
            "apply",
            lambda self, spec, *commands: (applied.append(spec.seed), original(self, spec, *commands))[1],
        )
        worker.specs.put(PAUSED)
        published(worker)
        for seed in range(1, 301):
            worker.specs.put(replace(PAUSED, seed=seed))
        assert published(worker, lambda snapshot: snapshot.spec.seed == 300).lanes[0].step == 0
    assert applied == sorted(applied)
    assert applied[-1] == 300
    threading.Event().wait(0.05)
    assert applied[-1] == 300  # nothing came after it
    assert not worker.specs.full


def test_every_snapshot_carries_the_spec_it_shows(worker):
    for count in (1, 2, 1):
        spec = replace(SPEC, lanes=SPEC.lanes[:count])
        worker.specs.put(spec)
        shown = published(worker, lambda snapshot, spec=spec: snapshot.spec == spec)
        assert len(shown.lanes) == count


# -- commands -------------------------------------------------------------------------------------------------------


def test_single_steps_while_paused(worker):
    worker.specs.put(PAUSED)
    published(worker)
    for _ in range(7):
        assert worker.commands.put(TrainStep())
    published(worker, lambda snapshot: snapshot.lanes[0].step == 7)
    for _ in range(3):
        assert worker.commands.put(SampleStep())
    shown = published(worker, lambda snapshot: round(snapshot.lanes[0].progress * 1000) == 3)
    assert shown.lanes[0].step == 7


def test_commands_wait_for_the_first_spec(worker):
    """As where a button is pressed while torch is loaded."""
    for _ in range(4):
        worker.commands.put(TrainStep())
    worker.specs.put(PAUSED)
    published(worker, lambda snapshot: snapshot.lanes[0].step == 4)


def test_no_command_is_lost_while_specs_stream_in(worker):
    worker.specs.put(PAUSED)
    for n in range(300):
        worker.specs.put(replace(PAUSED, view=View(pixels=16 + n)))
        worker.commands.put(TrainStep())
        if n % 30 == 0:
            published(worker)
    shown = published(worker, lambda snapshot: min(lane.step for lane in snapshot.lanes) >= 300)
    assert [lane.step for lane in shown.lanes] == [300, 300]
    assert shown.spec.view.pixels == 315


def test_commands_are_carried_out_in_order(worker):
    worker.specs.put(PAUSED)
    published(worker)
    performed = []
    original = Engine.perform
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "perform", lambda self, each: (performed.append(each), original(self, each))[1])
        wanted = [TrainStep(), ReleaseParticles(), MoveParticle((1.0, 2.0)), SampleStep()] * 20
        for command in wanted:
            worker.commands.put(command)
        until(lambda: len(performed) >= len(wanted))
    assert performed == wanted


# -- failures and the end -------------------------------------------------------------------------------------------


def test_a_failure_is_published_and_the_next_spec_recovers(worker, monkeypatch, capsys):
    def fail(self):
        raise RuntimeError("the GPU fell off")

    worker.specs.put(SPEC)
    published(worker)
    monkeypatch.setattr(Engine, "training_pieces", fail)
    shown = published(worker, lambda snapshot: snapshot.failure)
    assert shown.failure == "RuntimeError: the GPU fell off"
    assert "the GPU fell off" in capsys.readouterr().err
    threading.Event().wait(0.1)
    assert not worker.snapshots.full  # it waits for the next Spec
    monkeypatch.undo()
    worker.specs.put(replace(SPEC, seed=2))
    shown = published(worker, lambda snapshot: snapshot.lanes and snapshot.lanes[0].step > 0)
    assert shown.failure == ""
    assert shown.spec.seed == 2


def test_a_failure_in_applying_is_published_too(worker, monkeypatch, capsys):
    def fail(self, spec, commands):
        raise MemoryError("too many particles")

    monkeypatch.setattr(Engine, "apply", fail)
    worker.specs.put(SPEC)
    assert published(worker).failure.startswith("There is not enough memory.")
    monkeypatch.undo()
    worker.specs.put(replace(SPEC, seed=2))
    assert published(worker).failure == ""


def test_an_error_that_lasts_builds_no_engine_again_and_loses_no_weights(worker, monkeypatch, capsys):
    """It is published once for an experiment: where the mouse moves, or the view changes, nothing is tried again."""

    def fail(self):
        raise RuntimeError("no table for this target")
        yield

    built, prepare, build = [], Engine.prepare, Engine.__init__
    monkeypatch.setattr(Engine, "__init__", lambda self, *words: (built.append(self), build(self, *words))[1])
    worker.specs.put(SPEC)
    step = published(worker, lambda snapshot: snapshot.lanes[0].step > 5).lanes[0].step
    monkeypatch.setattr(Engine, "prepare", fail)
    worker.specs.put(replace(SPEC, target=TwoModes(weight=0.3)))
    assert published(worker, lambda snapshot: snapshot.failure).failure == "RuntimeError: no table for this target"
    for n in range(5):
        view = replace(SPEC.view, cursor=((0.1 * n, 0.0),), pixels=16 + n)
        worker.specs.put(replace(SPEC, target=TwoModes(weight=0.3), view=view))
        threading.Event().wait(0.05)
    assert not worker.snapshots.full
    monkeypatch.setattr(Engine, "prepare", prepare)
    worker.specs.put(replace(SPEC, target=TwoModes(weight=0.6)))
    assert published(worker).lanes[0].step >= step
    assert len(built) == 1
    assert capsys.readouterr().err.count("no table for this target") == 2  # once, with its line in the code


def test_a_command_tries_it_again(worker, monkeypatch, capsys):
    def fail(self, rate):
        raise RuntimeError("once")

    worker.specs.put(PAUSED)
    published(worker)
    monkeypatch.setattr(Engine, "snapshot", fail)
    worker.commands.put(TrainStep())
    published(worker, lambda snapshot: snapshot.failure)
    monkeypatch.undo()
    worker.commands.put(TrainStep())
    published(worker, lambda snapshot: snapshot.lanes and snapshot.lanes[0].step == 2)
    assert "once" in capsys.readouterr().err


def test_what_takes_too_long_is_left(monkeypatch):
    """Python's own loops are left at their next line, wherever they are."""
    made, entered, left = Worker("cpu"), threading.Event(), []

    def endless(self):
        entered.set()
        try:
            while True:
                time.sleep(0.001)
        finally:
            left.append(True)
        yield

    monkeypatch.setattr(Engine, "training_pieces", endless)
    made.start()
    made.specs.put(SPEC)
    assert entered.wait(30)
    begin = time.monotonic()
    assert made.stop(1.0)
    assert 0.4 < time.monotonic() - begin < 0.9
    assert left == [True]


def test_a_missing_device_is_published(monkeypatch, capsys):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    made = Worker("cuda")
    made.start()
    try:
        made.specs.put(SPEC)
        assert "cuda is not available" in published(made).failure
    finally:
        assert made.stop(10)


@pytest.mark.parametrize("spec", [SPEC, PAUSED, None], ids=("training", "paused", "idle"))
def test_stopping_joins_the_thread_soon(spec):
    made = Worker("cpu")
    made.start()
    if spec:
        made.specs.put(spec)
        published(made)
    begin = time.monotonic()
    assert made.stop()
    assert time.monotonic() - begin < 3
    assert made.stop()  # it can be stopped twice
    assert not any(thread.name.startswith("ncsn-viz") for thread in threading.enumerate())


def test_a_worker_that_never_started_can_be_stopped():
    assert Worker("cpu").stop()


def test_painting_while_it_runs(worker):
    """A hundred targets in a row: learning goes on through all of them."""
    worker.specs.put(SPEC)
    step = published(worker).lanes[0].step
    for n in range(100):
        worker.specs.put(replace(SPEC, target=TwoModes(weight=0.01 + 0.009 * n)))
        if n % 10 == 0:
            step = published(worker, lambda snapshot, step=step: snapshot.lanes[0].step > step).lanes[0].step
    shown = published(worker, lambda snapshot: snapshot.spec.target == TwoModes(weight=0.01 + 0.009 * 99))
    assert shown.lanes[0].step >= step


# -- sessions -------------------------------------------------------------------------------------------------------


def checkpoint(worker):
    """What the worker gives of all that is learned."""
    given = []
    worker.capture(given.append)
    return until(lambda: given and given[0])


def weights_of(checkpoint, lane="0"):
    found = checkpoint["lanes"][lane]["replicas"]["0"]
    return found["step"], torch.cat([each.flatten() for each in found["weights"].values()])


def test_a_checkpoint_is_of_whole_steps_and_a_copy(worker):
    worker.specs.put(SPEC)
    published(worker, lambda snapshot: snapshot.lanes[0].step > 5)
    for _ in range(5):
        saved = checkpoint(worker)
        (step, weights), (other, _) = (weights_of(saved.checkpoint, lane) for lane in "01")
        assert step == other
        kept = weights.clone()
        published(worker, lambda snapshot, step=step: snapshot.lanes[0].step > step + 5)
        assert torch.equal(weights_of(saved.checkpoint)[1], kept)


def test_what_is_opened_goes_on(worker):
    worker.specs.put(SPEC)
    published(worker, lambda snapshot: snapshot.lanes[0].step > 30)
    saved = checkpoint(worker)
    steps, weights = weights_of(saved.checkpoint)
    published(worker, lambda snapshot: snapshot.lanes[0].step > steps + 30)
    spec = with_learners(replace(saved.spec, playback=PAUSED.playback), None, itertools.count(5))
    worker.open(spec, saved.learners(spec))
    shown = published(worker, lambda snapshot: snapshot.spec == spec)
    assert shown.lanes[0].step == steps
    assert torch.equal(weights_of(checkpoint(worker).checkpoint)[1], weights)
    worker.specs.put(with_learners(PAUSED, spec, itertools.count(9)))
    assert published(worker).lanes[0].step == steps


def test_a_paused_worker_gives_a_checkpoint_and_one_without_a_target(worker):
    worker.specs.put(replace(SPEC, target=Painted()))
    published(worker)
    assert weights_of(checkpoint(worker).checkpoint)[0] == 0


def test_a_checkpoint_after_a_failure(worker, monkeypatch, capsys):
    worker.specs.put(SPEC)
    published(worker, lambda snapshot: snapshot.lanes[0].step > 5)

    def fail(self, rate=0.0):
        raise RuntimeError("the GPU fell off")

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "snapshot", fail)
        published(worker, lambda snapshot: snapshot.failure)
        assert weights_of(checkpoint(worker).checkpoint)[0] > 5
        patch.setattr(Engine, "state_dict", fail)
        assert checkpoint(worker).checkpoint is None
    worker.specs.put(replace(SPEC, seed=1))
    published(worker, lambda snapshot: not snapshot.failure)
