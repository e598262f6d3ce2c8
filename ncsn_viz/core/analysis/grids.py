"""What a field looks like on a grid: points, scores, energies, and the potential that fits a score best."""

from __future__ import annotations

import math
from functools import lru_cache

from ncsn_viz.core.fields.protocols import Field
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.core.numerics.precision import to_float64

Region = tuple[float, float, float, float]


def shape_of(region: Region, nodes: int) -> tuple[int, int]:
    """Rows and columns of a grid of nearly square cells with about `nodes` nodes along the longer side."""
    width, height = region[1] - region[0], region[3] - region[2]
    step = max(width, height) / (nodes - 1)
    return max(2, round(height / step) + 1), max(2, round(width / step) + 1)


def grid(
    region: Region, rows: int, columns: int, device: torch.device | str = "cpu", dtype: torch.dtype | None = None
) -> torch.Tensor:
    """The nodes of a grid over `region` (x0, x1, y0, y1), row by row from y0: shape (rows · columns, 2)."""
    dtype = dtype or torch.float32
    x = torch.linspace(region[0], region[1], columns, device=device, dtype=dtype)
    y = torch.linspace(region[2], region[3], rows, device=device, dtype=dtype)
    return torch.stack([x.expand(rows, -1), y[:, None].expand(-1, columns)], dim=-1).reshape(-1, 2)


def score_on(field: Field, points: torch.Tensor, sigma: float, rows: int) -> torch.Tensor:
    """The score at the nodes of a grid with `rows` rows: shape (rows, columns, 2)."""
    with torch.no_grad():
        return field.score(points, sigma).reshape(rows, -1, 2)


def potential(score: torch.Tensor, region: Region) -> torch.Tensor:
    """The u (rows, columns) that minimises Σ‖∇u − s‖² for `score` s (rows, columns, 2), up to a constant.

    Differences of u between neighbouring nodes are matched with the mean of s there. The normal equations are a
    Poisson problem with Neumann boundary, which a discrete cosine transform makes diagonal, so the minimum is exact.
    Second order in the node spacing.
    """
    rows, columns = score.shape[:2]
    s = to_float64(score)
    dx, dy = (region[1] - region[0]) / (columns - 1), (region[3] - region[2]) / (rows - 1)
    along_x = (s[:, 1:, 0] + s[:, :-1, 0]) / (2 * dx)
    along_y = (s[1:, :, 1] + s[:-1, :, 1]) / (2 * dy)
    pad = torch.nn.functional.pad
    divergence = -pad(along_x, (0, 1)) + pad(along_x, (1, 0))
    divergence += -pad(along_y, (0, 0, 0, 1)) + pad(along_y, (0, 0, 1, 0))
    cosines_y, cosines_x = cosine_basis(rows, str(s.device)), cosine_basis(columns, str(s.device))
    curvature = _curvatures(rows, s)[:, None] / dy**2 + _curvatures(columns, s)[None, :] / dx**2
    curvature[0, 0] = 1.0  # the constant, which stays 0
    transformed = cosines_y @ divergence @ cosines_x.T / curvature
    transformed[0, 0] = 0.0
    return (cosines_y.T @ transformed @ cosines_x).to(score)


@lru_cache(maxsize=16)
def cosine_basis(n: int, device: str) -> torch.Tensor:
    """The orthonormal DCT-II as a matrix (n, n) in float64; row k is its k-th cosine."""
    k = torch.arange(n, dtype=torch.float64, device=device)
    basis = torch.cos(math.pi / n * k[:, None] * (k[None, :] + 0.5)) * math.sqrt(2 / n)
    basis[0] /= math.sqrt(2)
    return basis


def _curvatures(n: int, like: torch.Tensor) -> torch.Tensor:
    """Eigenvalues of the second difference with Neumann ends, for unit spacing."""
    k = torch.arange(n, dtype=like.dtype, device=like.device)
    return 2 - 2 * torch.cos(math.pi / n * k)


def energy_on(field: Field, points: torch.Tensor, sigma: float, score: torch.Tensor, region: Region) -> torch.Tensor:
    """The field's own energy on the grid of `score`, or minus the potential that fits it: (rows, columns), least 0."""
    with torch.no_grad():
        own = field.energy(points, sigma)
    energy = -potential(score, region) if own is None else own.reshape(score.shape[:2])
    return energy - energy.min()
