"""The potential that fits a score best where the data are."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

from ncsn_viz.core.analysis.calculus import spacings
from ncsn_viz.core.numerics import Region, Tensor, torch

FLOOR_WEIGHT = 1e-4  # of the weights, in units of the largest: keeps the fit unique where there are no data
KNOWN_SHARE = 0.01  # of the largest weight or density, from which on heights are counted
PIN = 1e-9  # holds the constant that the fit leaves free, in units of the mean diagonal element
ROWS = 8  # of the grid that are eliminated at a stretch
T = TypeVar("T")
Pieces = Generator[None, None, T]  # work that yields between its pieces and returns its result


def finish(pieces: Pieces[T]) -> T:
    """Do all the work of `pieces` at once: its result."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            result: T = end.value
            return result


def fit_weights(density: Tensor) -> Tensor:
    """p/max p + 10⁻⁴ for `density` p (rows, columns): the weights of `weighted_potential`. All equal where p is 0."""
    peak = density.max()
    return density / peak + FLOOR_WEIGHT if float(peak) > 0 else torch.ones_like(density)


def weighted_potential(score: Tensor, region: Region, weights: Tensor) -> Pieces[Tensor]:
    """The potential u (rows, columns) that minimises Σ w‖∇u − s‖² for `score` s (rows, columns, 2).

    `weights` w (rows, columns), all positive. As in `calculus.potential` the difference of u between neighbouring nodes
    is fitted to the mean of s at both; w there is the mean of the two weights. Where w is small, u follows the score
    only as far as that costs nothing where w is large: between separate modes, where nothing was learned, the score
    says nothing of their relative heights, and neither does u. Its maximum is 0 where w is at least 1 % of the largest:
    elsewhere a wrong score may lead still higher.

    The normal equations are solved exactly, by block elimination row by row in float64: a conjugate gradient needs
    hundreds of steps for these weights. Yields between pieces of that.
    """
    s, w = (values.detach().cpu().double() for values in (score, weights))
    dx, dy = spacings(w.shape[0], w.shape[1], region)
    along_x, along_y = (w[:, 1:] + w[:, :-1]) / (2 * dx), (w[1:] + w[:-1]) / (2 * dy)  # w over the spacing
    right = _minus_divergence(along_x * (s[:, 1:, 0] + s[:, :-1, 0]) / 2, along_y * (s[1:, :, 1] + s[:-1, :, 1]) / 2)
    along_x, along_y = along_x / dx, along_y / dy
    diagonal = _node_sums(along_x, along_y)
    diagonal[0, 0] += PIN * diagonal.mean()
    inverses: list[Tensor] = []
    reduced: list[Tensor] = []
    for row in range(len(w)):
        if row and row % ROWS == 0:
            yield
        block = torch.diag(diagonal[row]) - torch.diag(along_x[row], 1) - torch.diag(along_x[row], -1)
        value = right[row]
        if row:
            above = along_y[row - 1]
            block -= above[:, None] * inverses[-1] * above
            value = value + above * (inverses[-1] @ reduced[-1])
        inverses.append(torch.cholesky_inverse(torch.linalg.cholesky(block)))
        reduced.append(value)
    u = torch.empty_like(w)
    u[-1] = inverses[-1] @ reduced[-1]
    for row in range(len(w) - 2, -1, -1):
        u[row] = inverses[row] @ (reduced[row] + along_y[row] * u[row + 1])
    return (u - u[w >= KNOWN_SHARE * w.max()].max()).to(score)


def _minus_divergence(along_x: Tensor, along_y: Tensor) -> Tensor:
    """The transpose of the differences between neighbours, applied to values on the edges: (rows, columns)."""
    pad = torch.nn.functional.pad
    return pad(along_x, (1, 0)) - pad(along_x, (0, 1)) + pad(along_y, (0, 0, 1, 0)) - pad(along_y, (0, 0, 0, 1))


def _node_sums(along_x: Tensor, along_y: Tensor) -> Tensor:
    """The sum of the values on the edges of each node: (rows, columns)."""
    pad = torch.nn.functional.pad
    return pad(along_x, (1, 0)) + pad(along_x, (0, 1)) + pad(along_y, (0, 0, 1, 0)) + pad(along_y, (0, 0, 0, 1))
