"""Linked lanes: what follows an edit of one, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, ContrastiveDivergence, Denoising, Sliced
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Spec
from ncsn_viz.ui.lanes.linking import spread

SPEC = Spec(
    lanes=(
        LaneSpec(objective=Denoising(sigma=0.3), group=1, sampler=Langevin()),
        LaneSpec(
            objective=Denoising(sigma=0.5), group=1, optimizer=Optimizer(batch_size=64), sampler=AnnealedLangevin()
        ),
        LaneSpec(objective=Sliced(), group=2),
        LaneSpec(objective=NCSN(), group=1, net=EnergyMLP()),
        LaneSpec(),
    )
)


def edited(index=0, spec=SPEC, **changes):
    lanes = list(spec.lanes)
    lanes[index] = replace(lanes[index], **changes)
    return spread(spec, replace(spec, lanes=tuple(lanes)), index)


def test_only_the_knob_that_was_edited_follows_and_only_in_the_group():
    found = edited(optimizer=replace(SPEC.lanes[0].optimizer, learning_rate=0.01))
    assert [lane.optimizer.learning_rate for lane in found.lanes] == [0.01, 0.01, 0.003, 0.01, 0.003]
    assert found.lanes[1].optimizer.batch_size == 64
    assert found.lanes[2] == SPEC.lanes[2]
    assert found.lanes[4] == SPEC.lanes[4]


def test_an_objective_follows_where_the_others_have_the_knob_and_keeps_its_kind():
    found = edited(objective=Denoising(sigma=0.2))
    assert [found.lanes[index].objective for index in (1, 3)] == [Denoising(sigma=0.2), NCSN()]
    assert edited(objective=Sliced()).lanes[1:] == SPEC.lanes[1:]


def test_another_net_or_sampler_is_taken_over_whole():
    found = edited(net=ScoreMLP(hidden=32), sampler=Langevin(step_size=0.123))
    assert [found.lanes[index].net.hidden for index in (0, 1, 3)] == [32, 32, 32]
    assert isinstance(found.lanes[3].net, EnergyMLP)  # only the width was edited
    assert found.lanes[1].sampler == replace(SPEC.lanes[1].sampler, step_size=0.123)
    found = edited(sampler=AnnealedLangevin(levels=4))
    assert [found.lanes[index].sampler for index in (1, 3)] == [AnnealedLangevin(levels=4)] * 2
    found = edited(net=EnergyMLP(), score_from="true")
    assert all(isinstance(found.lanes[index].net, EnergyMLP) for index in (0, 1, 3))
    assert [lane.score_from for lane in found.lanes] == ["true", "true", "learned", "true", "learned"]


def test_what_a_linked_lane_does_not_admit_is_refused_for_all():
    chains = LaneSpec(objective=ContrastiveDivergence(), net=EnergyMLP(), group=1)
    spec = replace(SPEC, lanes=(*SPEC.lanes, replace(chains, sampler=Langevin())))
    with pytest.raises(ValidationError, match="needs an energy"):
        edited(3, spec, net=ScoreMLP())


def test_alone_nothing_follows():
    assert edited(4, optimizer=Optimizer(learning_rate=0.1)).lanes[:4] == SPEC.lanes[:4]
