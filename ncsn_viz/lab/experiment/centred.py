"""Coordinates relative to the middle of the canvas, in which the engine computes.

Far from 0 single precision has few digits left for what differs between particles, and networks get inputs far beyond
those for which their weights are drawn. Spec, commands and Snapshots are in the user's coordinates x; the engine
translates them at its boundary to x − `origin` and back. Noise levels, step sizes, scores and densities stay the same.
"""

from __future__ import annotations

from dataclasses import replace

from ncsn_viz.lab.experiment.commands import Command, DropParticles, HoldParticle, MoveParticle, Point
from ncsn_viz.lab.experiment.spec import Spec


def centred(spec: Spec) -> Spec:
    """The Spec with window and view relative to its `origin`; the target, which is built there, stays as it is."""
    if not (origin := spec.origin):
        return spec
    low, high = spec.window
    x0, x1, y0, y1 = spec.view.region
    view = replace(
        spec.view,
        region=(x0 - origin, x1 - origin, y0 - origin, y1 - origin),
        reference=tuple(_moved(point, origin) for point in spec.view.reference),
        cursor=tuple(_moved(point, origin) for point in spec.view.cursor),
        flow_start=tuple(_moved(point, origin) for point in spec.view.flow_start),
    )
    return replace(spec, window=(low - origin, high - origin), view=view)


def centred_command(command: Command, origin: float) -> Command:
    """The command with its points relative to `origin`."""
    match command:
        case DropParticles() | MoveParticle():
            return replace(command, at=_moved(command.at, origin))
        case HoldParticle():
            return replace(command, start=_moved(command.start, origin), at=_moved(command.at, origin))
    return command


def _moved(point: Point, origin: float) -> Point:
    return point[0] - origin, point[1] - origin
