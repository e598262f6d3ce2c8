"""The engine, driven by hand: what a changed Spec changes, and what it leaves alone."""

from __future__ import annotations

import gc
import math
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import norm

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, ContrastiveDivergence, Denoising, MaximumLikelihood, Sliced
from ncsn_viz.core.samplers import AnnealedLangevin, GradientFlow, Langevin, ReverseSDE
from ncsn_viz.core.targets import EightGaussians, Mixture, Moons, Painted, TwoModes
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.engine import lane
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment.spec import LaneSpec, Optimizer, Particles, Playback, Spec, View
from ncsn_viz.lab.inspection import field_cache
from ncsn_viz.lab.sampling import particle_system as crowd
from ncsn_viz.lab.training.evaluation_set import EvaluationSet

NET = ScoreMLP(hidden=16, layers=2)
LANGEVIN = Langevin(step_size=0.02, steps=50)
DENOISING = LaneSpec(name="one", objective=Denoising(), net=NET, optimizer=Optimizer(batch_size=64), sampler=LANGEVIN)
SLICED = replace(DENOISING, name="two", objective=Sliced())
SPEC = Spec(
    lanes=(DENOISING, SLICED),
    particles=Particles(count=40, speed=3),
    view=View(pixels=32, layers=("density", "particles")),
)


def engine(spec=SPEC, steps=0, pictures=0):
    made = Engine("cpu", curve_points=64)
    made.apply(spec)
    go(made, steps, pictures)
    return made


def go(made, steps=0, pictures=0):
    for _ in range(steps):
        made.train()
    for _ in range(pictures):
        made.advance()


def weights(made, index=0):
    return torch.cat([parameter.detach().flatten() for parameter in made.lanes[index].trainer.net.parameters()])


def particles(made, index=0):
    return made.lanes[index].particles.state.x


def change(made, **changes):
    made.apply(replace(made.spec, **changes))


def change_lane(made, index, **changes):
    lanes = list(made.spec.lanes)
    lanes[index] = replace(lanes[index], **changes)
    made.apply(replace(made.spec, lanes=tuple(lanes)))


def press(made, **counts):
    change(made, run=replace(made.spec.run, **counts))


# -- the same again -------------------------------------------------------------------------------------------------


def test_mass_beyond_the_grid_of_z_is_told():
    """Outside of [−2, 2]² a standard normal has 1 − erf(√2)² of its mass."""
    truth = Mixture(weights=(1,), means=((0, 0),), stds=(1,)).build()
    told = {}
    for objective in (MaximumLikelihood(half_width=2), MaximumLikelihood(half_width=8), ContrastiveDivergence()):
        yardstick = EvaluationSet.build(objective, truth, (-8.0, 8.0), 0, 64, torch.device("cpu"))
        told[objective] = yardstick.of_energy(truth, 60).get("off_grid")
    near, far, none = told.values()
    assert near == pytest.approx(1 - math.erf(math.sqrt(2)) ** 2, rel=0.02)
    assert far < 1e-6
    assert none is None


def test_equal_specs_give_equal_results():
    one, other = engine(steps=20, pictures=5), engine(steps=20, pictures=5)
    for index in (0, 1):
        assert torch.equal(weights(one, index), weights(other, index))
        assert torch.equal(particles(one, index), particles(other, index))
    different = engine(replace(SPEC, seed=1), steps=20, pictures=5)
    assert not torch.equal(weights(one), weights(different))
    assert not torch.equal(particles(one), particles(different))


def test_looking_and_measuring_change_nothing():
    quiet, watched = engine(), engine()
    for step in range(20):
        quiet.train()
        watched.train()
        quiet.advance()
        watched.advance()
        if step == 3:
            watched.settle()
        for index in (0, 1):
            watched.observe(index)
            watched.look(index, 100)
            watched.measure(index)
        watched.snapshot()
    for index in (0, 1):
        assert torch.equal(weights(quiet, index), weights(watched, index))
        assert torch.equal(particles(quiet, index), particles(watched, index))


def test_training_in_pieces_changes_nothing():
    whole, pieces = engine(steps=25), engine()
    pieces.settle()
    complete = 0
    while complete < 25:
        complete += pieces.train_some()
        pieces.snapshot()
    assert [lane.trainer.step for lane in pieces.lanes] == [25, 25]
    for index in (0, 1):
        assert torch.equal(weights(whole, index), weights(pieces, index))


def test_identical_lanes_stay_identical():
    """Common random numbers: the same data, the same noise, the same initial weights, the same particles."""
    made = engine(replace(SPEC, lanes=(DENOISING, replace(DENOISING, name="two"), replace(SLICED, name="three"))))
    go(made, 30, 10)
    assert torch.equal(weights(made, 0), weights(made, 1))
    assert torch.equal(particles(made, 0), particles(made, 1))
    assert not torch.equal(weights(made, 0), weights(made, 2))


def test_lanes_start_from_the_same_weights_and_particles():
    made = engine(replace(SPEC, lanes=(*SPEC.lanes, replace(SLICED, name="wide", net=replace(NET, hidden=32)))))
    assert torch.equal(weights(made, 0), weights(made, 1))
    for index in (1, 2):
        assert torch.equal(particles(made, 0), particles(made, index))


def test_a_lane_learns_the_same_whatever_stands_beside_it():
    alone, beside = engine(replace(SPEC, lanes=(SLICED,)), 20, 5), engine(SPEC, 20, 5)
    assert torch.equal(weights(alone, 0), weights(beside, 1))
    assert torch.equal(particles(alone, 0), particles(beside, 1))


def test_a_smaller_batch_is_the_beginning_of_the_larger_one():
    small = replace(DENOISING, optimizer=Optimizer(batch_size=16))
    large = replace(DENOISING, name="two", optimizer=Optimizer(batch_size=64))
    seen = []
    made = engine(replace(SPEC, lanes=(small, large)))
    for item in made.lanes:
        item.trainer.train = lambda batch, truth: seen.append(batch.clone())
    made.train()
    assert [len(batch) for batch in seen] == [16, 64]
    assert torch.equal(seen[0], seen[1][:16])


# -- hot changes ----------------------------------------------------------------------------------------------------


HOT = {
    "knob": lambda made: change_lane(made, 0, objective=Denoising(sigma=1.0)),
    "rate": lambda made: change_lane(made, 0, optimizer=Optimizer(batch_size=64, learning_rate=1e-4)),
    "batch": lambda made: change_lane(made, 0, optimizer=Optimizer(batch_size=32)),
    "target": lambda made: change(made, target=TwoModes()),
    "painting": lambda made: change(made, target=Painted(base=Moons())),
    "sampler": lambda made: change_lane(made, 0, sampler=AnnealedLangevin()),
    "sampler knob": lambda made: change_lane(made, 0, sampler=replace(LANGEVIN, step_size=0.1)),
    "score from": lambda made: change_lane(made, 0, score_from="true"),
    "count": lambda made: change(made, particles=Particles(count=7)),
    "view": lambda made: change(made, view=View(pixels=48, region=(0, 1, 0, 1))),
    "window": lambda made: change(made, window=(-4, 4)),
    "pause": lambda made: press(made, training=False, sampling=False),
}


@pytest.mark.parametrize("what", HOT)
def test_hot_changes_keep_what_was_learned(what):
    made = engine(steps=10)
    before, learners = weights(made).clone(), [lane.trainer for lane in made.lanes]
    HOT[what](made)
    assert [lane.trainer for lane in made.lanes] == learners
    assert torch.equal(weights(made), before)
    assert [lane.trainer.step for lane in made.lanes] == [10, 10]
    made.train()
    made.advance()
    assert [lane.trainer.step for lane in made.lanes] == [11, 11]
    assert not torch.equal(weights(made), before)
    assert made.snapshot().lanes[0].status.state in ("training", "paused")


def test_a_hot_learning_rate_is_the_one_that_is_used():
    slow, fast = engine(steps=5), engine(steps=5)
    change_lane(slow, 0, optimizer=replace(slow.spec.lanes[0].optimizer, learning_rate=1e-6))
    before = weights(fast).clone()
    go(slow, 1)
    go(fast, 1)
    assert norm(weights(slow) - before) < 1e-2 * norm(weights(fast) - before)


def test_a_hot_objective_knob_is_the_one_that_is_used():
    made = engine(steps=1)
    change_lane(made, 0, objective=Denoising(sigma=0.02, antithetic=False))
    made.train()
    assert float(made.lanes[0].trainer.terms.loss.detach()) > 500  # about 1/σ²


@pytest.mark.parametrize(
    "fresh", [{"objective": NCSN()}, {"net": replace(NET, hidden=24)}, {"net": EnergyMLP(hidden=16)},
              {"net": replace(NET, activation="tanh")}], ids=("objective", "width", "net", "activation"),
)  # fmt: skip
def test_another_net_or_objective_is_a_fresh_lane_and_leaves_the_others(fresh):
    made = engine(steps=10)
    other, other_weights = made.lanes[1].trainer, weights(made, 1).clone()
    change_lane(made, 0, **fresh)
    assert [lane.trainer.step for lane in made.lanes] == [0, 10]
    assert made.lanes[1].trainer is other
    assert torch.equal(weights(made, 1), other_weights)
    made.train()
    assert [lane.trainer.step for lane in made.lanes] == [1, 11]


def test_lanes_are_known_by_name():
    made = engine(replace(SPEC, lanes=(DENOISING, SLICED, replace(DENOISING, name="three"))), steps=5)
    second, third = made.lanes[1], made.lanes[2]
    change(made, lanes=made.spec.lanes[1:])
    assert made.lanes == [second, third]
    change(made, lanes=made.spec.lanes[::-1])
    assert made.lanes == [third, second]
    change(made, lanes=(*made.spec.lanes, replace(DENOISING, name="one")))
    assert [lane.trainer.step for lane in made.lanes] == [5, 5, 0]
    assert [lane.name for lane in made.snapshot().lanes] == ["three", "two", "one"]


def test_another_seed_starts_everything_again():
    made = engine(steps=5, pictures=2)
    change(made, seed=1)
    assert [lane.trainer.step for lane in made.lanes] == [0, 0]
    assert torch.equal(weights(made), weights(engine(replace(SPEC, seed=1))))


def test_restarts():
    made, fresh = engine(steps=5, pictures=2), engine()
    press(made, restarted=("two",))
    assert [lane.trainer.step for lane in made.lanes] == [5, 0]
    press(made, restarted=("two",))  # no more often than asked
    go(made, 3)
    press(made, restarted=("two", "two"))
    assert [lane.trainer.step for lane in made.lanes] == [8, 0]
    press(made, restarts=1)
    assert [lane.trainer.step for lane in made.lanes] == [0, 0]
    go(made, 4, 2)
    go(fresh, 4, 2)
    assert torch.equal(weights(made), weights(fresh))
    assert torch.equal(particles(made), particles(fresh))


# -- particles ------------------------------------------------------------------------------------------------------


def test_particles_move_at_their_speed_and_rest_at_the_end():
    made = engine()
    made.advance()
    assert made.lanes[0].particles.state.step == 3
    go(made, pictures=30)
    assert made.lanes[0].particles.state.step == 50
    assert made.snapshot().lanes[0].progress == 1


def test_particles_are_released_again_after_a_rest():
    made = engine()
    go(made, pictures=17 + crowd.IDLE_FRAMES)
    assert made.lanes[0].particles.state.step == 50
    go(made, pictures=2)
    assert made.lanes[0].particles.state.step < 50
    change(made, particles=replace(SPEC.particles, loop=False))
    go(made, pictures=40 + 2 * crowd.IDLE_FRAMES)
    assert made.lanes[0].particles.state.step == 50


def test_releases():
    made = engine(pictures=4)
    start = engine().lanes[0].particles.state.x
    learner = made.lanes[0].trainer
    press(made, releases=1)
    assert made.lanes[0].particles.state.step == 0
    assert torch.equal(particles(made), start)
    assert made.lanes[0].trainer is learner
    go(made, pictures=1)
    press(made, releases=1)
    assert made.lanes[0].particles.state.step == 3


@pytest.mark.parametrize(
    ("changed", "anew"),
    [({"count": 20}, True), ({"start": "data"}, True), ({"low": -3}, True), ({"spread": 1}, True),
     ({"speed": 9}, False), ({"loop": False}, False)], ids=str,
)  # fmt: skip
def test_what_releases_the_particles(changed, anew):
    made = engine(pictures=4)
    change(made, particles=replace(SPEC.particles, **changed))
    assert (made.lanes[0].particles.state.step == 0) == anew
    assert len(particles(made)) == changed.get("count", 40)


def test_another_sampler_releases_its_own_particles_only():
    made = engine(pictures=4)
    change_lane(made, 0, sampler=GradientFlow())
    assert [lane.particles.state.step for lane in made.lanes] == [0, 12]
    change_lane(made, 1, sampler=replace(LANGEVIN, step_size=0.5))
    assert made.lanes[1].particles.state.step == 12


def test_starts():
    for start, low, high in (("uniform", 2.0, 3.0), ("normal", -4.0, 4.0), ("data", -8.0, 8.0)):
        made = engine(replace(SPEC, particles=Particles(count=500, start=start, low=2, high=3, spread=0.5)))
        x = particles(made)
        assert x.shape == (500, 2)
        assert float(x.min()) >= low
        assert float(x.max()) <= high
        assert start != "data" or norm(x) > 4
        if start == "normal":
            assert norm(x.std(0) / 0.5 - 1) < 0.2


def test_a_shorter_way_leaves_the_progress_at_one():
    made = engine(pictures=10)
    change_lane(made, 0, sampler=replace(LANGEVIN, steps=5))
    shown = made.snapshot().lanes[0]
    assert 0 <= shown.progress <= 1
    made.advance()
    assert made.lanes[0].particles.state.step == 30


def test_levels_in_the_snapshot():
    sampler = AnnealedLangevin(levels=3, steps_per_level=4, sigma_max=4, sigma_min=1)
    made = engine(replace(SPEC, lanes=(replace(DENOISING, sampler=sampler),)))
    seen = []
    for _ in range(5):
        shown = made.snapshot().lanes[0]
        seen.append((shown.level, round(shown.sigma, 6)))
        assert shown.levels == sampler.sigmas()
        made.advance()
    assert seen == [(0, 4), (0, 4), (1, 2), (2, 1), (2, 1)]


def test_large_crowds_move_on_the_grid_and_small_ones_on_the_field():
    few, many = lane.CROWDED, lane.CROWDED + 1
    for count, grid in ((few, False), (many, True)):
        spec = replace(SPEC, particles=Particles(count=count, speed=5), lanes=(replace(DENOISING, score_from="true"),))
        made = engine(spec, pictures=6)
        assert made.snapshot().lanes[0].from_grid == grid
        exact = engine(replace(spec, particles=Particles(count=count, speed=5, exact=True)), pictures=6)
        assert not exact.snapshot().lanes[0].from_grid
        moved = particles(exact)
        exact.lanes[0].reset_particles(exact.spec, exact.truth)
        for _ in range(6 * 5):  # the same way once more, along the truth itself
            exact.lanes[0].particles.step(LANGEVIN, exact.truth)
        assert norm(moved - particles(exact)) == 0
        error = (particles(made) - particles(exact)).norm(dim=1)
        assert float(error.median()) < 0.05
        assert (norm(error) > 0) == grid


def test_a_crowd_goes_on_from_where_it_is_when_it_is_asked_to_be_exact():
    spec = replace(SPEC, particles=Particles(count=lane.CROWDED + 1), lanes=(replace(DENOISING, score_from="true"),))
    made = engine(spec, pictures=3)
    before, crowd = particles(made).clone(), made.lanes[0].particles
    change(made, particles=replace(spec.particles, exact=True))
    assert made.lanes[0].particles is crowd
    assert torch.equal(particles(made), before)
    go(made, pictures=1)
    assert not made.snapshot().lanes[0].from_grid
    assert crowd.state.step == 4
    change(made, particles=spec.particles)
    go(made, pictures=1)
    assert made.snapshot().lanes[0].from_grid
    assert crowd.state.step == 5


# -- pace -----------------------------------------------------------------------------------------------------------


def test_single_steps_while_paused():
    made = engine(replace(SPEC, run=Playback(training=False, sampling=False, train_steps=100, sample_steps=100)))
    assert not made.trains  # counts from before this engine are no debt
    assert not made.samples
    press(made, train_steps=103, sample_steps=102)
    done = 0
    while made.trains:
        made.train()
        done += 1
    assert done == 3
    assert [lane.trainer.step for lane in made.lanes] == [3, 3]
    for _ in range(5):
        made.advance()
    assert [lane.particles.state.step for lane in made.lanes] == [2, 2]  # one step each, not `speed`
    press(made, train_steps=0)  # an undone count owes nothing
    assert not made.trains
    assert made.snapshot().lanes[0].status.state == "paused"


def test_dropped_specs_lose_no_single_step():
    made = engine(replace(SPEC, run=Playback(training=False)))
    press(made, train_steps=2)
    press(made, train_steps=5)
    assert made.pending_train_steps == 5


# -- trouble --------------------------------------------------------------------------------------------------------


WILD = replace(
    DENOISING,
    name="wild",
    optimizer=Optimizer(learning_rate=1, batch_size=16),
    net=ScoreMLP(hidden=32, layers=8, activation="relu"),
)


def test_a_lane_that_diverges_says_why_and_the_others_go_on():
    made = engine(replace(SPEC, lanes=(WILD, SLICED)))
    for _ in range(100):
        made.train()
        if made.lanes[0].trainer.diverged:
            break
    shown = made.snapshot().lanes
    assert shown[0].status.state == "diverged"
    assert "loss" in shown[0].status.message
    assert shown[0].status.message.endswith(".")
    step, given_up = made.lanes[1].trainer.step, made.lanes[0].trainer.step
    assert shown[1].status.state == "training"
    go(made, 5, 3)
    for index in (0, 1):
        made.observe(index)
        made.measure(index)
    shown = made.snapshot().lanes
    assert made.lanes[1].trainer.step == step + 5
    assert made.lanes[0].trainer.step == given_up
    assert np.isfinite(shown[1].field.score).all()
    assert shown[0].status.state == "diverged"
    assert made.trains
    change_lane(made, 0, optimizer=Optimizer(learning_rate=1e-3))
    press(made, restarted=("wild",))
    go(made, 5)
    assert made.snapshot().lanes[0].status.state == "training"
    assert made.lanes[0].trainer.step == 5


def test_when_all_have_diverged_there_is_nothing_to_train():
    made = engine(replace(SPEC, lanes=(WILD,)))
    with torch.no_grad():
        next(made.lanes[0].trainer.net.parameters()).fill_(float("nan"))
    made.train()
    assert made.lanes[0].trainer.diverged
    assert not made.trains
    step = made.lanes[0].trainer.step
    made.train()
    (shown,) = made.snapshot().lanes
    assert (shown.status.state, shown.step) == ("diverged", step)


def test_a_paused_lane_that_has_diverged_says_diverged():
    made = engine(replace(SPEC, lanes=(WILD,)))
    with torch.no_grad():
        next(made.lanes[0].trainer.net.parameters()).fill_(float("nan"))
    made.train()
    press(made, training=False)
    assert made.snapshot().lanes[0].status.state == "diverged"


def test_particles_that_fly_off_are_counted_and_drawn_nowhere():
    wild = replace(DENOISING, score_from="true", sampler=Langevin(step_size=50, steps=500))
    made = engine(replace(SPEC, lanes=(wild,)), pictures=150)
    made.observe(0)
    made.measure(0)
    shown = made.snapshot().lanes[0]
    assert shown.metrics["lost"] == 1
    assert shown.mode_weights
    assert set(shown.mode_weights) == {0.0}  # far away all modes are equally near, but none has got them
    assert not shown.particles.image.any()
    assert np.isfinite(shown.field.score).all()


def test_an_empty_canvas_waits():
    made = engine(replace(SPEC, target=Painted()))
    assert not made.trains
    assert not made.samples
    go(made, 2, 2)
    made.settle()
    for index in (0, 1):
        made.observe(index)
        made.look(index, 10)
        made.measure(index)
    shown = made.snapshot()
    assert [lane.status.state for lane in shown.lanes] == ["waiting", "waiting"]
    assert shown.lanes[0].status.message.endswith(".")
    assert shown.target.empty
    change(made, target=Moons())
    go(made, 3, 1)
    assert [lane.trainer.step for lane in made.lanes] == [3, 3]
    assert not made.snapshot().target.empty


def test_erasing_everything_keeps_what_was_learned():
    made = engine(steps=5, pictures=1)
    made.settle()
    made.measure(0)
    before, curve = weights(made).clone(), made.snapshot().lanes[0].curve
    assert made.snapshot().lanes[0].mode_weights
    change(made, target=Painted())
    go(made, 2, 2)
    shown = made.snapshot().lanes[0]
    assert shown.status.state == "waiting"
    assert (shown.metrics, shown.mode_weights) == ({}, ())  # of a target that is no more
    assert len(shown.curve.steps) == len(curve.steps)
    change(made, target=TwoModes())
    assert torch.equal(weights(made), before)
    go(made, 1)
    assert made.lanes[0].trainer.step == 6


def test_particles_asked_for_over_an_empty_canvas_are_there_when_it_is_painted():
    made = engine(pictures=2)
    change(made, target=Painted())
    change(made, particles=replace(SPEC.particles, count=11))
    made.snapshot()
    change(made, target=Moons())
    assert len(particles(made)) == 11


# -- what is seen ---------------------------------------------------------------------------------------------------


def test_the_snapshot_is_whole():
    made = engine(steps=45, pictures=1)
    made.settle()
    go(made, 20)
    for index in (0, 1):
        made.observe(index)
        made.measure(index)
    shown = made.snapshot(rate=7.0)
    assert shown.spec is made.spec
    assert shown.device == "CPU"
    assert shown.failure == ""
    assert abs(sum(shown.target.mode_weights) - 1) < 1e-5
    one = shown.lanes[0]
    assert (one.name, one.step, one.steps_per_second) == ("one", 65, 7.0)
    assert one.loss == float(made.lanes[0].trainer.terms.loss.detach())
    assert set(shown.lanes[1].terms) == {"trace", "norm"}
    assert {"fisher_data", "fisher_window", "sliced_w2", "lost"} <= set(one.metrics)
    assert abs(sum(one.mode_weights) - 1) < 1e-5
    assert one.curve.steps.tolist() == [60, 65]  # of the history, and of the live measures
    assert np.isfinite(one.curve.values["fisher"]).tolist() == [True, False]
    assert one.curve.values["sliced_w2"][1] == np.float32(one.metrics["sliced_w2"])
    assert one.field.score.shape[:2] == one.field.energy.shape == one.field.density.shape
    x0, x1, y0, y1 = one.field.region
    rows, columns = one.field.energy.shape
    x, y = np.meshgrid(np.linspace(x0, x1, columns), np.linspace(y0, y1, rows))
    left, right, low, high = made.spec.view.region
    inside = (left <= x) & (x <= right) & (low <= y) & (y <= high)
    assert one.field.energy[inside].min() == 0  # they count from the least in the view
    assert one.particles.image.shape == (32, 32)
    assert one.particles.image.any()


def test_snapshots_stay_as_they_are():
    """What was handed out does not change while the engine goes on."""
    made = engine(steps=5, pictures=1)
    made.settle()
    for index in (0, 1):
        made.observe(index)
        made.measure(index)
    shown = made.snapshot()
    one = shown.lanes[0]
    kept = (one.field.score.copy(), one.particles.image.copy(), dict(one.metrics), dict(one.terms), one.step)
    go(made, 45, 5)
    change(made, target=EightGaussians())
    for index in (0, 1):
        made.observe(index)
        made.measure(index)
    made.snapshot()
    assert np.array_equal(one.field.score, kept[0])
    assert np.array_equal(one.particles.image, kept[1])
    assert (dict(one.metrics), dict(one.terms), one.step) == kept[2:]


def test_only_the_layers_that_are_wanted_are_drawn():
    made = engine(replace(SPEC, view=View(layers=("density",), pixels=32)))
    made.observe(0)
    shown = made.snapshot().lanes[0]
    assert shown.particles is None
    assert shown.field.contours == ()
    change(made, view=View(layers=("energy", "trails"), pixels=32))
    made.observe(0)
    shown = made.snapshot().lanes[0]
    assert shown.particles is not None
    assert len(shown.field.contours) > 0


def test_another_view_is_looked_at_anew():
    made = engine()
    made.observe(0)
    change(made, view=replace(SPEC.view, region=(0, 4, 0, 2)))
    assert made.snapshot().lanes[0].field is None  # nothing stale
    made.observe(0)
    x0, x1, y0, y1 = made.snapshot().lanes[0].field.region
    assert max(x0, y0) <= 0
    assert x1 >= 4
    assert y1 >= 2
    assert made.snapshot().lanes[0].particles.image.shape == (16, 32)


def test_the_field_in_the_snapshot_is_the_lanes_field():
    made = engine(replace(SPEC, lanes=(replace(DENOISING, score_from="true"), SLICED)), steps=5)
    for index in (0, 1):
        made.observe(index)
    for index, field in ((0, made.truth), (1, made.lanes[1].trainer.learned_field)):
        shown = made.snapshot().lanes[index].field
        rows, columns = shown.energy.shape
        x0, x1, y0, y1 = shown.region
        place = torch.tensor([[x0 + (x1 - x0) * 5 / (columns - 1), y0 + (y1 - y0) * 7 / (rows - 1)]])
        assert norm(torch.tensor(shown.score[7, 5]) - field.score(place, shown.sigma)[0]) < 1e-3


def test_looking_in_blocks_finds_the_same_as_looking_at_once():
    one, other = engine(steps=5), engine(steps=5)
    one.observe(0)
    calls = 1
    while not other.look(0, 500):
        calls += 1
    assert calls > 5
    a, b = one.snapshot().lanes[0].field, other.snapshot().lanes[0].field
    assert a.region == b.region
    assert np.abs(a.score - b.score).max() < 1e-4


def glance(made, pictures=1, index=0, points=10**6):
    for _ in range(pictures):
        made.advance()
        made.look(index, points)
    return made.snapshot().lanes[index]


def test_a_level_is_surveyed_ahead_and_shown_when_it_is_reached():
    sampler = AnnealedLangevin(levels=4, steps_per_level=60, sigma_max=8, sigma_min=1)
    made = engine(replace(SPEC, lanes=(replace(DENOISING, sampler=sampler, objective=NCSN(sigma_min=0.5)),)))
    made.observe(0)
    for _ in range(90):
        shown = glance(made)
        assert shown.field.sigma == shown.sigma
    assert shown.level == 3


def test_the_lane_that_reaches_another_level_soon_is_urgent_until_that_is_surveyed():
    sampler = AnnealedLangevin(levels=4, steps_per_level=120, sigma_max=8, sigma_min=1)
    lanes = (DENOISING, replace(DENOISING, name="two", sampler=sampler, objective=NCSN(sigma_min=0.5)))
    made = engine(replace(SPEC, lanes=lanes))
    for index in (0, 1):
        made.observe(index)
    assert made.urgent() is None
    glance(made, index=1, points=100)  # a survey of the present level is on its way …
    ahead = field_cache.AHEAD + 2 * field_cache.AHEAD_A_LANE
    go(made, pictures=(120 // made.spec.particles.speed) - ahead - 2)
    assert made.urgent() is None
    go(made, pictures=2)
    assert made.urgent() == 1
    glance(made, index=1)  # … and gives way to one of the next, which is done in one look
    assert made.urgent() is None
    field = made.snapshot().lanes[1].field
    assert field.sigma == made.lanes[1].sigma == 8
    made.lanes[1].field_cache.evaluate_now = None  # not needed when the level is reached
    for _ in range(ahead):
        shown = glance(made, index=1)
        assert shown.field.sigma == shown.sigma
    assert shown.level == 1
    press(made, sampling=False)
    assert made.urgent() is None  # whoever stands still reaches nothing


@pytest.mark.parametrize("speed", [1, 5, 20])
def test_a_level_at_which_particles_are_held_is_looked_at_again_and_again(speed):
    sampler = AnnealedLangevin(levels=4, steps_per_level=60, sigma_max=8, sigma_min=1)
    lanes = (replace(DENOISING, sampler=sampler, objective=NCSN(sigma_min=0.5), optimizer=Optimizer(ema=0)),)
    made = engine(replace(SPEC, lanes=lanes, particles=replace(SPEC.particles, speed=speed)), pictures=1)
    made.observe(0)
    made.lanes[0].particles.constraints.sigma = 4.0
    seen = []
    for _ in range(20):
        go(made, 1)
        seen.append(glance(made).field)
    assert seen[-1].sigma == made.lanes[0].sigma
    assert len({id(field) for field in seen}) > 10


def test_a_crowd_that_is_at_another_level_in_each_picture_leaves_the_looking_to_others():
    flying = replace(DENOISING, sampler=ReverseSDE(steps=400, sigma_max=8, sigma_min=0.5), score_from="true")
    made = engine(replace(SPEC, lanes=(flying, SLICED), particles=Particles(count=lane.CROWDED + 1)))
    for index in (0, 1):
        made.observe(index)
    for _ in range(5):
        made.advance()
        assert made.urgent() is None
        assert made.look(0, 1)  # it is surveyed when it is there, and not in pieces that would be thrown away
        assert made.snapshot().lanes[0].field.sigma == made.lanes[0].field_cache.grid.sigma
    press(made, sampling=False)
    assert not made.look(0, 1)


def test_the_field_follows_a_level_a_step_however_seldom_one_looks():
    sampler = ReverseSDE(steps=400, sigma_max=8, sigma_min=0.5)
    made = engine(replace(SPEC, lanes=(replace(DENOISING, sampler=sampler, objective=NCSN(sigma_min=0.5)),)))
    made.observe(0)
    for _ in range(25):
        made.advance()
        made.advance()
        shown = glance(made, 3, points=4000)
    assert shown.field.sigma / shown.sigma < 2
    assert shown.field.sigma < 2.5


def test_training_is_seen_while_particles_stand_still_before_the_next_level():
    sampler = AnnealedLangevin(levels=4, steps_per_level=60, sigma_max=8, sigma_min=1)
    lanes = (replace(DENOISING, sampler=sampler, objective=NCSN(sigma_min=0.5), optimizer=Optimizer(ema=0)),)
    made = engine(replace(SPEC, lanes=lanes), pictures=18)  # step 54 of 60: the next level is near
    made.observe(0)
    glance(made, 1)
    press(made, sampling=False)
    before = glance(made, 3).field
    go(made, 50)
    after = glance(made, 3).field
    assert before.sigma == after.sigma == 8
    assert not np.array_equal(before.score, after.score)


def test_a_release_forgets_what_was_surveyed_ahead():
    sampler = AnnealedLangevin(levels=4, steps_per_level=60, sigma_max=8, sigma_min=1)
    lanes = (replace(DENOISING, sampler=sampler, objective=NCSN(sigma_min=0.5), optimizer=Optimizer(ema=0)),)
    made = engine(replace(SPEC, lanes=lanes), pictures=38)  # in the second level
    made.observe(0)
    glance(made, 1)
    press(made, releases=1)
    assert glance(made, 6).field.sigma == 8


def test_the_first_level_is_surveyed_before_the_next_release():
    """Where a crowd moves on the grid, a survey made only then would keep a picture waiting."""
    sampler = AnnealedLangevin(levels=3, steps_per_level=40, sigma_max=8, sigma_min=1)
    lanes = (replace(DENOISING, sampler=sampler, objective=NCSN(sigma_min=0.5)),)
    made = engine(replace(SPEC, lanes=lanes, particles=Particles(count=lane.CROWDED + 1)))
    made.observe(0)
    at_once = []
    made.lanes[0].field_cache.evaluate_now = lambda *_: at_once.append(made.lanes[0].sampler_step)
    for picture in range(450):
        shown = glance(made)
        assert shown.field.sigma == shown.sigma, picture
    assert made.lanes[0].particles.releases == 3
    assert not at_once
    change(made, particles=replace(made.spec.particles, loop=False))
    for _ in range(4 * crowd.IDLE_FRAMES):
        assert glance(made).field.sigma in (1, made.lanes[0].sigma)
    assert made.lanes[0].sigma == 1


def test_a_change_of_the_truth_reaches_the_lanes_that_show_it():
    made = engine(
        replace(
            SPEC, lanes=(replace(DENOISING, score_from="true"), SLICED), particles=Particles(count=lane.CROWDED + 1)
        )
    )
    for index in (0, 1):
        made.observe(index)
    change(made, target=TwoModes())
    made.lanes[0].field_cache.evaluate_now(made.spec, made.truth)
    x = torch.full((3, 2), 30.0)  # outside of the grid
    assert norm(made.lanes[0].field_cache.grid.score(x, 0.0) - made.truth.score(x, 0.0)) < 1e-4
    assert made.lanes[1].field_cache.seen is not None


@pytest.mark.parametrize(
    "changes",
    [{"objective": Denoising(sigma=3.0)}, {"score_from": "true"}, {"sampler": replace(LANGEVIN, sigma=2.0)}],
    ids=str,
)
def test_another_field_is_looked_at_anew(changes):
    made = engine()
    made.observe(0)
    change_lane(made, 0, **changes)
    assert made.snapshot().lanes[0].field is None


def test_learned_answers_for_the_nearest_level_it_has_learned():
    made = engine(replace(SPEC, lanes=(replace(DENOISING, objective=NCSN(sigma_max=4, sigma_min=0.5)),)), steps=3)
    learned, x = made.lanes[0].trainer.learned_field, torch.randn(4, 2)
    for asked, answered in ((0.0, 0.5), (0.1, 0.5), (1.0, 1.0), (4.0, 4.0), (99.0, 4.0)):
        assert torch.equal(learned.score(x, asked), learned.net.score(x, answered))
    assert not learned.score(x, 1.0).requires_grad


def test_the_running_mean_follows_the_weights():
    made = engine(replace(SPEC, lanes=(replace(DENOISING, optimizer=Optimizer(ema=0, batch_size=16)),)), steps=4)
    learner = made.lanes[0].trainer
    for mean, weight in zip(learner.average.parameters(), learner.net.parameters(), strict=True):
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
    made.settle()
    learner = made.lanes[0].trainer
    before = learner.evaluation_set.fisher_data(learner.learned_field)
    go(made, 240)
    after = learner.evaluation_set.fisher_data(learner.learned_field)
    assert after < 0.6 * before
    curve = made.snapshot().lanes[0].curve
    for name in ("loss", "fisher"):
        assert curve.values[name][-1] < 0.8 * curve.values[name][0]
    made.measure(0)
    assert abs(made.snapshot().lanes[0].metrics["fisher_data"] / after - 1) < 0.2


def test_loss_above_its_floor_is_half_the_fisher_divergence():
    """For denoising, loss − floor = ½E‖s − s*‖² (Vincent): the yardstick says both, from different samples."""
    made = Engine("cpu", curve_points=20_000)
    made.apply(replace(SPEC, lanes=(DENOISING,)))
    go(made, 50)
    made.settle()
    yardstick, learner = made.lanes[0].trainer.evaluation_set, made.lanes[0].trainer
    excess, fisher = yardstick.loss_above_floor(learner.average), yardstick.fisher_data(learner.learned_field)
    assert fisher > 0.1
    assert abs(excess / fisher - 1) < 0.05


@pytest.mark.cuda
def test_on_cuda():
    made = Engine("cuda", curve_points=64)
    made.apply(SPEC)
    go(made, 20, 5)
    made.settle()
    for index in (0, 1):
        made.observe(index)
        made.measure(index)
    shown = made.snapshot()
    assert shown.device.startswith("CUDA")
    assert all(np.isfinite(lane.field.score).all() for lane in shown.lanes)


# -- lanes that move and change their names -------------------------------------------------------------------------


def test_a_lane_trains_on_wherever_it_stands_and_whatever_it_is_called():
    made = engine(steps=3, pictures=2)
    first, second = made.lanes
    change(made, lanes=made.spec.lanes[::-1])
    assert made.lanes == [second, first]
    change_lane(made, 0, name="another")
    assert made.lanes == [second, first]
    assert made.lanes[0].spec.name == "another"
    go(made, 2)
    assert [item.trainer.step for item in made.lanes] == [5, 5]
    press(made, restarted=("another",))
    assert [item.trainer.step for item in made.lanes] == [0, 5]


def test_a_new_lane_under_a_free_mark_is_not_taken_for_the_old_one():
    made = engine(steps=3)
    old = made.lanes[0]
    change(made, lanes=(made.spec.lanes[1],))
    change(made, lanes=(made.spec.lanes[0], replace(DENOISING, name="new", mark=-1)))
    assert made.spec.lanes[1].slot == 0
    assert old not in made.lanes
    assert [item.trainer.step for item in made.lanes] == [3, 0]


def test_lanes_that_swap_their_names_are_known_by_them():
    made = engine(steps=1)
    first, second = made.lanes
    one, two = made.spec.lanes
    change(made, lanes=(replace(one, name="two"), replace(two, name="one")))
    assert [item.trainer.step for item in made.lanes] == [0, 0]  # of other objectives: nothing could go on
    assert first not in made.lanes
    assert second not in made.lanes


def test_the_floor_of_the_loss_is_told_and_follows_the_objective_and_the_target():
    made = engine(replace(SPEC, lanes=(DENOISING, SLICED)))
    assert made.snapshot().lanes[0].floor is None
    made.settle()
    shown = made.snapshot().lanes
    for one, snapshot in zip(made.lanes, shown, strict=True):
        wanted = one.spec.objective.floor(made.truth, torch.Generator().manual_seed(9))
        assert snapshot.floor == pytest.approx(wanted, rel=0.1)
    change_lane(made, 0, objective=Denoising(sigma=0.8))
    assert made.snapshot().lanes[0].floor is None
    assert made.snapshot().lanes[1].floor == shown[1].floor
    made.settle()
    wanted = Denoising(sigma=0.8).floor(made.truth, torch.Generator().manual_seed(9))
    assert made.snapshot().lanes[0].floor == pytest.approx(wanted, rel=0.1)
    change(made, target=TwoModes())
    assert [each.floor for each in made.snapshot().lanes] == [None, None]


def test_a_lane_that_is_removed_is_freed_at_once():
    """Without a search for cycles, which comes so seldom that memory grew by 100 MB a minute of play."""
    differing = ("density", "particles", "difference")
    made = engine(replace(SPEC, view=replace(SPEC.view, layers=differing, against=SPEC.lanes[0].slot)), 2, 2)
    for index in (0, 1):
        made.observe(index)
        made.settle()
        made.measure(index)
    gc.disable()
    try:
        removed = [weakref.ref(each) for each in made.lanes]
        change(made, lanes=(replace(DENOISING, name="three", mark=5),))
        assert [each() for each in removed] == [None, None]
        truth = weakref.ref(made.truth)
        change(made, target=Painted(strokes=(Stroke(points=((0.0, 0.0), (2.0, 2.0))),)))
        made.observe(0)
        made.settle()
        painted = weakref.ref(made.truth)
        change(made, target=Moons())
        made.observe(0)
        made.settle()
        made.measure(0)
        assert truth() is None
        assert painted() is None
    finally:
        gc.enable()
