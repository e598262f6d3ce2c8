"""A recorded training step and sampler step, for slow motion, and the tracked particle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsn_viz.core.samplers import StepFormula
from ncsn_viz.lab.snapshot.parts import Floats


@dataclass(frozen=True)
class TrainingStep:
    """A training step as it was executed: number `step`, on `batch` points, of which the first k are here.

    `data` (k, 2) are points of the batch, `points` (k, 2) those at which the score was evaluated: the data plus noise
    of standard deviation `sigma` (k,). `score` (k, 2) is the network's output before the step, `target` (k, 2) its
    regression target with formula `target_formula`, None where the loss has none. `negatives` (k, 2) are points at
    which the loss raises the energy. `terms` are those of the loss, `before` and `after` the loss on the same batch and
    noise before and after the step, and `gradient` is the norm of its gradient.
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

    `formula` says what these are. `x` (k, 2) is where they are afterwards; it differs from `end` where the proposal was
    rejected.
    """

    sigma: float
    formula: StepFormula
    x: Floats
    start: Floats
    end: Floats
    drift: Floats
    noise: Floats
    inertia: Floats | None = None


@dataclass(frozen=True)
class StepTrace:
    """Record `number`: its training step (None before it, or in a diverged lane) and its sampler step."""

    number: int
    training: TrainingStep | None = None
    particles: ParticleStep | None = None


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
