"""The worker thread and its loop, between two mailboxes."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from helpers import until

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import Denoising
from ncsn_viz.core.samplers import Langevin
from ncsn_viz.core.targets import EightGaussians, Moons, Painted, TwoModes
from ncsn_viz.lab.engine import worker as worker_module
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.engine.worker import FrameScheduler, Worker
from ncsn_viz.lab.experiment.spec import LaneSpec, Optimizer, Particles, Playback, Spec, View
from ncsn_viz.lab.snapshot.snapshot import Snapshot

LANE = LaneSpec(
    name="one", objective=Denoising(), net=ScoreMLP(hidden=8, layers=1), optimizer=Optimizer(batch_size=16),
    sampler=Langevin(steps=1000),
)  # fmt: skip
SPEC = Spec(lanes=(LANE, replace(LANE, name="two")), particles=Particles(count=20), view=View(pixels=16))
PAUSED = replace(SPEC, run=Playback(training=False, sampling=False))


@pytest.fixture
def worker():
    made = Worker("cpu")
    made.start()
    yield made
    assert made.stop(10)


def published(worker, condition=lambda snapshot: True):
    """The next Snapshot for which the condition holds."""

    def look():
        snapshot = worker.snapshots.take()
        return snapshot if snapshot is not None and condition(snapshot) else None

    return until(look)


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
    if spec is PAUSED:  # the measures that the Spec asks for are still taken
        published(worker, lambda snapshot: all("fisher_window" in lane.metrics for lane in snapshot.lanes))
    until(lambda: worker.snapshots.take() is None)
    busy = time.process_time()
    threading.Event().wait(0.5)
    assert time.process_time() - busy < 0.1
    worker.specs.put(replace(spec, seed=5))  # and it wakes at once
    assert published(worker).spec.seed == 5


def test_a_worker_that_only_moves_particles_waits_for_its_snapshot_to_be_taken(worker):
    worker.specs.put(replace(SPEC, run=Playback(training=False)))
    until(lambda: worker.snapshots.full)
    threading.Event().wait(0.1)
    busy = time.process_time()
    threading.Event().wait(0.3)
    assert time.process_time() - busy < 0.1
    steps = [round(published(worker).lanes[0].progress * 1000) for _ in range(4)]
    assert [later - step for step, later in itertools.pairwise(steps)] == [SPEC.particles.speed] * 3


def test_training_goes_on_while_nobody_looks_and_particles_wait(worker):
    worker.specs.put(SPEC)
    first = published(worker)
    until(lambda: worker.snapshots.full)
    threading.Event().wait(0.3)
    _, ahead, after = (published(worker) for _ in range(3))  # the first two were made before the rest
    assert after.lanes[0].step > ahead.lanes[0].step
    assert after.lanes[0].step > first.lanes[0].step + 5
    moved = round((after.lanes[0].progress - first.lanes[0].progress) * 1000)
    assert moved == 3 * SPEC.particles.speed


def test_a_picture_that_takes_long_comes_in_time_because_it_was_begun_before(worker, monkeypatch):
    """One of them is made while the one before lies in the box."""
    original, slow = FrameScheduler.frame, 0.15

    def frame(self):
        time.sleep(slow)
        return original(self)

    monkeypatch.setattr(FrameScheduler, "frame", frame)
    worker.specs.put(SPEC)
    published(worker)
    threading.Event().wait(3 * slow)
    begin = time.perf_counter()
    for _ in range(2):
        published(worker)
    assert time.perf_counter() - begin < slow
    published(worker)
    assert time.perf_counter() - begin > slow / 2  # and not more than one: nothing queues up


def test_what_was_made_ahead_is_never_shown_for_a_later_spec(worker):
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
def test_particles_keep_their_pace_while_specs_stream_in(worker, training):
    """As where the mouse moves over a lane, or a slider is dragged."""
    spec = replace(SPEC, run=Playback(training=training))
    worker.specs.put(spec)
    first = published(worker)
    for n in range(40):
        worker.specs.put(replace(spec, view=replace(spec.view, cursor=((0.01 * n, 0.0),))))
        threading.Event().wait(0.01)
        last = published(worker)
    moved = round((last.lanes[0].progress - first.lanes[0].progress) * 1000)
    assert 38 * SPEC.particles.speed <= moved <= 43 * SPEC.particles.speed


def test_the_latest_spec_wins(worker):
    applied = []
    original = Engine.apply
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "apply", lambda self, spec: (applied.append(spec.seed), original(self, spec))[1])
        worker.specs.put(PAUSED)
        published(worker)
        for seed in range(1, 301):
            worker.specs.put(replace(PAUSED, seed=seed))
        assert published(worker, lambda snapshot: snapshot.spec.seed == 300).lanes[0].step == 0
    assert applied == sorted(applied)
    assert applied[-1] == 300
    threading.Event().wait(0.05)
    assert applied[-1] == 300  # nothing was queued behind it
    assert not worker.specs.full


def test_every_snapshot_carries_the_spec_it_shows(worker):
    for count in (1, 2, 1):
        spec = replace(SPEC, lanes=SPEC.lanes[:count])
        worker.specs.put(spec)
        shown = published(worker, lambda snapshot, spec=spec: snapshot.spec == spec)
        assert len(shown.lanes) == count


def test_single_steps_while_paused(worker):
    worker.specs.put(PAUSED)
    published(worker)
    worker.specs.put(replace(PAUSED, run=replace(PAUSED.run, train_steps=7)))
    published(worker, lambda snapshot: snapshot.lanes[0].step == 7)
    worker.specs.put(replace(PAUSED, run=replace(PAUSED.run, train_steps=7, sample_steps=3)))
    shown = published(worker, lambda snapshot: round(snapshot.lanes[0].progress * 1000) == 3)
    assert shown.lanes[0].step == 7


def test_a_failure_is_published_and_the_next_spec_recovers(worker, monkeypatch, capsys):
    def fail(self):
        raise RuntimeError("the GPU fell off")

    worker.specs.put(SPEC)
    published(worker)
    monkeypatch.setattr(Engine, "train_some", fail)
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
    def fail(self, spec):
        raise MemoryError("too many particles")

    monkeypatch.setattr(Engine, "apply", fail)
    worker.specs.put(SPEC)
    assert published(worker).failure == "MemoryError: too many particles"
    monkeypatch.undo()
    worker.specs.put(SPEC)
    assert published(worker).failure == ""


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
    assert made.stop()  # once more is no trouble
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


# -- the loop itself ------------------------------------------------------------------------------------------------


def loop(spec):
    made = FrameScheduler(Engine("cpu", curve_points=32))
    made.apply(spec)
    return made


def test_no_snapshot_is_without_its_fields():
    """Neither the first one, nor one after a change of view, of the sampler or of the lanes."""
    made = loop(SPEC)
    changes = [
        {"view": View(pixels=16, region=(0, 1, 0, 1))},
        {"lanes": (replace(LANE, sampler=Langevin(sigma=1.0)), SPEC.lanes[1])},
        {"lanes": (*SPEC.lanes, replace(LANE, name="three"))},
        {"seed": 3},
        {"target": Moons(width=1.0)},
    ]
    spec = SPEC
    assert all(lane.field is not None for lane in made.frame().lanes)
    for change in changes:
        made._changed = made._measure_due = 0.0  # even where a measure is due at the same moment
        spec = replace(spec, **change)
        made.apply(spec)
        made._changed = 0.0
        assert all(lane.field is not None for lane in made.frame().lanes), change


def settled(made):
    """The last Snapshot of a loop that stands still, once it owes nothing."""
    shown = made.frame()

    def quiet():
        nonlocal shown
        if made.moving:
            shown = made.frame()
        return made.patience is None and not made.moving

    until(quiet, 10)
    return shown


def test_a_paused_loop_shows_a_change_and_its_measures_and_then_rests():
    made = loop(PAUSED)
    assert made.moving
    for target, modes in ((Moons(), 2), (EightGaussians(), 8)):
        made.apply(replace(PAUSED, target=target))
        assert made.moving
        shown = settled(made)
        assert shown.spec.target == target
        assert len(shown.target.mode_weights) == modes
        assert all("fisher_window" in lane.metrics for lane in shown.lanes)
        assert [len(lane.mode_weights) for lane in shown.lanes] == [modes, modes]
    made.apply(replace(PAUSED, target=Painted()))
    assert settled(made).target.empty


def test_a_paused_lane_shows_the_field_that_was_asked_for():
    """Where nothing moves, a change of the true score still reaches the picture."""
    true = replace(PAUSED, lanes=tuple(replace(lane, score_from="true") for lane in PAUSED.lanes))
    made = loop(true)
    before = [lane.field.score for lane in made.frame().lanes]
    made.apply(replace(true, target=TwoModes()))
    shown = settled(made)
    for old, lane in zip(before, shown.lanes, strict=True):
        assert old.shape != lane.field.score.shape or abs(old - lane.field.score).max() > 0.1


class Clocked:
    """An engine whose pieces take so many milliseconds on a clock of its own. Lane 0 is always urgent, never done."""

    trains = samples = True
    flows = False
    truth = target = object()
    device = SimpleNamespace(type="cpu")
    spec = SPEC

    def __init__(self, piece, picture):
        self.now, self.piece, self.picture, self.trained, self.looked = 100.0, piece, picture, 0.0, [0, 0]
        seen = SimpleNamespace(lookout=SimpleNamespace(seen=object()), learner=SimpleNamespace(step=0))
        self.lanes = [seen, seen]

    def train_some(self):
        self.now += self.piece / 1000
        self.trained += self.piece / 1000

    def advance(self):
        self.now += self.picture / 1000

    def look(self, index, points):
        self.now += 0.0005
        self.looked[index] += 1
        return index == 1

    def apply(self, spec): ...
    def urgent(self):
        return 0

    def settle_some(self):
        return True

    def measure_some(self, index):
        return True

    def read_some(self):
        return True

    def snapshot(self, rate):
        return None


def clocked(monkeypatch, piece, picture):
    """Such an engine, and a loop that goes by its clock."""
    engine = Clocked(piece, picture)
    monkeypatch.setattr(worker_module, "perf_counter", lambda: engine.now)
    return engine, FrameScheduler(engine)


@pytest.mark.parametrize(("piece", "picture"), [(0.5, 8), (3, 8), (3, 2), (7, 12)])
def test_training_gets_its_share_however_eager_the_display_is(monkeypatch, piece, picture):
    engine, made = clocked(monkeypatch, piece, picture)
    begin = engine.now
    for _ in range(400):
        made.train(lambda: True)
        made.frame()
    assert engine.trained / (engine.now - begin) == pytest.approx(worker_module.TRAINING_SHARE, abs=0.04)


def test_training_does_not_take_more_than_a_little_of_a_picture_that_takes_long(monkeypatch):
    engine, made = clocked(monkeypatch, 2, 200)
    for _ in range(50):
        made.frame()
        begin = engine.trained
        made.train(lambda: True)
        assert 0 < engine.trained - begin <= worker_module.OWED + 0.0021


def test_a_lane_that_is_always_urgent_leaves_looks_for_the_others(monkeypatch):
    engine, made = clocked(monkeypatch, 1, 5)
    for _ in range(90):
        made.frame()
    urgent, other = engine.looked
    assert urgent > other >= 90 / worker_module.HURRY / 2
