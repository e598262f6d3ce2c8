"""A target summarised by a few round Gaussians, on which advice about settings is based: no torch, no samples."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ncsn_viz.core.numerics import Array

# Two Gaussians of standard deviations s and t at a distance above MIN_SEPARATION (s + t) are separate modes: the
# barrier between them is about MIN_SEPARATION²/2 = 6 nats, so a particle crosses once in some hundred relaxation
# times, and a run has about a hundred. Measured: Langevin with 1000 steps from a uniform start finds weights 0.2 : 0.8
# at a distance of 5 standard deviations, and does not at 8.
MIN_SEPARATION = 3.5
MIN_RELATIVE_WEIGHT = 0.01  # components and blocks below this fraction of the heaviest one are left out
BLOCKS = 32  # blocks along each side into which the cells of a lattice are summed


@dataclass(frozen=True, eq=False)
class TargetStatistics:
    """A target as round Gaussians: `points` (k, 2), `stds` (k,) and `weights` (k,), their sum 1.

    `min_std` is the standard deviation of its narrowest part, `tail_std` that of the Gaussian that dominates far from
    all mass, `half_width` half the length of the shorter side of the box around the mass.
    """

    points: Array
    stds: Array
    weights: Array
    min_std: float
    tail_std: float
    half_width: float

    def relative_to(self, origin: float) -> TargetStatistics:
        """The same with points relative to (origin, origin)."""
        return replace(self, points=self.points - origin) if origin else self

    @property
    def mean(self) -> Array:
        """Shape (2,)."""
        mean: Array = self.weights @ self.points
        return mean

    @property
    def std(self) -> float:
        """The standard deviation along the widest direction."""
        return _widest(self.points - self.mean, self.stds, self.weights)

    @property
    def rms(self) -> float:
        """The root mean square along the widest direction: the standard deviation about 0 in place of the mean."""
        return _widest(self.points, self.stds, self.weights)

    @property
    def extent(self) -> float:
        """The largest |coordinate| of the data, with three standard deviations around every point."""
        return float((np.abs(self.points).max(1) + 3 * self.stds).max())

    def mode_gap(self, sigma: float) -> float | None:
        """The least distance between separate modes of p_σ (see MIN_SEPARATION), or None without separate modes."""
        stds = np.sqrt(self.stds**2 + sigma**2)
        distances = np.hypot(*(column[:, None] - column for column in self.points.T))
        label = _components(distances <= MIN_SEPARATION * (stds[:, None] + stds))
        apart = label[:, None] != label
        return float(distances[apart].min()) if apart.any() else None


def _widest(points: Array, stds: Array, weights: Array) -> float:
    second = (weights[:, None] * points).T @ points + np.eye(2) * (weights @ stds**2)
    return float(math.sqrt(np.linalg.eigvalsh(second)[-1]))


def _components(linked: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Array:
    """The connected component of each of k points, shape (k,), by the matrix (k, k) of links."""
    label = np.full(len(linked), -1.0)
    while (unvisited := label < 0).any():
        frontier = np.zeros(len(linked), dtype=bool)
        frontier[unvisited.argmax()] = True
        component = float(unvisited.argmax())
        while frontier.any():
            label[frontier] = component
            frontier = linked[frontier].any(0) & (label < 0)
    return label


def mixture_statistics(weights: Array, means: Array, stds: Array) -> TargetStatistics:
    """The statistics of a mixture from its components: weights (k,), means (k, 2), standard deviations (k,)."""
    kept = weights >= MIN_RELATIVE_WEIGHT * weights.max()
    return _statistics(means[kept], stds[kept], weights[kept], stds[kept].min(), stds[kept].max())


def lattice_statistics(
    weights: Array, window: tuple[float, float], bandwidth: float, finest: float, fills_window: bool
) -> TargetStatistics | None:
    """The statistics of a lattice of Gaussians from blocks of its cells, or None for a lattice without mass.

    `weights` (n, n) of the cells of the square `window`, `bandwidth` h their standard deviation, `finest` that of the
    finest detail before it is blurred by h. `fills_window`: mass below the threshold of the blocks covers the whole
    window.
    """
    low, high = window
    starts = np.arange(0, len(weights), max(1, len(weights) // BLOCKS))
    blocks = np.add.reduceat(np.add.reduceat(weights, starts, 0), starts, 1)
    row, column = np.nonzero(blocks > MIN_RELATIVE_WEIGHT * blocks.max())
    if not len(row):
        return None
    block = (high - low) / len(weights) * (len(weights) // len(starts))
    middle = (starts + np.append(starts[1:], len(weights)) - 1) / 2 + 0.5
    centres = low + middle * (high - low) / len(weights)
    points = np.stack([centres[column], centres[row]], axis=1)
    stds, half_width = (
        np.full(len(points), math.hypot(bandwidth, block / math.sqrt(12))),
        (high - low) / 2 if fills_window else 0.0,
    )
    # Far away h dominates; the modes of the lattice are wider.
    return _statistics(points, stds, blocks[row, column], math.hypot(bandwidth, finest), bandwidth, half_width)


def finest_detail(weights: Array, cell: float) -> float:
    """A standard deviation for a density that is not known otherwise: 1/√E‖∇ log p‖², from `weights` (n, n) of cells.

    A round Gaussian has E‖∇ log p‖² = 2/s², a ridge of width s has 1/s². The integral of ‖∇p‖²/p = 4‖∇√p‖² is a sum
    over neighbours.
    """
    roots = np.sqrt(weights / weights.sum())
    squares = sum(float(np.square(np.diff(roots, axis=axis)).sum()) for axis in (0, 1))
    return cell / (2 * math.sqrt(squares)) if squares > 0 else cell * len(weights)


def _statistics(
    points: Array, stds: Array, weights: Array, min_std: float, tail_std: float, half_width: float = 0.0
) -> TargetStatistics:
    half_width = max(half_width, float(np.ptp(points, axis=0).min()) / 2)
    return TargetStatistics(points, stds, weights / weights.sum(), float(min_std), float(tail_std), half_width)
