"""What lanes share, what they do not, and that both are the same in each run."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from engines import DENOISING, SPEC, change, engine, go, particles, restart, weights

from ncsn_viz.core.samplers import Langevin
from ncsn_viz.lab.experiment import Fairness, Optimizer
from ncsn_viz.lab.experiment.fairness import DATA, MOTION, START, TRAINING, WEIGHTS
from ncsn_viz.lab.training.batches import block_sizes

TWINS = (replace(DENOISING, name="one"), replace(DENOISING, name="two"))
SWITCHES = ("same_data", "same_weights", "same_start", "same_noise")


def twins(*off, steps=0, frames=0, **changes):
    fairness = Fairness(**dict.fromkeys(off, False))
    return engine(replace(SPEC, lanes=TWINS, fairness=fairness, **changes), steps, frames)


def batches(made, steps=3):
    found = [[], []]
    original = made.training.batches.of

    def of(lane, replica, truth):
        batch = original(lane, replica, truth)
        found[[item.spec for item in made.lanes].index(lane)].append(batch.clone())
        return batch

    made.training.batches.of = of
    go(made, steps)
    return [torch.cat(each) for each in found]


def noise(made):
    return [item.trainer.generator.get_state() for item in made.lanes]


def test_with_all_switches_on_twins_do_the_same():
    made = twins(steps=5, frames=3)
    assert torch.equal(weights(made, 0), weights(made, 1))
    assert torch.equal(particles(made, 0), particles(made, 1))
    one, two = batches(twins())
    assert torch.equal(one, two)


def test_data_of_their_own():
    one, two = batches(twins("same_data"))
    assert not torch.isin(one, two).any()
    assert torch.equal(one, batches(twins("same_data"))[0])
    assert torch.equal(two, batches(twins("same_data"))[1])
    assert len(one.unique(dim=0)) == len(one)  # and no step has a point of another one
    made = twins("same_data")
    assert torch.equal(weights(made, 0), weights(made, 1))


def test_weights_of_their_own():
    made, again = twins("same_weights"), twins("same_weights")
    assert not torch.equal(weights(made, 0), weights(made, 1))
    for index in (0, 1):
        assert torch.equal(weights(made, index), weights(again, index))
    assert torch.equal(particles(made, 0), particles(made, 1))
    one, two = batches(made)
    assert torch.equal(one, two)


def test_starts_of_their_own():
    made, again = twins("same_start"), twins("same_start")
    assert not torch.isin(particles(made, 0), particles(made, 1)).any()
    assert torch.equal(particles(made, 1), particles(again, 1))
    assert torch.equal(weights(made, 0), weights(made, 1))


def test_noise_of_their_own():
    made, again = twins("same_noise"), twins("same_noise")
    one, two = noise(made)
    assert not torch.equal(one, two)
    assert torch.equal(particles(made, 0), particles(made, 1))  # they start alike
    go(made, 2, 2)
    go(again, 2, 2)
    assert not torch.equal(weights(made, 0), weights(made, 1))
    assert not torch.isin(particles(made, 0), particles(made, 1)).any()
    for index in (0, 1):
        assert torch.equal(weights(made, index), weights(again, index))
        assert torch.equal(particles(made, index), particles(again, index))


def test_the_noise_of_particles_is_not_that_of_their_start():
    """With the true score and a tiny step the displacement is the noise: it must not be the start again."""
    still = replace(DENOISING, score_from="true", sampler=Langevin(step_size=1e-6, steps=50))
    made = engine(replace(SPEC, lanes=(still,)))
    before = particles(made).clone()
    made.advance()
    moved = particles(made) - before
    assert abs(torch.corrcoef(torch.stack([before.flatten(), moved.flatten()]))[0, 1]) < 0.35


@pytest.mark.parametrize("switch", SWITCHES)
def test_turning_a_switch_starts_again_what_it_concerns(switch):
    made = twins(steps=4, frames=2)
    before = particles(made).clone()
    change(made, fairness=Fairness(**{switch: False}))
    trained = [item.trainer.step for item in made.lanes]
    assert trained == ([4, 4] if switch == "same_start" else [0, 0])
    assert made.lanes[0].particles.state.step == 0
    assert not torch.equal(particles(made), before)
    go(made, 3, 2)
    if switch != "same_start":  # as if it had been so from the beginning
        fresh = twins(switch, steps=3, frames=2)
        assert torch.equal(weights(made, 1), weights(fresh, 1))
        assert torch.equal(particles(made, 1), particles(fresh, 1))


def test_a_lane_that_is_restarted_draws_its_own_data_again():
    made, fresh = twins("same_data", steps=4), twins("same_data", steps=3)
    restart(made, 1)
    go(made, 3)
    assert torch.equal(weights(made, 1), weights(fresh, 1))


def test_streams_have_nothing_in_common():
    shared, own = Fairness(), Fairness(**dict.fromkeys(SWITCHES, False))
    seeds = [
        each.seed(use, seed, slot)
        for each, slots in ((shared, (0,)), (own, range(6)))
        for use in (DATA, TRAINING, START, MOTION, WEIGHTS)
        for seed in (0, 1, 2**63 - 1)
        for slot in slots
    ]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert shared.seed(WEIGHTS, 5, 3) == 5


def test_a_lane_keeps_its_streams_at_another_index_and_under_another_name():
    off = Fairness(**dict.fromkeys(SWITCHES, False))
    spec = engine(replace(SPEC, lanes=TWINS, fairness=off)).spec
    turned = replace(spec, lanes=(replace(spec.lanes[1], name="other"), spec.lanes[0]))
    straight, crossed = engine(spec, 4, 2), engine(turned, 4, 2)
    assert torch.equal(weights(straight, 0), weights(crossed, 1))
    assert torch.equal(weights(straight, 1), weights(crossed, 0))
    assert torch.equal(particles(straight, 1), particles(crossed, 0))


def test_a_lane_with_a_larger_batch_changes_nothing_about_its_neighbours():
    large = replace(DENOISING, name="large", optimizer=Optimizer(batch_size=700))
    alone, beside = engine(SPEC, 4), engine(replace(SPEC, lanes=(*SPEC.lanes, large)), 4)
    for index in range(2):
        assert torch.equal(weights(alone, index), weights(beside, index))
    own = engine(replace(SPEC, lanes=(large,)), 4)
    assert torch.equal(weights(own), weights(beside, 2))


def test_all_points_of_a_large_batch_are_different():
    """Its blocks have streams of their own."""
    made = engine(replace(SPEC, lanes=(replace(DENOISING, optimizer=Optimizer(batch_size=700)),)))
    batch = made.training.batches.of(made.lanes[0].spec, 0, made.truth)
    assert batch.shape == (700, 2)
    assert len(batch.unique(dim=0)) == 700
    assert block_sizes(128) == [128]
    assert block_sizes(700) == [128, 384, 1536]
