"""A run that is saved and opened goes on bit for bit, whatever kind of objective and sampler it has."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch
from engines import DENOISING, SPEC, complete, engine, go

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import OBJECTIVES, ContrastiveDivergence
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.core.targets import Moons
from ncsn_viz.lab.engine.engine import Engine
from ncsn_viz.lab.experiment import Fairness, LaneSpec, with_learners
from ncsn_viz.lab.experiment.commands import DropParticles
from ncsn_viz.lab.storage import SavedSession, session_files

STEPS, MORE = 23, 19  # the first value of the history is before, the second after the file


def lane(objective=None, sampler=None):
    """A small lane with these kinds, or as the others."""
    given = {"objective": objective or DENOISING.objective, "optimizer": DENOISING.optimizer}
    nets = (kind(hidden=16, layers=2) for kind in (ScoreMLP, EnergyMLP))
    for net in nets:
        needs_energy = sampler is not None and sampler.needs_energy and not net.gives_energy
        if given["objective"].incompatibility(net) is None and not needs_energy:
            return LaneSpec(net=net, **given, **({} if sampler is None else {"sampler": sampler}))
    raise AssertionError("no network fits")


def opened(made):
    """Another engine, which opens what `made` has saved, by way of a file's content."""
    saved = SavedSession(made.user_spec, made.state_dict())
    session = session_files.from_bytes(session_files.to_bytes(saved))
    assert session.spec == made.user_spec
    Engine.check(session.spec, session.checkpoint)
    spec = with_learners(session.spec, None, count(1))
    other = Engine("cpu", curve_points=64)
    other.open(session.learners(spec))
    other.apply(spec)
    assert not other.learners.keys
    return other


def run(made, steps):
    """Train and sample in turn, with what curves need."""
    complete(made.prepare())
    for _ in range(steps):
        go(made, 1, 1)


def flat(value, path=""):
    """Every leaf of a checkpoint by its path; the time that training took is another each time."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "seconds":
                yield from flat(inner, f"{path}/{name}")
    else:
        yield path, value


def assert_equal(one, other):
    found, wanted = dict(flat(one.state_dict())), dict(flat(other.state_dict()))
    assert found.keys() == wanted.keys()
    for path, value in wanted.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(found[path].nan_to_num(7.0), value.nan_to_num(7.0)), path
        else:
            assert found[path] == value, path
    for mine, its in zip(one.lanes, other.lanes, strict=True):
        curve, same = (each.curves.curve([trainer.history for trainer in each.trainers]) for each in (mine, its))
        assert list(curve.values) == list(same.values)
        assert all(np.array_equal(curve.values[name], same.values[name], equal_nan=True) for name in curve.values)
        assert mine.trainer.last_terms == its.trainer.last_terms
        assert mine.trainer.health == its.trainer.health


def check(spec):
    made = engine(spec)
    run(made, STEPS)
    other = opened(made)
    assert_equal(other, made)
    run(made, MORE)
    run(other, MORE)
    assert made.lanes[0].trainer.step == STEPS + MORE
    assert made.lanes[0].trainer.history.rows
    assert_equal(other, made)


@pytest.mark.parametrize("repeats", [1, 2])
@pytest.mark.parametrize("kind", OBJECTIVES, ids=lambda kind: kind.kind)
def test_objectives(kind, repeats):
    check(replace(SPEC, lanes=(lane(kind()),), repeats=repeats))


@pytest.mark.parametrize("start", ["data", "persistent", "noise"])
def test_chains(start):
    check(replace(SPEC, lanes=(lane(ContrastiveDivergence(start=start, chain=3)),)))


@pytest.mark.parametrize("kind", SAMPLERS, ids=lambda kind: kind.kind)
def test_samplers(kind):
    check(replace(SPEC, lanes=(lane(sampler=kind()),), particles=replace(SPEC.particles, speed=1)))


@pytest.mark.parametrize("shared", [True, False])
def test_lanes_that_share_their_data_or_not(shared):
    fairness = Fairness(same_data=shared, same_noise=shared, same_start=shared, same_weights=shared)
    check(replace(SPEC, fairness=fairness, repeats=2, seed=3))


def test_far_from_the_origin():
    check(replace(SPEC, target=Moons(), window=(100.0, 116.0)))


def test_after_a_release_a_handful_and_a_divergence():
    hot = replace(DENOISING, optimizer=replace(DENOISING.optimizer, learning_rate=1.0), name="hot")
    made = engine(replace(SPEC, lanes=(DENOISING, hot)))
    run(made, 70)  # the particles have been released again
    made.perform(DropParticles((1.0, 1.0), 5, 0.1))
    made.lanes[1].trainer._check_loss(torch.tensor(torch.nan))
    assert made.lanes[1].diverged
    other = opened(made)
    assert other.lanes[1].trainer.status == made.lanes[1].trainer.status
    for each in (made, other):
        each.perform(DropParticles((1.0, 1.0), 5, 0.1))
        run(each, 40)
    assert_equal(other, made)
