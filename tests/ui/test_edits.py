"""What the buttons do to a Spec."""

from __future__ import annotations

import pytest

from ncsn_viz.core.knobs import BadValue
from ncsn_viz.core.objectives import OBJECTIVES, Denoising
from ncsn_viz.lab.spec import MOST_LANES, Spec
from ncsn_viz.ui import edits


def test_counters_only_grow():
    spec = Spec()
    for edit, name in (
        (edits.train_step, "train_steps"),
        (edits.sample_step, "sample_steps"),
        (edits.restart_training, "restarts"),
        (edits.release, "releases"),
    ):
        assert getattr(edit(edit(spec)).run, name) == getattr(spec.run, name) + 2


def test_a_step_pauses_what_it_steps():
    assert not edits.train_step(Spec()).run.training
    assert edits.train_step(Spec()).run.sampling
    assert not edits.sample_step(Spec()).run.sampling


@pytest.mark.parametrize("layer", ["density", "energy", "field", "particles", "trails"])
def test_layers_toggle_and_come_back(layer):
    spec = Spec()
    once = edits.toggle_layer(spec, layer)
    assert (layer in once.view.layers) != (layer in spec.view.layers)
    assert set(edits.toggle_layer(once, layer).view.layers) == set(spec.view.layers)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_can_be_added_with_a_network_that_suits_it(objective):
    spec = edits.add_lane(Spec(), objective())
    assert spec.lanes[-1].objective == objective()
    assert len({lane.name for lane in spec.lanes}) == 3


def test_lanes_are_copied_and_removed():
    spec = edits.duplicate_lane(Spec(), 0)
    assert spec.lanes[1].objective == spec.lanes[0].objective
    assert [lane.name for lane in edits.remove_lane(spec, 0).lanes] == ["C", "B"]


def test_there_is_room_for_six_lanes_and_need_of_one():
    spec = Spec()
    while edits.can_add(spec):
        spec = edits.add_lane(spec, Denoising())
    assert len(spec.lanes) == MOST_LANES
    with pytest.raises(BadValue, match="1 to 6"):
        edits.add_lane(spec, Denoising())
    one = edits.remove_lane(Spec(), 0)
    with pytest.raises(BadValue, match="1 to 6"):
        edits.remove_lane(one, 0)
