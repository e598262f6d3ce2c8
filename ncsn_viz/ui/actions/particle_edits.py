"""What gestures with the mouse request of particles, and the edits that go with them."""

from __future__ import annotations

from dataclasses import replace

from ncsn_viz.core.knobs import Real, knobs
from ncsn_viz.lab.experiment import Particles, Spec
from ncsn_viz.lab.experiment.commands import FAR, Command, DropParticles, HoldParticle, LetGo, MoveParticle
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.particle_gesture import DRAG, DROP, GRAB, Point


def gesture_command(slot: int, gesture: str, start: Point, at: Point, particles: Particles) -> Command:
    """The command of a gesture (see ParticleGesture) from `start` to `at` in the lane in `slot`."""
    if gesture == DROP:
        return DropParticles(_clamped(at), particles.handful, particles.scatter)
    if gesture == GRAB:
        return HoldParticle(slot, _clamped(start), _clamped(at))
    return MoveParticle(_clamped(at)) if gesture == DRAG else LetGo()


def show_tracked(spec: Spec) -> Spec:
    """Show the tracked particle in all lanes without layers of their own."""
    return spec if "followed" in spec.view.layers else edits.toggle_layer(spec, "followed")


def with_sampler_end(spec: Spec, index: int, end: str, sigma: float) -> Spec:
    """Set `sigma_max` or `sigma_min` of a lane's sampler as near to `sigma` as the knob and the other end admit."""
    sampler = spec.lanes[index].sampler
    what, sigmas = knobs(sampler)[end], sampler.sigmas()
    assert isinstance(what, Real)
    low, high = (sigmas[-1], what.high) if end == "sigma_max" else (what.low, sigmas[0])
    value = min(max(float(f"{sigma:.3g}"), low), high)
    return edits.change_lane(spec, index, sampler=replace(sampler, **{end: value}))


def _clamped(point: Point) -> Point:
    x, y = (min(max(value, -FAR), FAR) for value in point)
    return x, y
