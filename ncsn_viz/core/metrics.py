"""Measures of success against the truth."""

from __future__ import annotations

import math

from ncsn_viz.core.field import Density, Field
from ncsn_viz.core.lazy import torch


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
