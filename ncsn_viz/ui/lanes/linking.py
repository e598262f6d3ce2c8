"""Linked lanes: what is edited in one lane of a group is edited in all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ncsn_viz.core.knobs import Settings, ValidationError, knobs
from ncsn_viz.core.objectives import Objective
from ncsn_viz.lab.experiment.spec import LaneSpec, Spec

PARTS = ("objective", "net", "optimizer", "sampler", "score_from")


def spread(old: Spec, new: Spec, index: int) -> Spec:
    """`new`, in which the lane at `index` was edited, with the same edit in every other lane of its group.

    Only what was edited follows. Raises BadValue if one of them does not admit it.
    """
    before, after = old.lanes[index], new.lanes[index]
    if after.group == 0 or before == after:
        return new
    lanes = tuple(
        followed(lane, before, after) if place != index and lane.group == after.group else lane
        for place, lane in enumerate(new.lanes)
    )
    return replace(new, lanes=lanes)


def followed(lane: LaneSpec, before: LaneSpec, after: LaneSpec) -> LaneSpec:
    """`lane` with what has changed from `before` to `after`."""
    changes = {
        part: _part(getattr(lane, part), getattr(before, part), getattr(after, part))
        for part in PARTS
        if getattr(before, part) != getattr(after, part)
    }
    return replace(lane, **changes)


def _part(mine: Any, before: Any, after: Any) -> Any:
    """A part of a linked lane. Another kind is taken over whole, but an objective keeps its kind: it is compared."""
    if not isinstance(after, Settings):
        return after
    if type(before) is not type(after):
        return mine if isinstance(after, Objective) else after
    moved = {name: getattr(after, name) for name in knobs(after) if getattr(after, name) != getattr(before, name)}
    if type(mine) is type(after):
        return replace(mine, **moved)
    known = knobs(mine)
    try:
        return replace(mine, **{name: value for name, value in moved.items() if name in known})
    except ValidationError:  # a knob of the same name with another range
        return mine
