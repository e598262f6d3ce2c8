"""The Snapshot: everything that a view may draw, immutable and whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ncsn_viz.core.numerics import Bytes
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.step_trace import StepTrace
from ncsn_viz.lab.snapshot.tracked_particle import TrackedParticle

GAMMA = 0.6  # of densities on screen: keeps the tails visible
TRAINING, PAUSED, DIVERGED, WAITING = "training", "paused", "diverged", "waiting"


@dataclass(frozen=True)
class Status:
    """The status of a lane: one of `training`, `paused`, `diverged`, `waiting`, with a message where it needs one.

    `settings` are those with which it diverged.
    """

    state: str = TRAINING
    message: str = ""
    settings: LaneSpec | None = None


@dataclass(frozen=True)
class FieldGrid:
    """A field at noise level `sigma` on a regular grid over `region` (x0, x1, y0, y1), node-centred.

    `score` (rows, columns, 2) and `energy` (rows, columns), its least value 0; row 0 is y0. `density` is exp(−0.6
    energy), as bytes from 0 to 255. `contours` are lines of equal energy, each (k, 2). `own_energy` says whether the
    energy is the network's own; else it comes from line integrals, all from `reference`, or is the potential that fits
    the score best. `level` is what was subtracted from the energy, and `log_z` is log ∫ exp(−E) over the region for an
    energy of the network's own: log p(x) = −energy − level − log_z.

    `maps` (rows, columns each) are those among the layers that are wanted, but for the density;
    `true_energy` is −log p_σ, and `true_contours` its lines; `non_conservative` the share ‖s − ∇u‖²/‖s‖² in the view.
    """

    region: tuple[float, float, float, float]
    sigma: float
    score: Floats
    energy: Floats
    density: Bytes
    contours: tuple[Floats, ...] = ()
    own_energy: bool = True
    maps: Mapping[str, Floats] = field(default_factory=dict)
    true_energy: Floats | None = None
    true_contours: tuple[Floats, ...] = ()
    reference: tuple[float, float] | None = None
    level: float = 0.0
    log_z: float | None = None
    non_conservative: float | None = None


@dataclass(frozen=True)
class Curve:
    """A history: training `steps` (k,) and the values there by name, each (k,). NaN where there is none.

    Of several `replicas`, which differ in their seeds, `values` are the medians, and `low` and `high` the extremes.
    Terms of the loss are named `term …`.
    """

    steps: Floats
    values: Mapping[str, Floats]
    low: Mapping[str, Floats] = field(default_factory=dict)
    high: Mapping[str, Floats] = field(default_factory=dict)
    replicas: int = 1


@dataclass(frozen=True)
class ParticleImage:
    """Particles and their trails, rasterised over `region` (x0, x1, y0, y1); `image` (rows, columns), row 0 is y0."""

    region: tuple[float, float, float, float]
    image: Bytes


@dataclass(frozen=True)
class PointReading:
    """A learned field and the truth at `point`, at noise level `sigma`.

    Scores (2,) each; `divergence` is Tr ∇s and `curl` ∂₁s₂ − ∂₂s₁. `energy` is the network's own, `log_p` = −E − log Z
    where Z is known; both None for a network that has only a score. `rise` is log p(x) − log p(x₀) along a line from
    the reference point x₀, None where there is none; those of the truth are exact differences.
    """

    point: tuple[float, float]
    sigma: float
    score: tuple[float, float]
    true_score: tuple[float, float]
    divergence: float
    true_divergence: float
    curl: float
    true_log_p: float
    energy: float | None = None
    log_p: float | None = None
    rise: float | None = None
    true_rise: float | None = None


@dataclass(frozen=True)
class LaneSnapshot:
    """Everything that is drawn of one lane.

    `terms` are the named terms of the last loss; `curve` holds `loss` (above its floor), `fisher` (half Fisher
    divergence at the lane's own σ), the terms, and the history of the live metrics; `metrics` are their present values
    by name; `sigma`, `level` and `progress` (0 to 1) are the noise level and step of the particles; `from_grid` says
    whether they were moved by interpolation on a grid. `negatives` (k, 2) are some of the points at which the loss
    raises the energy, `health` is a sentence on how training goes, `tracked` the tracked particle, `point_reading` the
    values under the cursor. `sample` (k, 2) are some of the particles, for the surface, where it is shown.
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
    sigma: float = 0.0
    level: int = 0
    levels: tuple[float, ...] = ()
    progress: float = 0.0
    from_grid: bool = False
    negatives: Floats | None = None
    tracked: TrackedParticle | None = None
    step_trace: StepTrace | None = None
    health: str = ""
    point_reading: PointReading | None = None


@dataclass(frozen=True)
class TargetSnapshot:
    """The target: whether it has no mass, and the true weight of each of its modes, if it has modes."""

    empty: bool = False
    mode_weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """One moment of the experiment, with the Spec that it belongs to."""

    spec: Spec
    lanes: tuple[LaneSnapshot, ...]
    target: TargetSnapshot | None = None
    device: str = ""
    training_note: str = ""  # how training steps are executed there, where there is something to say
    failure: str = ""
