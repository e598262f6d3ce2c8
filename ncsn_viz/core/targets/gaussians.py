"""Mixtures of isotropic Gaussians: exact log p_σ, score and samples at every σ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from ncsn_viz.core.fields import sigma_column
from ncsn_viz.core.numerics import Generator, Tensor, torch

TOP = 0.05  # nats below the maximum of log p that still count as its top


def middle_of_top(points: Tensor, log_p: Tensor) -> Tensor:
    """The one of `points` (k, 2) with about the highest `log_p` (k,) that is nearest to the mean of those: (2,).

    The top of a ridge is nearly level: its middle says more than the highest point of all.
    """
    top = points[log_p >= log_p.max() - TOP]
    return top[(top - top.mean(0)).square().sum(1).argmin()]


@dataclass(frozen=True)
class Gaussians:
    """p_σ(x) = Σₖ wₖ N(x; μₖ, (sₖ² + σ²) I), computed in the log domain.

    `log_weights` (k,), normalised, −∞ for a component without mass; `means` (k, 2); `stds` (k,); `modes` (k,), the mode
    of each component.
    """

    log_weights: Tensor
    means: Tensor
    stds: Tensor
    modes: Tensor

    def _log_joint(self, x: Tensor, sigma: float | Tensor) -> tuple[Tensor, Tensor]:
        """log wₖ N(x; μₖ, vₖ I) of shape (n, k), and the variances vₖ of shape (1 or n, k)."""
        variances = self.stds.square() + sigma_column(sigma, x).square()
        dx, dy = (x[:, axis, None] - self.means[:, axis] for axis in (0, 1))
        squares = torch.addcmul(dx * dx, dy, dy)  # a sum over a last axis of length 2 takes three times as long
        log_heights = self.log_weights - torch.log(2 * math.pi * variances)
        return torch.addcdiv(log_heights, squares, -2 * variances), variances

    def log_density(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """log p_σ at `x` (n, 2): shape (n,)."""
        return torch.logsumexp(self._log_joint(x, sigma)[0], dim=1)

    def energy(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """−log p_σ at `x` (n, 2): shape (n,), with Z = 1."""
        return -self.log_density(x, sigma)

    def score(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """Σₖ p(k | x) (μₖ − x) / vₖ at `x` (n, 2): shape (n, 2)."""
        log_joint, variances = self._log_joint(x, sigma)
        factors = torch.softmax(log_joint, dim=1) / variances
        return factors @ self.means - factors.sum(1, keepdim=True) * x

    def score_and_tangents(self, x: Tensor, sigma: float | Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """∇s = Σₖ rₖ dₖdₖᵀ − s sᵀ − Σₖ rₖ/vₖ I with rₖ = p(k | x) and dₖ = (μₖ − x)/vₖ, applied to `directions`."""
        log_joint, variances = self._log_joint(x, sigma)
        posterior = torch.softmax(log_joint, dim=1)
        scores = (self.means - x[:, None, :]) / variances[..., None]
        score = (posterior[..., None] * scores).sum(1)
        centred = scores - score[:, None, :]  # for the covariance of dₖ, without cancellation
        precision = (posterior / variances).sum(1, keepdim=True)
        projected = torch.einsum("nki,mni->mnk", centred, directions) * posterior
        return score, torch.einsum("mnk,nki->mni", projected, centred) - precision * directions

    def pulls(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
        """The score at the point `x` (2,) taken apart: p(k | x) (k,), the means (k, 2), the pulls (μₖ − x)/vₖ (k, 2).

        The score is the mean of the pulls under p(k | x).
        """
        log_joint, variances = self._log_joint(x[None], sigma)
        return torch.softmax(log_joint[0], dim=0), self.means, (self.means - x) / variances[0, :, None]

    def sample_clean(self, x: Tensor, sigma: float, generator: Generator) -> Tensor:
        """A sample (2,) of p(x₀ | x₀ + σz = `x`): k by p(k | x), then N((sₖ² x + σ² μₖ)/vₖ, sₖ² σ²/vₖ I)."""
        component = torch.multinomial(self.pulls(x, sigma)[0], 1, generator=generator)[0]
        mean, std = self.means[component], self.stds[component]
        variance = std**2 + sigma**2
        noise = torch.randn(2, generator=generator, device=x.device, dtype=x.dtype)
        return (std**2 * x + sigma**2 * mean) / variance + std * sigma / variance.sqrt() * noise

    def sample(self, n: int, generator: Generator) -> Tensor:
        """`n` independent samples, shape (n, 2)."""
        device, dtype = self.means.device, self.means.dtype
        uniform = torch.rand(n, generator=generator, device=device, dtype=dtype)
        component = torch.searchsorted(self._cumulative, uniform, right=True)  # never one of weight 0
        noise = torch.randn(n, 2, generator=generator, device=device, dtype=dtype)
        return self.means[component] + self.stds[component, None] * noise

    @cached_property
    def _cumulative(self) -> Tensor:
        cumulative = self.log_weights.exp().cumsum(0)
        return cumulative / cumulative[-1]

    def projection(self, direction: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The weights, means and standard deviations along the unit vector `direction` (2,), each (k,)."""
        return self.log_weights.exp(), self.means @ direction.to(self.means), self.stds

    def mode_weights(self, x: Tensor) -> Tensor:
        """The posterior probability of each mode, averaged over the finite points of `x` (n, 2): shape (modes,)."""
        x = x[x.isfinite().all(1)]
        return self._per_mode(torch.softmax(self._log_joint(x, 0.0)[0], dim=1).mean(0))

    def true_mode_weights(self) -> Tensor:
        """The weight of each mode: shape (modes,)."""
        return self._per_mode(self.log_weights.exp())

    def mode_positions(self) -> Tensor:
        """For each mode the mean of one of its components, in the middle of where p is highest: shape (modes, 2)."""
        log_p = self.log_density(self.means, 0.0)
        each = (self.modes == mode for mode in range(int(self.modes.max()) + 1))
        return torch.stack([middle_of_top(self.means[mine], log_p[mine]) for mine in each])

    def _per_mode(self, per_component: Tensor) -> Tensor:
        modes = int(self.modes.max()) + 1
        return per_component.new_zeros(modes).index_add_(0, self.modes, per_component)
