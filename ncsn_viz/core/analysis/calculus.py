"""Vector calculus on the plane: divergence, curl, potential, line integral, and the partition function Z."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Array, Device, Region, Tensor, regions, to_float64, torch

BLOCK = 2**18  # points at which a field is evaluated at once


def spacings(rows: int, columns: int, region: Region) -> tuple[float, float]:
    """The node spacing of a grid along x and along y."""
    return (region[1] - region[0]) / (columns - 1), (region[3] - region[2]) / (rows - 1)


def divergence_and_curl(score: Tensor, region: Region) -> tuple[Tensor, Tensor]:
    """∂₁s₁ + ∂₂s₂ and ∂₁s₂ − ∂₂s₁ of `score` (rows, columns, 2) on a grid over `region`: each (rows, columns).

    Central differences, at the border one-sided ones of the same order: exact for a quadratic score.
    """
    rows, columns = score.shape[:2]
    dx, dy = spacings(rows, columns, region)
    order = 2 if min(rows, columns) > 2 else 1
    along_y, along_x = torch.gradient(score, spacing=(dy, dx), dim=(0, 1), edge_order=order)
    return along_x[..., 0] + along_y[..., 1], along_x[..., 1] - along_y[..., 0]


def line_integral(field: Field, x: Tensor, origin: Tensor, sigma: float, steps: int = 32) -> Tensor:
    """log p(x) − log p(x₀) = ∫₀¹ s(x₀ + t(x − x₀))ᵀ (x − x₀) dt for `x` (n, 2) and x₀ = `origin` (2,): shape (n,).

    Gauss–Legendre quadrature with `steps` nodes: exact if the score along the line is a polynomial of degree
    2·steps − 1. The result depends on x₀ unless the curl is 0.
    """
    nodes, weights = (torch.as_tensor(values, dtype=x.dtype, device=x.device) for values in _nodes(steps))
    integrals = []
    for offset in torch.split(x - origin, max(1, BLOCK // steps)):
        points = origin + nodes[:, None, None] * offset
        with torch.no_grad():
            score = field.score(points.reshape(-1, 2), sigma).reshape(steps, -1, 2)
        integrals.append(((score * offset).sum(-1) * weights[:, None]).sum(0))
    return torch.cat(integrals) if integrals else x.new_zeros(0)


def _nodes(steps: int) -> tuple[Array, Array]:
    """Nodes and weights of Gauss–Legendre quadrature on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    return (nodes + 1) / 2, weights / 2


def potential(score: Tensor, region: Region) -> Tensor:
    """The potential u (rows, columns) that minimises Σ‖∇u − s‖² for `score` s (rows, columns, 2), up to a constant.

    The difference of u between neighbouring nodes is fitted to the mean of s at both. The normal equations are a
    Poisson problem with Neumann boundary; a discrete cosine transform diagonalises it, so the minimum is exact. Second
    order in the node spacing for a gradient; first order where s turns along the border, whose edges count in full.
    """
    rows, columns = score.shape[:2]
    s = to_float64(score)
    dx, dy = spacings(rows, columns, region)
    along_x = (s[:, 1:, 0] + s[:, :-1, 0]) / (2 * dx)
    along_y = (s[1:, :, 1] + s[:-1, :, 1]) / (2 * dy)
    pad = torch.nn.functional.pad
    divergence = -pad(along_x, (0, 1)) + pad(along_x, (1, 0))
    divergence += -pad(along_y, (0, 0, 0, 1)) + pad(along_y, (0, 0, 1, 0))
    cosines_y, cosines_x = cosine_basis(rows, str(s.device)), cosine_basis(columns, str(s.device))
    curvature = _curvatures(rows, s)[:, None] / dy**2 + _curvatures(columns, s)[None, :] / dx**2
    curvature[0, 0] = 1.0  # of the constant mode, which is set to 0
    transformed = cosines_y @ divergence @ cosines_x.T / curvature
    transformed[0, 0] = 0.0
    return (cosines_y.T @ transformed @ cosines_x).to(score)


@lru_cache(maxsize=16)
def cosine_basis(n: int, device: str) -> Tensor:
    """The orthonormal DCT-II as a matrix (n, n) in float64; row k is the k-th cosine."""
    k = torch.arange(n, dtype=torch.float64, device=device)
    basis = torch.cos(math.pi / n * k[:, None] * (k[None, :] + 0.5)) * math.sqrt(2 / n)
    basis[0] /= math.sqrt(2)
    return basis


def _curvatures(n: int, like: Tensor) -> Tensor:
    """Eigenvalues (n,) of minus the second difference with Neumann boundary, for unit spacing."""
    k = torch.arange(n, dtype=like.dtype, device=like.device)
    return 2 - 2 * torch.cos(math.pi / n * k)


def non_conservative_share(score: Tensor, region: Region) -> float:
    """‖s − ∇u‖² / ‖s‖² with u the `potential` of `score` s (rows, columns, 2): 0 for a gradient, at most 1.

    Both norms are sums over the edges of the grid, discretised as in `potential`, so no other u gives less. 0 for the
    field 0, NaN for a field with NaN.
    """
    s = to_float64(score)
    u = potential(s, region)
    dx, dy = spacings(s.shape[0], s.shape[1], region)
    along_x, along_y = (s[:, 1:, 0] + s[:, :-1, 0]) / 2, (s[1:, :, 1] + s[:-1, :, 1]) / 2
    residual = (along_x - u.diff(dim=1) / dx).square().sum() + (along_y - u.diff(dim=0) / dy).square().sum()
    total = along_x.square().sum() + along_y.square().sum()
    return 0.0 if float(total) == 0 else float(residual / total)


def log_partition(energy: Tensor, region: Region) -> float:
    """log Z = log ∫ exp(−E) dx over `region`, by the trapezoidal rule on a grid of `energy` E (rows, columns).

    In the log domain. Converges faster than any power of the spacing if exp(−E) vanishes at the border.
    """
    rows, columns = energy.shape
    dx, dy = spacings(rows, columns, region)
    weights = _trapezoid(rows, energy)[:, None] + _trapezoid(columns, energy)
    return float(torch.logsumexp((weights - energy).reshape(-1), dim=0)) + math.log(dx * dy)


def _trapezoid(n: int, like: Tensor) -> Tensor:
    """Logarithms (n,) of the weights of the trapezoidal rule for unit spacing."""
    logs = like.new_zeros(n)
    logs[[0, -1]] = -math.log(2)
    return logs


def surrounding_cells(region: Region, across: int, device: Device = "cpu") -> tuple[Tensor, float]:
    """Cells outside `region` and inside the region of twice its width and height: centres (n, 2), area of one.

    `across`, a multiple of 4, is the number of cells along each side of the larger region.
    """
    x0, x1, y0, y1 = region
    dx, dy = 2 * (x1 - x0) / across, 2 * (y1 - y0) / across
    left, below = x0 - (x1 - x0) / 2 + dx / 2, y0 - (y1 - y0) / 2 + dy / 2
    centres = (left, left + (across - 1) * dx, below, below + (across - 1) * dy)
    points = regions.grid(centres, across, across, device)
    x, y = points.T
    return points[(x < x0) | (x > x1) | (y < y0) | (y > y1)], dx * dy


def outside_share(log_z: float, energy: Tensor, area: float) -> float:
    """The share of ∫ exp(−E) dx in cells of `area` with `energy` (n,), next to a region that contributes exp(log_z)."""
    outside = float(torch.logsumexp(-energy, dim=0)) + math.log(area)
    return 1 / (1 + math.exp(min(log_z - outside, 700.0)))
