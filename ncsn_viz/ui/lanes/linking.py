"""Linked lanes: an edit of one lane of a group is an edit of all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ncsn_viz.core.knobs import Settings, ValidationError, knobs
from ncsn_viz.lab.experiment import LaneSpec, Spec, with_objective
from ncsn_viz.ui.actions.edits import LaneEdit

PARTS = ("objective", "net", "optimizer", "sampler", "score_from")


def linked(edit: LaneEdit) -> LaneEdit:
    """`edit` of a lane and of those that are linked with it. Raises ValidationError if one of them refuses it."""
    return lambda spec, index: spread(spec, edit(spec, index), index)


def spread(old: Spec, new: Spec, index: int) -> Spec:
    """`new`, in which the lane at `index` differs from `old`, with the same changes in the other lanes of its group.

    Raises ValidationError if one of them refuses them.
    """
    before, after = old.lanes[index], new.lanes[index]
    if after.group == 0 or before == after:
        return new
    lanes = tuple(
        with_changes(lane, before, after) if each != index and lane.group == after.group else lane
        for each, lane in enumerate(new.lanes)
    )
    return replace(new, lanes=lanes)


def with_changes(lane: LaneSpec, before: LaneSpec, after: LaneSpec) -> LaneSpec:
    """`lane` with the changes from `before` to `after`. To a change of the objective its own companions fit."""
    changes = {
        part: _part(part, getattr(lane, part), getattr(before, part), getattr(after, part))
        for part in PARTS
        if getattr(before, part) != getattr(after, part)
    }
    if "objective" in changes:
        lane = with_objective(lane, changes["objective"])
        changes = {part: value for part, value in changes.items() if part not in ("objective", "net", "sampler")}
    return replace(lane, **changes)


def _part(part: str, mine: Any, before: Any, after: Any) -> Any:
    """A part of a linked lane. Another kind replaces it, but an objective keeps its kind: objectives are compared."""
    if not isinstance(after, Settings):
        return after
    if type(before) is not type(after):
        return mine if part == "objective" else after
    changes = {name: getattr(after, name) for name in knobs(after) if getattr(after, name) != getattr(before, name)}
    if type(mine) is type(after):
        return replace(mine, **changes)
    known = knobs(mine)
    try:
        return replace(mine, **{name: value for name, value in changes.items() if name in known})
    except ValidationError:  # a knob of the same name with another range
        return mine
