"""Targets that are mixtures of Gaussians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ncsn_viz.core.knobs import Numbers, ValidationError, knob
from ncsn_viz.core.numerics import Array, Device, torch
from ncsn_viz.core.targets.base import Target, centres
from ncsn_viz.core.targets.gaussians import Gaussians
from ncsn_viz.core.targets.lattice import share_gaussians
from ncsn_viz.core.targets.statistics import TargetStatistics, mixture_statistics


class Components(NamedTuple):
    """Weights (k,), nonnegative with any positive sum; means (k, 2); standard deviations (k,); modes (k,) from 0."""

    weights: Array
    means: Array
    stds: Array
    modes: Sequence[int]


@dataclass(frozen=True)
class GaussianTarget(Target):
    """A target that is a mixture of isotropic Gaussians."""

    def components(self) -> Components:
        """The components of the mixture."""
        raise NotImplementedError

    def image(self, window: tuple[float, float], n: int) -> Array:
        """The density, scaled to maximum 1."""
        density = self._density(centres(window, n))
        peak = density.max()
        return density / peak if peak > 0 else density

    def _density(self, axis: Array) -> Array:
        """p on `axis` × `axis`, shape (y, x); an isotropic Gaussian is a product of functions of x and of y."""
        parts = self.components()
        columns, rows = (np.exp(-(((axis[:, None] - mean) / parts.stds) ** 2) / 2) for mean in parts.means.T)
        density: Array = (rows * (parts.weights / parts.weights.sum() / (2 * np.pi * parts.stds**2))) @ columns.T
        return density

    def lattice_weights(self, window: tuple[float, float], n: int, bandwidth: float) -> Array:
        """Weights (n, n) of n × n cells of `window` that, each blurred by `bandwidth` h, give p scaled to maximum 1.

        A component has variance s² − h² on the lattice. Where s is less than h it is a point there, and ends as wide as
        h: finer detail is for a smaller bandwidth.
        """
        axis, parts = centres(window, n), self.components()
        peak = self._density(axis).max()
        variances = (parts.stds**2 - bandwidth**2).clip(0)
        across, down = (share_gaussians(mean, variances, axis) for mean in parts.means.T)
        masses: Array = (down * (parts.weights / parts.weights.sum())) @ across.T
        return masses / (peak * (axis[1] - axis[0]) ** 2) if peak > 0 else np.zeros((n, n))

    def statistics(self) -> TargetStatistics:
        """From the components."""
        parts = self.components()
        return mixture_statistics(parts.weights, parts.means, parts.stds)

    def build(self, device: Device = "cpu", dtype: torch.dtype | None = None, origin: float = 0.0) -> Gaussians:
        """The mixture in closed form."""
        parts = self.components()
        weights = parts.weights / parts.weights.sum()
        exact, dtype = (
            (torch.from_numpy(weights).log(), parts.means - origin, parts.stds),
            dtype or torch.float32,
        )  # log 0 = −∞
        log_weights, means, stds = (torch.as_tensor(array).to(dtype).to(device) for array in exact)
        return Gaussians(log_weights, means, stds, torch.tensor(parts.modes, device=device))


@dataclass(frozen=True)
class Mixture(GaussianTarget):
    """p(x) = Σₖ wₖ N(x; μₖ, sₖ² I), where each component is a mode."""

    kind = "mixture"
    title = "Gaussian mixture"
    about = "Any mixture of round Gaussians, given by weights, means and standard deviations."

    weights: tuple[float, ...] = knob(
        (0.2, 0.8),
        Numbers(low=0, high=1e9, max_count=1000, label="Weights",
                help="Weight of each component; their sum does not matter. Near 0: hardly ever sampled, and hard to "
                     "learn."),
    )  # fmt: skip
    means: tuple[tuple[float, float], ...] = knob(
        ((-5.0, -5.0), (5.0, 5.0)),
        Numbers(low=-1e4, high=1e4, width=2, max_count=1000, label="Means",
                help="Centre of each component. Far apart: no particle passes between them at small noise. Outside of "
                     "±8: off the canvas."),
    )  # fmt: skip
    stds: tuple[float, ...] = knob(
        (1.0, 1.0),
        Numbers(low=1e-3, high=1e4, max_count=1000, label="Deviations",
                help="Standard deviation of each component. Small: steep scores, which want small noise and small "
                     "steps. Large: components melt into each other."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        counts = {"weights": len(self.weights), "means": len(self.means), "stds": len(self.stds)}
        if len(set(counts.values())) > 1:
            found = ", ".join(f"{count} {name}" for name, count in counts.items())
            raise ValidationError(f"needs as many weights as means and stds, but has {found}", ("mixture",))
        if sum(self.weights) <= 0:
            raise ValidationError("must not all be 0", ("weights",))

    def components(self) -> Components:
        """The components as given; one of weight 0 stays a mode, with no mass."""
        weights = np.array(self.weights)
        return Components(weights, np.array(self.means), np.array(self.stds), range(len(weights)))
