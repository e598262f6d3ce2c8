"""Metrics of a learned field and of its samples against the truth."""

from __future__ import annotations

import math
from typing import NamedTuple

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.analysis.adaptive_partition import TOLERANCE, refined_partition
from ncsn_viz.core.fields import Density, Field
from ncsn_viz.core.numerics import Generator, Region, Tensor, normal, to_float64, torch


def half_mean_square(vectors: Tensor) -> float:
    """½ mean ‖v‖² over the rows v of `vectors` (n, 2).

    For s − s* on samples of p_σ it is half the Fisher divergence; on the nodes of a grid, the unweighted error over
    its region.
    """
    return float(0.5 * vectors.square().sum(1).mean())


MMD_ROWS = 512  # of the matrix of a kernel at once


class Estimate(NamedTuple):
    """A mean over independent points, and the standard error of it."""

    mean: float
    error: float

    @classmethod
    def of(cls, values: Tensor) -> Estimate:
        """From the `values` (n,) at the points; a single one says nothing of its error."""
        return cls(float(values.mean()), float(values.std() / math.sqrt(len(values))) if len(values) > 1 else math.nan)


def noisy_sample(truth: Density, n: int, sigma: float, generator: Generator) -> Tensor:
    """`n` samples of p_σ, shape (n, 2)."""
    x = truth.sample(n, generator)
    return x + sigma * normal(x, generator)


def median_distance(x: Tensor) -> float:
    """The median distance of two of the points `x` (n, 2), the usual bandwidth of a Gaussian kernel."""
    return float(torch.nn.functional.pdist(x).median())


def mmd_error(a: Tensor, b: Tensor, bandwidth: float) -> float:
    """The standard error of `mmd` of two samples (n, 2) of one size n; NaN if a point is not finite.

    The root of (4/n) Var E[h | z] + 2/(n (n − 1)) E[h²] with h(z, z′) = k(a, a′) + k(b, b′) − k(a, b′) − k(a′, b) of
    pairs z = (a, b): the second part is all that is left for equal distributions. Serfling 1980, section 5.2.1; Gretton
    et al. 2012, lemma 6.
    """
    if not (bool(a.isfinite().all()) and bool(b.isfinite().all())):
        return math.nan
    n, sums, squares = len(a), [], 0.0
    for rows in torch.split(torch.arange(n, device=a.device), MMD_ROWS):
        h = sum(sign * _kernel(x[rows], y, bandwidth) for x, y, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)))
        assert isinstance(h, torch.Tensor)
        h[torch.arange(len(rows)), rows] = 0
        sums.append(h.sum(1))
        squares += float(to_float64(h).square().sum())
    conditional = float((torch.cat(sums) / (n - 1)).var())
    pairs = n * (n - 1)
    return math.sqrt(max(4 * (conditional - squares / pairs / (n - 1)), 0.0) / n + 2 * squares / pairs**2)


def _kernel(a: Tensor, b: Tensor, bandwidth: float) -> Tensor:
    return torch.exp(-(torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist") / bandwidth).square() / 2)


def mmd(a: Tensor, b: Tensor, bandwidth: float | None = None) -> float:
    """The squared maximum mean discrepancy of two samples (n, 2) and (m, 2); NaN if a point is not finite.

    NaN for a sample of less than two points, too: it has no pair.

    E k(a, a′) + E k(b, b′) − 2 E k(a, b) with k(x, y) = exp(−‖x − y‖²/2h²), where h is `bandwidth` or the median
    distance within the union of both samples. The unbiased estimator, without the pairs of a point with itself: its
    mean is 0 for equal distributions, and it may be negative. Gretton et al., JMLR 13:25 (2012), equation 3.
    """
    if min(len(a), len(b)) < 2 or not (bool(a.isfinite().all()) and bool(b.isfinite().all())):
        return math.nan
    h = median_distance(torch.cat([a, b])) if bandwidth is None else bandwidth
    within = sum(2 * float(_kernel_sum(torch.nn.functional.pdist(x), h)) / (len(x) * (len(x) - 1)) for x in (a, b))
    between = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
    return within - 2 * float(_kernel_sum(between, h)) / between.numel()


def _kernel_sum(distances: Tensor, bandwidth: float) -> Tensor:
    return to_float64(torch.exp(-(distances / bandwidth).square() / 2)).sum()


class Partition(NamedTuple):
    """log Z of an energy, the share of ∫ exp(−E) dx outside the region of the fine cells, and whether log Z stands."""

    log_z: float
    outside: float
    change: float  # of log Z when the cells were halved last

    @property
    def stands(self) -> bool:
        """Whether halving the cells changes log Z by less than its tolerance."""
        return self.change < TOLERANCE


def partition(field: Field, sigma: float, region: Region, nodes: int, data: Tensor) -> Partition | None:
    """Z = ∫ exp(−E) dx by quadrature; None for a field without energy.

    Over `region`, with `nodes` cells along each side to begin with, which are halved where the mass or the `data`
    (n, 2) are until Z stands, and on a coarser grid around it, up to twice its width and height. Computed with the
    dtype and device of `data`.
    """
    inside = refined_partition(field, sigma, region, nodes, data)
    if inside is None:
        return None
    outer, area = calculus.surrounding_cells(region, max(4, nodes // 8 * 4), data.device)
    with torch.no_grad():
        energy = field.energy(outer.to(data.dtype), sigma)
    assert energy is not None
    outside = calculus.outside_share(inside.log_z, energy, area)
    return Partition(inside.log_z - math.log1p(-outside) if outside < 1 else math.inf, outside, inside.change)


def log_density_of_energy(field: Field, x: Tensor, sigma: float, log_z: float) -> Tensor | None:
    """log p = −E(x) − log Z at `x` (n, 2): shape (n,); None for a field without energy."""
    with torch.no_grad():
        energy = field.energy(x, sigma)
    return None if energy is None else -energy - log_z
