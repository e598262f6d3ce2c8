"""The shape of a target in a few numbers, for advice: no torch, no samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ncsn_viz.core.targets import Array, GaussianTarget, Painted, Target

# Two hills of deviations s and t that are further apart than APART (s + t) are far modes: the barrier between them is
# about APART²/2 = 6 nats, so a particle crosses once in some hundred relaxation times, and a run has about a hundred.
# Measured: Langevin of 1000 steps from an even start finds weights 0.2 : 0.8 at 5 deviations, not any more at 8.
APART = 3.5
LIGHT = 0.01  # components and cells below this share of the heaviest one say nothing about the shape
COARSE = 32  # blocks along each side by which a painting is judged


@dataclass(frozen=True, eq=False)
class TargetStatistics:
    """A target as round Gaussians: `points` (k, 2), `stds` (k,) and `weights` (k,), their sum 1.

    `narrow` is the least standard deviation of anything in it, `outer` the one whose Gaussian rules far away from all
    mass: the largest of a mixture, a painting's bandwidth. `rim` is how far all mass reaches along the shorter side.
    """

    points: Array
    stds: Array
    weights: Array
    narrow: float
    outer: float
    rim: float

    @property
    def centre(self) -> Array:
        """The mean, shape (2,)."""
        mean: Array = self.weights @ self.points
        return mean

    @property
    def spread(self) -> float:
        """The standard deviation along the widest direction."""
        return _widest(self.points - self.centre, self.stds, self.weights)

    @property
    def reach_rms(self) -> float:
        """The root mean square along the widest direction, seen from 0 and not from the mean."""
        return _widest(self.points, self.stds, self.weights)

    @property
    def extent(self) -> float:
        """The largest coordinate that the data reach, three deviations around every point."""
        return float((np.abs(self.points).max(1) + 3 * self.stds).max())

    def gap(self, sigma: float) -> float | None:
        """The least distance between far modes under noise `sigma`, or None if there are no far modes (see APART)."""
        stds = np.sqrt(self.stds**2 + sigma**2)
        distances = np.hypot(*(column[:, None] - column for column in self.points.T))
        label = _islands(distances <= APART * (stds[:, None] + stds))
        apart = label[:, None] != label
        return float(distances[apart].min()) if apart.any() else None


def _widest(points: Array, stds: Array, weights: Array) -> float:
    second = (weights[:, None] * points).T @ points + np.eye(2) * (weights @ stds**2)
    return float(math.sqrt(np.linalg.eigvalsh(second)[-1]))


def _islands(linked: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Array:
    """The connected component of every point, from who is linked to whom (k, k)."""
    label = np.full(len(linked), -1.0)
    while (left := label < 0).any():
        edge = np.zeros(len(linked), dtype=bool)
        edge[left.argmax()] = True
        name = float(left.argmax())
        while edge.any():
            label[edge] = name
            edge = linked[edge].any(0) & (label < 0)
    return label


@lru_cache(maxsize=8)
def target_statistics(target: Target) -> TargetStatistics | None:
    """The shape of a target; None for an empty canvas, or a target that does not say what it is made of."""
    if isinstance(target, GaussianTarget):
        parts = target.components()
        kept = parts.weights >= LIGHT * parts.weights.max()
        stds = parts.stds[kept]
        return _shape(parts.means[kept], stds, parts.weights[kept], stds.min(), stds.max())
    return _painted(target) if isinstance(target, Painted) else None


def _painted(target: Painted) -> TargetStatistics | None:
    """A painting by blocks of its lattice. Its hills are wider than its bandwidth h: h only rules outside of them."""
    weights, (low, high) = target.weights(), target.window
    starts = np.arange(0, len(weights), max(1, len(weights) // COARSE))
    blocks = np.add.reduceat(np.add.reduceat(weights, starts, 0), starts, 1)
    row, column = np.nonzero(blocks > LIGHT * blocks.max())
    if not len(row):
        return None
    middle = (starts + np.append(starts[1:], len(weights)) - 1) / 2 + 0.5
    places = low + middle * (high - low) / len(weights)
    points = np.stack([places[column], places[row]], axis=1)
    h = target.effective_bandwidth()
    rim = (high - low) / 2 if target.base else 0.0  # a preset's tails reach to the edge of the canvas
    narrow = math.hypot(h, min(_features(target), default=0.0))
    return _shape(points, np.full(len(points), h), blocks[row, column], narrow, h, rim)


def _features(target: Painted) -> list[float]:
    """The deviations of what is painted, before the bandwidth blurs it: a brush's radius is twice its deviation."""
    base = [float(target.base.components().stds.min())] if target.base else []
    return base + [mark.min_std() for mark in target.strokes if mark.tool == "brush"]


def _shape(
    points: Array, stds: Array, weights: Array, narrow: float, outer: float, rim: float = 0.0
) -> TargetStatistics:
    rim = max(rim, float(np.ptp(points, axis=0).min()) / 2)
    return TargetStatistics(points, stds, weights / weights.sum(), float(narrow), float(outer), rim)
