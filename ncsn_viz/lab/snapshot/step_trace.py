"""One step in slow motion: what there was to see on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsn_viz.lab.snapshot.arrays import Floats


@dataclass(frozen=True)
class TrainingStep:
    """A training step that was really done, step number `step`, on `batch` points of which the first are here.

    `data` (k, 2) are points of the batch, `points` (k, 2) those at which the score was asked for: the same, with noise
    of deviation `sigma` (k,) on them. `score` (k, 2) is what the network said before the step, `target` (k, 2) what it
    was compared with, `target_formula` how that is written. `negatives` (k, 2) are points at which the energy was pushed up.
    `terms` are the loss's, `before` and `after` the loss on the same batch with the same noise on both sides of the
    step, and `gradient` is the length of its gradient.
    """

    step: int
    batch: int
    data: Floats
    points: Floats
    sigma: Floats
    score: Floats
    target: Floats | None
    target_formula: str
    negatives: Floats | None
    terms: Mapping[str, float]
    before: float
    after: float
    gradient: float


@dataclass(frozen=True)
class ParticleStep:
    """A step of some particles at noise level `sigma`: end = start + drift + noise + inertia, each (k, 2).

    `x` (k, 2) is where they are afterwards: not at `end` where that was refused.
    """

    sigma: float
    x: Floats
    start: Floats
    end: Floats
    drift: Floats
    noise: Floats
    inertia: Floats | None = None


@dataclass(frozen=True)
class StepTrace:
    """Step number `number` in slow motion: its training, None where the lane has diverged, and its particles."""

    number: int
    training: TrainingStep | None = None
    particles: ParticleStep | None = None
