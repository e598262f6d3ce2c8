"""log p(x) of a field of scores, by the probability-flow ordinary differential equation."""

from __future__ import annotations

import math

from ncsn_viz.core.fields import Differentiable
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.schedules import Geometric


def log_likelihood(
    field: Differentiable,
    x: torch.Tensor,
    sigma_min: float,
    sigma_max: float,
    steps: int,
    mean: torch.Tensor,
    variance: float,
) -> torch.Tensor:
    """log p_σmin at `x` (n, 2): shape (n,).

    Along dx/dσ = −σ s(x, σ) the density changes by d log p_σ(x(σ))/dσ = σ Tr ∇s. Both are carried up to `sigma_max`
    by Heun's rule in log σ over `steps` even steps, with the exact trace, and there p_σ is taken for the Gaussian
    N(`mean`, (`variance` + σ_max²) I), `mean` (2,) and `variance` being those of the data along an axis. Second order
    in the step; the Gaussian is an error of order (spread/σ_max)² at a point, and of its square in the mean over data.
    Song et al. 2021, section 4.3 and appendix D.2.
    """
    ladder = Geometric(sigma_max, sigma_min).sigmas(steps + 1)[::-1]
    step = math.log(sigma_max / sigma_min) / steps
    gained = x.new_zeros(len(x))
    with torch.no_grad():
        slope, growth = _rates(field, x, ladder[0])
        for sigma in ladder[1:]:
            there, growth_there = _rates(field, x + step * slope, sigma)
            x = x + step / 2 * (slope + there)
            gained = gained + step / 2 * (growth + growth_there)
            slope, growth = _rates(field, x, sigma)
    return _log_normal(x, mean, variance + sigma_max**2) - gained


def _rates(field: Differentiable, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
    """dx/d log σ = −σ² s, shape (n, 2), and d log p/d log σ = σ² Tr ∇s, shape (n,)."""
    axes = torch.eye(2, device=x.device, dtype=x.dtype)[:, None, :].expand(2, len(x), 2)
    score, along = field.score_and_tangents(x, sigma, axes)
    return -(sigma**2) * score, sigma**2 * (along[0, :, 0] + along[1, :, 1])


def _log_normal(x: torch.Tensor, mean: torch.Tensor, variance: float) -> torch.Tensor:
    """log N(x; mean, variance · I), shape (n,)."""
    return -(x - mean).square().sum(1) / (2 * variance) - math.log(2 * math.pi * variance)
