"""What every target is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ncsn_viz.core.knobs import Kind
from ncsn_viz.core.numerics import Array

if TYPE_CHECKING:
    import torch

    from ncsn_viz.core.fields import Density
    from ncsn_viz.core.targets.statistics import TargetStatistics


@dataclass(frozen=True)
class Target(Kind):
    """The settings of a density p on the plane; `build` makes it computable on a device."""

    def build(self, device: torch.device | str = "cpu", dtype: torch.dtype | None = None) -> Density:
        """The density, ready to be sampled and evaluated. Raises EmptyTarget if there is no mass."""
        raise NotImplementedError

    def image(self, window: tuple[float, float], n: int) -> Array:
        """The density at the centres of n × n cells of the square `window`, its peak 1: shape (n, n), row 0 lowest.

        In numpy, for thumbnails and canvases, without waiting for torch. All 0 for a target without mass.
        """
        raise NotImplementedError

    @property
    def canvas(self) -> tuple[float, float] | None:
        """The low and high end, along both axes, of the square to which the target belongs; None without one."""
        return None

    @property
    def cells(self) -> int:
        """The cells along a side of its own lattice, which an image should not fall below; 0 without a lattice."""
        return 0

    def drawable_prefix(self) -> Target:
        """A first part of the target whose image is quick to make: the target itself, where that is."""
        return self

    def statistics(self) -> TargetStatistics | None:
        """Where the mass is and how wide, for advice on settings; None without mass, or where it is unknown."""
        return None


def centres(window: tuple[float, float], n: int) -> Array:
    """The centres of `n` cells along a side of the window: shape (n,)."""
    low, high = window
    found: Array = low + (np.arange(n) + 0.5) * (high - low) / n
    return found


class EmptyTarget(ValueError):
    """A target without any mass: an empty canvas."""
