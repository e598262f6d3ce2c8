"""What the buttons do to a Spec."""

from __future__ import annotations

from functools import partial

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.objectives import OBJECTIVES, Denoising
from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.lab.experiment import MOST_LANES, Spec
from ncsn_viz.ui.actions import edits


@pytest.mark.parametrize("slow_motion", ["", "B"])
@pytest.mark.parametrize(
    ("edit", "plays"),
    [
        (edits.toggle_training, (False, True)),
        (edits.toggle_sampling, (True, False)),
        (edits.pause_training, (False, True)),
        (edits.pause_sampling, (True, False)),
        (edits.end_slow_motion, (True, True)),
        (edits.reset, (True, True)),
    ],
)
def test_edits_of_the_playback(edit, plays, slow_motion):
    spec = edits.playback(Spec(), slow_motion=slow_motion)
    if slow_motion and edit in (edits.toggle_training, edits.toggle_sampling):  # what stands still in it is started
        plays = (True, True)
    found = edit(spec)
    assert (found.playback.training, found.playback.sampling) == plays
    assert (found.playback.slow_motion == slow_motion) == (not slow_motion or edit is edits.reset)
    assert found.experiment == spec.experiment
    assert found.view == spec.view


def test_slow_motion_is_that_of_the_chosen_lane():
    spec = edits.choose_lane(1)(Spec())
    begun = edits.toggle_slow_motion(spec)
    assert begun.playback.slow_motion == "B"
    assert edits.toggle_slow_motion(edits.choose_lane(0)(begun)) == edits.choose_lane(0)(spec)


def test_a_lane_is_chosen_by_its_slot():
    spec = edits.move_lane(Spec(), 0, 2)
    assert [spec.chosen, edits.choose_lane(1)(spec).chosen] == [1, 0]
    assert edits.choose_lane(5)(spec) == spec
    assert edits.for_chosen(edits.remove_lane)(spec).lanes == spec.lanes[:1]


@pytest.mark.parametrize("layer", ["density", "energy", "field", "particles", "trails"])
def test_layers_toggle_and_come_back(layer):
    spec = Spec()
    once = edits.toggle_layer(spec, layer)
    assert (layer in once.view.layers) != (layer in spec.view.layers)
    assert set(edits.toggle_layer(once, layer).view.layers) == set(spec.view.layers)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_can_be_added_with_a_network_and_a_sampler_that_suit_it(objective):
    spec = edits.add_lane(Spec(), objective())
    learned = objective().sigmas()
    assert all(learned[-1] <= sigma <= learned[0] for sigma in spec.lanes[-1].sampler.sigmas())
    assert spec.lanes[-1].objective == objective()
    assert len({lane.name for lane in spec.lanes}) == 3


def test_a_new_lane_is_the_chosen_one():
    added = edits.add_lane(Spec(), Denoising())
    assert added.lanes[added.chosen].objective == Denoising()
    assert edits.duplicate_lane(Spec(), 0).chosen == 1


def test_lanes_are_copied_and_removed():
    spec = edits.duplicate_lane(Spec(), 0)
    assert spec.lanes[1].objective == spec.lanes[0].objective
    assert [lane.name for lane in edits.remove_lane(spec, 0).lanes] == ["C", "B"]


def test_there_is_room_for_six_lanes_and_need_of_one():
    spec = Spec()
    while edits.can_add(spec):
        spec = edits.add_lane(spec, Denoising())
    assert len(spec.lanes) == MOST_LANES
    with pytest.raises(ValidationError, match="1 to 6"):
        edits.add_lane(spec, Denoising())
    one = edits.remove_lane(Spec(), 0)
    with pytest.raises(ValidationError, match="1 to 6"):
        edits.remove_lane(one, 0)


def test_lanes_move_before_an_index():
    spec = edits.add_lane(Spec(), Denoising())
    for index, to, wanted in (
        (0, 0, "ABC"),
        (0, 1, "ABC"),
        (0, 2, "BAC"),
        (0, 3, "BCA"),
        (2, 0, "CAB"),
        (2, 1, "ACB"),
    ):
        assert "".join(lane.name for lane in edits.move_lane(spec, index, to).lanes) == wanted


def test_lanes_are_put_before_others_and_shifted():
    spec = edits.add_lane(Spec(), Denoising())
    for index, slot, wanted in ((0, 2, "BAC"), (0, -1, "BCA"), (2, 0, "CAB"), (1, 2, "ABC"), (1, 1, "ABC")):
        assert "".join(lane.name for lane in edits.move_before(spec, index, slot).lanes) == wanted
    for index, by, wanted in ((0, 1, "BAC"), (2, -1, "ACB"), (1, 1, "ACB"), (0, -1, "ABC"), (2, 1, "ABC")):
        assert "".join(lane.name for lane in edits.shift_lane(spec, index, by).lanes) == wanted


def test_a_lane_is_found_by_its_slot_at_any_index():
    spec = edits.add_lane(Spec(), Denoising())
    moved = edits.move_lane(spec, 0, 3)
    assert edits.lane_index_or(moved, 0, 0) == 2
    fewer = edits.remove_lane(moved, 2)
    assert edits.lane_index_or(fewer, 0, 2) == 1  # it is gone: the last one instead
    assert edits.lane_index_or(fewer, 0, 0) == 0
    rename = edits.for_lane(0, partial(edits.change_lane, name="first"))
    assert [lane.name for lane in rename(moved).lanes] == ["B", "C", "first"]
    assert rename(fewer) == fewer


def test_a_lane_that_takes_the_place_of_a_hidden_one_is_seen():
    from dataclasses import replace

    spec = Spec(view=replace(Spec().view, hidden=(0, 1)))
    again = edits.add_lane(edits.remove_lane(spec, 0), Denoising())
    assert [lane.slot for lane in again.lanes] == [1, 0]
    assert again.view.hidden == (1,)


def test_a_copy_is_linked_with_none():
    spec = edits.change_lane(Spec(), 0, group=2)
    copied = edits.duplicate_lane(spec, 0)
    assert [lane.group for lane in copied.lanes] == [2, 0, 0]
    assert len({lane.slot for lane in copied.lanes}) == 3


def test_a_preset_that_is_chosen_over_a_far_painting_is_seen():
    """And one that lies on the canvas, or nearly, leaves window and view as they are."""
    far = Spec(target=Painted(window=(100, 116)))
    assert far.window == (100, 116)
    chosen = edits.choose_target(far.in_sight(), Moons())
    assert (chosen.target, chosen.window, chosen.view.region) == (Moons(), (-8, 8), (-8, 8, -8, 8))
    back = edits.choose_target(chosen, far.target)
    assert (back.window, back.view.region) == ((100, 116), (100, 116, 100, 116))
    near = edits.view(Spec(window=(-6, 12)), region=(0, 1, 2, 3))
    assert edits.choose_target(near, Moons()) == near
