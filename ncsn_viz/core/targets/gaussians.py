"""A mixture of isotropic Gaussians: exact log p_σ, score and samples at every σ."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.fields import sigma_column
from ncsn_viz.core.numerics import torch


@dataclass(frozen=True)
class Gaussians:
    """p_σ(x) = Σₖ wₖ N(x; μₖ, (sₖ² + σ²) I), all of it in the log domain.

    `log_weights` (k,), normalised; `means` (k, 2); `stds` (k,); `modes` (k,) the mode to which a component belongs.
    """

    log_weights: torch.Tensor
    means: torch.Tensor
    stds: torch.Tensor
    modes: torch.Tensor

    def _log_joint(self, x: torch.Tensor, sigma: float | torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """log wₖ N(x; μₖ, vₖ I) of shape (n, k), and the variances vₖ of shape (1 or n, k)."""
        variances = self.stds.square() + sigma_column(sigma, x).square()
        across, down = (x[:, axis, None] - self.means[:, axis] for axis in (0, 1))
        squares = torch.addcmul(
            across * across, down, down
        )  # not a sum over a last axis of 2: that takes thrice as long
        heights = self.log_weights - torch.log(2 * math.pi * variances)
        return torch.addcdiv(heights, squares, -2 * variances), variances

    def log_density(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """log p_σ at `x` (n, 2): shape (n,)."""
        return torch.logsumexp(self._log_joint(x, sigma)[0], dim=1)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """−log p_σ at `x` (n, 2): shape (n,). Its Z is 1."""
        return -self.log_density(x, sigma)

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Σₖ p(k | x) (μₖ − x) / vₖ at `x` (n, 2): shape (n, 2)."""
        log_joint, variances = self._log_joint(x, sigma)
        pull = torch.softmax(log_joint, dim=1) / variances
        return pull @ self.means - pull.sum(1, keepdim=True) * x

    def score_and_tangents(
        self, x: torch.Tensor, sigma: float | torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """∇s = Σₖ rₖ dₖdₖᵀ − s sᵀ − Σₖ rₖ/vₖ I with rₖ = p(k | x) and dₖ = (μₖ − x)/vₖ, applied to `directions`."""
        log_joint, variances = self._log_joint(x, sigma)
        share = torch.softmax(log_joint, dim=1)
        pulls = (self.means - x[:, None, :]) / variances[..., None]
        score = (share[..., None] * pulls).sum(1)
        centred = pulls - score[:, None, :]  # the covariance of the pulls, without cancellation
        shrink = (share / variances).sum(1, keepdim=True)
        along = torch.einsum("nki,mni->mnk", centred, directions) * share
        return score, torch.einsum("mnk,nki->mni", along, centred) - shrink * directions

    def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
        """`n` independent points, shape (n, 2)."""
        device, dtype = self.means.device, self.means.dtype
        uniform = torch.rand(n, generator=generator, device=device, dtype=dtype)
        cumulative = self.log_weights.exp().cumsum(0)
        component = torch.searchsorted(cumulative, uniform).clamp_(max=len(self.means) - 1)
        noise = torch.randn(n, 2, generator=generator, device=device, dtype=dtype)
        return self.means[component] + self.stds[component, None] * noise

    def mode_weights(self, x: torch.Tensor) -> torch.Tensor:
        """The mean posterior of each mode over the finite points of `x` (n, 2): shape (modes,)."""
        x = x[x.isfinite().all(1)]
        return self._per_mode(torch.softmax(self._log_joint(x, 0.0)[0], dim=1).mean(0))

    def true_mode_weights(self) -> torch.Tensor:
        """The weight of each mode: shape (modes,)."""
        return self._per_mode(self.log_weights.exp())

    def _per_mode(self, per_component: torch.Tensor) -> torch.Tensor:
        modes = int(self.modes.max()) + 1
        return per_component.new_zeros(modes).index_add_(0, self.modes, per_component)
