"""An error stops the lane in which it occurs; where the memory of a GPU is exhausted, something is given up."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from engines import SPEC, change, change_lane, complete, engine, go, particles, play, restart, weights
from helpers import norm

from ncsn_viz.core.objectives import Sliced
from ncsn_viz.lab.engine import device as devices
from ncsn_viz.lab.engine import engine as engine_module
from ncsn_viz.lab.engine.lane import Lane
from ncsn_viz.lab.inspection.point_probe import PointProbe
from ncsn_viz.lab.metrics.live import LiveMetrics
from ncsn_viz.lab.sampling.particle_system import ParticleSystem
from ncsn_viz.lab.snapshot import FAILED, TRAINING
from ncsn_viz.lab.training.trainer import Trainer
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler

BROKEN = RuntimeError("broken")
OUT_OF_MEMORY = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")


class Broken:
    """Lets a method of a class fail in the lane with the sliced objective, the second one of SPEC."""

    def __init__(self, monkeypatch, cls, name, error=BROKEN):
        self.error, self.calls, self.mended = error, 0, False
        original = getattr(cls, name)

        def method(this, *words, **more):
            if not self.mended and self.concerns(this, words):
                self.calls += 1
                raise self.error
            return original(this, *words, **more)

        monkeypatch.setattr(cls, name, method)

    def concerns(self, this, words):
        return isinstance(getattr(getattr(this, "spec", None), "objective", None), Sliced)


class BrokenAtSecond(Broken):
    """The same for objects that do not know their lane: those given."""

    def __init__(self, monkeypatch, cls, name, these):
        self.these = these
        super().__init__(monkeypatch, cls, name)

    def concerns(self, this, words):
        return this in self.these


def run_frames(made, count=40):
    """Frames as the worker takes them, with training between; every job becomes due at once."""
    scheduler = FrameScheduler(made)
    scheduler.apply(made.spec)
    scheduler._edited -= 1
    for _ in range(count):
        scheduler.train(lambda: False)
        scheduler._measure_due = 0.0
        shown = scheduler.frame()
    return shown


PLACES = {
    "a training step": lambda patch, made: Broken(patch, Trainer, "compute"),
    "the record of a step": lambda patch, made: Broken(patch, Trainer, "record"),
    "a step of the particles": lambda patch, made: BrokenAtSecond(
        patch, ParticleSystem, "step", [made.lanes[1].particles]
    ),
    "a metric": lambda patch, made: BrokenAtSecond(patch, LiveMetrics, "measure", [made.lanes[1].live_metrics]),
    "a map": lambda patch, made: Broken(patch, Lane, "_grid_evaluation"),
    "what is under the cursor": lambda patch, made: BrokenAtSecond(patch, PointProbe, "read", [made.lanes[1].probe]),
    "a picture of the particles": lambda patch, made: BrokenAtSecond(
        patch, ParticleSystem, "rasterize", [made.lanes[1].particles]
    ),
    "the evaluation set": lambda patch, made: Broken(patch, Lane, "prepare_evaluation"),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_error_stops_its_lane_and_no_other(monkeypatch, capsys, place):
    made = engine(replace(SPEC, view=replace(SPEC.view, cursor=((0.1, 0.2),))), steps=3)
    shown = made.snapshot()
    broken = PLACES[place](monkeypatch, made)
    shown = run_frames(made)
    assert broken.calls == 1
    one, other = shown.lanes
    assert one.status.state == TRAINING
    assert other.status.state == FAILED
    assert other.status.message.startswith("RuntimeError: broken Its weights are kept")
    assert one.step > other.step >= 3
    assert capsys.readouterr().err.count("RuntimeError: broken") == 1
    kept = weights(made, 1).clone()
    go(made, 3, 3)
    assert broken.calls == 1
    assert norm(weights(made, 1) - kept) == 0


def test_the_other_lanes_are_as_they_would_be_without_it(monkeypatch, capsys):
    well, made = engine(SPEC, 9, 4), engine(SPEC)
    Broken(monkeypatch, Trainer, "compute")
    go(made, 9, 4)
    assert [lane.trainer.step for lane in made.lanes] == [9, 0]
    assert norm(weights(made) - weights(well)) == 0
    assert norm(particles(made) - particles(well)) == 0


@pytest.mark.parametrize("how", ["a setting", "play", "a command", "the count"])
def test_a_lane_goes_on_with_its_weights_when_something_changes(monkeypatch, capsys, how):
    made = engine(SPEC, 5)
    broken = Broken(monkeypatch, Trainer, "compute")
    go(made, 2)
    kept = weights(made, 1).clone()
    broken.mended = True
    change(made, view=replace(SPEC.view, chosen=1, cursor=((1.0, 1.0),)))
    go(made, 2)
    assert made.lanes[1].failure  # the mouse moved, a lane was chosen: nothing changed
    if how == "a setting":
        change_lane(made, 1, optimizer=replace(SPEC.lanes[1].optimizer, learning_rate=1e-4))
    elif how == "play":
        play(made, training=False)
        play(made, training=True)
    elif how == "the count":
        change(made, particles=replace(SPEC.particles, count=10))
    else:
        restart(made, SPEC.lanes[1].slot)
        kept = weights(made, 1).clone()
    assert not made.lanes[1].failure
    assert norm(weights(made, 1) - kept) == 0
    go(made, 2)
    assert made.lanes[1].trainer.step == (2 if how == "a command" else 7)


def test_a_lane_that_cannot_even_be_built_is_shown_as_failed(monkeypatch, capsys):
    build = Trainer.__init__

    def fail(self, spec, *words):
        if isinstance(spec.objective, Sliced):
            raise MemoryError
        build(self, spec, *words)

    monkeypatch.setattr(Trainer, "__init__", fail)
    made = engine(SPEC, 2, 2)
    complete(made.prepare())
    shown = run_frames(made, 5)
    assert shown.lanes[0].step > 2
    assert shown.lanes[1].status.state == FAILED
    assert shown.lanes[1].status.message.startswith("There is not enough memory.")
    assert shown.lanes[1].levels == SPEC.lanes[1].sampler.sigmas()
    monkeypatch.setattr(Trainer, "__init__", build)
    change_lane(made, 1, optimizer=replace(SPEC.lanes[1].optimizer, learning_rate=1e-4))
    go(made, 1)
    assert made.lanes[1].trainer.step == 1


def test_a_target_that_fails_leaves_the_engine_as_it_was(monkeypatch):
    made = engine(SPEC, 3)
    truth, kept = made.truth, weights(made).clone()
    monkeypatch.setattr(type(SPEC.target), "build", lambda *_, **__: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        change(made, target=replace(SPEC.target), window=(-3.0, 3.0))
    assert (made.truth, made.spec) == (truth, SPEC)
    monkeypatch.undo()
    change(made, window=(-3.0, 3.0))
    go(made, 1)
    assert made.lanes[0].trainer.step == 4
    assert norm(weights(made) - kept) > 0


def test_sentences_for_errors():
    cpu = RuntimeError("[enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: can't allocate memory: you tried …")
    for error in (MemoryError(), OUT_OF_MEMORY, cpu):
        assert devices.out_of_memory(error)
        assert devices.failure_sentence(error).startswith("There is not enough memory.")
    assert devices.failure_sentence(ZeroDivisionError("by nothing\n  of all")) == "ZeroDivisionError: by nothing"
    assert devices.failure_sentence(KeyError()) == "KeyError"
    assert not devices.out_of_memory(RuntimeError("shapes"))


# -- a GPU, as far as the CPU can play one --------------------------------------------------------------------------


@pytest.fixture
def on_gpu():
    """An engine that takes its device for a GPU."""

    def make(count, steps=0):
        made = engine(replace(SPEC, particles=replace(SPEC.particles, count=count)), steps)
        made.failures.device = SimpleNamespace(type="cuda")
        return made

    return make


class Memory:
    """Suffices for so many particles."""

    def __init__(self, monkeypatch, most):
        self.most, self.tried, original = most, [], ParticleSystem.step

        def step(this, *words):
            count = len(this.state.x)
            if count > self.most:
                self.tried.append(count)
                raise OUT_OF_MEMORY
            return original(this, *words)

        monkeypatch.setattr(ParticleSystem, "step", step)


def test_exhausted_memory_of_a_gpu_gives_up_particles(monkeypatch, on_gpu, capsys):
    made, memory = on_gpu(100_000, steps=4), Memory(monkeypatch, 8000)
    kept = weights(made).clone()
    for _ in range(6):
        made.advance()
    assert memory.tried == [100_000] * 2 + [25_000] * 2
    assert [len(particles(made, index)) for index in (0, 1)] == [6250, 6250]
    shown = made.snapshot()
    assert shown.spec.particles.count == 100_000  # that is what the user has set
    assert shown.training_note.startswith("6,250 particles, for more the memory of the GPU does not suffice")
    assert not any(lane.failure for lane in made.lanes)
    assert norm(weights(made) - kept) == 0
    memory.most = 10**6
    change(made, particles=replace(made.spec.particles, count=50_000))  # whoever sets it again tries again
    made.advance()
    assert len(particles(made)) == 50_000
    assert made.failures.note == ""


def test_where_particles_do_not_help_the_cpu_goes_on_with_what_was_learned(monkeypatch, on_gpu, capsys):
    made = on_gpu(3000, steps=25)
    complete(made.prepare())
    go(made, 2)
    before = [
        [*made.lanes[0].trainer.history.rows],
        weights(made).clone(),
        made.lanes[0].trainer.optimizer.means[0].clone(),
    ]
    full = [True]
    compute = Trainer.compute

    def fail(self, *words):
        if full[0]:
            raise OUT_OF_MEMORY
        return compute(self, *words)

    monkeypatch.setattr(Trainer, "compute", fail)
    monkeypatch.setattr(engine_module.devices, "free_memory", lambda: full.__setitem__(0, False))
    go(made, 1)
    assert made.lanes[0].trainer.step == 27
    go(made, 1)  # 3000 // 4 would be too few: the CPU at once
    assert made.device.type == made.failures.device.type == "cpu"
    trainer = made.lanes[0].trainer
    assert trainer.step == 28
    assert [step for step, _ in trainer.history.rows[: len(before[0])]] == [step for step, _ in before[0]]
    assert 0 < norm(weights(made) - before[1]) < 0.1  # one step on, not new ones
    assert norm(trainer.optimizer.means[0] - before[2]) < norm(before[2])
    assert float(trainer.optimizer.steps[0]) == 28
    assert len(particles(made)) == 3000
    assert "on the CPU" in made.snapshot().training_note
    assert capsys.readouterr().err == ""


def test_on_the_cpu_memory_that_does_not_suffice_stops_the_lane(monkeypatch, capsys):
    made = engine(SPEC)
    Broken(monkeypatch, Trainer, "compute", OUT_OF_MEMORY)
    go(made, 2)
    assert not made.lanes[0].failure
    assert made.lanes[1].failure.startswith("There is not enough memory.")


def test_a_whole_step_that_fails_is_taken_lane_by_lane(monkeypatch, capsys):
    """Of a graph of all lanes nobody knows which one has failed."""
    made = engine(SPEC)
    made.training.graph_runner = SimpleNamespace(run=lambda *_: (_ for _ in ()).throw(ValueError("no graph")), note="")
    go(made, 1)
    assert made.training.graph_runner is None
    assert "no graph" in made.training.note
    go(made, 2)
    assert [lane.trainer.step for lane in made.lanes] == [2, 2]
