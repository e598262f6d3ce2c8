"""The Snapshot: everything that a view may draw, immutable and whole."""

from ncsn_viz.lab.snapshot.parts import (
    Curve,
    FieldGrid,
    Floats,
    FlowPaths,
    Marginal,
    ParticleImage,
    PointReading,
    Pull,
    RacePoint,
    RaceResult,
    ScorePulls,
    TargetSnapshot,
    as_floats,
)
from ncsn_viz.lab.snapshot.snapshot import DIVERGED, FAILED, PAUSED, TRAINING, WAITING, LaneSnapshot, Snapshot, Status
from ncsn_viz.lab.snapshot.step_trace import ParticleStep, StepTrace, TrackedParticle, TrainingStep
from ncsn_viz.lab.snapshot.translation import Translation

__all__ = [
    "DIVERGED", "FAILED", "PAUSED", "TRAINING", "WAITING", "Curve", "FieldGrid", "Floats", "FlowPaths",
    "LaneSnapshot", "Marginal", "ParticleImage", "ParticleStep", "PointReading", "Pull", "RacePoint", "RaceResult",
    "ScorePulls", "Snapshot", "Status", "StepTrace", "TargetSnapshot", "TrackedParticle", "TrainingStep",
    "Translation", "as_floats",
]  # fmt: skip
