"""The frame scheduler: how time is shared out, and which jobs an edit closes."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from engines import PAUSE, engine, weights
from helpers import until

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin, ReverseSDE
from ncsn_viz.core.targets import EightGaussians, Moons, Painted, TwoModes
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.engine.lane import GRID_ABOVE
from ncsn_viz.lab.experiment import Changes, LaneChanges, LaneSpec, Optimizer, Particles, Spec, View
from ncsn_viz.lab.experiment.commands import HoldNoiseLevel, HoldParticle, MoveParticle, TrainStep
from ncsn_viz.lab.worker import frame_scheduler, pace
from ncsn_viz.lab.worker.frame_scheduler import FrameScheduler

LANE = LaneSpec(
    name="one", objective=Denoising(), net=ScoreMLP(hidden=8, layers=1), optimizer=Optimizer(batch_size=16),
    sampler=Langevin(steps=1000),
)  # fmt: skip
SPEC = Spec(lanes=(LANE, replace(LANE, name="two")), particles=Particles(count=20), view=View(pixels=16))
PAUSED = replace(SPEC, playback=PAUSE)


def scheduler(spec=SPEC):
    made = FrameScheduler(Engine("cpu", curve_points=32))
    made.apply(spec)
    return made


# -- with a real engine ---------------------------------------------------------------------------------------------


def test_no_snapshot_is_without_its_fields():
    """Neither the first one, nor one after a change of view, of the sampler or of the lanes."""
    made = scheduler()
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
        made._edited = made._measure_due = 0.0  # even where metrics are due at the same moment
        spec = replace(spec, **change)
        made.apply(spec)
        made._edited = 0.0
        assert all(lane.field is not None for lane in made.frame().lanes), change


def settled(made):
    """The last Snapshot of a paused experiment, once everything is shown."""
    shown = made.frame()

    def idle():
        nonlocal shown
        if made.has_news:
            shown = made.frame()
        return made.timeout is None and not made.has_news

    until(idle, 10)
    return shown


def test_a_paused_experiment_shows_a_change_and_its_metrics_and_then_nothing_new():
    made = scheduler(PAUSED)
    assert made.has_news
    for target, modes in ((Moons(), 2), (EightGaussians(), 8)):
        made.apply(replace(PAUSED, target=target))
        assert made.has_news
        shown = settled(made)
        assert shown.spec.target == target
        assert len(shown.target.mode_weights) == modes
        assert all("fisher_window" in lane.metrics for lane in shown.lanes)
        assert [len(lane.mode_weights) for lane in shown.lanes] == [modes, modes]
    made.apply(replace(PAUSED, target=Painted()))
    assert settled(made).target.empty


def test_the_metrics_of_a_paused_experiment_are_of_its_last_spec():
    """Whatever was computed for an earlier one when the edit came, piece by piece."""
    made = scheduler(PAUSED)
    settled(made)
    for count in (500, 700):
        made._measure_due = 0.0
        made.apply(replace(PAUSED, particles=replace(PAUSED.particles, count=count - 1, start="data")))
        made.frame()  # the first piece of the metrics of these particles
        made.apply(replace(PAUSED, particles=replace(PAUSED.particles, count=count, start="normal")))
        shown = settled(made)
        for index, lane in enumerate(shown.lanes):
            for _ in made.engine.measure(index):
                pass
            assert dict(lane.metrics) == dict(made.engine.snapshot().lanes[index].metrics)


def test_a_paused_lane_shows_another_field_at_once():
    """Where nothing moves, a change of the true score still reaches the Snapshot."""
    true = replace(PAUSED, lanes=tuple(replace(lane, score_from="true") for lane in PAUSED.lanes))
    made = scheduler(true)
    before = [lane.field.score for lane in made.frame().lanes]
    made.apply(replace(true, target=TwoModes()))
    shown = settled(made)
    for old, lane in zip(before, shown.lanes, strict=True):
        assert old.shape != lane.field.score.shape or abs(old - lane.field.score).max() > 0.1


def test_training_by_the_scheduler_is_the_same_bit_for_bit():
    """Whatever is evaluated, measured and edited meanwhile."""
    made, frames = scheduler(), 0
    while min(lane.trainer.step for lane in made.engine.lanes) < 40:
        made.train(lambda: True)
        made.frame()
        frames += 1
        made.apply(replace(SPEC, view=replace(SPEC.view, pixels=16 + frames % 50)))
    for index, lane in enumerate(made.engine.lanes):
        assert torch.equal(weights(made.engine, index), weights(engine(SPEC, steps=lane.trainer.step), index))


@pytest.mark.parametrize("removed", [0, 1])
def test_no_job_keeps_a_lane_that_is_removed(removed):
    made = scheduler(replace(SPEC, particles=Particles(count=GRID_ABOVE + 1)))
    for _ in range(30):
        made.train(lambda: True)
        made.frame()
        made._edited = made._measure_due = 0.0
    made.frame()
    while not made.engine.training.step_begun:
        made._training.run_piece(made.engine.training_pieces)
    gc.collect()
    gc.disable()
    try:
        lane = weakref.ref(made.engine.lanes[removed])
        made.apply(replace(made.engine.spec, lanes=(made.engine.spec.lanes[1 - removed],)))
        assert lane() is None
    finally:
        gc.enable()


def test_a_single_step_is_taken_in_pieces_while_paused():
    made = scheduler(PAUSED)
    made.apply(PAUSED, (TrainStep(), TrainStep()))
    pieces = 0
    while made.engine.trains:
        made._training.run_piece(made.engine.training_pieces)
        pieces += 1
        if pieces == 1:
            made.apply(replace(PAUSED, view=View(pixels=32)))  # the step that is under way is finished
    assert [lane.trainer.step for lane in made.engine.lanes] == [2, 2]


LADDER = AnnealedLangevin(levels=5, steps_per_level=100, sigma_max=8, sigma_min=0.5)


def test_no_frame_evaluates_a_whole_grid_where_levels_last_long_enough(monkeypatch):
    """Six lanes whose particles are interpolated on the grid reach their levels at the same time."""
    monkeypatch.setattr(frame_scheduler, "BLOCK", 2000)  # enough of it however slow the machine is
    lane = replace(LANE, name="", sampler=LADDER, objective=NCSN())
    lanes = tuple(replace(lane, slot=slot) for slot in range(6))
    made = scheduler(replace(SPEC, lanes=lanes, particles=Particles(count=GRID_ABOVE + 1)))
    made._pace.ticks_passed = lambda _: 1  # however slow the machine is
    made.frame()
    at_once = []
    for index, lane in enumerate(made.engine.lanes):
        lane.evaluate_field_now = lambda *_, index=index: at_once.append(index)
    for frame in range(230):
        shown = made.frame()
        assert all(lane.field.sigma == lane.sigma for lane in shown.lanes), frame
    assert shown.lanes[0].level == 2
    assert not at_once


def test_a_lane_whose_level_changes_all_the_time_leaves_evaluations_for_the_others():
    lanes = (
        replace(LANE, objective=NCSN(), sampler=ReverseSDE(steps=900)),
        replace(LANE, name="two", objective=NCSN(), sampler=ReverseSDE(steps=900)),
        replace(LANE, name="three"),
    )
    made = scheduler(replace(SPEC, lanes=lanes))
    made.frame()
    found = [[], [], []]
    for _ in range(300):
        made._measure_due = float("inf")
        for drawn, lane in zip(found, made.frame().lanes, strict=True):
            if not drawn or drawn[-1] is not lane.field:
                drawn.append(lane.field)
    assert min(len(drawn) for drawn in found) > 5


# -- with an engine that keeps its own time -------------------------------------------------------------------------


class FakeLane:
    """A lane whose field is evaluated in some pieces; `incomplete` says whether a level is always missing."""

    def __init__(self, slot, incomplete=False):
        self.slot, self.incomplete = slot, incomplete
        self.field_cache = SimpleNamespace(present=object())
        self.trainer = SimpleNamespace(step=0)
        self.trainers, self.failure = [self.trainer], ""
        self.evaluated = self.measured = 0
        self.every_frame = False

    def needs_evaluation(self, spec):
        return self.incomplete

    def evaluated_every_frame(self, spec):
        return self.every_frame


class FakeEngine:
    """An engine whose pieces take some milliseconds on a clock of its own."""

    trains = samples = True
    streamlines_shown = False
    device = SimpleNamespace(type="cpu")
    spec = user_spec = SPEC

    def __init__(self, piece=1.0, frame=5.0, incomplete=(True, False), pieces=6):
        self.now, self.piece, self.advancing, self.pieces = 100.0, piece, frame, pieces
        self.trained = 0.0
        self.truth = object()
        self.lanes = [FakeLane(slot, incomplete) for slot, incomplete in enumerate(incomplete)]

    def apply(self, spec, commands=()):
        return self.changes

    def changed(self, **fields):
        """Let the next Specs bring these changes: of the whole, and `field` of the lanes listed."""
        drawn = fields.pop("field", ())
        lanes = tuple(LaneChanges(lane.slot, False, False, lane.slot in drawn) for lane in self.lanes)
        self.changes = Changes(**{"truth": False, "restart": False, "lanes": lanes, "view_only": False} | fields)

    def training_pieces(self):
        self.now += self.piece / 1000
        self.trained += self.piece / 1000
        yield

    def advance_pieces(self):
        self.now += self.advancing / 1000
        yield

    def evaluate(self, index, block):
        lane = self.lanes[index]
        for _ in range(self.pieces):
            self.now += 0.0005
            yield
        lane.evaluated += 1

    def measure(self, index):
        lane = self.lanes[index]
        yield from (None,) * self.pieces
        lane.measured += 1

    def prepare(self):
        return iter(())

    def probe_next(self):
        return True

    def lane_to_trace(self):
        return None

    def race_on(self):
        return False

    def snapshot(self, rate):
        return None


@pytest.fixture
def clocked(monkeypatch):
    """A fake engine made with these settings, and a scheduler that goes by its clock."""

    def make(*args, **settings):
        fake = FakeEngine(*args, **settings)
        fake.changed()
        for module in (frame_scheduler, pace):
            monkeypatch.setattr(module, "perf_counter", lambda: fake.now)
        return fake, FrameScheduler(fake)

    return make


@pytest.mark.parametrize(("piece", "frame"), [(0.5, 8), (3, 8), (3, 2), (7, 12)])
def test_training_gets_its_share_however_often_frames_are_wanted(clocked, piece, frame):
    fake, made = clocked(piece, frame)
    begin = fake.now
    for _ in range(400):
        made.train(lambda: True)
        made.frame()
    assert fake.trained / (fake.now - begin) == pytest.approx(frame_scheduler.TRAINING_SHARE, abs=0.04)


def test_a_frame_that_takes_long_is_followed_by_little_training(clocked):
    fake, made = clocked(2, 200)
    for _ in range(50):
        made.frame()
        begin = fake.trained
        made.train(lambda: True)
        assert 0 < fake.trained - begin <= frame_scheduler.LARGEST_DEFICIT + 0.0021


@pytest.mark.parametrize("incomplete", [(True, False), (True, False, False), (False, True, True, False)])
def test_lanes_where_a_level_is_missing_come_first_and_none_waits_forever(clocked, incomplete):
    fake, made = clocked(incomplete=incomplete, pieces=1)
    for _ in range(240):
        made.frame()
    first = min(lane.evaluated for lane in fake.lanes if lane.incomplete)
    others = [lane.evaluated for lane in fake.lanes if not lane.incomplete]
    total = sum(lane.evaluated for lane in fake.lanes)
    assert first > max(others)
    assert min(others) >= total / frame_scheduler.IN_TURN / len(fake.lanes) * 0.9


def test_lanes_are_evaluated_in_turn_where_nothing_is_missing(clocked):
    fake, made = clocked(incomplete=(False,) * 4)
    for _ in range(200):
        made.frame()
    counts = [lane.evaluated for lane in fake.lanes]
    assert min(counts) > 10
    assert max(counts) - min(counts) <= 1


def test_fields_are_evaluated_for_less_time_while_nobody_edits(clocked):
    fake, made = clocked(frame=0.0, incomplete=(False,))
    made._measure_due = float("inf")

    def evaluated_in_a_second(edited):
        start, before = fake.now, fake.lanes[0].evaluated
        while fake.now < start + 1:
            due = fake.now + 1 / (60 if edited else SPEC.view.pictures_per_second)
            if edited:
                made.apply(SPEC, (TrainStep(),))
            made.frame()
            fake.now = max(fake.now, due)
        return fake.lanes[0].evaluated - before

    edited = evaluated_in_a_second(True)
    fake.now += 10
    assert evaluated_in_a_second(False) == pytest.approx(frame_scheduler.AT_REST * edited, rel=0.3)


@pytest.mark.parametrize("which", [(1,), (0, 2), (0, 1, 2)])
def test_lanes_that_are_evaluated_with_each_frame_are_left_out(clocked, which):
    fake, made = clocked(incomplete=(True, True, False))
    for slot in which:
        fake.lanes[slot].every_frame = True
    for _ in range(100):
        made.frame()
    assert [lane.evaluated > 0 for lane in fake.lanes] == [not lane.every_frame for lane in fake.lanes]


def stream(fake, made, frames=120, commands=()):
    """An edit before each frame; how often each lane was evaluated and measured meanwhile."""
    for lane in fake.lanes:
        lane.evaluated = lane.measured = 0
    for _ in range(frames):
        made.apply(SPEC, commands)
        made.frame()
    return [lane.evaluated for lane in fake.lanes], [lane.measured for lane in fake.lanes]


def test_specs_that_stream_in_let_evaluations_and_metrics_finish(clocked):
    """As where a slider of the particles is dragged, or somebody paints."""
    fake, made = clocked(incomplete=(False, False), pieces=6)
    for changes in ({}, {"truth": True}, {"view_only": True}):
        fake.changed(**changes)
        evaluated, measured = stream(fake, made)
        assert min(evaluated) > 5, changes
        assert min(measured) >= 1, changes


@pytest.mark.parametrize(
    "command", [MoveParticle((1.0, 2.0)), HoldParticle(0, (0.0, 0.0), (1.0, 1.0)), HoldNoiseLevel(1.0)], ids=str
)
def test_a_drag_of_particles_lets_evaluations_and_metrics_finish(clocked, command):
    fake, made = clocked(incomplete=(False, False), pieces=6)
    evaluated, measured = stream(fake, made, commands=(command,))
    assert min(evaluated) > 5
    assert min(measured) >= 1


def test_a_spec_of_another_field_closes_the_evaluation_of_its_lane_only(clocked):
    fake, made = clocked(incomplete=(False, False, False), pieces=6)
    fake.changed(field=(1,))
    evaluated, measured = stream(fake, made)
    assert evaluated[1] == 0  # it takes more than a frame
    assert min(evaluated[0], evaluated[2]) > 5
    assert min(measured) >= 1


@pytest.mark.parametrize("truth", [object(), None])
def test_jobs_of_a_lane_that_is_gone_are_closed(clocked, truth):
    fake, made = clocked(incomplete=(False, False), pieces=6)
    made.frame()
    made._measure_due = float("inf")
    made.frame()
    gone = list(fake.lanes)
    fake.lanes = [FakeLane(slot) for slot in (0, 1)]
    fake.truth = truth
    made.apply(SPEC, (TrainStep(),))
    made._measure_due = 0.0
    for _ in range(100):
        made.frame()
    assert all((lane.evaluated, lane.measured) == (0, 0) for lane in gone)
    assert all(lane.evaluated for lane in fake.lanes)


def test_metrics_without_a_target_are_not_finished(clocked):
    """They would show a target that has been erased."""
    fake, made = clocked(incomplete=(False, False), pieces=6)
    made.frame()
    measuring = [lane for lane in fake.lanes if lane is made._measured]
    assert measuring
    fake.truth = None
    made.apply(SPEC)
    assert made._measured is None
    fake.now += 1
    made.frame()
    assert measuring[0].measured == 0


def test_metrics_are_overdue_after_an_edit_until_each_lane_has_new_ones(clocked):
    fake, made = clocked(incomplete=(False, False), pieces=2)
    fake.trains = fake.samples = False
    made.apply(SPEC)
    made.frame()
    assert made.timeout == frame_scheduler.SETTLED
    assert not made.has_news  # until nothing is edited for a while
    fake.now += 1
    frames = 0
    while made.timeout is not None:
        if made.has_news:
            made.frame()
            frames += 1
        fake.now += 0.05
    assert frames < 20
    assert [lane.measured for lane in fake.lanes] == [1, 1]
    assert not made.has_news
    fake.changed(view_only=True)
    made.apply(SPEC)
    assert made.timeout is None  # nothing to measure
    assert made.has_news


def test_a_mouse_that_moves_is_no_edit_wherever_the_canvas_lies(monkeypatch):
    """The engine's own Spec is relative to the middle of the canvas: it never equals one of the user's."""
    touches = []
    spec = replace(SPEC, window=(100.0, 116.0), view=View(pixels=16, region=(100.0, 116.0, 100.0, 116.0)))
    made = scheduler(spec)
    monkeypatch.setattr(made._pace, "touch", lambda: touches.append(1))
    made.apply(replace(spec, view=replace(spec.view, cursor=((105.0, 107.0),))))
    assert touches == []
    made.apply(replace(spec, seed=5))
    assert touches == [1]
