"""log p_σ and the posterior moments on a lattice, exact in the log domain, for a mixture with one Gaussian a cell.

With u = c − a, where a is the middle of the cells, and ξ = x − a,

    log p_σ(x) = A(x) − ‖ξ‖²/2v − log 2πv,   A(x) = log Σ w exp(−‖u‖²/2v + ξᵀu/v),   v = h² + σ²,

and ∇A = m/v with the posterior mean m of the cells, ∇∇A = C/v² with their posterior covariance C. A separates into two
one-dimensional log-sum-exps, each of which is computed in tiles of points: in a tile around X the exponents are those
at X, at most 0, plus (ξ − X)u/v, which is small enough for products of matrices. So the result is as exact 30σ away
from the data as near them, at a fraction of one exponential for each pair of a point and a cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from ncsn_viz.core.numerics import Tensor, torch

UNDERFLOW = -746.0  # exp of this and of anything less is 0 in float64
MAX_EXPONENT = 330.0  # in a tile: terms that underflow are then at most e^−85 of their sum


@dataclass(frozen=True)
class Cells:
    """The rows and columns with mass: `log_weights` (i, j), normalised; `rows` y (i,); `columns` x (j,)."""

    log_weights: Tensor
    rows: Tensor
    columns: Tensor


class Posterior(NamedTuple):
    """`log_p` (y, x); the posterior `mean` (y, x, 2) and `covariance` (y, x, 3: xx, xy, yy) of the cells."""

    log_p: Tensor
    mean: Tensor
    covariance: Tensor | None = None


def posterior(cells: Cells, ys: Tensor, xs: Tensor, v: float, with_covariance: bool = False) -> Posterior:
    """log p and the posterior moments of the cells on the lattice `ys` (y,) × `xs` (x,), evenly spaced, in float64."""
    u, across, shift_x = _centred(cells.columns, xs)
    w, down, shift_y = _centred(cells.rows, ys)
    inner = cells.log_weights - u.square() / (2 * v)
    log_a, first = _tilted(inner, u, across, v, [u, u.square()][: 1 + with_covariance])
    mean, *square = (moment.T for moment in first)
    fields = [mean, w] + [field for second in square for field in (second, mean * w, w.square())]
    log_a, moments = _tilted(log_a.T - w.square() / (2 * v), w, down, v, fields)
    envelope = (down.square()[:, None] + across.square()) / (2 * v)
    mx, my, *seconds = (moment.T for moment in moments)
    covariance = [second - product for second, product in zip(seconds, (mx * mx, mx * my, my * my), strict=False)]
    return Posterior(
        log_a.T - envelope - math.log(2 * math.pi * v),
        torch.stack([mx + shift_x, my + shift_y], dim=-1),
        torch.stack(covariance, dim=-1) if with_covariance else None,
    )


def _centred(cells: Tensor, points: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cells and points of one axis relative to the middle of the cells, and that middle."""
    middle = (cells.min() + cells.max()) / 2
    return cells - middle, points - middle, middle


def _tilted(exponents: Tensor, u: Tensor, xi: Tensor, v: float, fields: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """log Σⱼ exp(ℓⱼ + ξ uⱼ/v), and the means of `fields` (b or 1, j) weighted by the terms of the sum: (b, points).

    `exponents` ℓ (b, j); `xi` ξ (points,), evenly spaced.
    """
    sums, means = [], []
    for tile in torch.split(xi, _tile_size(u, xi, v)):
        middle = (tile[0] + tile[-1]) / 2
        tilted = exponents + middle * u / v
        top = tilted.amax(1, keepdim=True)
        tilted -= top
        nonzero = (tilted.amax(0) > UNDERFLOW).nonzero()
        used = slice(int(nonzero[0]), int(nonzero[-1]) + 1)
        at_middle = tilted[:, used].exp()
        relative = torch.exp(u[used, None] * (tile - middle) / v)
        total = at_middle @ relative
        sums.append(top + total.log())
        means.append([(at_middle * field[..., used]) @ relative / total for field in fields])
    return torch.cat(sums, dim=1), [torch.cat(parts, dim=1) for parts in zip(*means, strict=True)]


def _tile_size(u: Tensor, points: Tensor, v: float) -> int:
    """How many points a tile may have so that |(ξ − X)u/v| is at most MAX_EXPONENT."""
    step = float(u.abs().max()) * float(points[-1] - points[0]) / max(len(points) - 1, 1)
    return len(points) if step == 0 else 1 + int(min(2 * MAX_EXPONENT * v / step, len(points)))
