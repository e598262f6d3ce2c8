"""Measures of success against the truth."""

from __future__ import annotations

import math

from ncsn_viz.core import analysis, probes
from ncsn_viz.core.field import Density, Field
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region


def half_fisher(field: Field, truth: Field, x: torch.Tensor, sigma: float) -> float:
    """½ mean ‖s − s*‖² over the points `x` (n, 2), at noise level `sigma`.

    On samples of p_σ it is half the Fisher divergence; on the nodes of a grid, the unweighted error over a window.
    """
    with torch.no_grad():
        return float(0.5 * (field.score(x, sigma) - truth.score(x, sigma)).square().sum(1).mean())


def noisy_sample(truth: Density, n: int, sigma: float, generator: torch.Generator) -> torch.Tensor:
    """`n` samples of p_σ, shape (n, 2)."""
    return noisy(truth.sample(n, generator), sigma, generator)


def noisy(x: torch.Tensor, sigma: float, generator: torch.Generator) -> torch.Tensor:
    """x + σz, shape (n, 2)."""
    return x + sigma * torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)


def sliced_w2(a: torch.Tensor, b: torch.Tensor, directions: int = 64) -> float:
    """Sliced Wasserstein-2 distance of two samples (n, 2) of equal size; NaN where one of them is not finite.

    The root of the mean over directions of the squared distance between sorted projections; in the plane evenly
    spaced directions integrate better than random ones. Bonneel et al. 2015.
    """
    if not (bool(a.isfinite().all()) and bool(b.isfinite().all())):
        return math.nan
    angle = torch.arange(directions, device=a.device, dtype=a.dtype) * (math.pi / directions)
    axes = torch.stack([angle.cos(), angle.sin()])
    sorted_a, sorted_b = ((axes.T @ x.T).sort(dim=1).values for x in (a, b))
    return float((sorted_a - sorted_b).square().mean().sqrt())


def median_distance(x: torch.Tensor) -> float:
    """The median distance between two of the points `x` (n, 2): the usual bandwidth of a Gaussian kernel."""
    return float(torch.nn.functional.pdist(x).median())


def mmd(a: torch.Tensor, b: torch.Tensor, bandwidth: float | None = None) -> float:
    """The squared maximum mean discrepancy of two samples (n, 2) and (m, 2); NaN where one of them is not finite.

    E k(a, a′) + E k(b, b′) − 2 E k(a, b) with k(x, y) = exp(−‖x − y‖²/2h²), h = `bandwidth` or else the median distance
    within both samples together. Without the pairs of a point with itself, so that its mean is 0 for equal
    distributions, and a single value may be negative. Gretton et al., JMLR 13:25 (2012), equation 3.
    """
    if not (bool(a.isfinite().all()) and bool(b.isfinite().all())):
        return math.nan
    h = median_distance(torch.cat([a, b])) if bandwidth is None else bandwidth
    within = sum(2 * float(_kernel_sum(torch.nn.functional.pdist(x), h)) / (len(x) * (len(x) - 1)) for x in (a, b))
    between = torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
    return within - 2 * float(_kernel_sum(between, h)) / between.numel()


def _kernel_sum(distances: torch.Tensor, bandwidth: float) -> torch.Tensor:
    return torch.exp(-(distances / bandwidth).square() / 2).double().sum()


def log_z(field: Field, sigma: float, region: Region, nodes: int, like: torch.Tensor) -> float | None:
    """log ∫ exp(−E) over `region` by quadrature with `nodes` nodes each way; None where the field has no energy."""
    points = probes.grid(region, nodes, nodes, like.device, like.dtype)
    with torch.no_grad():
        energy = field.energy(points, sigma)
    return None if energy is None else analysis.log_z_on(energy.reshape(nodes, nodes), region)


def negative_log_likelihood(field: Field, x: torch.Tensor, sigma: float, region: Region, nodes: int) -> float | None:
    """mean E(x) + log Z over the points `x` (n, 2), in nats; None where the field has no energy.

    `region` has to hold all that the model has: mass outside is not counted in Z, and flatters the model.
    """
    total = log_z(field, sigma, region, nodes, x)
    if total is None:
        return None
    with torch.no_grad():
        energy = field.energy(x, sigma)
    assert energy is not None
    return float(energy.mean()) + total
