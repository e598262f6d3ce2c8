"""Names and marks of lanes: every lane has its own, and keeps it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment.hand import Hand
from ncsn_viz.lab.experiment.spec import LaneSpec, Playback, Spec


def lanes(*names, **changes):
    return tuple(LaneSpec(name=name, **changes) for name in names)


def test_every_lane_gets_a_mark_and_its_letter():
    spec = Spec(lanes=lanes("", "near", ""))
    assert [lane.slot for lane in spec.lanes] == [0, 1, 2]
    assert [lane.name for lane in spec.lanes] == ["A", "near", "C"]


def test_marks_stay_with_their_lanes():
    spec = Spec(lanes=lanes("", "", ""))
    turned = replace(spec, lanes=spec.lanes[::-1])
    assert [lane.slot for lane in turned.lanes] == [2, 1, 0]
    fewer = replace(spec, lanes=spec.lanes[1:])
    assert [lane.slot for lane in fewer.lanes] == [1, 2]
    again = replace(fewer, lanes=(*fewer.lanes, LaneSpec()))
    assert [(lane.name, lane.slot) for lane in again.lanes] == [("B", 1), ("C", 2), ("A", 0)]


def test_the_second_of_two_equal_marks_gives_way():
    spec = Spec(lanes=lanes("one", "two", "three", mark=4))
    assert [lane.slot for lane in spec.lanes] == [4, 0, 1]


def test_six_lanes_have_six_marks_and_a_taken_letter_is_passed_over():
    spec = Spec(lanes=lanes("B", "", "", "", "", ""))
    assert [lane.name for lane in spec.lanes] == ["B", "A", "C", "D", "E", "F"]
    assert sorted(lane.slot for lane in spec.lanes) == list(range(6))
    with pytest.raises(ValidationError, match="different names"):
        Spec(lanes=lanes("same", "same"))


def test_a_lane_that_is_gone_is_not_watched_when_its_name_comes_back():
    spec = Spec(lanes=lanes("A", "B"), run=Playback(slow="A", hand=Hand(lane="A", holding=True)))
    assert spec.slow
    assert spec.run.hand.holding
    gone = replace(spec, lanes=spec.lanes[1:])
    assert not gone.run.hand.holding
    back = replace(gone, lanes=(*gone.lanes, *lanes("A")))
    assert not back.slow
    assert not back.run.hand.holding
