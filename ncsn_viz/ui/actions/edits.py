"""The edits of the window's controls: functions from a Spec to a Spec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from ncsn_viz.core.knobs import Real, knobs
from ncsn_viz.core.objectives import Objective
from ncsn_viz.core.samplers import Sampler
from ncsn_viz.core.targets import Target
from ncsn_viz.lab.experiment import (
    MOST_LANES,
    Edit,
    LaneSpec,
    Spec,
    with_lane,
    with_objective,
    with_sampler_kind,
)
from ncsn_viz.lab.map_layers import MAP_LAYERS, map_of

LaneEdit = Callable[[Spec, int], Spec]  # with the index of the lane


def playback(spec: Spec, **changes: Any) -> Spec:
    """The same experiment and view with other fields of the playback."""
    return replace(spec, playback=replace(spec.playback, **changes))


def view(spec: Spec, **changes: Any) -> Spec:
    """The same experiment and playback with other fields of the view."""
    return replace(spec, view=replace(spec.view, **changes))


def choose_target(spec: Spec, target: Target) -> Spec:
    """Another target; window and view move to it where nothing of it would be seen."""
    statistics, (low, high) = None if target.canvas else target.statistics(), spec.window
    away = statistics is not None and not ((statistics.points > low) & (statistics.points < high)).all(1).any()
    return replace(spec, target=target, window=Spec().window if away else spec.window).in_sight()


# -- playback -------------------------------------------------------------------------------------------------------


def toggle_training(spec: Spec) -> Spec:
    """Train continuously, or pause; slow motion ends."""
    return playback(spec, training=not spec.trains, slow_motion="")


def toggle_sampling(spec: Spec) -> Spec:
    """Move the particles continuously, or pause them; slow motion ends."""
    return playback(spec, sampling=not spec.samples, slow_motion="")


def toggle_play(spec: Spec) -> Spec:
    """Train and move the particles, or pause both where either runs; slow motion ends."""
    on = not (spec.trains or spec.samples)
    return playback(spec, training=on, sampling=on, slow_motion="")


pause_training: Edit = partial(playback, training=False, slow_motion="")
pause_sampling: Edit = partial(playback, sampling=False, slow_motion="")
end_slow_motion: Edit = partial(playback, slow_motion="")  # training and particles continue as before it


def toggle_slow_motion(spec: Spec) -> Spec:
    """Begin slow motion in the chosen lane, or end it."""
    return playback(spec, slow_motion="" if spec.slow_motion else spec.lanes[spec.chosen].name)


# -- layers and view ------------------------------------------------------------------------------------------------


def toggle_layer(spec: Spec, layer: str) -> Spec:
    """Show or hide a layer in all lanes without layers of their own; a map replaces the one before."""
    return view(spec, layers=_toggled(spec.view.layers, layer))


def map_offered(spec: Spec, name: str) -> bool:
    """Whether a map differs from all others: while differences subtract the truth, that of scores is the error."""
    return name != "score_difference" or spec.view.baseline >= 0 or spec.view.map == name


def choose_map(spec: Spec, name: str) -> Spec:
    """Make a map, or none, the background of all lanes without layers of their own."""
    return view(spec, layers=_with_map(spec.view.layers, name))


def own_layers(spec: Spec, index: int, own: bool) -> Spec:
    """Give a lane layers of its own, at first those that it shows, or those of all lanes again."""
    return change_lane(spec, index, own_layers=own, layers=spec.layers_of(spec.lanes[index]))


def toggle_own_layer(spec: Spec, index: int, layer: str) -> Spec:
    """Show or hide a layer in one lane only."""
    return change_lane(spec, index, own_layers=True, layers=_toggled(spec.layers_of(spec.lanes[index]), layer))


def choose_own_map(spec: Spec, index: int, name: str) -> Spec:
    """Make a map, or none, the background of one lane only."""
    return change_lane(spec, index, own_layers=True, layers=_with_map(spec.layers_of(spec.lanes[index]), name))


def _toggled(layers: tuple[str, ...], layer: str) -> tuple[str, ...]:
    if layer in MAP_LAYERS:
        return _with_map(layers, "" if map_of(layers) == layer else layer)
    return tuple(name for name in layers if name != layer) if layer in layers else (*layers, layer)


def _with_map(layers: tuple[str, ...], name: str) -> tuple[str, ...]:
    others = tuple(layer for layer in layers if layer not in MAP_LAYERS)
    return (name, *others) if name else others


def show_tracked(spec: Spec) -> Spec:
    """Show the tracked particle in all lanes without layers of their own."""
    return spec if "followed" in spec.view.layers else toggle_layer(spec, "followed")


def choose_lane(slot: int) -> Edit:
    """Choose the lane in `slot`; nothing where it has been removed."""
    return lambda spec: view(spec, chosen=slot) if spec.lane_index(slot) is not None else spec


# -- lanes ----------------------------------------------------------------------------------------------------------


def add_lane(spec: Spec, objective: Objective) -> Spec:
    """Add a lane with an objective and what fits it, and choose it. Raises ValidationError if there are six."""
    added = replace(spec, lanes=(*spec.lanes, LaneSpec(objective=objective)))
    return view(added, chosen=added.lanes[-1].slot)


def duplicate_lane(spec: Spec, index: int) -> Spec:
    """Add the lane at `index` again beside it, not linked, and choose it. Raises ValidationError if there are six."""
    lane = replace(spec.lanes[index], name="", slot=-1, group=0)
    added = replace(spec, lanes=(*spec.lanes[: index + 1], lane, *spec.lanes[index + 1 :]))
    return view(added, chosen=added.lanes[index + 1].slot)


def remove_lane(spec: Spec, index: int) -> Spec:
    """Remove the lane at `index`. Raises ValidationError if it is the last."""
    slot = spec.lanes[index].slot
    hidden = tuple(each for each in spec.view.hidden if each != slot)  # or the next lane in that slot would be hidden
    lanes = spec.lanes[:index] + spec.lanes[index + 1 :]
    return replace(spec, lanes=lanes, view=replace(spec.view, hidden=hidden))


def move_lane(spec: Spec, index: int, to: int) -> Spec:
    """Move the lane at `index` before the one at index `to`; to the end where `to` is the number of lanes."""
    lanes = list(spec.lanes)
    lane = lanes.pop(index)
    lanes.insert(to - (to > index), lane)
    return replace(spec, lanes=tuple(lanes))


def move_before(spec: Spec, index: int, slot: int) -> Spec:
    """Move the lane at `index` before the one in `slot`; to the end where there is none."""
    to = spec.lane_index(slot)
    return move_lane(spec, index, len(spec.lanes) if to is None else to)


def shift_lane(spec: Spec, index: int, by: int) -> Spec:
    """Move the lane at `index` by one to the right (1) or to the left (−1), where possible."""
    if not 0 <= index + by < len(spec.lanes):
        return spec
    return move_lane(spec, index, index + max(by, 2 * by))


def change_lane(spec: Spec, index: int, **changes: Any) -> Spec:
    """The lane at `index` with other fields (see LaneSpec). Raises ValidationError, as for a name given twice."""
    return with_lane(spec, index, replace(spec.lanes[index], **changes))


def set_objective(spec: Spec, index: int, objective: Objective) -> Spec:
    """Another objective in the lane at `index`, with what fits it. Raises ValidationError."""
    return with_lane(spec, index, with_objective(spec.lanes[index], objective))


def set_sampler(spec: Spec, index: int, sampler: Sampler) -> Spec:
    """Another sampler in the lane at `index`; one of another kind fits its objective. Raises ValidationError."""
    lane = spec.lanes[index]
    if type(sampler) is type(lane.sampler):
        return change_lane(spec, index, sampler=sampler)
    return with_lane(spec, index, with_sampler_kind(lane, type(sampler)))


def with_sampler_end(spec: Spec, index: int, end: str, sigma: float) -> Spec:
    """Set `sigma_max` or `sigma_min` of a lane's sampler as near to `sigma` as the knob and the other end admit."""
    sampler = spec.lanes[index].sampler
    what, sigmas = knobs(sampler)[end], sampler.sigmas()
    assert isinstance(what, Real)
    low, high = (sigmas[-1], what.high) if end == "sigma_max" else (what.low, sigmas[0])
    value = min(max(float(f"{sigma:.3g}"), low), high)
    return change_lane(spec, index, sampler=replace(sampler, **{end: value}))


def lane_index_or(spec: Spec, slot: int, otherwise: int) -> int:
    """The index of the lane in `slot`; without one, the index `otherwise` or the last one."""
    index = spec.lane_index(slot)
    return min(otherwise, len(spec.lanes) - 1) if index is None else index


def for_lane(slot: int, edit: LaneEdit) -> Edit:
    """`edit` of the lane in `slot`, at whichever index it is by then; nothing where it has been removed.

    A widget shows an older Spec than the one that is edited.
    """

    def edit_lane(spec: Spec) -> Spec:
        index = spec.lane_index(slot)
        return spec if index is None else edit(spec, index)

    return edit_lane


def for_chosen(edit: LaneEdit) -> Edit:
    """`edit` of the chosen lane."""
    return lambda spec: edit(spec, spec.chosen)


def can_add(spec: Spec) -> bool:
    """Whether there is room for a lane."""
    return len(spec.lanes) < MOST_LANES


def reset(spec: Spec) -> Spec:
    """The first experiment, running, in the present view."""
    return playback(spec.with_experiment(Spec().experiment), training=True, sampling=True)
