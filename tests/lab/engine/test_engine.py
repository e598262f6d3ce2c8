"""The engine, driven by a test: what a changed Spec or a command changes, and what continues."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import (
    DENOISING,
    LANGEVIN,
    NET,
    PAUSE,
    SLICED,
    SPEC,
    change,
    change_lane,
    complete,
    engine,
    evaluate,
    go,
    measure,
    particles,
    play,
    restart,
    weights,
)
from helpers import norm

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.core.samplers import AnnealedLangevin, GradientFlow, Langevin
from ncsn_viz.core.targets import EightGaussians, Moons, Painted, TwoModes
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.engine import lane
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import Optimizer, Particles, Playback, View, restarted
from ncsn_viz.lab.experiment.commands import ReleaseParticles, SampleStep, TrainStep
from ncsn_viz.lab.sampling.particle_system import IDLE_FRAMES

# -- equal results --------------------------------------------------------------------------------------------------


def test_equal_specs_give_equal_results():
    one, other = engine(steps=20, frames=5), engine(steps=20, frames=5)
    for index in (0, 1):
        assert torch.equal(weights(one, index), weights(other, index))
        assert torch.equal(particles(one, index), particles(other, index))
    different = engine(replace(SPEC, seed=1), steps=20, frames=5)
    assert not torch.equal(weights(one), weights(different))
    assert not torch.equal(particles(one), particles(different))


def test_evaluating_and_measuring_change_nothing():
    alone, observed = engine(), engine()
    for step in range(20):
        go(alone, 1, 1)
        go(observed, 1, 1)
        if step == 3:
            complete(observed.prepare())
        for index in (0, 1):
            observed.evaluate_now(index)
            next(observed.evaluate(index, 100))
            complete(observed.measure(index))
        observed.snapshot()
    for index in (0, 1):
        assert torch.equal(weights(alone, index), weights(observed, index))
        assert torch.equal(particles(alone, index), particles(observed, index))


def test_training_in_pieces_is_the_same_bit_for_bit():
    whole, pieces = engine(steps=25), engine()
    complete(pieces.prepare())
    count = 0
    for _ in range(25):
        for _ in pieces.training_pieces():
            pieces.snapshot()
            count += 1
    assert count > 25  # the step of each lane is a piece of its own, and so is each record
    assert [lane.trainer.step for lane in pieces.lanes] == [25, 25]
    for index in (0, 1):
        assert torch.equal(weights(whole, index), weights(pieces, index))


def test_a_training_step_that_is_given_up_is_continued_by_the_next_one():
    whole, pieces = engine(steps=3), engine(steps=2)
    work = pieces.training_pieces()
    next(work)
    assert [lane.trainer.step for lane in pieces.lanes] == [3, 2]
    work.close()
    assert pieces.training.step_begun
    pieces.train()
    assert [lane.trainer.step for lane in pieces.lanes] == [3, 3]
    assert torch.equal(weights(whole, 1), weights(pieces, 1))


def test_preparing_in_pieces_is_the_same_bit_for_bit():
    """Also where training goes on between the pieces, and where the work is given up and begun again."""
    whole, pieces, again = engine(), engine(), engine()
    complete(whole.prepare())
    count = 0
    for _ in pieces.prepare():
        pieces.train()
        count += 1
    assert count > 4
    while True:
        work = again.prepare()
        if next(work, "done") == "done":
            break
        work.close()
    for made in (pieces, again):
        assert made.target == whole.target
        for one, other in zip(whole.lanes, made.lanes, strict=True):
            assert other.evaluation_ready
            assert one.floor == other.floor
            a, b = (each.trainer.evaluation_set for each in (one, other))
            net = one.trainer.average
            assert (a.loss_above_floor(net), a.terms(net)) == (b.loss_above_floor(net), b.terms(net))
            for first, second in ((a.own, b.own), (a.common, b.common)):
                assert first.on_data(one.trainer.learned_field) == second.on_data(one.trainer.learned_field)
        assert complete(made.prepare()) == 1  # nothing is missing


@pytest.mark.parametrize("index", [0, 1])
def test_metrics_in_pieces_are_the_same_bit_for_bit(index):
    """Of the particles as they were at the first piece, wherever they are at the last."""
    whole, pieces = (engine(steps=5, frames=3) for _ in range(2))
    for made in (whole, pieces):
        complete(made.prepare())
    measure(whole, index)
    count = 0
    for _ in pieces.measure(index):
        count += 1
        assert pieces.snapshot().lanes[index].metrics == {}  # all are shown together, at the end
        pieces.advance()
    assert count >= 1
    one, other = (made.snapshot().lanes[index] for made in (whole, pieces))
    assert {"sliced_w2", "fisher_window"} <= set(one.metrics)
    assert dict(one.metrics) == dict(other.metrics)
    assert one.mode_weights == other.mode_weights


def test_a_lane_on_the_exact_score_says_nothing_of_the_network_that_is_not_seen():
    made = engine(steps=20, frames=5)
    change_lane(made, 0, score_from="true")
    complete(made.prepare())
    seen = []
    for index in (0, 1):
        complete(made.measure(index))
        seen.append({*made.snapshot().lanes[index].metrics})
    of_particles = {"sliced_w2", "mmd", "lost"}
    assert (
        of_particles
        <= seen[0]
        <= of_particles
        | {f"{name}_{end}" for name in ("sliced_w2", "mmd", "mode_error") for end in ("error", "chance")}
    )
    assert {"fisher_common", "fisher_window"} <= seen[1]


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


def test_a_lane_learns_the_same_whatever_other_lanes_there_are():
    alone, beside = engine(replace(SPEC, lanes=(SLICED,)), 20, 5), engine(SPEC, 20, 5)
    assert torch.equal(weights(alone, 0), weights(beside, 1))
    assert torch.equal(particles(alone, 0), particles(beside, 1))


def test_a_smaller_batch_is_the_beginning_of_the_larger_one():
    small = replace(DENOISING, optimizer=Optimizer(batch_size=16))
    large = replace(DENOISING, name="two", optimizer=Optimizer(batch_size=64))
    batches = []
    made = engine(replace(SPEC, lanes=(small, large)))
    for item in made.lanes:
        item.trainer.train = lambda batch, truth: batches.append(batch.clone())
    made.train()
    assert [len(batch) for batch in batches] == [16, 64]
    assert torch.equal(batches[0], batches[1][:16])


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
    "pause": lambda made: play(made, training=False, sampling=False),
}


@pytest.mark.parametrize("what", HOT)
def test_hot_changes_keep_what_was_learned(what):
    made = engine(steps=10)
    before, trainers = weights(made).clone(), [lane.trainer for lane in made.lanes]
    HOT[what](made)
    assert [lane.trainer for lane in made.lanes] == trainers
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


# -- lanes that are new, removed, moved, renamed --------------------------------------------------------------------


@pytest.mark.parametrize(
    "fresh", [{"objective": NCSN()}, {"net": replace(NET, hidden=24)}, {"net": EnergyMLP(hidden=16)},
              {"net": replace(NET, activation="tanh")}], ids=("objective", "width", "net", "activation"),
)  # fmt: skip
def test_another_net_or_objective_is_a_fresh_lane_and_the_others_continue(fresh):
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


def test_a_lane_continues_at_another_index_and_under_another_name():
    made = engine(steps=3, frames=2)
    first, second = made.lanes
    change(made, lanes=made.spec.lanes[::-1])
    assert made.lanes == [second, first]
    change_lane(made, 0, name="another")
    assert made.lanes == [second, first]
    assert made.lanes[0].spec.name == "another"
    go(made, 2)
    assert [item.trainer.step for item in made.lanes] == [5, 5]
    restart(made, made.lanes[0].spec.slot)
    assert [item.trainer.step for item in made.lanes] == [0, 5]


def test_a_new_lane_in_a_free_slot_is_not_the_old_one():
    made = engine(steps=3)
    old = made.lanes[0]
    change(made, lanes=(made.spec.lanes[1],))
    change(made, lanes=(made.spec.lanes[0], replace(DENOISING, name="new", slot=-1)))
    assert made.spec.lanes[1].slot == 0
    assert old not in made.lanes
    assert [item.trainer.step for item in made.lanes] == [3, 0]


def test_lanes_that_swap_their_names_are_known_by_them():
    made = engine(steps=1)
    first, second = made.lanes
    one, two = made.spec.lanes
    change(made, lanes=(replace(one, name="two"), replace(two, name="one")))
    assert [item.trainer.step for item in made.lanes] == [0, 0]  # of other objectives: nothing could continue
    assert first not in made.lanes
    assert second not in made.lanes


def test_lanes_that_swap_their_slots_continue_each():
    made = engine(replace(SPEC, lanes=(DENOISING, replace(DENOISING, name="two"))), steps=2)
    lanes, (one, two) = list(made.lanes), made.spec.lanes
    change(made, lanes=(replace(one, slot=two.slot), replace(two, slot=one.slot)))
    assert made.lanes == lanes
    assert [item.spec.slot for item in made.lanes] == [1, 0]


def test_a_lane_that_is_removed_is_freed_at_once():
    """Without the collector of cycles, which runs so seldom that memory grew by 100 MB a minute of play."""
    layers = ("density", "particles", "difference")
    made = engine(replace(SPEC, view=replace(SPEC.view, layers=layers, baseline=SPEC.lanes[0].slot)), 2, 2)
    evaluate(made)
    complete(made.prepare())
    measure(made)
    gc.disable()
    try:
        removed = [weakref.ref(each) for each in made.lanes]
        change(made, lanes=(replace(DENOISING, name="three", slot=5),))
        assert [each() for each in removed] == [None, None]
        truth = weakref.ref(made.truth)
        change(made, target=Painted(strokes=(Stroke(points=((0.0, 0.0), (2.0, 2.0))),)))
        evaluate(made)
        complete(made.prepare())
        painted = weakref.ref(made.truth)
        change(made, target=Moons())
        evaluate(made)
        complete(made.prepare())
        measure(made)
        assert truth() is None
        assert painted() is None
    finally:
        gc.enable()


# -- restarts -------------------------------------------------------------------------------------------------------


def test_another_seed_starts_everything_again():
    made = engine(steps=5, frames=2)
    change(made, seed=1)
    assert [lane.trainer.step for lane in made.lanes] == [0, 0]
    assert torch.equal(weights(made), weights(engine(replace(SPEC, seed=1))))


def test_restarts():
    made, fresh = engine(steps=5, frames=2), engine()
    restart(made, 1)
    assert [lane.trainer.step for lane in made.lanes] == [5, 0]
    made.apply(made.spec)  # a command is carried out once
    go(made, 3)
    restart(made, 1)
    assert [lane.trainer.step for lane in made.lanes] == [8, 0]
    restart(made, 5)  # nobody is there
    assert [lane.trainer.step for lane in made.lanes] == [8, 0]
    restart(made)
    assert [lane.trainer.step for lane in made.lanes] == [0, 0]
    go(made, 4, 2)
    go(fresh, 4, 2)
    for index in (0, 1):
        assert torch.equal(weights(made, index), weights(fresh, index))
        assert torch.equal(particles(made, index), particles(fresh, index))


def test_a_restart_between_two_pieces_of_a_training_step():
    made = engine(steps=2)
    next(made.training_pieces())
    restart(made, 1)
    assert [lane.trainer.step for lane in made.lanes] == [3, 0]
    made.train()  # a new step: the lane that has not taken the other one is gone
    assert [lane.trainer.step for lane in made.lanes] == [4, 1]
    work = made.training_pieces()
    next(work)
    restart(made)
    complete(work)
    assert [lane.trainer.step for lane in made.lanes] == [0, 0]
    fresh = engine()
    go(made, 3)
    go(fresh, 3)
    assert torch.equal(weights(made, 1), weights(fresh, 1))


def test_the_spec_is_applied_before_the_commands():
    made = engine(steps=2)
    made.apply(restarted(replace(SPEC, playback=PAUSE), (0,)), (TrainStep(), TrainStep(), SampleStep()))
    steps = 0
    while made.trains:
        made.train()
        steps += 1
    assert steps == 2
    assert [lane.trainer.step for lane in made.lanes] == [2, 4]


# -- particles ------------------------------------------------------------------------------------------------------


def test_particles_move_at_their_speed_and_stop_at_the_end():
    made = engine()
    made.advance()
    assert made.lanes[0].particles.state.step == 3
    go(made, frames=30)
    assert made.lanes[0].particles.state.step == 50
    assert made.snapshot().lanes[0].progress == 1


def test_particles_are_released_again_some_frames_after_the_end():
    made = engine()
    go(made, frames=17 + IDLE_FRAMES)
    assert made.lanes[0].particles.state.step == 50
    go(made, frames=2)
    assert made.lanes[0].particles.state.step < 50
    change(made, particles=replace(SPEC.particles, loop=False))
    go(made, frames=40 + 2 * IDLE_FRAMES)
    assert made.lanes[0].particles.state.step == 50


def test_releases():
    made = engine(frames=4)
    start = engine().lanes[0].particles.state.x
    trainer = made.lanes[0].trainer
    made.perform(ReleaseParticles())
    assert [lane.particles.state.step for lane in made.lanes] == [0, 0]
    assert torch.equal(particles(made), start)
    assert made.lanes[0].trainer is trainer
    go(made, frames=1)
    made.apply(made.spec)  # a command is carried out once
    assert made.lanes[0].particles.state.step == 3


@pytest.mark.parametrize(
    ("changed", "released"),
    [({"count": 20}, True), ({"start": "data"}, True), ({"low": -3}, True), ({"spread": 1}, True),
     ({"speed": 9}, False), ({"loop": False}, False)], ids=str,
)  # fmt: skip
def test_what_releases_the_particles(changed, released):
    made = engine(frames=4)
    change(made, particles=replace(SPEC.particles, **changed))
    assert (made.lanes[0].particles.state.step == 0) == released
    assert len(particles(made)) == changed.get("count", 40)


def test_another_sampler_releases_the_particles_of_its_lane_only():
    made = engine(frames=4)
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


def test_fewer_sampler_steps_leave_the_progress_at_one():
    made = engine(frames=10)
    change_lane(made, 0, sampler=replace(LANGEVIN, steps=5))
    shown = made.snapshot().lanes[0]
    assert 0 <= shown.progress <= 1
    made.advance()
    assert made.lanes[0].particles.state.step == 30


def test_levels_in_the_snapshot():
    sampler = AnnealedLangevin(levels=3, steps_per_level=4, sigma_max=4, sigma_min=1)
    made = engine(replace(SPEC, lanes=(replace(DENOISING, sampler=sampler),)))
    levels = []
    for _ in range(5):
        shown = made.snapshot().lanes[0]
        levels.append((shown.level, round(shown.sigma, 6)))
        assert shown.levels == sampler.sigmas()
        made.advance()
    assert levels == [(0, 4), (0, 4), (1, 2), (2, 1), (2, 1)]


def test_many_particles_are_interpolated_on_the_grid_and_few_are_not():
    few, many = lane.GRID_ABOVE, lane.GRID_ABOVE + 1
    for count, grid in ((few, False), (many, True)):
        spec = replace(SPEC, particles=Particles(count=count, speed=5), lanes=(replace(DENOISING, score_from="true"),))
        made = engine(spec, frames=6)
        assert made.snapshot().lanes[0].from_grid == grid
        exact = engine(replace(spec, particles=Particles(count=count, speed=5, exact=True)), frames=6)
        assert not exact.snapshot().lanes[0].from_grid
        moved = particles(exact)
        exact.lanes[0].reset_particles(exact.spec, exact.truth)
        for _ in range(6 * 5):  # the same steps again, along the truth itself
            exact.lanes[0].particles.step(LANGEVIN, exact.truth)
        assert norm(moved - particles(exact)) == 0
        error = (particles(made) - particles(exact)).norm(dim=1)
        assert float(error.median()) < 0.05
        assert (norm(error) > 0) == grid


def test_particles_continue_where_they_are_when_the_exact_field_is_chosen():
    spec = replace(SPEC, particles=Particles(count=lane.GRID_ABOVE + 1), lanes=(replace(DENOISING, score_from="true"),))
    made = engine(spec, frames=3)
    before, system = particles(made).clone(), made.lanes[0].particles
    change(made, particles=replace(spec.particles, exact=True))
    assert made.lanes[0].particles is system
    assert torch.equal(particles(made), before)
    go(made, frames=1)
    assert not made.snapshot().lanes[0].from_grid
    assert system.state.step == 4
    change(made, particles=spec.particles)
    go(made, frames=1)
    assert made.snapshot().lanes[0].from_grid
    assert system.state.step == 5


# -- single steps ---------------------------------------------------------------------------------------------------


def test_single_steps_while_paused():
    made = engine(replace(SPEC, playback=PAUSE))
    assert not made.trains
    assert not made.samples
    for command in (TrainStep(), SampleStep(), TrainStep(), SampleStep(), TrainStep()):
        made.perform(command)
    taken = 0
    while made.trains:
        made.train()
        taken += 1
    assert taken == 3
    assert [lane.trainer.step for lane in made.lanes] == [3, 3]
    for _ in range(5):
        made.advance()
    assert [lane.particles.state.step for lane in made.lanes] == [2, 2]  # one step each, not `speed`
    made.apply(made.spec)
    assert not made.trains
    assert made.snapshot().lanes[0].status.state == "paused"


def test_no_single_step_is_lost_between_specs():
    made = engine(replace(SPEC, playback=Playback(training=False)))
    for seed, commands in enumerate([(TrainStep(),) * 2, (), (TrainStep(),) * 3]):
        made.apply(replace(made.spec, view=replace(made.spec.view, pixels=64 + seed)), commands)
    steps = 0
    while made.trains:
        made.train()
        steps += 1
    assert steps == 5


def test_a_single_step_that_is_requested_while_training_runs_is_taken_after_the_pause():
    made = engine()
    made.perform(TrainStep())
    go(made, 3)
    play(made, training=False)
    while made.trains:
        made.train()
    assert [lane.trainer.step for lane in made.lanes] == [4, 4]


def test_a_pause_never_leaves_lanes_a_step_apart():
    made = engine(steps=1)
    next(made.training_pieces())
    play(made, training=False)
    assert made.trains
    made.train()
    assert [lane.trainer.step for lane in made.lanes] == [2, 2]
    assert not made.trains
    made.perform(TrainStep())  # finishing a step uses up no request
    next(made.training_pieces())
    assert made.trains
    made.train()
    assert [lane.trainer.step for lane in made.lanes] == [3, 3]
    assert not made.trains


# -- divergence, lost particles, empty canvas -----------------------------------------------------------------------


WILD = replace(
    DENOISING,
    name="wild",
    optimizer=Optimizer(learning_rate=1, batch_size=16),
    net=ScoreMLP(hidden=32, layers=8, activation="relu"),
)


def diverged():
    made = engine(replace(SPEC, lanes=(WILD,)))
    with torch.no_grad():
        next(made.lanes[0].trainer.net.parameters()).fill_(float("nan"))
    made.train()
    return made


def test_a_lane_that_diverges_says_why_and_the_others_continue():
    made = engine(replace(SPEC, lanes=(WILD, SLICED)))
    for _ in range(100):
        made.train()
        if made.lanes[0].trainer.diverged:
            break
    shown = made.snapshot().lanes
    assert shown[0].status.state == "diverged"
    assert "loss" in shown[0].status.message
    assert shown[0].status.message.endswith(".")
    step, last = made.lanes[1].trainer.step, made.lanes[0].trainer.step
    assert shown[1].status.state == "training"
    go(made, 5, 3)
    evaluate(made)
    measure(made)
    shown = made.snapshot().lanes
    assert made.lanes[1].trainer.step == step + 5
    assert made.lanes[0].trainer.step == last
    assert np.isfinite(shown[1].field.score).all()
    assert shown[0].status.state == "diverged"
    assert made.trains
    change_lane(made, 0, optimizer=Optimizer(learning_rate=1e-3))
    restart(made, 0)
    go(made, 5)
    assert made.snapshot().lanes[0].status.state == "training"
    assert made.lanes[0].trainer.step == 5


def test_when_all_have_diverged_there_is_nothing_to_train():
    made = diverged()
    assert made.lanes[0].trainer.diverged
    assert not made.trains
    step = made.lanes[0].trainer.step
    made.train()
    (shown,) = made.snapshot().lanes
    assert (shown.status.state, shown.step) == ("diverged", step)


def test_a_paused_lane_that_has_diverged_is_shown_as_diverged():
    made = diverged()
    play(made, training=False)
    assert made.snapshot().lanes[0].status.state == "diverged"


def test_particles_far_outside_are_counted_as_lost_and_drawn_nowhere():
    wild = replace(DENOISING, score_from="true", sampler=Langevin(step_size=50, steps=500))
    made = engine(replace(SPEC, lanes=(wild,)), frames=150)
    evaluate(made)
    measure(made)
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
    complete(made.prepare())
    evaluate(made)
    measure(made)
    for index in (0, 1):
        assert complete(made.evaluate(index, 10)) == 1
    shown = made.snapshot()
    assert [lane.status.state for lane in shown.lanes] == ["waiting", "waiting"]
    assert shown.lanes[0].status.message.endswith(".")
    assert shown.target.empty
    change(made, target=Moons())
    go(made, 3, 1)
    assert [lane.trainer.step for lane in made.lanes] == [3, 3]
    assert not made.snapshot().target.empty


def test_erasing_everything_keeps_what_was_learned():
    made = engine(steps=5, frames=1)
    complete(made.prepare())
    measure(made, 0)
    before, curve = weights(made).clone(), made.snapshot().lanes[0].curve
    assert made.snapshot().lanes[0].mode_weights
    change(made, target=Painted())
    go(made, 2, 2)
    shown = made.snapshot().lanes[0]
    assert shown.status.state == "waiting"
    assert (shown.metrics, shown.mode_weights) == ({}, ())  # there is no target to measure against
    assert len(shown.curve.steps) == len(curve.steps)
    change(made, target=TwoModes())
    assert torch.equal(weights(made), before)
    go(made, 1)
    assert made.lanes[0].trainer.step == 6


def test_particles_changed_over_an_empty_canvas_are_there_when_it_is_painted():
    made = engine(frames=2)
    change(made, target=Painted())
    change(made, particles=replace(SPEC.particles, count=11))
    made.perform(ReleaseParticles())
    made.snapshot()
    change(made, target=Moons())
    assert len(particles(made)) == 11


# -- the snapshot ---------------------------------------------------------------------------------------------------


def test_the_snapshot_is_complete():
    made = engine(steps=45, frames=1)
    complete(made.prepare())
    go(made, 20)
    evaluate(made)
    measure(made)
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
    assert one.curve.steps.tolist() == [60, 65]  # of the history, and of the live metrics
    assert np.isfinite(one.curve.values["fisher"]).tolist() == [True, False]
    assert one.curve.values["sliced_w2"][1] == np.float32(one.metrics["sliced_w2"])
    assert one.field.score.shape[:2] == one.field.density.shape
    assert one.field.density.max() == 255  # of the particles
    assert one.field.energy is None  # nothing is drawn of it
    assert one.particles.image.shape == (32, 32)
    assert one.particles.image.any()


def test_a_snapshot_does_not_change_while_the_engine_continues():
    made = engine(steps=5, frames=1)
    complete(made.prepare())
    evaluate(made)
    measure(made)
    shown = made.snapshot()
    one = shown.lanes[0]
    kept = (one.field.score.copy(), one.particles.image.copy(), dict(one.metrics), dict(one.terms), one.step)
    go(made, 45, 5)
    change(made, target=EightGaussians())
    evaluate(made)
    measure(made)
    made.snapshot()
    assert np.array_equal(one.field.score, kept[0])
    assert np.array_equal(one.particles.image, kept[1])
    assert (dict(one.metrics), dict(one.terms), one.step) == kept[2:]


def test_the_floor_of_the_loss_is_shown_and_follows_the_objective_and_the_target():
    made = engine(replace(SPEC, lanes=(DENOISING, SLICED)))
    assert made.snapshot().lanes[0].floor is None
    complete(made.prepare())
    shown = made.snapshot().lanes
    for one, snapshot in zip(made.lanes, shown, strict=True):
        wanted = one.spec.objective.floor(made.truth, torch.Generator().manual_seed(9))
        assert snapshot.floor == pytest.approx(wanted, rel=0.1)
    change_lane(made, 0, objective=Denoising(sigma=0.8))
    assert made.snapshot().lanes[0].floor is None
    assert made.snapshot().lanes[1].floor == shown[1].floor
    complete(made.prepare())
    wanted = Denoising(sigma=0.8).floor(made.truth, torch.Generator().manual_seed(9))
    assert made.snapshot().lanes[0].floor == pytest.approx(wanted, rel=0.1)
    change(made, target=TwoModes())
    assert [each.floor for each in made.snapshot().lanes] == [None, None]


@pytest.mark.cuda
def test_on_cuda():
    made = Engine("cuda", curve_points=64)
    made.apply(SPEC)
    go(made, 20, 5)
    complete(made.prepare())
    evaluate(made)
    measure(made)
    shown = made.snapshot()
    assert shown.device.startswith("CUDA")
    assert all(np.isfinite(lane.field.score).all() for lane in shown.lanes)
