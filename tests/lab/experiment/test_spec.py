"""Names and slots of lanes; the parts of a Spec."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import TwoModes
from ncsn_viz.lab.experiment import Experiment, LaneSpec, Playback, Spec, View, with_lane


def lanes(*names, **changes):
    return tuple(LaneSpec(name=name, **changes) for name in names)


# -- names and slots ------------------------------------------------------------------------------------------------


def test_every_lane_gets_a_slot_and_its_letter():
    spec = Spec(lanes=lanes("", "near", ""))
    assert [lane.slot for lane in spec.lanes] == [0, 1, 2]
    assert [lane.name for lane in spec.lanes] == ["A", "near", "C"]


def test_lanes_keep_their_slots():
    spec = Spec(lanes=lanes("", "", ""))
    turned = replace(spec, lanes=spec.lanes[::-1])
    assert [lane.slot for lane in turned.lanes] == [2, 1, 0]
    fewer = replace(spec, lanes=spec.lanes[1:])
    assert [lane.slot for lane in fewer.lanes] == [1, 2]
    again = replace(fewer, lanes=(*fewer.lanes, LaneSpec()))
    assert [(lane.name, lane.slot) for lane in again.lanes] == [("B", 1), ("C", 2), ("A", 0)]


def test_of_two_lanes_in_one_slot_the_second_gets_another():
    spec = Spec(lanes=lanes("one", "two", "three", slot=4))
    assert [lane.slot for lane in spec.lanes] == [4, 0, 1]


def test_six_lanes_have_six_slots_and_a_letter_in_use_is_skipped():
    spec = Spec(lanes=lanes("B", "", "", "", "", ""))
    assert [lane.name for lane in spec.lanes] == ["B", "A", "C", "D", "E", "F"]
    assert sorted(lane.slot for lane in spec.lanes) == list(range(6))
    with pytest.raises(ValidationError, match="different names"):
        Spec(lanes=lanes("same", "same"))


def test_the_index_of_the_lane_in_a_slot():
    spec = Spec(lanes=(*lanes("one", slot=3), *lanes("two", slot=1)))
    assert [spec.lane_index(slot) for slot in range(5)] == [None, 1, None, 0, None]


# -- experiment, playback, view -------------------------------------------------------------------------------------


def test_an_experiment_is_exchanged_and_playback_and_view_are_kept():
    spec = Spec(seed=1, lanes=lanes("one"), playback=Playback(training=False), view=View(pixels=99))
    other = Spec(seed=2, target=TwoModes(), lanes=lanes("one", "two"), view=View(pixels=22)).experiment
    assert type(other) is Experiment
    both = spec.with_experiment(other)
    assert type(both) is Spec
    assert both.experiment == other
    assert (both.playback, both.view) == (spec.playback, spec.view)
    assert spec.with_experiment(spec.experiment) == spec


@pytest.mark.parametrize("slow_motion", ["", "one"])
@pytest.mark.parametrize("runs", [True, False])
def test_nothing_runs_continuously_in_slow_motion(runs, slow_motion):
    spec = Spec(lanes=lanes("one"), playback=Playback(training=runs, sampling=runs, slow_motion=slow_motion))
    assert spec.slow_motion == bool(slow_motion)
    assert spec.trains == spec.samples == (runs and not slow_motion)


def test_slow_motion_ends_with_its_lane_and_does_not_return_with_the_name():
    spec = Spec(lanes=lanes("A", "B"), playback=Playback(slow_motion="A"))
    assert spec.slow_motion
    gone = replace(spec, lanes=spec.lanes[1:])
    back = replace(gone, lanes=(*gone.lanes, *lanes("A")))
    assert not gone.slow_motion
    assert not back.slow_motion
    assert not spec.with_experiment(gone.experiment).slow_motion


def test_the_chosen_lane_is_known_by_its_slot():
    spec = Spec(lanes=lanes("one", "two", "three"), view=View(chosen=2))
    assert spec.chosen == 2
    moved = replace(spec, lanes=spec.lanes[::-1])
    assert moved.lanes[moved.chosen].name == "three"
    assert replace(spec, lanes=spec.lanes[:2]).chosen == 0  # the slot is free: the first one


def test_a_lane_is_replaced_or_refused():
    spec = Spec(lanes=lanes("one", "two"))
    assert [lane.name for lane in with_lane(spec, 1, LaneSpec(name="other")).lanes] == ["one", "other"]
    assert type(with_lane(spec.experiment, 0, LaneSpec(name="x"))) is Experiment
    with pytest.raises(ValidationError):
        with_lane(spec, 0, LaneSpec(name="two"))


def test_layers_of_a_lane():
    spec = Spec(
        lanes=(*lanes("one", "two"), *lanes("three", own_layers=True, layers=("curl", "field"))),
        view=View(layers=("difference", "field"), baseline=1),
    )
    assert [spec.layers_of(lane) for lane in spec.lanes] == [
        ("difference", "field"),
        ("density", "field"),  # the baseline: nothing to subtract
        ("curl", "field"),
    ]
