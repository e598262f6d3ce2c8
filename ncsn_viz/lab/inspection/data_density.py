"""Where the data of a target are: a kernel density of points drawn from it, as a network sees them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.analysis import calculus, cross_validated_bandwidth, kernel_density
from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import Region, torch

POINTS = 8192  # about as many as a lane of the default batch has seen after 64 steps


@dataclass(frozen=True)
class DataDensity:
    """Points `x` (n, 2) of the data of `truth`, and the bandwidth of a Gaussian kernel for them."""

    truth: Density
    x: torch.Tensor
    bandwidth: float

    @classmethod
    def draw(cls, truth: Density, seed: int, device: torch.device) -> DataDensity:
        """POINTS points, the same ones for a seed; the bandwidth is cross-validated."""
        x = truth.sample(POINTS, torch.Generator(device).manual_seed(seed + 2))
        return cls(truth, x, cross_validated_bandwidth(x) or 1.0)

    def on_grid(self, region: Region, rows: int, columns: int, sigma: float) -> torch.Tensor:
        """The density of the data blurred by noise σ = `sigma` at the nodes of a grid: shape (rows, columns).

        Noise adds its variance to that of the kernel. No kernel is narrower than the spacing of the nodes.
        """
        bandwidth = max(math.hypot(self.bandwidth, sigma), *calculus.spacings(rows, columns, region))
        return kernel_density(self.x, region, rows, columns, bandwidth)
