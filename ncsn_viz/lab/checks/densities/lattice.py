"""The density of weights on a lattice, against the direct sum over its cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import Painted
from ncsn_viz.core.targets.lattice import LatticeMixture
from ncsn_viz.lab.checks.base import Check, Discrepancy, Values, largest, relative_error, root_mean_square
from ncsn_viz.lab.checks.reference import TARGET, Reference

WINDOW, CELLS, BANDWIDTH = (-4.0, 4.0), 20, 0.3
SIGMAS = (0.0, 0.5, 3.0)
FAR = 30.0  # standard deviations away from all cells
BEYOND = 400.0  # from the middle of the window, beyond all tables


def _weights() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """A ring that is heavier on one side, (rows y, columns x)."""
    x, y = np.meshgrid(_centres(), _centres())
    return np.exp(-((np.hypot(x, y) - 2.2) ** 2) / 0.3) * (1.5 + np.tanh(x + 0.3 * y))


def _centres() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    low, high = WINDOW
    return low + (np.arange(CELLS) + 0.5) * (high - low) / CELLS


def direct_sum() -> Reference:
    """One Gaussian a cell, added up one by one."""
    cells = [(float(w), (float(_centres()[j]), float(_centres()[i]))) for (i, j), w in np.ndenumerate(_weights())]
    return Reference(tuple(w for w, _ in cells), tuple(c for _, c in cells), (BANDWIDTH,) * len(cells))


@dataclass(frozen=True, kw_only=True)
class LatticeSum(Discrepancy):
    """The largest difference at the cell centres, where the tables are exact."""

    def measure(self, generator: torch.Generator) -> Values:
        """At every σ."""
        lattice, exact = LatticeMixture(_weights(), WINDOW, BANDWIDTH, dtype=torch.float64), direct_sum()
        axis = torch.as_tensor(_centres())
        x = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), dim=-1).reshape(-1, 2)
        axes = torch.eye(2, dtype=torch.float64)[:, None, :].expand(2, len(x), 2)
        found: dict[str, float] = {}
        for sigma in SIGMAS:
            _, along = lattice.score_and_tangents(x, sigma, axes)
            found |= {
                f"log p at σ = {sigma:g}": largest(lattice.log_density(x, sigma) - exact.log_density(x, sigma)),
                f"score at σ = {sigma:g}": largest(lattice.score(x, sigma) - exact.score(x, sigma)),
                f"Jacobian at σ = {sigma:g}": largest(along - exact.jacobian(x, sigma).permute(2, 0, 1)),
            }
        return found


@dataclass(frozen=True, kw_only=True)
class LatticeInterpolation(Discrepancy):
    """The root mean square error between the cell centres, of the score relative to it, of log p in nats."""

    points: int = 2000

    def measure(self, generator: torch.Generator) -> Values:
        """On samples at every σ; and 30 standard deviations and 40 windows away, there of log p relative to it, too."""
        lattice, exact = LatticeMixture(_weights(), WINDOW, BANDWIDTH, dtype=torch.float64), direct_sum()
        found: dict[str, float] = {}
        for sigma in SIGMAS:
            x = lattice.sample(self.points, generator)
            x = x + sigma * torch.randn(x.shape, generator=generator, dtype=x.dtype)
            directions = torch.tensor([[0.6, 0.8], [-1.0, 0.0]], dtype=torch.float64)
            far, beyond = directions * (6 + FAR * math.hypot(BANDWIDTH, sigma)), directions * BEYOND
            log_p, far_log_p = exact.log_density(x, sigma), exact.log_density(far, sigma)
            found |= {
                f"score at σ = {sigma:g}": relative_error(lattice.score(x, sigma), exact.score(x, sigma)),
                f"log p at σ = {sigma:g}": root_mean_square(lattice.log_density(x, sigma) - log_p),
                f"score far away at σ = {sigma:g}": relative_error(lattice.score(far, sigma), exact.score(far, sigma)),
                f"log p far away at σ = {sigma:g}": relative_error(lattice.log_density(far, sigma), far_log_p),
                f"log p beyond the tables at σ = {sigma:g}": relative_error(
                    lattice.log_density(beyond, sigma), exact.log_density(beyond, sigma)
                ),
            }
        return found


@dataclass(frozen=True, kw_only=True)
class LatticeSamples(Check):
    """First and second moments of samples."""

    samples: int = 20_000

    def expected(self) -> Values:
        """From cells and bandwidth: Σ w c, and Σ w c² + h²."""
        cells = direct_sum()
        total = sum(cells.weights)
        parts = [(w / total, *mean) for w, mean in zip(cells.weights, cells.means, strict=True)]
        return {
            "mean of x": sum(w * x for w, x, _ in parts),
            "mean of y": sum(w * y for w, _, y in parts),
            "mean of x²": sum(w * x**2 for w, x, _ in parts) + BANDWIDTH**2,
            "mean of y²": sum(w * y**2 for w, _, y in parts) + BANDWIDTH**2,
        }

    def measure(self, generator: torch.Generator) -> Values:
        """Means over samples."""
        lattice = LatticeMixture(_weights(), WINDOW, BANDWIDTH, dtype=torch.float64)
        x, y = lattice.sample(self.samples, generator).unbind(1)
        return {
            "mean of x": float(x.mean()),
            "mean of y": float(y.mean()),
            "mean of x²": float(x.square().mean()),
            "mean of y²": float(y.square().mean()),
        }


@dataclass(frozen=True, kw_only=True)
class PaintedOver(Discrepancy):
    """log p of a mixture as the base of a painting against its closed form, root mean square in nats over its data."""

    points: int = 2000

    def measure(self, generator: torch.Generator) -> Values:
        """At every σ; the bandwidth of the lattice is part of the width of each component."""
        truth, found = TARGET.build(dtype=torch.float64), {}
        lattice = Painted(base=TARGET, resolution=64, bandwidth=0.3).build(dtype=torch.float64)
        for sigma in SIGMAS:
            x = truth.sample(self.points, generator)
            x = x + sigma * torch.randn(x.shape, generator=generator, dtype=x.dtype)
            found[f"σ = {sigma:g}"] = root_mean_square(lattice.log_density(x, sigma) - truth.log_density(x, sigma))
        return found


SUM = LatticeSum(
    name="lattice_sum",
    what="A painted density is the sum of one Gaussian a cell: log p_σ, score and Jacobian at the cell centres.",
    source="The sum over all cells, one by one; derivatives by automatic differentiation",
    seeds=1,
    tolerance=1e-8,
    because="rounding in float64",
)
INTERPOLATION = LatticeInterpolation(
    name="lattice_interpolation",
    what="Between the cell centres, where it is interpolated, and far away a painted density is that sum to 0.3 %.",
    source="The sum over all cells; Keys 1981 for the interpolation",
    tolerance=0.003,
    because="cubic interpolation of log p and score",
)
LATTICE_SAMPLES = LatticeSamples(
    name="lattice_samples",
    what="Samples of a painted density have its mean and its second moments.",
    source="Moments of Gaussians",
)
PAINTED_OVER = PaintedOver(
    name="painted_over",
    what="A mixture that is painted over is the same density on the lattice: error of log p in nats on its data.",
    source="The closed form of the mixture; N(0, s²) is N(0, s² − h²) blurred by h",
    tolerance=0.001,
    because="cells of a quarter beside a mixture whose narrowest part has s = 0.6",
)
