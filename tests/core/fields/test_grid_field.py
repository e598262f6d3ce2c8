"""A field on a grid against the exact field: inside, at the border, outside, and for diverged particles."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from helpers import energy_net, generator, norm, relative, score_net

from ncsn_viz.core.analysis import grids
from ncsn_viz.core.fields import Density, Differentiable, Field, GridField
from ncsn_viz.core.fields.grid_field import MAX_EXACT
from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import EightGaussians, Moons, Painted

REGION = (-8.0, 8.0, -6.0, 6.0)
SIGMA = 2.0
CENTRE = (-4.0, 4.0, -3.0, 3.0)


class Counting:
    """The true field; `evaluated` has the number of points of each evaluation of its score."""

    def __init__(self):
        self.truth = EightGaussians().build()
        self.evaluated = []

    def score(self, x, sigma):
        self.evaluated.append(len(x))
        return self.truth.score(x, sigma)

    def energy(self, x, sigma):
        return self.truth.energy(x, sigma)


def grid_of(exact, nodes=97):
    points = regions.grid(REGION, nodes, nodes)
    values = exact.score(points, SIGMA).reshape(nodes, nodes, 2)
    exact.evaluated.clear()
    return GridField.from_values(values, REGION, SIGMA, exact)


def inside(n, seed=1):
    unit = torch.rand(n, 2, generator=generator(seed))
    return unit * torch.tensor([16.0, 12.0]) - torch.tensor([8.0, 6.0])


def test_between_the_nodes_the_error_is_of_second_order():
    x, exact = inside(2000), Counting()
    wanted = exact.truth.score(x, SIGMA)
    errors = [norm(grid_of(exact, nodes).score(x, SIGMA) - wanted) for nodes in (25, 49, 97)]
    assert errors[2] < 2e-3
    assert all(3.2 < coarse / fine < 4.8 for coarse, fine in pairwise(errors))
    assert exact.evaluated == []


def test_a_few_points_outside_are_evaluated_exactly():
    exact = Counting()
    x = torch.cat([inside(500), 3 * inside(40, 2) + 20])
    found = grid_of(exact).score(x, SIGMA)
    assert norm(found[500:] - exact.truth.score(x[500:], SIGMA)) < 1e-6
    assert exact.evaluated == [40]


def test_many_points_outside_share_a_coarser_grid():
    exact = Counting()
    x = torch.cat([inside(500), 60 * (torch.rand(5000, 2, generator=generator(3)) - 0.5)])
    field = grid_of(exact)
    found = field.score(x, SIGMA)
    wanted = exact.truth.score(x, SIGMA)
    assert max(exact.evaluated) <= 64 * 64
    assert norm(found[:500] - wanted[:500]) < 2e-3
    assert norm(found - wanted) < 0.15 < norm(wanted)
    field.score(x, SIGMA)
    assert sum(exact.evaluated) <= 64 * 64  # the coarse grid is built once


@pytest.mark.parametrize("far", [1e6, float("inf"), float("nan")])
def test_diverged_particles_do_not_affect_others(far):
    exact = Counting()
    x = torch.cat([inside(100), torch.full((2 * MAX_EXACT, 2), far)])
    field = grid_of(exact)
    found = field.score(x, SIGMA)
    assert norm(found[:100] - exact.truth.score(x[:100], SIGMA)) < 2e-3
    assert found.shape == x.shape
    field.score(x, SIGMA)
    assert sum(exact.evaluated) <= 64 * 64  # no wider grid would cover them, and none is built at each step


def test_if_all_points_are_outside_they_share_a_coarser_grid():
    exact = Counting()
    x = 30 + 10 * torch.rand(3000, 2, generator=generator(3))
    found = grid_of(exact).score(x, SIGMA)
    assert exact.evaluated == [64 * 64]
    assert norm(found - exact.truth.score(x, SIGMA)) < 0.01 * norm(found)


def test_points_may_be_stored_column_by_column():
    field = grid_of(Counting())
    x = torch.cat([inside(500), 60 * (torch.rand(5000, 2, generator=generator(3)) - 0.5)])
    assert norm(field.score(x.T.contiguous().T, SIGMA) - field.score(x, SIGMA)) < 1e-6


def test_another_noise_level_is_evaluated_exactly():
    exact = Counting()
    x = inside(10)
    assert norm(grid_of(exact).score(x, 0.5) - exact.truth.score(x, 0.5)) == 0


def on_grid(field, region, rows, columns, sigma, dtype=torch.float64):
    points = regions.grid(region, rows, columns, dtype=dtype)
    return GridField.from_values(grids.score_on(field, points, sigma, rows), region, sigma, field)


def test_the_error_is_of_second_order_in_float64_too():
    truth = Moons().build(dtype=torch.float64)
    x = torch.rand(500, 2, generator=generator(2), dtype=torch.float64) * torch.tensor([8.0, 6.0]) - torch.tensor(
        [4.0, 3.0]
    )
    exact, errors = truth.score(x, 1.0), []
    for rows, columns in ((19, 25), (37, 49), (73, 97)):
        errors.append(float((on_grid(truth, CENTRE, rows, columns, 1.0).score(x, 1.0) - exact).square().mean().sqrt()))
    assert 3.3 < errors[0] / errors[1] < 4.7
    assert 3.3 < errors[1] / errors[2] < 4.7


def test_it_is_exact_at_its_nodes_and_outside():
    truth = Moons().build(dtype=torch.float64)
    field = on_grid(truth, CENTRE, 19, 25, 0.5)
    nodes = regions.grid(CENTRE, 19, 25, dtype=torch.float64)
    assert relative(field.score(nodes, 0.5), truth.score(nodes, 0.5)) < 1e-9
    outside = torch.tensor([[5.0, 0.0], [0.0, -9.0], [100.0, 100.0], [4.001, 0.0]], dtype=torch.float64)
    mixed = torch.cat([outside[:2], nodes[7:9], outside[2:]])
    assert relative(field.score(mixed, 0.5), truth.score(mixed, 0.5)) < 1e-9
    inside = torch.tensor([[0.21, 0.1]], dtype=torch.float64)
    assert norm(field.score(inside, 0.5) - truth.score(inside, 0.5)) > 1e-6  # between nodes it is not exact
    assert torch.equal(field.score(inside, 0.7), truth.score(inside, 0.7))  # at another level it is the exact field
    assert torch.equal(field.energy(inside, 0.5), truth.energy(inside, 0.5))


def test_rows_are_y_and_columns_are_x():
    class Plane:
        def score(self, x, sigma):
            return torch.stack([3 * x[:, 0] + x[:, 1], 10 * x[:, 1]], dim=1)

    x = torch.tensor([[1.3, 2.1], [-3.7, 0.4]], dtype=torch.float64)
    assert norm(on_grid(Plane(), CENTRE, 4, 9, 0.0).score(x, 0.0) - Plane().score(x, 0.0)) < 1e-12


def test_particles_that_are_not_finite_stay_so():
    field = on_grid(Moons().build(dtype=torch.float64), CENTRE, 9, 9, 0.5)
    x = torch.tensor([[math.nan, 0.0], [0.5, 0.5], [math.inf, 0.0]], dtype=torch.float64)
    found = field.score(x, 0.5)
    assert bool(found[1].isfinite().all())
    assert not bool((x + found)[0].isfinite().all())


def test_which_classes_satisfy_the_protocols():
    for density in (Moons().build(), Painted(base=Moons()).build()):
        assert isinstance(density, Density)
    for net in (score_net(), energy_net()):
        assert isinstance(net, Differentiable)
        assert not isinstance(net, Density)
    assert isinstance(on_grid(score_net(), CENTRE, 3, 3, 0.5), Field)


def test_along_a_spline_the_nodes_are_denser_and_cubic_scores_exact_at_them():
    def cubic(x):
        a, b = x.unbind(1)
        return torch.stack([a**3 - 2 * a * b**2 + b, b**3 - a**2 * b + 3], dim=1)

    region, rows, columns = (-1.0, 2.0, -2.0, 1.5), 15, 12
    values = cubic(regions.grid(region, rows, columns, dtype=torch.float64)).reshape(rows, columns, 2)
    field = GridField.from_values(values, region, 0.5, score_net(), finer=3)
    assert field.planes.shape == (1, 2, 43, 34)
    nodes = regions.grid(region, 43, 34, dtype=torch.float64)
    inner = (nodes[:, 0].abs() < 0.6) & (nodes[:, 1].abs() < 0.8)
    assert norm(field.score(nodes, 0.5) - cubic(nodes)) < 0.05
    assert norm((field.score(nodes, 0.5) - cubic(nodes))[inner]) < 2e-3  # the ends are continued along a line
    coarse = GridField.from_values(values[:3, :3], region, 0.5, score_net(), finer=3)
    assert coarse.planes.shape == (1, 2, 3, 3)  # too few for a spline


def test_along_a_spline_the_error_is_far_less():
    truth = Moons().build(dtype=torch.float64)
    region, x = (-8.3, 8.3, -8.3, 8.3), truth.sample(2000, generator(9))
    values = truth.score(regions.grid(region, 96, 96, dtype=torch.float64), 0.1).reshape(96, 96, 2)
    exact = truth.score(x, 0.1)
    errors = []
    for finer in (1, 4):
        away = (GridField.from_values(values, region, 0.1, truth, finer).score(x, 0.1) - exact).norm(dim=1)
        errors.append((float(away.norm() / exact.norm()), float((away / exact.norm(dim=1)).median())))
    (plain, plain_median), (spline, spline_median) = errors
    assert plain > 0.01
    assert spline < 0.005
    assert spline_median < plain_median / 10
