"""Mixtures of Gaussians computed by their definition, independently of `core.targets`; integrals over the plane."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import Mixture

TARGET = Mixture(weights=(0.3, 0.7), means=((-1.5, -0.5), (1.2, 0.8)), stds=(0.9, 0.6))
NODES = 181  # along each side of the grid of an integral


@dataclass(frozen=True)
class Reference:
    """p_σ(x) = Σₖ wₖ N(x; μₖ, (sₖ² + σ²) I) in float64; its derivatives by automatic differentiation."""

    weights: tuple[float, ...]
    means: tuple[tuple[float, float], ...]
    stds: tuple[float, ...]

    @classmethod
    def of(cls, target: Mixture) -> Reference:
        """The same numbers."""
        return cls(target.weights, target.means, target.stds)

    def log_density(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """log p_σ at `x` (n, 2): shape (n,)."""
        weights, means, stds = (
            torch.tensor(part, dtype=torch.float64) for part in (self.weights, self.means, self.stds)
        )
        v = stds**2 + sigma**2
        squares = (x[:, None, :] - means).pow(2).sum(-1)
        return torch.logsumexp((weights / weights.sum()).log() - (2 * math.pi * v).log() - squares / (2 * v), dim=1)

    def score(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """∇log p_σ at `x` (n, 2): shape (n, 2)."""
        return gradient(lambda points: self.log_density(points, sigma), x)

    def jacobian(self, x: torch.Tensor, sigma: float) -> torch.Tensor:
        """∇∇log p_σ at `x` (n, 2): shape (n, 2, 2)."""
        return jacobian(lambda points: self.score(points, sigma), x)

    def half_fisher_information(self, sigma: float) -> float:
        """½E‖∇log p_σ‖² by quadrature."""
        plane = self.plane(sigma)
        return self.mean_on(plane, self.score(plane.points, sigma).square().sum(1) / 2, sigma)

    def entropy(self) -> float:
        """−E[log p] by quadrature."""
        plane = self.plane(0.0)
        return -self.mean_on(plane, self.log_density(plane.points, 0.0), 0.0)

    def plane(self, sigma: float) -> Plane:
        """A grid that covers p_σ."""
        return plane_of(max(abs(x) for mean in self.means for x in mean) + 7 * math.hypot(max(self.stds), sigma))

    def mean_on(self, plane: Plane, values: torch.Tensor, sigma: float) -> float:
        """E_{p_σ}[f(x)] by quadrature, from the `values` (n,) of f on a grid."""
        return plane.integral(self.log_density(plane.points, sigma).exp() * values)


class Plane(NamedTuple):
    """The nodes (n, 2) of a square grid around 0, and the area for which each of them stands."""

    points: torch.Tensor
    area: float

    def integral(self, values: torch.Tensor) -> float:
        """∫ f dx for the `values` (n,) of f, which vanishes at the border."""
        return float(values.detach().sum()) * self.area


def plane_of(half_width: float, nodes: int = NODES) -> Plane:
    """A grid over [−half_width, half_width]² with `nodes` nodes along each side."""
    axis = torch.linspace(-half_width, half_width, nodes, dtype=torch.float64)
    x, y = torch.meshgrid(axis, axis, indexing="xy")
    return Plane(torch.stack([x.reshape(-1), y.reshape(-1)], dim=1), (2 * half_width / (nodes - 1)) ** 2)


def gradient(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """∇f at `x` (n, 2) for f of shape (n,), with a graph if x has one: shape (n, 2)."""
    keep = x.requires_grad
    points = x if keep else x.detach().clone().requires_grad_()
    (found,) = torch.autograd.grad(function(points).sum(), points, create_graph=keep)
    return found


def jacobian(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """∂ⱼfᵢ at `x` (n, 2) for f of shape (n, 2): shape (n, i, j)."""
    points = x.detach().clone().requires_grad_()
    rows = [torch.autograd.grad(part.sum(), points, retain_graph=True)[0] for part in function(points).unbind(1)]
    return torch.stack(rows, dim=1)


def square(n: int, half_width: float, generator: torch.Generator) -> torch.Tensor:
    """`n` points uniformly distributed in [−half_width, half_width]²: shape (n, 2)."""
    return half_width * (2 * torch.rand(n, 2, generator=generator, dtype=torch.float64) - 1)
