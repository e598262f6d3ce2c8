"""Scores and energies of a field at the nodes of a grid."""

from __future__ import annotations

from ncsn_viz.core.analysis.weighted_potential import finish, fit_weights, weighted_potential
from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Region, Tensor, torch


def score_on(field: Field, points: Tensor, sigma: float, rows: int) -> Tensor:
    """The score at the nodes of a grid with `rows` rows: shape (rows, columns, 2)."""
    with torch.no_grad():
        return field.score(points, sigma).reshape(rows, -1, 2)


def energy_on(field: Field, points: Tensor, sigma: float, score: Tensor, region: Region, data: Tensor) -> Tensor:
    """The field's energy on the grid of its `score`, or minus the potential of that: (rows, columns), minimum 0.

    The potential fits the score best where the density `data` (rows, columns) is large, and the minimum is that there.
    """
    with torch.no_grad():
        exact = field.energy(points, sigma)
    if exact is None:
        return -finish(weighted_potential(score, region, fit_weights(data)))
    energy = exact.reshape(score.shape[:2])
    return energy - energy.min()
