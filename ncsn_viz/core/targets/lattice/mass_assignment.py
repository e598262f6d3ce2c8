"""Mass assigned to the cells of a lattice: of points, of Gaussians and of pixels. No mass is lost or made.

Lattices are given by the `centres` (n,) of their cells along an axis, evenly spaced; cell i reaches half a cell to both
sides. Mass outside all cells is left out.
"""

from __future__ import annotations

import math

import numpy as np

from ncsn_viz.core.numerics import Array

MIN_SAMPLED = 0.5  # variance in cells² from which a Gaussian is sampled at the centres: its mass is right to 1e-4
HAT = 1 / 6  # variance in cells² that sharing among the nearest cells adds, on average over positions
NODES = 9  # of the quadrature for narrow Gaussians


def share_points(points: Array, masses: Array, centres: Array) -> Array:
    """The mass of each cell (rows y, columns x) of the square lattice, for `masses` (k,) at `points` (k, 2).

    Each is shared among the four nearest cells, in proportion to 1 − distance/cell along both axes ("cloud in cell",
    Hockney & Eastwood, Computer Simulation Using Particles, 1988, section 5-3), so its mean is kept, too. Within half a
    cell of the border all goes to the cells there.
    """
    count, cell = len(centres), centres[1] - centres[0]
    indices = (points - centres[0]) / cell
    inside = ((indices >= -0.5) & (indices <= count - 0.5)).all(1)
    indices, masses = indices[inside].clip(0, count - 1), masses[inside]
    corner = np.floor(indices).clip(0, count - 2).astype(int)
    (x, y), (left, below) = (indices - corner).T, corner.T
    found = np.zeros(count * count)
    for right, across in ((0, 1 - x), (1, x)):
        for above, down in ((0, 1 - y), (1, y)):
            cells = (below + above) * count + left + right
            found += np.bincount(cells, weights=masses * across * down, minlength=count * count)
    return found.reshape(count, count)


def share_gaussians(means: Array, variances: Array, centres: Array) -> Array:
    """The share of N(μₖ, vₖ) in each cell along one axis, shape (n, k), for `means` (k,) and `variances` (k,).

    A narrow one becomes the points of Gauss–Hermite quadrature of N(μ, v − HAT), which are shared as points are: so its
    mass and mean are right, its variance on average over positions. With less variance than HAT it is one point.
    """
    cell = centres[1] - centres[0]
    offsets, variances = (means - centres[0]) / cell, variances / cell**2
    index = np.arange(len(centres))[:, None]
    wide = variances.clip(MIN_SAMPLED)
    sampled: Array = np.exp(-((index - offsets) ** 2) / (2 * wide)) / np.sqrt(2 * math.pi * wide)
    narrow = np.flatnonzero(variances < MIN_SAMPLED)
    if len(narrow):
        sampled[:, narrow] = 0
        stds = np.sqrt((variances[narrow] - HAT).clip(0))
        for node, weight in zip(*np.polynomial.hermite_e.hermegauss(NODES), strict=True):
            at = offsets[narrow] + node * stds
            inside = (at >= -0.5) & (at <= len(index) - 0.5)
            hats = (1 - np.abs(index - at.clip(0, len(index) - 1))).clip(0)
            sampled[:, narrow] += weight / math.sqrt(2 * math.pi) * inside * hats
    return sampled


def overlaps(edges: Array, centres: Array) -> Array:
    """The fraction of each cell that each interval between two `edges` (k + 1,) covers: shape (n, k)."""
    half = (centres[1] - centres[0]) / 2
    high = np.minimum(edges[1:], centres[:, None] + half)
    low = np.maximum(edges[:-1], centres[:, None] - half)
    covered: Array = (high - low).clip(0) / (2 * half)
    return covered


def area_average(values: Array, rows: int, columns: int) -> Array:
    """An image at another size, rows × columns: the mean of its pixels over each cell, by their areas."""
    found: Array = _averages(len(values), rows) @ values @ _averages(values.shape[1], columns).T
    return found


def _averages(old: int, new: int) -> Array:
    """The shares of `old` pixels in the means over `new` cells of the same length: shape (new, old)."""
    edges, centres = np.linspace(0, new, old + 1), np.linspace(0.5, new - 0.5, new)
    return overlaps(edges, centres) if new > 1 else np.full((1, old), 1 / old)
