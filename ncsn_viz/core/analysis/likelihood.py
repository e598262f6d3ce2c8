"""log p(x) of a score, by the probability-flow ordinary differential equation."""

from __future__ import annotations

import math

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.numerics import Tensor, torch
from ncsn_viz.core.schedules import Geometric


def log_likelihood(
    field: Differentiable, x: Tensor, sigma_min: float, sigma_max: float, steps: int, end: Density
) -> Tensor:
    """log p_σ at `x` (n, 2) and σ = `sigma_min`: shape (n,).

    Along dx/dσ = −σ s(x, σ) the density changes by d log p_σ(x(σ))/dσ = σ Tr ∇s. Both are integrated up to `sigma_max`
    by Heun's method in log σ with `steps` equal steps and the exact trace; second order in the step. There the path
    ends in p_σ_max of `end`, exactly: a round Gaussian in its place would be wrong by KL(p_σ_max ‖ N) in the mean,
    unless σ_max is far larger than the data are wide. Song et al. 2021, section 4.3 and appendix D.2.
    """
    sigmas = Geometric(sigma_max, sigma_min).sigmas(steps + 1)[::-1]
    step = math.log(sigma_max / sigma_min) / steps
    change = x.new_zeros(len(x))  # of log p along the path
    with torch.no_grad():
        velocity, growth = _rates(field, x, sigmas[0])
        for sigma in sigmas[1:]:
            next_velocity, next_growth = _rates(field, x + step * velocity, sigma)
            x = x + step / 2 * (velocity + next_velocity)
            change = change + step / 2 * (growth + next_growth)
            velocity, growth = _rates(field, x, sigma)
        return end.log_density(x, sigma_max) - change


def _rates(field: Differentiable, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """dx/d log σ = −σ² s, shape (n, 2), and d log p/d log σ = σ² Tr ∇s, shape (n,)."""
    axes = torch.eye(2, device=x.device, dtype=x.dtype)[:, None, :].expand(2, len(x), 2)
    score, jacobian = field.score_and_tangents(x, sigma, axes)
    return -(sigma**2) * score, sigma**2 * (jacobian[0, :, 0] + jacobian[1, :, 1])
