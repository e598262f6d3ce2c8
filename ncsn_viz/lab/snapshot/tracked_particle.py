"""The particle that is tracked: its path and the parts of its last step."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.lab.snapshot.arrays import Floats


@dataclass(frozen=True)
class TrackedParticle:
    """The tracked particle, number `index`.

    `path` (k, 2) are its recent positions, the present one last. Its last step led from `start` to `end` = start +
    drift + noise + inertia, each (2,); it was `rejected` where the particle is not at `end`. `drift` is None before the
    first step, and `inertia` where the sampler has none. `held`: whether the mouse holds it.
    """

    index: int
    path: Floats
    start: Floats
    end: Floats
    drift: Floats | None = None
    noise: Floats | None = None
    inertia: Floats | None = None
    rejected: bool = False
    held: bool = False
