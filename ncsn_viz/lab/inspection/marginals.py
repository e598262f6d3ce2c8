"""Marginal densities along x and y: of the particles by counting, of the truth in closed form."""

from __future__ import annotations

import numpy as np

from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import Region, torch
from ncsn_viz.lab.snapshot import Marginal

BINS = 64  # over the visible region
MOST = 100_000  # particles that are counted: of more, as many of them, evenly


class Marginals:
    """The marginals of one lane; those of the truth are computed anew only for another truth, σ or region."""

    def __init__(self) -> None:
        self._key: tuple[Density, float, Region] | None = None
        self._truth: tuple[torch.Tensor, torch.Tensor] | None = None

    def measure(self, x: torch.Tensor, truth: Density, sigma: float, region: Region) -> tuple[Marginal, Marginal]:
        """The marginals along x and along y in the bins of `region`, of the particles `x` (n, 2) and of p_σ."""
        ends = (region[:2], region[2:])
        edges = [torch.linspace(low, high, BINS + 1, dtype=torch.float64) for low, high in ends]
        if self._truth is None or self._key is None or self._key[0] is not truth or self._key[1:] != (sigma, region):
            self._key = (truth, sigma, region)
            self._truth = (true_marginal(truth, 0, sigma, edges[0]), true_marginal(truth, 1, sigma, edges[1]))
        some = x[:: -(-len(x) // MOST)]
        found = (counted(some[:, axis], low, high).cpu() for axis, (low, high) in enumerate(ends))
        one, other = (
            Marginal(*(np.asarray(part, dtype=np.float32) for part in parts))
            for parts in zip(edges, found, self._truth, strict=True)
        )
        return one, other


def counted(values: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """The density of `values` (n,) in BINS bins from `low` to `high`, shape (BINS,): those outside count as well."""
    finite = values[values.isfinite()]
    width = (high - low) / BINS
    return torch.histc(finite, BINS, low, high) / (max(len(finite), 1) * width)


def true_marginal(truth: Density, axis: int, sigma: float, edges: torch.Tensor) -> torch.Tensor:
    """The mean of the marginal of p_σ along `axis` (0 or 1) in every bin between `edges` (k + 1,): shape (k,), float64.

    A marginal of a mixture of Gaussians is one on the line: Σ w (Φ((b − μ)/s_σ) − Φ((a − μ)/s_σ)) / (b − a) with
    s_σ² = s² + σ². Components with one mean and one s, as the cells of a column, are added up first.
    """
    direction = torch.eye(2)[axis]
    weights, means, stds = (part.detach().cpu().double() for part in truth.projection(direction))
    unique, index = torch.unique(torch.stack([means, stds]), dim=1, return_inverse=True)
    mass = torch.zeros(unique.shape[1], dtype=torch.float64).index_add_(0, index, weights)
    below = torch.special.ndtr((edges[:, None] - unique[0]) / torch.hypot(unique[1], torch.tensor(sigma).double()))
    return torch.diff(below, dim=0) @ mass / torch.diff(edges)
