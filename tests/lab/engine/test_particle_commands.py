"""Particles under the mouse: dropped, held and let go, tracked, set to another noise level."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from engines import restart
from helpers import norm

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import Denoising
from ncsn_viz.core.samplers import MALA, AnnealedLangevin, Langevin, ReverseSDE, UnderdampedLangevin
from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import LaneSpec, Particles, Playback, Spec, View
from ncsn_viz.lab.experiment.commands import (
    DropParticles,
    HoldNoiseLevel,
    HoldParticle,
    LetGo,
    MoveParticle,
    ReleaseParticles,
)
from ncsn_viz.lab.sampling.constraints import PATH, first_step

LANE = LaneSpec(
    name="one", objective=Denoising(), net=ScoreMLP(hidden=8, layers=1), sampler=Langevin(step_size=0.02, steps=30)
)
ANNEALED = replace(LANE, sampler=AnnealedLangevin(sigma_max=8, sigma_min=0.5, levels=5, steps_per_level=4))
SPEC = Spec(
    lanes=(LANE, replace(LANE, name="two", score_from="true")),
    particles=Particles(count=50),
    view=View(pixels=16, layers=("particles", "followed")),
)


def engine(spec=SPEC, frames=3):
    made = Engine("cpu", curve_points=32)
    made.apply(spec)
    for _ in range(frames):
        made.advance()
    return made


def perform(made, *commands):
    made.apply(made.spec, commands)


def drop(x, y, count, spread):
    return DropParticles((x, y), count, spread)


def with_sampler(sampler, spec=SPEC):
    return replace(spec, lanes=tuple(replace(lane, sampler=sampler) for lane in spec.lanes))


def x(made, index=0):
    return made.lanes[index].particles.state.x.clone()


def hold(made, index, at, slot=0):
    """Take hold of the particle number `index`, where it is in the lane in `slot`, and move it."""
    start = tuple(x(made, made.spec.lane_index(slot))[index].tolist())
    perform(made, HoldParticle(slot, start, at))


# -- dropping -------------------------------------------------------------------------------------------------------


def test_dropped_particles_replace_the_oldest_in_every_lane():
    made = engine()
    before = [x(made, 0), x(made, 1)]
    perform(made, drop(3.0, -2.0, 12, 0.1))
    for index in (0, 1):
        after = x(made, index)
        new = (after != before[index]).any(1)
        assert len(after) == 50
        assert new.nonzero().flatten().tolist() == list(range(1, 13))  # number 0 is tracked
        assert norm(after[new].mean(0) - torch.tensor([3.0, -2.0])) < 0.12
        assert 0.05 < float(after[new].std(0).mean()) < 0.2
    assert torch.equal(x(made, 0)[1:13], x(made, 1)[1:13])
    perform(made, drop(0.0, 0.0, 40, 0.0))
    zero = (x(made) == 0).all(1).nonzero().flatten().tolist()
    assert zero == sorted({*range(13, 50), 1, 2, 3})  # the others of the first drop are the youngest


def test_the_same_drops_are_the_same_points_and_two_drops_are_not():
    drops = (drop(1.0, 1.0, 10, 0.5), drop(1.0, 1.0, 10, 0.5))
    at_once, one_by_one = engine(), engine()
    perform(at_once, *drops)
    perform(one_by_one, drops[0])
    perform(one_by_one, drops[1])
    assert torch.equal(x(at_once), x(one_by_one))
    assert not torch.equal(x(at_once)[1:11], x(at_once)[11:21])
    other = engine(replace(SPEC, seed=1))
    perform(other, *drops)
    assert norm(x(other)[1:11] - x(at_once)[1:11]) > 0.1


def test_a_drop_does_not_change_the_noise_of_the_others():
    alone, touched = engine(), engine()
    perform(touched, drop(3.0, -2.0, 5, 0.1))
    for made in (alone, touched):
        made.advance()
    assert torch.equal(x(alone, 1)[6:], x(touched, 1)[6:])


def test_more_than_there_are_can_be_dropped():
    made = engine()
    perform(made, drop(3.0, 3.0, 500, 0.0))
    assert int((x(made) == 3).all(1).sum()) == 49


def test_commands_over_an_empty_canvas_do_nothing():
    made = engine(replace(SPEC, target=Painted()), frames=0)
    held = HoldParticle(0, (0.0, 0.0), (1.0, 1.0))
    perform(made, drop(3.0, 3.0, 10, 0.1), held, MoveParticle((2.0, 2.0)), HoldNoiseLevel(1.0), LetGo())
    made.apply(replace(made.spec, target=Moons()))
    assert torch.equal(x(made), x(engine(replace(SPEC, target=Moons()), frames=0)))


def test_dropped_velocities_are_drawn_from_their_stationary_distribution():
    made = engine(with_sampler(UnderdampedLangevin(steps=50)))
    perform(made, drop(0.0, 0.0, 49, 0.0))
    assert 0.7 < float(made.lanes[0].particles.state.velocity[1:].std()) < 1.3


def test_particles_that_have_finished_move_again_after_a_drop():
    made = engine(frames=35)
    assert made.snapshot().lanes[0].progress == 1
    perform(made, drop(0.0, 0.0, 5, 0.1))
    before = x(made)
    made.advance()
    assert (x(made) != before).any(1).all()
    annealed = engine(replace(SPEC, lanes=(ANNEALED,)), frames=25)
    perform(annealed, drop(0.0, 0.0, 5, 0.1))
    assert annealed.snapshot().lanes[0].level == 4
    assert annealed.snapshot().lanes[0].progress == pytest.approx(16 / 20)


# -- holding --------------------------------------------------------------------------------------------------------


def test_a_particle_is_held_in_every_lane_and_continues_when_it_is_let_go():
    made = engine()
    hold(made, 17, (5.0, 6.0))
    assert made.particle_commands.tracked == 17
    for point in ((5.0, 6.0), (-4.0, 7.5)):
        perform(made, MoveParticle(point))
        made.advance()
        for index in (0, 1):
            assert x(made, index)[17].tolist() == list(point)
            tracked = made.snapshot().lanes[index].tracked
            assert (tracked.index, tracked.held) == (17, True)
    others = x(made)
    perform(made, LetGo())
    made.advance()
    assert (x(made) != others).any(1).all()
    assert norm(x(made)[17] - torch.tensor([-4.0, 7.5])) < 2  # it continues from there
    assert not made.snapshot().lanes[0].tracked.held


def test_a_particle_is_moved_even_if_it_is_let_go_at_once():
    made = engine()
    start = tuple(x(made)[8].tolist())
    perform(made, HoldParticle(0, start, (1.0, 2.0)), LetGo())
    assert x(made, 1)[8].tolist() == [1.0, 2.0]
    assert not made.snapshot().lanes[0].tracked.held


def test_the_nearest_particle_is_that_of_the_lane_in_which_it_was_held():
    made = engine(frames=20)
    start = tuple(x(made, 1)[30].tolist())
    perform(made, HoldParticle(1, start, start))
    assert made.particle_commands.tracked == 30


def test_a_move_without_a_hold_does_nothing():
    made = engine()
    before = x(made)
    perform(made, MoveParticle((1.0, 2.0)))
    assert torch.equal(x(made), before)
    hold(made, 5, (3.0, 3.0))
    perform(made, LetGo(), MoveParticle((1.0, 2.0)))
    assert x(made)[5].tolist() == [3.0, 3.0]


def test_nothing_is_held_in_a_slot_without_a_lane():
    made = engine()
    hold(made, 5, (3.0, 3.0))
    perform(made, LetGo())
    before = x(made)
    perform(made, HoldParticle(4, (0.0, 0.0), (1.0, 1.0)), MoveParticle((2.0, 2.0)))
    assert torch.equal(x(made), before)
    assert not made.snapshot().lanes[0].tracked.held


def test_holding_does_not_change_the_noise_of_the_others():
    alone, touched = engine(), engine()
    hold(touched, 9, (3.0, 3.0))
    others = [number for number in range(50) if number != 9]
    for _ in range(4):
        alone.advance()
        touched.advance()
    assert torch.equal(x(alone)[others], x(touched)[others])


def test_a_held_particle_has_no_velocity_and_is_held_through_a_release():
    made = engine(with_sampler(UnderdampedLangevin(steps=50)))
    hold(made, 4, (2.0, 2.0))
    made.advance()
    assert norm(made.lanes[0].particles.state.velocity[4]) == 0
    perform(made, ReleaseParticles())
    assert x(made)[4].tolist() != [2.0, 2.0]  # a release moves all to their start …
    made.advance()
    assert x(made)[4].tolist() == [2.0, 2.0]  # … and the next step this one back


@pytest.mark.parametrize("slots", [(0,), ()], ids=str)
def test_a_restart_keeps_what_is_held(slots):
    made = engine()
    hold(made, 4, (2.0, 2.0))
    restart(made, *slots)
    made.advance()
    assert [x(made, index)[4].tolist() for index in (0, 1)] == [[2.0, 2.0]] * 2


def test_a_hold_while_paused_moves_the_particle_at_once():
    made = engine(replace(SPEC, playback=Playback(training=False, sampling=False)))
    hold(made, 3, (7.0, 7.0))
    assert made.snapshot().lanes[1].tracked.path[-1].tolist() == [7.0, 7.0]


def test_a_particle_is_let_go_when_the_lane_in_which_it_is_held_is_removed():
    made = engine(replace(SPEC, lanes=(*SPEC.lanes, replace(LANE, name="three"))))
    hold(made, 6, (2.0, 2.0), slot=0)
    lanes = made.spec.lanes
    made.apply(replace(made.spec, lanes=(lanes[0], lanes[2])))  # another one is removed
    assert made.snapshot().lanes[0].tracked.held
    made.apply(replace(made.spec, lanes=(lanes[2],)))
    assert not made.snapshot().lanes[0].tracked.held
    made.apply(replace(made.spec, lanes=(lanes[2], replace(lanes[0], name="new"))))
    perform(made, MoveParticle((5.0, 5.0)))  # its slot is in use again, but nothing is held there
    assert not any(lane.tracked.held for lane in made.snapshot().lanes)


def test_the_tracked_particle_is_one_that_there_is():
    made = engine()
    hold(made, 40, (2.0, 2.0))
    made.apply(replace(made.spec, particles=replace(SPEC.particles, count=10)))
    assert made.snapshot().lanes[0].tracked.index == 9


# -- tracking -------------------------------------------------------------------------------------------------------


def test_the_tracked_particle_has_its_path_and_its_last_step():
    made = engine(frames=0)
    path = [x(made, 1)[0]]
    for _ in range(5):
        made.advance()
        path.append(x(made, 1)[0])
    tracked = made.snapshot().lanes[1].tracked
    assert np.allclose(tracked.path, torch.stack(path[1:]).numpy(), atol=1e-6)
    assert np.allclose(tracked.start, path[-2].numpy(), atol=1e-6)
    assert np.array_equal(tracked.end, tracked.path[-1])
    assert np.abs(tracked.start + tracked.drift + tracked.noise - tracked.end).max() < 1e-6
    score = made.truth.score(path[-2][None], 0.0)[0]
    assert norm(torch.from_numpy(tracked.drift) - 0.02 * score) < 1e-5
    assert np.abs(tracked.noise).max() > 1e-3
    assert tracked.inertia is None
    assert pickle.loads(pickle.dumps(tracked)).index == 0


def test_it_is_the_same_object_until_it_has_moved():
    made = engine()
    first = made.snapshot().lanes[0].tracked
    assert made.snapshot().lanes[0].tracked is first
    made.advance()
    assert made.snapshot().lanes[0].tracked is not first


def test_the_path_is_bounded_and_begins_again_with_a_release():
    made = engine(with_sampler(Langevin(steps=200)), frames=PATH + 10)
    assert len(made.snapshot().lanes[0].tracked.path) == PATH
    perform(made, ReleaseParticles())
    assert len(made.snapshot().lanes[0].tracked.path) == 1
    assert made.snapshot().lanes[0].tracked.drift is None


def test_no_particle_is_tracked_where_the_layer_is_off():
    made = engine(replace(SPEC, view=View(pixels=16, layers=("particles",))))
    assert made.snapshot().lanes[0].tracked is None
    hold(made, 4, (0.0, 0.0))
    assert made.snapshot().lanes[0].tracked.index == 4


def test_rejected_proposals_are_shown():
    made = engine(replace(SPEC, lanes=(replace(LANE, score_from="true", sampler=MALA(step_size=0.5, steps=100)),)))
    found = set()
    for _ in range(60):
        before = x(made)[0]
        made.advance()
        tracked = made.snapshot().lanes[0].tracked
        assert tracked.rejected == torch.equal(x(made)[0], before)
        found.add(tracked.rejected)
    assert found == {True, False}


def test_inertia_is_shown_where_there_is_one():
    tracked = engine(with_sampler(UnderdampedLangevin(steps=50))).snapshot().lanes[0].tracked
    parts = tracked.drift + tracked.noise + tracked.inertia
    assert np.abs(tracked.start + parts - tracked.end).max() < 1e-6
    assert np.abs(tracked.inertia).max() > 1e-3


# -- noise levels ---------------------------------------------------------------------------------------------------


def test_particles_are_held_at_a_level_and_continue():
    made = engine(replace(SPEC, lanes=(ANNEALED, replace(ANNEALED, name="two"), replace(LANE, name="three"))))
    sigmas = ANNEALED.sampler.sigmas()
    perform(made, HoldNoiseLevel(sigmas[3] * 1.05))
    before = x(made)
    for _ in range(9):  # more than the level has steps
        made.advance()
        shown = made.snapshot().lanes
        assert [lane.level for lane in shown] == [3, 3, 0]
        assert shown[0].sigma == sigmas[3]
    assert (x(made) != before).any(1).all()
    assert shown[2].progress == pytest.approx(12 / 30)  # a single level continues undisturbed
    perform(made, LetGo())
    for _ in range(4):
        made.advance()
    assert made.snapshot().lanes[0].level == 4


def test_one_lane_alone_can_be_set():
    made = engine(replace(SPEC, lanes=(ANNEALED, replace(ANNEALED, name="two"))))
    perform(made, HoldNoiseLevel(0.5, slot=1))
    assert [lane.level for lane in made.snapshot().lanes] == [0, 4]
    perform(made, HoldNoiseLevel(0.5, slot=0))  # then that one is held, and the other continues
    for _ in range(12):
        made.advance()
    assert [lane.progress < 1 for lane in made.snapshot().lanes] == [True, False]


def test_the_same_level_can_be_set_again_after_it_was_let_go():
    made = engine(replace(SPEC, lanes=(ANNEALED,)))
    for _ in range(2):
        perform(made, HoldNoiseLevel(8.0))
        assert made.snapshot().lanes[0].level == 0
        perform(made, LetGo())
        for _ in range(9):
            made.advance()
        assert made.snapshot().lanes[0].level > 0


def test_the_last_level_is_no_end_while_it_is_held():
    made = engine(replace(SPEC, lanes=(ANNEALED,)))
    perform(made, HoldNoiseLevel(0.1))
    for _ in range(12):
        before = x(made)
        made.advance()
        assert (x(made) != before).any(1).all()
    perform(made, HoldNoiseLevel(8.0))  # and back
    assert made.snapshot().lanes[0].level == 0


def test_particles_of_a_sampler_without_stationary_levels_stop_while_they_are_held():
    made = engine(with_sampler(ReverseSDE(sigma_max=8, sigma_min=0.1, steps=20)))
    perform(made, HoldNoiseLevel(1.0))
    before = x(made)
    made.advance()
    assert torch.equal(x(made), before)
    perform(made, LetGo())
    made.advance()
    assert (x(made) != before).any(1).all()
    level = made.snapshot().lanes[0].level
    assert ReverseSDE(sigma_max=8, sigma_min=0.1, steps=20).sigmas()[level - 1] == pytest.approx(1.0, rel=0.15)


def test_the_field_that_is_drawn_is_that_of_the_level_also_while_paused():
    spec = replace(SPEC, lanes=(replace(ANNEALED, score_from="true"),), playback=Playback(sampling=False))
    made = engine(spec)
    made.evaluate_now(0)
    perform(made, HoldNoiseLevel(0.5), LetGo())
    assert made.snapshot().lanes[0].field is None  # so that it is evaluated before anything else
    made.evaluate_now(0)
    assert made.snapshot().lanes[0].field.sigma == 0.5


def test_the_first_step_of_every_level():
    for sampler in (ANNEALED.sampler, replace(ANNEALED.sampler, denoise=True), ReverseSDE(steps=7), Langevin(steps=9)):
        for level in range(sampler.level_index(sampler.num_steps() - 1) + 1):
            step = first_step(sampler, level)
            assert sampler.level_index(step) == level
            assert step == 0 or sampler.level_index(step - 1) == level - 1
