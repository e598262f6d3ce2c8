"""What the mouse does to particles: each a function from a Spec to a Spec."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ncsn_viz.core.knobs import Real, knobs
from ncsn_viz.lab.experiment.hand import FAR
from ncsn_viz.lab.experiment.spec import Spec, with_lane
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.particle_gesture import DRAG, DROP, GRAB, Point


def touch(spec: Spec, index: int, what: str, start: Point, at: Point) -> Spec:
    """What a gesture (see Gesture) in the lane at `index` makes of the Spec."""
    if what == DROP:
        return drop(spec, at)
    if what == GRAB:
        return grab(spec, index, start, at)
    return drag(spec, at) if what == DRAG else let_go(spec)


def drop(spec: Spec, at: Point) -> Spec:
    """A handful of particles more, in every lane."""
    row = (*_near(at), float(spec.particles.handful), spec.particles.scatter)
    return _hand(spec, drops=(*spec.run.hand.drops, row))


def grab(spec: Spec, index: int, start: Point, at: Point) -> Spec:
    """Take hold of the particle nearest to `start` in a lane, hold it at `at`, and follow it from now on."""
    if "followed" not in spec.view.layers:
        spec = edits.toggle_layer(spec, "followed")
    name, count = spec.lanes[index].name, spec.run.hand.grabs + 1
    return _hand(spec, grabs=count, lane=name, grabbed=_near(start), at=_near(at), holding=True)


def drag(spec: Spec, at: Point) -> Spec:
    """Hold it somewhere else."""
    return _hand(spec, at=_near(at))


def scrub(spec: Spec, index: int, sigma: float, alone: bool) -> Spec:
    """Take the particles of all lanes, or of the one at `index` alone, to the level nearest to `sigma`, and hold them.

    A lane without a ladder stays as it is.
    """
    hand, lane = spec.run.hand, spec.lanes[index].name if alone else ""
    begun = hand.scrubbing and hand.scrubbed == lane
    return _hand(spec, scrubs=hand.scrubs + (not begun), scrubbed=lane, sigma=sigma, scrubbing=True)


def with_sampler_end(spec: Spec, index: int, end: str, sigma: float) -> Spec:
    """Another `sigma_max` or `sigma_min` of a lane's sampler, as near to `sigma` as it may be."""
    lane = spec.lanes[index]
    what, sampler = knobs(lane.sampler)[end], lane.sampler
    assert isinstance(what, Real)
    ladder = sampler.sigmas()
    low, high = (ladder[-1], what.high) if end == "sigma_max" else (what.low, ladder[0])
    value = min(max(float(f"{sigma:.3g}"), low), high)
    return with_lane(spec, index, replace(lane, sampler=replace(sampler, **{end: value})))


def let_go(spec: Spec) -> Spec:
    """Hold nothing any more: what happens next is up to the field."""
    return _hand(spec, holding=False, scrubbing=False)


def _hand(spec: Spec, **changes: Any) -> Spec:
    return edits.run(spec, hand=replace(spec.run.hand, **changes))


def _near(point: Point) -> Point:
    x, y = (min(max(value, -FAR), FAR) for value in point)
    return x, y
