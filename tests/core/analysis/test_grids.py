"""Scores and energies on a grid, and the potential of a score."""

from __future__ import annotations

import pytest
import torch
from helpers import energy_net, generator, norm, score_net

from ncsn_viz.core.analysis import calculus, grids
from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import Mixture, Moons

REGION = (-4.0, 4.0, -3.0, 3.0)
UNEQUAL = (-4.0, 6.0, -3.0, -1.0)


def test_score_on_has_row_0_at_the_bottom():
    truth = Moons().build()
    points = regions.grid(REGION, 4, 7)
    found = grids.score_on(truth, points, 0.5, 4)
    assert found.shape == (4, 7, 2)
    corner = torch.tensor([[REGION[0], REGION[3]]])  # the left upper one: last row, first column
    assert norm(found[3, 0] - truth.score(corner, 0.5)[0]) < 1e-5


# -- potentials -----------------------------------------------------------------------------------------------------


def known(x, y):
    return torch.sin(0.8 * x) * torch.exp(-(y**2) / 8) + 0.1 * x * y - 0.3 * x


def slope(x, y):
    along_x = 0.8 * torch.cos(0.8 * x) * torch.exp(-(y**2) / 8) + 0.1 * y - 0.3
    along_y = -y / 4 * torch.sin(0.8 * x) * torch.exp(-(y**2) / 8) + 0.1 * x
    return torch.stack([along_x, along_y], dim=-1)


def potential_error(region, rows, columns):
    x, y = regions.grid(region, rows, columns, dtype=torch.float64).reshape(rows, columns, 2).unbind(-1)
    found, wanted = calculus.potential(slope(x, y), region), known(x, y)
    return norm((found - found.mean()) - (wanted - wanted.mean())), norm(wanted - wanted.mean())


@pytest.mark.parametrize("region", [REGION, UNEQUAL])
def test_potential_is_recovered_to_second_order(region):
    errors = [potential_error(region, rows, columns)[0] for rows, columns in ((16, 31), (31, 61), (61, 121))]
    assert errors[-1] < 1e-2 * potential_error(region, 61, 121)[1]
    assert 3.5 < errors[0] / errors[1] < 4.5  # halving the spacing quarters the error
    assert 3.5 < errors[1] / errors[2] < 4.5


def test_potential_is_the_least_squares_fit():
    """Σ‖∇u − s‖² is minimal: the same as by a dense least-squares solver."""
    rows, columns, region = 5, 7, (0.0, 3.0, 0.0, 1.0)
    score = torch.randn(rows, columns, 2, generator=generator(1), dtype=torch.float64)
    dx, dy = 3.0 / 6, 1.0 / 4
    equations, right = [], []
    for i in range(rows):
        for j in range(columns):
            for (a, b), step, axis in (((i, j + 1), dx, 0), ((i + 1, j), dy, 1)):
                if a < rows and b < columns:
                    row = torch.zeros(rows, columns, dtype=torch.float64)
                    row[a, b], row[i, j] = 1 / step, -1 / step
                    equations.append(row.reshape(-1))
                    right.append((score[i, j, axis] + score[a, b, axis]) / 2)
    wanted = torch.linalg.lstsq(torch.stack(equations), torch.stack(right)[:, None], driver="gelsd").solution
    wanted = wanted.reshape(rows, columns)
    found = calculus.potential(score, region)
    assert norm((found - found.mean()) - (wanted - wanted.mean())) < 1e-10


def test_a_rotation_has_no_potential():
    x, y = regions.grid((-6, 6, -6, 6), 97, 97, dtype=torch.float64).reshape(97, 97, 2).unbind(-1)
    bell = torch.exp(-(x**2 + y**2) / 2)
    swirl = torch.stack([-y * bell, x * bell], dim=-1)
    assert norm(swirl) > 0.5
    assert norm(calculus.potential(swirl, (-6, 6, -6, 6))) < 1e-3
    both = calculus.potential(swirl + slope(x, y), (-6, 6, -6, 6))
    assert norm(both - calculus.potential(slope(x, y), (-6, 6, -6, 6))) < 1e-3


def test_energy_on_a_grid_has_minimum_0():
    points = regions.grid(REGION, 25, 33, dtype=torch.float64)
    everywhere = torch.ones(25, 33)
    for field in (score_net(), energy_net(), Moons().build(dtype=torch.float64)):
        score = grids.score_on(field, points, 0.5, 25)
        energy = grids.energy_on(field, points, 0.5, score, REGION, everywhere)
        assert energy.shape == (25, 33)
        assert float(energy.min()) == 0
        assert not energy.requires_grad
    truth = Mixture(weights=(1,), means=((0.5, -0.25),), stds=(1.0,)).build(dtype=torch.float64)
    score = grids.score_on(truth, points, 0.0, 25)
    wanted = ((points - torch.tensor([0.5, -0.25])).square().sum(1) / 2).reshape(25, 33)
    assert norm(grids.energy_on(truth, points, 0.0, score, REGION, everywhere) - wanted + wanted.min()) < 1e-9

    class ScoreOnly:
        score = staticmethod(truth.score)

        def energy(self, x, sigma):
            return None

    fitted = grids.energy_on(ScoreOnly(), points, 0.0, score, REGION, everywhere)
    assert norm(fitted - wanted + wanted.min()) < 1e-6  # exact: mean slopes of a quadratic are its differences
