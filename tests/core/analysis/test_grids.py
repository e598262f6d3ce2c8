"""Grids, potentials, the field on a grid, particles as a picture, and the measures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from helpers import energy_net, generator, norm, relative, score_net

from ncsn_viz.core.analysis import calculus, grids, metrics
from ncsn_viz.core.fields import Density, Differentiable, Field, GridField
from ncsn_viz.core.numerics import rasterize, regions
from ncsn_viz.core.targets import Mixture, Moons, Painted

REGION = (-4.0, 4.0, -3.0, 3.0)
UNEQUAL = (-4.0, 6.0, -3.0, -1.0)


# -- grids ----------------------------------------------------------------------------------------------------------


def test_grid_goes_row_by_row_from_the_bottom():
    points = regions.grid((0.0, 2.0, 10.0, 11.0), 2, 3)
    assert points.tolist() == [[0, 10], [1, 10], [2, 10], [0, 11], [1, 11], [2, 11]]
    assert regions.grid(REGION, 5, 4, dtype=torch.float64).dtype == torch.float64


@pytest.mark.parametrize(("region", "wanted"), [((0, 8, 0, 8), (65, 65)), ((0, 8, 0, 4), (33, 65)),
                                                ((0, 1, 0, 8), (65, 9)), ((0, 1e-3, 0, 8), (65, 2))])  # fmt: skip
def test_grids_have_nearly_square_cells(region, wanted):
    rows, columns = regions.grid_shape(region, 65)
    assert abs(rows - wanted[0]) <= 1
    assert abs(columns - wanted[1]) <= 1


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


def test_potential_minimises_what_it_says():
    """No small change of u makes Σ‖∇u − s‖² less: checked against least squares by a dense solver."""
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


def test_energy_on_a_grid_counts_from_its_least_value():
    points = regions.grid(REGION, 25, 33, dtype=torch.float64)
    for field in (score_net(), energy_net(), Moons().build(dtype=torch.float64)):
        score = grids.score_on(field, points, 0.5, 25)
        energy = grids.energy_on(field, points, 0.5, score, REGION)
        assert energy.shape == (25, 33)
        assert float(energy.min()) == 0
        assert not energy.requires_grad
    truth = Mixture(weights=(1,), means=((0.5, -0.25),), stds=(1.0,)).build(dtype=torch.float64)
    score = grids.score_on(truth, points, 0.0, 25)
    wanted = ((points - torch.tensor([0.5, -0.25])).square().sum(1) / 2).reshape(25, 33)
    assert norm(grids.energy_on(truth, points, 0.0, score, REGION) - wanted + wanted.min()) < 1e-9

    class ScoreOnly:
        score = staticmethod(truth.score)

        def energy(self, x, sigma):
            return None

    fitted = grids.energy_on(ScoreOnly(), points, 0.0, score, REGION)
    assert norm(fitted - wanted + wanted.min()) < 1e-9  # exact: mean slopes of a quadratic are its differences


# -- the field on a grid --------------------------------------------------------------------------------------------


def on_grid(field, region, rows, columns, sigma, dtype=torch.float64):
    points = regions.grid(region, rows, columns, dtype=dtype)
    return GridField.from_values(grids.score_on(field, points, sigma, rows), region, sigma, field)


def test_gridfield_error_falls_with_the_spacing():
    truth = Moons().build(dtype=torch.float64)
    x = torch.rand(500, 2, generator=generator(2), dtype=torch.float64) * torch.tensor([8.0, 6.0]) - torch.tensor(
        [4.0, 3.0]
    )
    exact, errors = truth.score(x, 1.0), []
    for rows, columns in ((19, 25), (37, 49), (73, 97)):
        errors.append(float((on_grid(truth, REGION, rows, columns, 1.0).score(x, 1.0) - exact).square().mean().sqrt()))
    assert 3.3 < errors[0] / errors[1] < 4.7
    assert 3.3 < errors[1] / errors[2] < 4.7


def test_gridfield_is_exact_at_its_nodes_and_outside():
    truth = Moons().build(dtype=torch.float64)
    field = on_grid(truth, REGION, 19, 25, 0.5)
    nodes = regions.grid(REGION, 19, 25, dtype=torch.float64)
    assert relative(field.score(nodes, 0.5), truth.score(nodes, 0.5)) < 1e-9
    outside = torch.tensor([[5.0, 0.0], [0.0, -9.0], [100.0, 100.0], [4.001, 0.0]], dtype=torch.float64)
    mixed = torch.cat([outside[:2], nodes[7:9], outside[2:]])
    assert relative(field.score(mixed, 0.5), truth.score(mixed, 0.5)) < 1e-9
    inside = torch.tensor([[0.21, 0.1]], dtype=torch.float64)
    assert norm(field.score(inside, 0.5) - truth.score(inside, 0.5)) > 1e-6  # between nodes it is not
    assert torch.equal(field.score(inside, 0.7), truth.score(inside, 0.7))  # another level asks the field itself
    assert torch.equal(field.energy(inside, 0.5), truth.energy(inside, 0.5))


def test_gridfield_is_not_transposed():
    class Plane:
        def score(self, x, sigma):
            return torch.stack([3 * x[:, 0] + x[:, 1], 10 * x[:, 1]], dim=1)

    x = torch.tensor([[1.3, 2.1], [-3.7, 0.4]], dtype=torch.float64)
    assert norm(on_grid(Plane(), REGION, 4, 9, 0.0).score(x, 0.0) - Plane().score(x, 0.0)) < 1e-12


def test_gridfield_keeps_lost_particles_lost():
    field = on_grid(Moons().build(dtype=torch.float64), REGION, 9, 9, 0.5)
    x = torch.tensor([[math.nan, 0.0], [0.5, 0.5], [math.inf, 0.0]], dtype=torch.float64)
    found = field.score(x, 0.5)
    assert bool(found[1].isfinite().all())
    assert not bool((x + found)[0].isfinite().all())


# -- particles as a picture -----------------------------------------------------------------------------------------


def test_splat_puts_a_particle_on_its_pixel():
    # 4 × 8 pixels of size 1 × 2 on (0, 8) × (10, 18); the middle of row 1, column 5 is (5.5, 13)
    picture = rasterize.splat(torch.tensor([[5.5, 13.0]]), (0, 8, 10, 18), 4, 8)
    wanted = torch.zeros(4, 8)
    wanted[1, 5] = 1
    assert norm(picture - wanted) < 1e-6


def test_splat_shares_a_particle_out_among_its_neighbours():
    picture = rasterize.splat(torch.tensor([[5.75, 13.5]]), (0, 8, 10, 18), 4, 8)
    wanted = torch.zeros(4, 8)
    wanted[1, 5], wanted[1, 6], wanted[2, 5], wanted[2, 6] = 0.75 * 0.75, 0.25 * 0.75, 0.75 * 0.25, 0.25 * 0.25
    assert norm(picture - wanted) < 1e-6


def test_splat_keeps_the_count_and_the_centre():
    x = torch.randn(500, 2, generator=generator(3), dtype=torch.float64)
    picture = rasterize.splat(x, (-8, 8, -6, 6), 60, 80)
    assert abs(float(picture.sum()) - 500) < 1e-6
    assert float(picture.min()) >= 0
    columns, rows = torch.meshgrid(torch.arange(80) + 0.5, torch.arange(60) + 0.5, indexing="xy")
    centre = torch.stack([(picture * columns).sum() / 80 * 16 - 8 * 500, (picture * rows).sum() / 60 * 12 - 6 * 500])
    assert norm(centre / 500 - x.mean(0)) < 1e-6


def test_splat_leaves_out_what_cannot_be_seen():
    lost = [[math.nan, 0.0], [0.0, math.nan], [math.inf, 0.0], [0.0, -math.inf], [9.0, 0.0], [0.0, -1e30], [-8.5, 0.0]]
    picture = rasterize.splat(torch.tensor([*lost, [0.1, 0.1]]), (-8, 8, -8, 8), 16, 16)
    assert bool(picture.isfinite().all())
    assert abs(float(picture.sum()) - 1) < 1e-6
    assert float(rasterize.splat(torch.tensor(lost), (-8, 8, -8, 8), 16, 16).sum()) == 0
    assert rasterize.splat(torch.zeros(0, 2), (-8, 8, -8, 8), 4, 6).shape == (4, 6)


def test_splat_counts_a_dense_crowd_by_the_nearest_pixel():
    x = 4 * torch.randn(60 * 80 // rasterize.PIXELS_PER_PARTICLE + 1, 2, generator=generator(4), dtype=torch.float64)
    x[0] = math.nan
    picture = rasterize.splat(x, (-8, 8, -6, 6), 60, 80)
    wanted, _, _ = np.histogram2d(x[1:, 1].numpy(), x[1:, 0].numpy(), bins=(60, 80), range=((-6, 6), (-8, 8)))
    assert norm(picture - torch.from_numpy(wanted)) <= 1  # a point may lie exactly on an edge
    assert abs(float(picture.sum()) - wanted.sum()) <= 2


def test_tone_grows_and_never_saturates():
    tones = rasterize.tone_map(torch.tensor([0.0, 0.5, 1.0, 3.0, 100.0]), 0.5)
    assert float(tones[0]) == 0
    assert bool((tones.diff() > 0).all())
    assert float(tones[-1]) <= 1
    assert norm(rasterize.tone_map(torch.tensor([1e-4]), 2.0) / 2e-4 - 1) < 1e-3  # gain is the slope at 0


# -- measures -------------------------------------------------------------------------------------------------------


def test_sliced_w2_of_shifted_points_is_the_shift_over_the_root_of_two():
    x = torch.randn(1000, 2, generator=generator(4), dtype=torch.float64)
    for shift in ([3.0, 0.0], [0.0, -3.0], [1.8, 2.4]):
        found = metrics.sliced_w2(x, x[torch.randperm(1000, generator=generator(5))] + torch.tensor(shift))
        assert abs(found - 3 / math.sqrt(2)) < 1e-6
    assert metrics.sliced_w2(x, x) == 0


def test_sliced_w2_of_gaussians_is_the_difference_of_their_widths():
    z = torch.special.ndtri(torch.quasirandom.SobolEngine(2, scramble=True, seed=6).draw(2**14, dtype=torch.float64))
    w = torch.randn(2**14, 2, generator=generator(7), dtype=torch.float64)
    assert abs(metrics.sliced_w2(z, 2.5 * z) - 1.5) < 1e-2
    assert abs(metrics.sliced_w2(w, 2.5 * z) - 1.5) < 5e-2
    assert metrics.sliced_w2(w, z) < 0.05
    moved = 2.5 * z + torch.tensor([2.0, 0.0])
    assert abs(metrics.sliced_w2(z, moved) - math.sqrt(1.5**2 + 2)) < 1e-2


def test_sliced_w2_of_lost_particles_is_no_number():
    x = torch.zeros(3, 2)
    for bad in (math.nan, math.inf):
        assert math.isnan(metrics.sliced_w2(x, torch.tensor([[0, 0], [0, bad], [1, 1]])))
        assert math.isnan(metrics.sliced_w2(torch.tensor([[0, 0], [0, bad], [1, 1]]), x))


def test_half_fisher_of_two_gaussians():
    """Scores −x/a and −x/b differ by x (1/b − 1/a), so ½E = ½ · 2a (1/b − 1/a)² on samples of N(0, a)."""
    a, b = 1.5**2, 2.0**2
    one, other = (Mixture(weights=(1,), means=((0, 0),), stds=(std,)).build(dtype=torch.float64) for std in (1.5, 2.0))
    x = one.sample(200_000, generator(8))
    assert abs(metrics.half_fisher(other, one, x, 0.0) / (a * (1 / b - 1 / a) ** 2) - 1) < 0.02
    a, b = a + 0.49, b + 0.49
    x = metrics.noisy_sample(one, 200_000, 0.7, generator(9))
    assert abs(metrics.half_fisher(other, one, x, 0.7) / (a * (1 / b - 1 / a) ** 2) - 1) < 0.02
    assert metrics.half_fisher(one, one, x, 0.7) == 0


def test_noisy_samples_are_blurred_samples():
    truth = Mixture(weights=(1,), means=((2.0, 3.0),), stds=(1.5,)).build(dtype=torch.float64)
    x = metrics.noisy_sample(truth, 100_000, 2.0, generator(10))
    assert norm(x.mean(0) - torch.tensor([2.0, 3.0])) < 5 * 2.5 / math.sqrt(100_000)
    assert norm(x.std(0) / 2.5 - 1) < 5 / math.sqrt(200_000)


# -- protocols ------------------------------------------------------------------------------------------------------


def test_fields_are_what_they_claim():
    for density in (Moons().build(), Painted(base=Moons()).build()):
        assert isinstance(density, Density)
    for net in (score_net(), energy_net()):
        assert isinstance(net, Differentiable)
        assert not isinstance(net, Density)
    assert isinstance(on_grid(score_net(), REGION, 3, 3, 0.5), Field)
