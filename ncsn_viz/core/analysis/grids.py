"""Scores and energies of a field on the nodes of a grid."""

from __future__ import annotations

from ncsn_viz.core.analysis.calculus import potential
from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Region, torch


def score_on(field: Field, points: torch.Tensor, sigma: float, rows: int) -> torch.Tensor:
    """The score at the nodes of a grid with `rows` rows: shape (rows, columns, 2)."""
    with torch.no_grad():
        return field.score(points, sigma).reshape(rows, -1, 2)


def energy_on(field: Field, points: torch.Tensor, sigma: float, score: torch.Tensor, region: Region) -> torch.Tensor:
    """The field's own energy on the grid of `score`, or minus the potential that fits it: (rows, columns), least 0."""
    with torch.no_grad():
        own = field.energy(points, sigma)
    energy = -potential(score, region) if own is None else own.reshape(score.shape[:2])
    return energy - energy.min()
