"""Particles under the mouse: dropped, grabbed and let go, followed, taken to another noise level."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import norm

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import Denoising
from ncsn_viz.core.samplers import MALA, AnnealedLangevin, Langevin, ReverseSDE, UnderdampedLangevin
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment.spec import LaneSpec, Particles, Spec, View
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


def engine(spec=SPEC, pictures=3):
    made = Engine("cpu", curve_points=32)
    made.apply(spec)
    for _ in range(pictures):
        made.advance()
    return made


def touch(made, **changes):
    hand = replace(made.spec.run.hand, **changes)
    made.apply(replace(made.spec, run=replace(made.spec.run, hand=hand)))


def with_sampler(sampler, spec=SPEC):
    return replace(spec, lanes=tuple(replace(lane, sampler=sampler) for lane in spec.lanes))


def x(made, index=0):
    return made.lanes[index].particles.state.x.clone()


def grab(made, index, at, lane="one", holding=True):
    start = tuple(x(made)[index].tolist())
    hand = made.spec.run.hand
    touch(made, grabs=hand.grabs + 1, lane=lane, grabbed=start, at=at, holding=holding)


# -- dropping -------------------------------------------------------------------------------------------------------


def test_a_handful_takes_the_place_of_the_oldest_in_every_lane():
    made = engine()
    before = [x(made, 0), x(made, 1)]
    touch(made, drops=((3.0, -2.0, 12, 0.1),))
    for index in (0, 1):
        after = x(made, index)
        new = (after != before[index]).any(1)
        assert len(after) == 50
        assert new.nonzero().flatten().tolist() == list(range(1, 13))  # number 0 is followed
        assert norm(after[new].mean(0) - torch.tensor([3.0, -2.0])) < 0.12
        assert 0.05 < float(after[new].std(0).mean()) < 0.2
    assert torch.equal(x(made, 0)[1:13], x(made, 1)[1:13])
    touch(made, drops=(*made.spec.run.hand.drops, (0.0, 0.0, 40, 0.0)))
    zero = (x(made) == 0).all(1).nonzero().flatten().tolist()
    assert zero == sorted({*range(13, 50), 1, 2, 3})  # the others of the first handful are the youngest


def test_the_same_drops_are_the_same_points_and_two_drops_are_not():
    drops = ((1.0, 1.0, 10, 0.5), (1.0, 1.0, 10, 0.5))
    at_once, one_by_one = engine(), engine()
    touch(at_once, drops=drops)
    touch(one_by_one, drops=drops[:1])
    touch(one_by_one, drops=drops)
    assert torch.equal(x(at_once), x(one_by_one))
    assert not torch.equal(x(at_once)[1:11], x(at_once)[11:21])
    other = engine(replace(SPEC, seed=1))
    touch(other, drops=drops)
    assert norm(x(other)[1:11] - x(at_once)[1:11]) > 0.1


def test_a_drop_leaves_the_noise_of_the_others_alone():
    quiet, touched = engine(), engine()
    touch(touched, drops=((3.0, -2.0, 5, 0.1),))
    for made in (quiet, touched):
        made.advance()
    assert torch.equal(x(quiet, 1)[6:], x(touched, 1)[6:])


def test_more_than_there_are_can_be_dropped():
    made = engine()
    touch(made, drops=((3.0, 3.0, 500, 0.0),))
    assert int((x(made) == 3).all(1).sum()) == 49


def test_drops_of_an_opened_file_are_history():
    hand = replace(SPEC.run.hand, drops=((3.0, 3.0, 10, 0.0),))
    made = engine(replace(SPEC, run=replace(SPEC.run, hand=hand)), pictures=0)
    assert torch.equal(x(made), x(engine(pictures=0)))


def test_dropped_velocities_are_those_of_rest():
    made = engine(with_sampler(UnderdampedLangevin(steps=50)))
    touch(made, drops=((0.0, 0.0, 49, 0.0),))
    assert 0.7 < float(made.lanes[0].particles.state.velocity[1:].std()) < 1.3


def test_a_crowd_at_rest_wakes_for_what_is_dropped():
    made = engine(pictures=35)
    assert made.snapshot().lanes[0].progress == 1
    touch(made, drops=((0.0, 0.0, 5, 0.1),))
    before = x(made)
    made.advance()
    assert (x(made) != before).any(1).all()
    annealed = engine(replace(SPEC, lanes=(ANNEALED,)), pictures=25)
    touch(annealed, drops=((0.0, 0.0, 5, 0.1),))
    assert annealed.snapshot().lanes[0].level == 4
    assert annealed.snapshot().lanes[0].progress == pytest.approx(16 / 20)


# -- grabbing -------------------------------------------------------------------------------------------------------


def test_a_grabbed_particle_is_held_in_every_lane_and_goes_on_when_let_go():
    made = engine()
    grab(made, 17, (5.0, 6.0))
    assert made.touch.tracked == 17
    for place in ((5.0, 6.0), (-4.0, 7.5)):
        touch(made, at=place)
        made.advance()
        for index in (0, 1):
            assert x(made, index)[17].tolist() == list(place)
            told = made.snapshot().lanes[index].tracked
            assert (told.index, told.held) == (17, True)
    others = x(made)
    touch(made, holding=False)
    made.advance()
    assert (x(made) != others).any(1).all()
    assert norm(x(made)[17] - torch.tensor([-4.0, 7.5])) < 2  # it goes on from there
    assert not made.snapshot().lanes[0].tracked.held


def test_a_grab_is_whole_even_if_only_its_end_arrives():
    made = engine()
    grab(made, 8, (1.0, 2.0), holding=False)
    assert x(made, 1)[8].tolist() == [1.0, 2.0]


def test_holding_leaves_the_noise_of_the_others_alone():
    quiet, touched = engine(), engine()
    grab(touched, 9, (3.0, 3.0))
    others = [number for number in range(50) if number != 9]
    for _ in range(4):
        quiet.advance()
        touched.advance()
    assert torch.equal(x(quiet)[others], x(touched)[others])


def test_a_held_particle_is_at_rest_and_stays_through_a_new_release():
    made = engine(with_sampler(UnderdampedLangevin(steps=50)))
    grab(made, 4, (2.0, 2.0))
    made.advance()
    assert norm(made.lanes[0].particles.state.velocity[4]) == 0
    made.apply(replace(made.spec, run=replace(made.spec.run, releases=1)))
    assert x(made)[4].tolist() != [2.0, 2.0]  # a release by hand puts all at their start …
    made.advance()
    assert x(made)[4].tolist() == [2.0, 2.0]  # … and the hand has it back


def test_a_grab_while_paused_moves_the_particle_at_once():
    made = engine(replace(SPEC, run=replace(SPEC.run, training=False, sampling=False)))
    grab(made, 3, (7.0, 7.0))
    assert made.snapshot().lanes[1].tracked.path[-1].tolist() == [7.0, 7.0]


# -- following ------------------------------------------------------------------------------------------------------


def test_the_followed_particle_tells_its_way_and_its_last_step():
    made = engine(pictures=0)
    way = [x(made, 1)[0]]
    for _ in range(5):
        made.advance()
        way.append(x(made, 1)[0])
    told = made.snapshot().lanes[1].tracked
    assert np.allclose(told.path, torch.stack(way[1:]).numpy(), atol=1e-6)
    assert np.allclose(told.start, way[-2].numpy(), atol=1e-6)
    assert np.array_equal(told.end, told.path[-1])
    assert np.abs(told.start + told.drift + told.noise - told.end).max() < 1e-6
    score = made.truth.score(way[-2][None], 0.0)[0]
    assert norm(torch.from_numpy(told.drift) - 0.02 * score) < 1e-5
    assert np.abs(told.noise).max() > 1e-3
    assert told.inertia is None
    assert pickle.loads(pickle.dumps(told)).index == 0


def test_it_is_told_anew_only_when_it_has_moved():
    made = engine()
    first = made.snapshot().lanes[0].tracked
    assert made.snapshot().lanes[0].tracked is first
    made.advance()
    assert made.snapshot().lanes[0].tracked is not first


def test_the_way_is_bounded_and_begins_anew_with_a_release():
    made = engine(with_sampler(Langevin(steps=200)), pictures=PATH + 10)
    assert len(made.snapshot().lanes[0].tracked.path) == PATH
    made.apply(replace(made.spec, run=replace(made.spec.run, releases=1)))
    assert len(made.snapshot().lanes[0].tracked.path) == 1
    assert made.snapshot().lanes[0].tracked.drift is None


def test_nobody_is_followed_where_the_layer_is_off():
    made = engine(replace(SPEC, view=View(pixels=16, layers=("particles",))))
    assert made.snapshot().lanes[0].tracked is None
    grab(made, 4, (0.0, 0.0))
    assert made.snapshot().lanes[0].tracked.index == 4


def test_refused_proposals_are_told():
    made = engine(replace(SPEC, lanes=(replace(LANE, score_from="true", sampler=MALA(step_size=0.5, steps=100)),)))
    seen = set()
    for _ in range(60):
        before = x(made)[0]
        made.advance()
        told = made.snapshot().lanes[0].tracked
        assert told.rejected == torch.equal(x(made)[0], before)
        seen.add(told.rejected)
    assert seen == {True, False}


def test_inertia_is_told_where_there_is_one():
    told = engine(with_sampler(UnderdampedLangevin(steps=50))).snapshot().lanes[0].tracked
    assert np.abs(told.start + told.drift + told.noise + told.inertia - told.end).max() < 1e-6
    assert np.abs(told.inertia).max() > 1e-3


# -- the ladder -----------------------------------------------------------------------------------------------------


def test_particles_are_taken_to_a_level_stay_there_and_go_on():
    made = engine(replace(SPEC, lanes=(ANNEALED, replace(ANNEALED, name="two"), replace(LANE, name="three"))))
    ladder = ANNEALED.sampler.sigmas()
    touch(made, scrubs=1, sigma=ladder[3] * 1.05, scrubbing=True)
    before = x(made)
    for _ in range(9):  # more than the level has steps
        made.advance()
        shown = made.snapshot().lanes
        assert [lane.level for lane in shown] == [3, 3, 0]
        assert shown[0].sigma == ladder[3]
    assert (x(made) != before).any(1).all()
    assert shown[2].progress == pytest.approx(12 / 30)  # a single level goes on undisturbed
    touch(made, scrubbing=False)
    for _ in range(4):
        made.advance()
    assert made.snapshot().lanes[0].level == 4


def test_one_lane_alone_can_be_taken():
    made = engine(replace(SPEC, lanes=(ANNEALED, replace(ANNEALED, name="two"))))
    touch(made, scrubs=1, scrubbed="two", sigma=0.5, scrubbing=True)
    assert [lane.level for lane in made.snapshot().lanes] == [0, 4]


def test_the_last_level_is_no_end_while_it_is_held():
    made = engine(replace(SPEC, lanes=(ANNEALED,)))
    touch(made, scrubs=1, sigma=0.1, scrubbing=True)
    for _ in range(12):
        before = x(made)
        made.advance()
        assert (x(made) != before).any(1).all()
    touch(made, sigma=8.0)  # and back
    assert made.snapshot().lanes[0].level == 0


def test_a_sampler_that_cannot_stay_stands_still_while_it_is_held():
    made = engine(with_sampler(ReverseSDE(sigma_max=8, sigma_min=0.1, steps=20)))
    touch(made, scrubs=1, sigma=1.0, scrubbing=True)
    before = x(made)
    made.advance()
    assert torch.equal(x(made), before)
    touch(made, scrubbing=False)
    made.advance()
    assert (x(made) != before).any(1).all()
    level = made.snapshot().lanes[0].level
    assert ReverseSDE(sigma_max=8, sigma_min=0.1, steps=20).sigmas()[level - 1] == pytest.approx(1.0, rel=0.15)


def test_the_field_that_is_shown_is_that_of_the_level_also_while_paused():
    spec = replace(SPEC, lanes=(replace(ANNEALED, score_from="true"),), run=replace(SPEC.run, sampling=False))
    made = engine(spec)
    made.observe(0)
    touch(made, scrubs=1, sigma=0.5)
    assert made.snapshot().lanes[0].field is None  # so that it is looked at anew before anything else
    made.observe(0)
    assert made.snapshot().lanes[0].field.sigma == 0.5


def test_the_first_step_of_every_level():
    for sampler in (ANNEALED.sampler, replace(ANNEALED.sampler, denoise=True), ReverseSDE(steps=7), Langevin(steps=9)):
        for level in range(sampler.level_index(sampler.num_steps() - 1) + 1):
            step = first_step(sampler, level)
            assert sampler.level_index(step) == level
            assert step == 0 or sampler.level_index(step - 1) == level - 1
