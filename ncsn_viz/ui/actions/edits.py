"""What the window's buttons do: each a function from a Spec to a Spec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import Objective
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin
from ncsn_viz.lab.advice.diagnosis import restarted
from ncsn_viz.lab.experiment.lane_spec import MOST_LANES
from ncsn_viz.lab.experiment.spec import LaneSpec, Spec, with_lane
from ncsn_viz.lab.map_layers import MAP_LAYERS, map_of

Edit = Callable[[Spec], Spec]
LaneEdit = Callable[[Spec, int], Spec]  # with the lane's place


def run(spec: Spec, **changes: Any) -> Spec:
    """The same experiment at another pace."""
    return replace(spec, run=replace(spec.run, **changes))


def view(spec: Spec, **changes: Any) -> Spec:
    """The same experiment, looked at differently."""
    return replace(spec, view=replace(spec.view, **changes))


def toggle_training(spec: Spec) -> Spec:
    """Train on, or pause."""
    return run(spec, training=not spec.trains, slow="")


def toggle_sampling(spec: Spec) -> Spec:
    """Let the particles move on, or hold them."""
    return run(spec, sampling=not spec.samples, slow="")


def train_step(spec: Spec) -> Spec:
    """Pause, and do one training step."""
    return run(spec, training=False, slow="", train_steps=spec.run.train_steps + 1)


def sample_step(spec: Spec) -> Spec:
    """Hold the particles, and move them by one step."""
    return run(spec, sampling=False, slow="", sample_steps=spec.run.sample_steps + 1)


def watch_step(spec: Spec, index: int) -> Spec:
    """Watch one step of the lane at `index` in slow motion; everything else stands still until that ends."""
    return run(spec, slow=spec.lanes[index].name, slow_steps=spec.run.slow_steps + 1)


def watch_no_more(spec: Spec) -> Spec:
    """Go on as before slow motion."""
    return run(spec, slow="")


def restart_training(spec: Spec) -> Spec:
    """Start every network again from the seed."""
    return run(spec, restarts=spec.run.restarts + 1)


def restart_lane(spec: Spec, index: int) -> Spec:
    """Start one lane's network again from the seed."""
    return restarted(spec, index)


def release(spec: Spec) -> Spec:
    """Release the particles of every lane anew."""
    return run(spec, releases=spec.run.releases + 1)


def toggle_layer(spec: Spec, layer: str) -> Spec:
    """Show or hide a layer in all lanes that have none of their own; a map takes the place of the one before."""
    return view(spec, layers=_toggled(spec.view.layers, layer))


def choose_map(spec: Spec, name: str) -> Spec:
    """Make one of the maps the background of all lanes that have no layers of their own, or none of them."""
    return view(spec, layers=_with_map(spec.view.layers, name))


def own_layers(spec: Spec, index: int, own: bool) -> Spec:
    """Give a lane layers of its own, to begin with those that it shows, or those of all lanes again."""
    lane = spec.lanes[index]
    return with_lane(spec, index, replace(lane, own_layers=own, layers=spec.layers_of(lane)))


def toggle_own_layer(spec: Spec, index: int, layer: str) -> Spec:
    """Show or hide a layer in one lane alone."""
    return _with_layers(spec, index, _toggled(spec.layers_of(spec.lanes[index]), layer))


def choose_own_map(spec: Spec, index: int, name: str) -> Spec:
    """Make one of the maps the background of one lane alone, or none of them."""
    return _with_layers(spec, index, _with_map(spec.layers_of(spec.lanes[index]), name))


def _with_layers(spec: Spec, index: int, layers: tuple[str, ...]) -> Spec:
    return with_lane(spec, index, replace(spec.lanes[index], own_layers=True, layers=layers))


def _toggled(layers: tuple[str, ...], layer: str) -> tuple[str, ...]:
    if layer in MAP_LAYERS:
        return _with_map(layers, "" if map_of(layers) == layer else layer)
    return tuple(name for name in layers if name != layer) if layer in layers else (*layers, layer)


def _with_map(layers: tuple[str, ...], name: str) -> tuple[str, ...]:
    others = tuple(layer for layer in layers if layer not in MAP_LAYERS)
    return (name, *others) if name else others


def set_reference(spec: Spec, point: tuple[float, float] | None) -> Spec:
    """Measure log p from another point of the plane, or from none."""
    return view(spec, reference=() if point is None else (point,))


def draw_at(spec: Spec, pixels: int) -> Spec:
    """Draw particles in pictures of another width."""
    return view(spec, pixels=pixels)


def look_at(spec: Spec, region: tuple[float, float, float, float]) -> Spec:
    """Look at another part of the plane."""
    return view(spec, region=region)


def set_view_angle(spec: Spec, azimuth: float, elevation: float) -> Spec:
    """Look at surfaces from another side."""
    return view(spec, turn=(azimuth, elevation))


def set_baseline(spec: Spec, mark: int) -> Spec:
    """Let maps of differences subtract the lane with that mark, or the truth where it is −1."""
    return view(spec, against=mark)


def add_lane(spec: Spec, objective: Objective) -> Spec:
    """One lane more, with an objective, and a network and a sampler that suit it. Raises BadValue if there are six."""
    net = EnergyMLP() if objective.needs_energy else ScoreMLP()
    sigmas = objective.sigmas()
    sampler = AnnealedLangevin() if len(sigmas) > 1 else Langevin(sigma=sigmas[0])  # steps for other σ would fly off
    return replace(spec, lanes=(*spec.lanes, LaneSpec(objective=objective, net=net, sampler=sampler)))


def duplicate_lane(spec: Spec, index: int) -> Spec:
    """A copy of a lane beside it, linked with none. Raises BadValue if there are six."""
    copy = replace(spec.lanes[index], name="", slot=-1, group=0)
    return replace(spec, lanes=(*spec.lanes[: index + 1], copy, *spec.lanes[index + 1 :]))


def remove_lane(spec: Spec, index: int) -> Spec:
    """One lane less. Raises BadValue if it is the last."""
    mark = spec.lanes[index].slot
    seen = tuple(each for each in spec.view.hidden if each != mark)  # or the next lane of that mark came hidden
    view = replace(spec.view, hidden=seen)
    return replace(spec, lanes=spec.lanes[:index] + spec.lanes[index + 1 :], view=view)


def move_lane(spec: Spec, index: int, place: int) -> Spec:
    """The lane at `index` before the one that stands at `place` now; their number is the end."""
    rest = list(spec.lanes)
    lane = rest.pop(index)
    rest.insert(place - (place > index), lane)
    return replace(spec, lanes=tuple(rest))


def move_before(spec: Spec, index: int, mark: int) -> Spec:
    """The lane at `index` before the one with that mark; at the end, if there is none."""
    place = lane_index(spec, mark)
    return move_lane(spec, index, len(spec.lanes) if place is None else place)


def shift_lane(spec: Spec, index: int, by: int) -> Spec:
    """The lane at `index` by one place to the right (1) or to the left (−1), where there is one."""
    if not 0 <= index + by < len(spec.lanes):
        return spec
    return move_lane(spec, index, index + max(by, 2 * by))


def rename_lane(spec: Spec, index: int, name: str) -> Spec:
    """Call a lane differently; by its letter, if `name` is empty. Raises BadValue if another one is called so."""
    return with_lane(spec, index, replace(spec.lanes[index], name=name))


def group_lane(spec: Spec, index: int, group: int) -> Spec:
    """Link a lane with those of a group, or with none where it is 0."""
    return with_lane(spec, index, replace(spec.lanes[index], group=group))


def lane_index(spec: Spec, mark: int) -> int | None:
    """Where the lane with that mark stands, or None."""
    return next((place for place, lane in enumerate(spec.lanes) if lane.slot == mark), None)


def lane_index_or(spec: Spec, mark: int, otherwise: int) -> int:
    """Where the lane with that mark stands; if there is none, the place `otherwise`, or the last one before it."""
    place = lane_index(spec, mark)
    return min(otherwise, len(spec.lanes) - 1) if place is None else place


def for_lane(mark: int, edit: LaneEdit) -> Edit:
    """`edit` for the lane with that mark, wherever it stands by then; where it has been removed, nothing.

    What is clicked shows an older Spec than the one that is edited.
    """

    def edited(spec: Spec) -> Spec:
        place = lane_index(spec, mark)
        return spec if place is None else edit(spec, place)

    return edited


def can_add(spec: Spec) -> bool:
    """Whether there is room for a lane."""
    return len(spec.lanes) < MOST_LANES


def reset(spec: Spec) -> Spec:
    """The first experiment, in the present view."""
    return replace(Spec(), view=spec.view, run=replace(spec.run, training=True, sampling=True))
