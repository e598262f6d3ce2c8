"""The Snapshot: everything that a view may draw, immutable and whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.snapshot.parts import (
    Curve,
    FieldGrid,
    Floats,
    FlowPaths,
    Marginal,
    ParticleImage,
    PointReading,
    RaceResult,
    TargetSnapshot,
)
from ncsn_viz.lab.snapshot.step_trace import StepTrace, TrackedParticle

TRAINING, PAUSED, DIVERGED, WAITING, FAILED = "training", "paused", "diverged", "waiting", "failed"


@dataclass(frozen=True)
class Status:
    """The status of a lane: one of `training`, `paused`, `diverged`, `waiting`, `failed`, with a message where needed.

    `settings` are those with which it diverged.
    """

    state: str = TRAINING
    message: str = ""
    settings: LaneSpec | None = None


@dataclass(frozen=True)
class LaneSnapshot:
    """Everything that is drawn of one lane.

    `terms` are the named terms of the last loss; `curve` holds `loss` (above its floor), `fisher` (half Fisher
    divergence at the lane's own σ), the terms, and the history of the live metrics; `metrics` are their present values
    by name; `sigma`, `level` and `progress` (0 to 1) are the noise level and step at which the particles are drawn, and
    `reached` is how far they are at present. `paths` are their whole trajectories, and `flow` those of one start and of
    a mesh. `from_grid` says whether they were moved by interpolation on a grid. `negatives` (k, 2) are some points at
    which the loss raises the energy, `health` is a sentence on how training goes, `tracked` the tracked particle,
    `point_reading` the values under the cursor. `sample` (k, 2) are some of the particles, for the surface, where it is
    shown; `marginals` are those along x and along y at the noise level of the particles, where they are shown.
    """

    name: str
    status: Status
    step: int = 0
    steps_per_second: float = 0.0
    loss: float | None = None
    floor: float | None = None
    terms: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    mode_weights: tuple[float, ...] = ()
    curve: Curve | None = None
    field: FieldGrid | None = None
    particles: ParticleImage | None = None
    streamlines: ParticleImage | None = None
    sample: Floats | None = None
    marginals: tuple[Marginal, Marginal] | None = None
    sigma: float = 0.0
    level: int = 0
    levels: tuple[float, ...] = ()
    progress: float = 0.0
    reached: float = 0.0
    paths: ParticleImage | None = None
    flow: FlowPaths | None = None
    from_grid: bool = False
    negatives: Floats | None = None
    tracked: TrackedParticle | None = None
    step_trace: StepTrace | None = None
    health: str = ""
    point_reading: PointReading | None = None
    race: RaceResult | None = None


@dataclass(frozen=True)
class Snapshot:
    """One moment of the experiment, with the Spec that it belongs to.

    `kept` are the slots and the numbers of learners that undo can bring back.
    """

    spec: Spec
    lanes: tuple[LaneSnapshot, ...]
    target: TargetSnapshot | None = None
    device: str = ""
    training_note: str = ""  # how training steps are executed there, where there is something to say
    failure: str = ""
    kept: frozenset[tuple[int, int]] = frozenset()
