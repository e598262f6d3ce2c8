"""Parts of a snapshot: arrays, fields on grids, curves, images, and values at a point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ncsn_viz.core.numerics import Bytes, torch

Floats = np.ndarray[Any, np.dtype[np.float32]]
HUGE = 1e9  # stands for numbers that are not finite


def as_floats(values: torch.Tensor) -> Floats:
    """An array of finite numbers on the CPU."""
    found: Floats = values.float().nan_to_num(HUGE, HUGE, -HUGE).clamp(-HUGE, HUGE).cpu().numpy()
    return found


@dataclass(frozen=True)
class FieldGrid:
    """A field at noise level `sigma` on a regular grid over `region` (x0, x1, y0, y1), node-centred.

    `score` (rows, columns, 2) and `energy` (rows, columns), its least value 0; row 0 is y0. `own_energy` says whether
    the energy is the network's own; else it comes from line integrals, all from `reference`, or is minus the potential
    that fits the score best where the data are, with `opacity` (rows, columns) from 0 to 1 by how near those are; None
    where nothing is drawn of it. `density` is (p/max p)^0.6 as bytes from 0 to 255: p is exp(−E) for an energy of the
    network's own, else the density of the lane's particles, Gaussian kernels of width `bandwidth`. `contours` are lines
    of equal energy, each (k, 2). `level` is what was subtracted from the energy, and `log_z` is log ∫ exp(−E), by
    sums over twice the window, for an energy of the network's own: log p(x) = −energy − level − log_z. None where that
    sum does not stand.

    `maps` (rows, columns each) are those among the layers that are wanted, but for the density;
    `true_energy` is −log p_σ, and `true_contours` its lines; `non_conservative` the share ‖s − ∇u‖²/‖s‖² in the view,
    `grid_error` the relative error of the score that particles interpolate on the grid, if they do. `velocity` (rows,
    columns, 2) is that of the probability flow from noise to data, −dx_t/dt on the lane's path, where it is wanted, and
    `time` its t at this noise level, where the path has coordinates of its own; both None without a path. `alpha` is
    the factor α there from the coordinates of the data to those of the path, x_t.
    """

    region: tuple[float, float, float, float]
    sigma: float
    score: Floats
    energy: Floats | None
    density: Bytes
    contours: tuple[Floats, ...] = ()
    own_energy: bool = True
    maps: Mapping[str, Floats] = field(default_factory=dict)
    opacity: Floats | None = None
    bandwidth: float | None = None
    true_energy: Floats | None = None
    true_contours: tuple[Floats, ...] = ()
    reference: tuple[float, float] | None = None
    level: float = 0.0
    log_z: float | None = None
    non_conservative: float | None = None
    grid_error: float | None = None
    velocity: Floats | None = None
    time: float | None = None
    alpha: float = 1.0


@dataclass(frozen=True)
class Curve:
    """A history: training `steps` (k,) and the values there by name, each (k,).

    NaN where none was measured, ∞ where one was measured and is no finite number.

    Of several `replicas`, which differ in their seeds, `values` are the medians, and `low` and `high` the extremes.
    Else these are two standard errors below and above a value that is an estimate. Terms of the loss are named
    `term …`.
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


class Pull(NamedTuple):
    """Data around `place` that pull at a point: their posterior `weight` there, and their part of the true score."""

    place: tuple[float, float]
    weight: float
    part: tuple[float, float]


class ScorePulls(NamedTuple):
    """The true score as a sum of pulls, the heaviest first, and one data point `clean` drawn from the posterior.

    Denoising score matching regresses on (clean − x)/σ², whose mean over the posterior is the score. None at σ = 0.
    """

    pulls: tuple[Pull, ...]
    clean: tuple[float, float] | None


@dataclass(frozen=True)
class FlowPaths:
    """Trajectories from noise to data: where a point is at each of `sigmas`, decreasing to 0.

    From one start by the probability flow, `ode` (levels, 2), and by the reverse SDE, `sde` (levels, 2); the lines of a
    `mesh` (levels, lines, points, 2) that the flow carries along, where it is shown.
    """

    sigmas: tuple[float, ...]
    ode: Floats
    sde: Floats
    mesh: Floats | None = None


class RacePoint(NamedTuple):
    """A sampler with so many score `evaluations` a particle: the sliced W₂ of its particles, and its standard error."""

    evaluations: int
    distance: float
    error: float


@dataclass(frozen=True)
class RaceResult:
    """A race of samplers between two levels of `noise` on a network after `step` training steps, as far as it is run.

    `points` by the name of the sampler; below the distance `chance` stay 95 % of as many samples of the target itself.
    """

    noise: tuple[float, float]
    step: int
    points: Mapping[str, tuple[RacePoint, ...]]
    chance: float | None = None
    complete: bool = False


@dataclass(frozen=True)
class Marginal:
    """A density along one axis: its means between `edges` (k + 1,), of the `particles` (k,) and of the `truth` (k,).

    Particles with any value of the other coordinate count, also those outside the visible region.
    """

    edges: Floats
    particles: Floats
    truth: Floats


@dataclass(frozen=True)
class PointReading:
    """A learned field and the truth at `point`, at noise level `sigma`.

    Scores (2,) each; `divergence` is Tr ∇s and `curl` ∂₁s₂ − ∂₂s₁. `energy` is the network's own, `log_p` = −E − log Z
    where Z is known; both None for a network that has only a score. `rise` is log p(x) − log p(x₀) along a line from
    the reference point x₀, None where there is none; those of the truth are exact differences. `pulls` are those of the
    true score where the layer shows them.
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
    pulls: ScorePulls | None = None


@dataclass(frozen=True)
class TargetSnapshot:
    """The target: whether it has no mass, and of each of its modes, if any, the true weight and a point in it."""

    empty: bool = False
    mode_weights: tuple[float, ...] = ()
    mode_positions: tuple[tuple[float, float], ...] = ()
