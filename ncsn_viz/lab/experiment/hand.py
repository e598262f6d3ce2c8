"""What the mouse does to particles, as part of the Spec."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.knobs import Integer, Numbers, Real, Settings, Switch, Text, knob

FAR = 1e4  # as far out as a view can look


@dataclass(frozen=True)
class Hand(Settings):
    """Particles that were dropped, the one that was grabbed, the noise level to which all were taken.

    Lists and counts only ever grow, and every place is whole, so that a dropped Spec loses nothing.
    """

    drops: tuple[tuple[float, float, float, float], ...] = knob(
        (),
        Numbers(low=-FAR, high=1e6, width=4, least=0,
                help="Handfuls of particles dropped so far, in every lane: x, y, how many, and their deviation."),
    )  # fmt: skip
    grabs: int = knob(0, Integer(low=0, high=10**9, help="How often a particle was grabbed."))
    lane: str = knob("", Text(help="The lane in which it was grabbed; in all others the same particle is held."))
    grabbed: tuple[float, float] = knob(
        (0.0, 0.0), Numbers(low=-FAR, high=FAR, least=2, most=2, help="Where it was grabbed: the nearest one is meant.")
    )
    at: tuple[float, float] = knob(
        (0.0, 0.0), Numbers(low=-FAR, high=FAR, least=2, most=2, help="Where it is held, or was let go.")
    )
    holding: bool = knob(False, Switch(help="Whether it is still held."))
    scrubs: int = knob(0, Integer(low=0, high=10**9, help="How often particles were taken to another noise level."))
    scrubbed: str = knob("", Text(help="The lane whose particles were taken there; empty for all."))
    sigma: float = knob(
        0.0, Real(low=0, high=100, symbol="σ", help="The noise level to which they were taken: the nearest is meant.")
    )
    scrubbing: bool = knob(False, Switch(help="Whether they are still held there."))
