"""What a lane has learned comes back when a Spec names its learner again, while there is memory for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
import torch
from engines import DENOISING, SLICED, SPEC, engine, go, particles, weights

from ncsn_viz.core.objectives import Implicit
from ncsn_viz.lab.checkpoint import LearnerMemory
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import Fairness, Particles, restarted, with_learners

APART = Fairness(same_data=False)


@pytest.fixture
def numbers():
    return count(1)


@pytest.fixture
def made(numbers):
    return engine(with_learners(SPEC, None, numbers), steps=5, frames=3)


def edit(made, numbers, spec):
    """Apply an edited Spec as a session does; the Spec before, for undo."""
    before = made.user_spec
    made.apply(with_learners(spec, before, numbers))
    return before


def steps(made):
    return [lane.trainer.step for lane in made.lanes]


def assert_as_if_nothing_had_been(made, spec=SPEC):
    """The run equals one without what was undone: weights, particles and data."""
    plain = engine(spec, steps=5, frames=3)
    go(made, 4, 2)
    go(plain, 4, 2)
    for index in range(len(spec.lanes)):
        assert torch.equal(weights(made, index), weights(plain, index))
        assert torch.equal(particles(made, index), particles(plain, index))


def first(spec, **changes):
    return replace(spec, lanes=(replace(spec.lanes[0], **changes), *spec.lanes[1:]))


EDITS = {
    "restart": restarted,
    "seed": lambda spec: replace(spec, seed=9),
    "fairness": lambda spec: replace(spec, fairness=APART),
    "other lanes": lambda spec: replace(spec, lanes=(replace(DENOISING, name="three", slot=4),)),
}


@pytest.mark.parametrize("name", EDITS)
def test_undoing_what_restarts_all_lanes_goes_on_bit_for_bit(made, numbers, name):
    before = edit(made, numbers, EDITS[name](made.user_spec))
    assert not any(steps(made))
    go(made, 3, 2)
    made.apply(before)
    assert steps(made) == [5, 5]
    assert_as_if_nothing_had_been(made)


@pytest.mark.parametrize("fairness", [Fairness(), APART])
def test_undo_and_redo_of_one_lane(numbers, fairness):
    made = engine(with_learners(replace(SPEC, fairness=fairness), None, numbers), steps=5, frames=3)
    after = with_learners(first(made.user_spec, objective=Implicit()), made.user_spec, numbers)
    before, learned = made.user_spec, weights(made)
    made.apply(after)
    assert steps(made) == [0, 5]
    go(made, 2)
    anew = weights(made)
    made.apply(before)
    assert steps(made) == [5, 7]
    assert torch.equal(weights(made), learned)
    made.apply(after)
    assert steps(made) == [2, 7]
    assert torch.equal(weights(made), anew)


def test_own_data_of_a_lane_go_on_where_they_were(numbers):
    spec = replace(SPEC, fairness=APART)
    made = engine(with_learners(spec, None, numbers), steps=5, frames=3)
    made.apply(edit(made, numbers, restarted(made.user_spec, (0,))))
    assert_as_if_nothing_had_been(made, spec)


def test_a_lane_that_was_removed_comes_back_with_its_curves(made, numbers):
    go(made, 25)
    made.lanes[0].curves.record_live(20, {"mmd": 0.5})
    before = edit(made, numbers, replace(made.user_spec, lanes=made.user_spec.lanes[1:]))
    go(made, 3)
    made.apply(before)
    assert steps(made) == [30, 33]
    assert made.lanes[0].curves.curve([made.lanes[0].trainer.history]).values["mmd"].tolist() == [0.5]


def test_settings_of_now_hold_for_what_comes_back(made, numbers):
    before = edit(made, numbers, restarted(made.user_spec))
    optimizer = replace(DENOISING.optimizer, learning_rate=0.123)
    made.apply(replace(first(before, optimizer=optimizer), particles=Particles(count=17), repeats=2))
    assert steps(made) == [5, 5]
    assert made.lanes[0].trainer.optimizer.lr == 0.123
    assert len(particles(made)) == 17
    assert len(made.lanes[0].trainers) == 2


def test_in_the_middle_of_a_step_it_is_finished_first(made, numbers):
    next(made.training_pieces())
    before = edit(made, numbers, restarted(made.user_spec))
    made.apply(before)
    assert steps(made) == [6, 6]
    plain = engine(SPEC, steps=9)
    go(made, 3)
    assert all(torch.equal(weights(made, index), weights(plain, index)) for index in (0, 1))


def test_for_want_of_memory_the_oldest_go(made, numbers):
    before = edit(made, numbers, restarted(made.user_spec))
    size = made.learners.num_bytes
    assert size > 2 * 4 * 4 * weights(made).numel()  # weights, means and two moments of two lanes
    made.learners.most_bytes = size
    go(made, 2)
    second = edit(made, numbers, restarted(made.user_spec))
    assert made.learners.num_bytes <= size
    assert made.learners.keys == {(lane.slot, lane.learner) for lane in second.lanes}
    made.apply(before)
    assert steps(made) == [0, 0]


def test_what_has_learned_nothing_takes_no_memory(numbers):
    made = engine(with_learners(SPEC, None, numbers))
    edit(made, numbers, restarted(made.user_spec))
    assert made.learners.num_bytes == 0


def test_lanes_that_no_session_has_numbered_are_not_kept():
    made = engine(steps=2)
    made.apply(replace(SPEC, seed=1))
    assert not made.learners.keys


def test_numbers_follow_the_lanes(numbers):
    spec = with_learners(SPEC, None, numbers)
    assert spec.learners == (1, 2)
    moved = replace(spec, lanes=(*spec.lanes[::-1], replace(SLICED, name="")))
    assert with_learners(moved, spec, numbers).learners == (2, 1, 3)
    assert with_learners(SPEC, spec, numbers).learners == (1, 2)  # from a file: it has none
    assert with_learners(first(spec, name="renamed"), spec, numbers).learners == (1, 2)
    assert with_learners(restarted(spec, (1,)), spec, numbers).learners == (1, 4)
    swapped = replace(
        spec, lanes=tuple(replace(a, name=b.name) for a, b in zip(spec.lanes, spec.lanes[::-1], strict=True))
    )
    assert with_learners(swapped, spec, numbers).learners == (1, 2)


def test_a_memory_that_is_too_small_keeps_nothing(made, numbers):
    small = LearnerMemory(most_bytes=10)
    made.learners = small
    edit(made, numbers, restarted(made.user_spec))
    assert not small.keys


def test_it_is_there_in_another_engine():
    """As when a session is opened: the lanes are put into the memory, and the Spec names them."""
    numbers = count(1)
    made = engine(with_learners(SPEC, None, numbers), steps=5, frames=3)
    spec = made.user_spec
    made.apply(restarted(spec))
    other = Engine("cpu", curve_points=64)
    other.learners = made.learners
    other.apply(spec)
    assert_as_if_nothing_had_been(other)
