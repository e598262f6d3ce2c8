"""The base class of targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.fields import Density
from ncsn_viz.core.knobs import Kind
from ncsn_viz.core.numerics import Array, Device, torch
from ncsn_viz.core.targets.statistics import TargetStatistics


@dataclass(frozen=True)
class Coordinates:
    """Own coordinates of the data, scale · point + (x, y), for points on a canvas to which they were fitted."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @property
    def offset(self) -> tuple[float, float]:
        """(x, y), the own coordinates of the canvas's 0."""
        return self.x, self.y


@dataclass(frozen=True)
class Target(Kind):
    """The settings of a density p on the plane."""

    def build(self, device: Device = "cpu", dtype: torch.dtype | None = None, origin: float = 0.0) -> Density:
        """The density on a device, which can be evaluated and sampled. Raises EmptyTarget for a target without mass.

        Its points are relative to (origin, origin), which is subtracted in float64.
        """
        raise NotImplementedError

    def image(self, window: tuple[float, float], n: int) -> Array:
        """The density, scaled to maximum 1, at the centres of n × n cells of `window`: shape (n, n), row 0 lowest.

        All 0 for a target without mass. Computed by numpy, so that drawing does not wait for the import of torch.
        """
        raise NotImplementedError

    @property
    def canvas(self) -> tuple[float, float] | None:
        """The low and high end, along both axes, of the square on which it is defined; None for any square."""
        return None

    @property
    def coordinates(self) -> Coordinates:
        """The own coordinates of imported data; those of the canvas, unless they were fitted to it."""
        return Coordinates()

    @property
    def cells(self) -> int:
        """The cells along a side of its lattice, the least resolution for an image; 0 without a lattice."""
        return 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about it, in sentences."""
        return ()

    def drawable_prefix(self) -> Target:
        """A part of the target whose image is quick to compute; the target itself, unless it is a long painting."""
        return self

    def statistics(self) -> TargetStatistics | None:
        """The position and width of the mass, for advice on settings; None if unknown or without mass."""
        return None


def centres(window: tuple[float, float], n: int) -> Array:
    """The centres of `n` cells along a side of `window`: shape (n,)."""
    low, high = window
    centres: Array = low + (np.arange(n) + 0.5) * (high - low) / n
    return centres


def resampled(weights: Array, own: tuple[float, float], window: tuple[float, float], n: int) -> Array:
    """`weights` of cells of the square `own`, at the centres of n × n cells of `window`; 0 outside: shape (n, n)."""
    (low, high), count = own, len(weights)
    if n == count and window == own:
        return weights
    index = np.floor((centres(window, n) - low) / (high - low) * count).astype(int)
    inside = (index >= 0) & (index < count)
    index = index.clip(0, count - 1)
    found: Array = weights[np.ix_(index, index)] * np.outer(inside, inside)
    return found


class EmptyTarget(ValueError):
    """A target without mass, such as an empty canvas."""
