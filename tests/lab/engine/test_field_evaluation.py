"""The fields that an engine evaluates: at which noise level, when, and that they are the lanes' fields."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import (
    DENOISING,
    LANGEVIN,
    SLICED,
    SPEC,
    change,
    change_lane,
    complete,
    engine,
    evaluate,
    fields,
    go,
    play,
)
from helpers import norm

from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin, ReverseSDE
from ncsn_viz.core.targets import TwoModes
from ncsn_viz.lab.engine.lane import GRID_ABOVE
from ncsn_viz.lab.experiment import Optimizer, Particles, View
from ncsn_viz.lab.experiment.commands import HoldNoiseLevel, LetGo, ReleaseParticles
from ncsn_viz.lab.sampling.particle_system import IDLE_FRAMES
from ncsn_viz.lab.worker.frame_scheduler import Job

MANY = Particles(count=GRID_ABOVE + 1)  # so many that they are interpolated on the grid


def annealed(levels=4, steps=60, **changes):
    """A lane whose particles stay at each level for some steps, and whose field changes with each training step."""
    sampler = AnnealedLangevin(levels=levels, steps_per_level=steps, sigma_max=8, sigma_min=1)
    lane = replace(DENOISING, sampler=sampler, objective=NCSN(sigma_min=0.5), optimizer=Optimizer(ema=0))
    return replace(lane, **changes)


def step_and_evaluate(made, frames=1, index=0, block=10**6):
    """Some frames, each with one evaluation; the lane in the Snapshot."""
    for _ in range(frames):
        made.advance()
        complete(made.evaluate(index, block))
    return made.snapshot().lanes[index]


# -- what is evaluated ----------------------------------------------------------------------------------------------


def test_only_the_layers_that_are_shown_are_drawn():
    made = engine(replace(SPEC, view=View(layers=("density",), pixels=32)))
    evaluate(made, 0)
    shown = made.snapshot().lanes[0]
    assert shown.particles is None
    assert shown.field.contours == ()
    change(made, view=View(layers=("energy", "trails"), pixels=32))
    evaluate(made, 0)
    shown = made.snapshot().lanes[0]
    assert shown.particles is not None
    assert len(shown.field.contours) > 0


def test_another_region_is_evaluated_again():
    made = engine()
    evaluate(made, 0)
    change(made, view=replace(SPEC.view, region=(0, 4, 0, 2)))
    assert made.snapshot().lanes[0].field is None  # nothing outdated
    evaluate(made, 0)
    x0, x1, y0, y1 = made.snapshot().lanes[0].field.region
    assert max(x0, y0) <= 0
    assert x1 >= 4
    assert y1 >= 2
    assert made.snapshot().lanes[0].particles.image.shape == (16, 32)


@pytest.mark.parametrize(
    "changes",
    [{"objective": Denoising(sigma=3.0)}, {"score_from": "true"}, {"sampler": replace(LANGEVIN, sigma=2.0)}],
    ids=str,
)
def test_another_field_is_evaluated_again(changes):
    made = engine()
    evaluate(made)
    change_lane(made, 0, **changes)
    assert [shown.field is None for shown in made.snapshot().lanes] == [True, False]


def test_a_change_of_the_truth_reaches_the_lanes_that_show_it():
    made = engine(replace(SPEC, lanes=(replace(DENOISING, score_from="true"), SLICED), particles=MANY))
    evaluate(made)
    change(made, target=TwoModes())
    assert [field is None for field in fields(made)] == [True, False]
    evaluate(made, 0)
    x = torch.full((3, 2), 30.0)  # outside of the grid
    assert norm(made.lanes[0].field_cache.present.grid.score(x, 0.0) - made.truth.score(x, 0.0)) < 1e-4


def test_the_field_in_the_snapshot_is_the_lanes_field():
    made = engine(replace(SPEC, lanes=(replace(DENOISING, score_from="true"), SLICED)), steps=5)
    evaluate(made)
    for index, field in ((0, made.truth), (1, made.lanes[1].trainer.learned_field)):
        shown = made.snapshot().lanes[index].field
        rows, columns = shown.score.shape[:2]
        x0, x1, y0, y1 = shown.region
        point = torch.tensor([[x0 + (x1 - x0) * 5 / (columns - 1), y0 + (y1 - y0) * 7 / (rows - 1)]])
        assert norm(torch.tensor(shown.score[7, 5]) - field.score(point, shown.sigma)[0]) < 1e-3


# -- in blocks ------------------------------------------------------------------------------------------------------


def test_evaluating_in_blocks_is_the_same_as_at_once():
    one, other = engine(steps=5), engine(steps=5)
    evaluate(one, 0)
    assert complete(other.evaluate(0, 500)) > 5
    a, b = fields(one)[0], fields(other)[0]
    assert a.region == b.region
    assert np.abs(a.score - b.score).max() < 1e-4


def test_training_between_blocks_changes_nothing_of_them():
    """All blocks are of the weights at the first one: others would have seams. Bit for bit."""
    whole, pieces = (engine(replace(SPEC, lanes=(annealed(), SLICED)), steps=5) for _ in range(2))
    complete(whole.evaluate(0, 500))
    for _ in pieces.evaluate(0, 500):
        pieces.train()
        assert fields(pieces)[0] is None  # only the complete field is drawn
    one, other = fields(whole)[0], fields(pieces)[0]
    assert np.array_equal(one.score, other.score)
    assert np.array_equal(one.energy, other.energy)
    evaluate(pieces, 0)
    assert not np.array_equal(one.score, fields(pieces)[0].score)


def test_an_evaluation_of_a_level_that_has_passed_does_not_replace_the_present_one():
    made = engine(replace(SPEC, lanes=(annealed(steps=6),)))
    evaluate(made, 0)
    work = made.evaluate(0, 500)
    next(work)
    go(made, frames=5)  # at another level by now
    evaluate(made, 0)
    present = fields(made)[0]
    assert present.sigma == made.lanes[0].sigma == made.spec.lanes[0].sampler.sigmas()[2]
    complete(work)
    assert fields(made)[0] is present


# -- at the level of the particles ----------------------------------------------------------------------------------


def test_the_next_level_is_evaluated_ahead_and_drawn_on_arrival():
    made = engine(replace(SPEC, lanes=(annealed(),)))
    evaluate(made, 0)
    for _ in range(90):
        shown = step_and_evaluate(made)
        assert shown.field.sigma == shown.sigma
    assert shown.level == 3


def test_a_level_that_is_ready_is_drawn_in_the_frame_of_the_arrival():
    """Without an evaluation in that frame."""
    made = engine(replace(SPEC, lanes=(annealed(),)))
    evaluate(made, 0)
    step_and_evaluate(made)
    assert not made.lanes[0].needs_evaluation(made.spec)
    for _ in range(25):
        made.advance()
        shown = made.snapshot().lanes[0]
        assert shown.field.sigma == shown.sigma
    assert shown.level == 1


def test_a_lane_needs_an_evaluation_until_present_and_next_level_are_there():
    made = engine(replace(SPEC, lanes=(DENOISING, annealed(name="two"))))
    lane = made.lanes[1]
    assert lane.needs_evaluation(made.spec)
    evaluate(made)
    assert not made.lanes[0].needs_evaluation(made.spec)  # it has one level only
    assert lane.needs_evaluation(made.spec)
    play(made, sampling=False)
    assert not lane.needs_evaluation(made.spec)  # whoever is paused reaches nothing
    play(made, sampling=True)
    complete(made.evaluate(1, 500))
    assert not lane.needs_evaluation(made.spec)
    assert (lane.field_cache.present.sigma, lane.field_cache.next.sigma) == lane.spec.sampler.sigmas()[:2]
    go(made, frames=20)
    assert lane.field_cache.present.sigma == lane.sigma == lane.spec.sampler.sigmas()[1]
    assert lane.needs_evaluation(made.spec)


@pytest.mark.parametrize("speed", [1, 5, 20])
def test_a_level_at_which_particles_are_held_is_evaluated_again_and_again(speed):
    made = engine(replace(SPEC, lanes=(annealed(),), particles=replace(SPEC.particles, speed=speed)), frames=1)
    evaluate(made, 0)
    made.lanes[0].particles.constraints.sigma = 4.0
    found = []
    for _ in range(20):
        go(made, 1)
        found.append(step_and_evaluate(made).field)
    assert found[-1].sigma == made.lanes[0].sigma
    assert len({id(field) for field in found}) > 10


def test_a_noise_level_that_is_set_is_evaluated_before_anything_is_drawn():
    made = engine(replace(SPEC, lanes=(annealed(), SLICED)))
    evaluate(made)
    made.perform(HoldNoiseLevel(1.0))
    assert fields(made) == [None, None]
    made.perform(LetGo())
    evaluate(made)
    assert fields(made)[0].sigma == 1.0


def test_particles_on_the_grid_at_another_level_in_each_frame_are_evaluated_with_them():
    """Not in blocks, whose level would have passed when they are complete."""
    reverse = replace(DENOISING, sampler=ReverseSDE(steps=400, sigma_max=8, sigma_min=0.5), score_from="true")
    made = engine(replace(SPEC, lanes=(reverse, SLICED), particles=MANY))
    evaluate(made)
    assert [lane.evaluated_every_frame(made.spec) for lane in made.lanes] == [True, False]
    for _ in range(5):
        made.advance()
        present = made.lanes[0].field_cache.present
        assert made.snapshot().lanes[0].field.sigma == present.sigma == made.lanes[0].spec.sampler.sigmas()[
            made.lanes[0].sampler_step - 1
        ]  # fmt: skip
    play(made, sampling=False)
    assert not made.lanes[0].evaluated_every_frame(made.spec)
    play(made, sampling=True)
    made.perform(HoldNoiseLevel(2.0))
    assert not made.lanes[0].evaluated_every_frame(made.spec)


def test_the_field_follows_a_level_per_step_however_seldom_it_is_evaluated():
    sampler = ReverseSDE(steps=400, sigma_max=8, sigma_min=0.5)
    made = engine(replace(SPEC, lanes=(replace(DENOISING, sampler=sampler, objective=NCSN(sigma_min=0.5)),)))
    evaluate(made, 0)
    job = Job()
    for _ in range(25):
        go(made, frames=2)
        for _ in range(3):
            made.advance()
            job.run_piece(lambda: made.evaluate(0, 4000))
        shown = made.snapshot().lanes[0]
        assert shown.field.sigma / shown.sigma < 2
    assert shown.field.sigma < 2.5


def test_training_is_drawn_while_particles_are_paused_before_the_next_level():
    made = engine(replace(SPEC, lanes=(annealed(),)), frames=18)  # step 54 of 60: the next level is near
    evaluate(made, 0)
    step_and_evaluate(made, 1)
    play(made, sampling=False)
    before = step_and_evaluate(made, 1).field
    go(made, 50)
    after = step_and_evaluate(made, 1).field
    assert before.sigma == after.sigma == 8
    assert not np.array_equal(before.score, after.score)


def test_a_release_is_followed_by_an_evaluation_of_the_first_level():
    made = engine(replace(SPEC, lanes=(annealed(),)), frames=38)  # in the second level
    evaluate(made, 0)
    step_and_evaluate(made, 1)
    made.perform(ReleaseParticles())
    assert step_and_evaluate(made, 1).field.sigma == 8


def test_no_frame_evaluates_a_whole_grid_where_levels_last_long_enough():
    """Neither on arrival at a level nor at the next release: each was evaluated ahead."""
    made = engine(replace(SPEC, lanes=(annealed(3, 40),), particles=MANY))
    evaluate(made, 0)
    at_once = []
    made.lanes[0].evaluate_field_now = lambda *_: at_once.append(made.lanes[0].sampler_step)
    for frame in range(450):
        shown = step_and_evaluate(made)
        assert shown.field.sigma == shown.sigma, frame
    assert made.lanes[0].particles.releases == 3
    assert not at_once
    change(made, particles=replace(made.spec.particles, loop=False))
    for _ in range(4 * IDLE_FRAMES):
        assert step_and_evaluate(made).field.sigma in (1, made.lanes[0].sigma)
    assert made.lanes[0].sigma == 1


def test_both_levels_are_refreshed_in_turn():
    made = engine(replace(SPEC, lanes=(annealed(steps=400),)))
    cache = made.lanes[0].field_cache
    evaluate(made, 0)
    complete(made.evaluate(0, 10**6))
    refreshed = {"present": 0, "next": 0}
    for _ in range(10):
        before = cache.present, cache.next
        go(made, 1)
        step_and_evaluate(made)
        refreshed["present"] += cache.present is not before[0]
        refreshed["next"] += cache.next is not before[1]
    assert refreshed["present"] + refreshed["next"] == 10
    assert min(refreshed.values()) >= 2


def test_a_single_level_is_the_only_one_that_is_evaluated():
    made = engine(replace(SPEC, lanes=(replace(DENOISING, sampler=Langevin(sigma=1.0, steps=20)),)))
    evaluate(made, 0)
    drawn = fields(made)[0]
    for _ in range(5):
        step_and_evaluate(made)
        assert fields(made)[0] is not drawn
        drawn = fields(made)[0]
        assert made.lanes[0].field_cache.next is None
