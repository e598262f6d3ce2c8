"""The potential that fits a score best where the data are."""

from __future__ import annotations

import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.analysis import calculus, finish, fit_weights, weighted_potential
from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import Mixture, Moons

REGION = (-8.0, 8.0, -8.0, 8.0)
NODES = 96


def nodes(region=REGION, rows=NODES, columns=NODES):
    return regions.grid(region, rows, columns, dtype=torch.float64)


def test_the_score_of_a_quadratic_is_fitted_exactly_whatever_the_weights():
    region, rows, columns = (-4.0, 5.0, -3.0, 2.0), 17, 25
    x = nodes(region, rows, columns).reshape(rows, columns, 2)
    wanted = x[..., 0] ** 2 - 3 * x[..., 0] * x[..., 1] + x[..., 1]
    score = torch.stack([2 * x[..., 0] - 3 * x[..., 1], 1 - 3 * x[..., 0]], dim=-1)
    weights = torch.rand(rows, columns, generator=generator(1), dtype=torch.float64) ** 4 + 1e-4
    found = finish(weighted_potential(score, region, weights))
    assert norm(found - found.max() - wanted + wanted.max()) < 1e-5
    assert float(found[weights >= 0.01 * weights.max()].max()) == 0


def middle(values, dim):
    """The means of neighbouring values along a dimension."""
    count = values.shape[dim] - 1
    return (values.narrow(dim, 1, count) + values.narrow(dim, 0, count)) / 2


def test_no_other_potential_has_a_smaller_weighted_error():
    """The gradient of the sum over the edges vanishes, by automatic differentiation."""
    region, rows, columns = (0.0, 2.0, -1.0, 3.0), 12, 9
    score = torch.randn(rows, columns, 2, generator=generator(2), dtype=torch.float64)  # no gradient of anything
    weights = torch.rand(rows, columns, generator=generator(3), dtype=torch.float64) + 1e-4
    u = finish(weighted_potential(score, region, weights)).requires_grad_()
    dx, dy = calculus.spacings(rows, columns, region)
    along_x = u.diff(dim=1) / dx - middle(score[..., 0], 1)
    along_y = u.diff(dim=0) / dy - middle(score[..., 1], 0)
    error = (middle(weights, 1) * along_x.square()).sum() + (middle(weights, 0) * along_y.square()).sum()
    (slope,) = torch.autograd.grad(error, u)
    assert error.item() > 1
    assert norm(slope) < 1e-6 * error.item()


def test_equal_weights_give_the_plain_potential():
    score = torch.randn(21, 33, 2, generator=generator(4), dtype=torch.float64)
    plain = calculus.potential(score, REGION)
    found = finish(weighted_potential(score, REGION, torch.full((21, 33), 0.3, dtype=torch.float64)))
    assert norm(found - (plain - plain.max())) < 1e-6


def rms_on_data(u, log_p):
    p = log_p.exp() / log_p.exp().sum()
    error = u - log_p
    return float((p * (error - (p * error).sum()).square()).sum().sqrt())


def test_where_a_score_is_wrong_far_from_the_data_the_heights_at_the_data_hold():
    """Moons with an error like that of a trained network: small at the data, large where nothing was learned."""
    truth = Moons().build(dtype=torch.float64)
    x = nodes()
    log_p = truth.log_density(x, 0.0)
    nothing = 1 / (1 + 30_000 * log_p.exp())  # 1 where there are no data
    wave = torch.stack([(0.7 * x[:, 1] + 1).sin(), (0.9 * x[:, 0] - 0.4 * x[:, 1]).cos()], dim=1)
    score = truth.score(x, 0.0) + 8 * nothing[:, None] * wave + 0.15 * wave.flip(1)
    on_grid = score.reshape(NODES, NODES, 2), log_p.reshape(NODES, NODES)
    plain = calculus.potential(on_grid[0], REGION)
    found = finish(weighted_potential(on_grid[0], REGION, fit_weights(on_grid[1].exp())))
    assert rms_on_data(plain, on_grid[1]) > 1.5
    assert rms_on_data(found, on_grid[1]) < 0.3
    mass = found.exp().reshape(-1) * (log_p > log_p.max() - 10)  # where the map is not faded
    drawn = torch.multinomial(mass, 20_000, replacement=True, generator=generator(5))
    assert truth.mode_weights(x[drawn]).tolist() == pytest.approx([0.5, 0.5], abs=0.06)


def test_one_gaussian_near_a_corner_is_highest_at_its_data():
    """A network without data beyond: its score stays what it is at three standard deviations, and turns."""
    mean = torch.tensor([4.0, 5.0], dtype=torch.float64)
    truth = Mixture(weights=(1,), means=((4.0, 5.0),), stds=(0.5,)).build(dtype=torch.float64)
    x = nodes()
    away = x - mean
    radius = away.norm(dim=1, keepdim=True)
    score = -away / 0.25 * (radius < 1.5) + (radius >= 1.5) * 6 * torch.stack([-away[:, 1], away[:, 0]], 1) / radius
    score = score + (radius > 4) * torch.tensor([-3.0, -3.0])
    log_p = truth.log_density(x, 0.0).reshape(NODES, NODES)
    plain = calculus.potential(score.reshape(NODES, NODES, 2), REGION)
    found = finish(weighted_potential(score.reshape(NODES, NODES, 2), REGION, fit_weights(log_p.exp())))
    assert float((x[plain.argmax()] - mean).norm()) > 3
    near = x[(found.abs() < 1e-9).reshape(-1)]  # its maximum where the data are, which is what counts as height 0
    assert float((near - mean).norm(dim=1).min()) < 0.3
    assert rms_on_data(found, log_p) < 0.3


def test_without_data_all_places_count_alike():
    assert torch.equal(fit_weights(torch.zeros(3, 4)), torch.ones(3, 4))
    weights = fit_weights(torch.tensor([[0.0, 2.0], [4.0, 1.0]]))
    assert norm(weights - torch.tensor([[1e-4, 0.5001], [1.0001, 0.2501]])) < 1e-6


def test_it_yields_between_pieces_so_that_nothing_waits_long():
    pieces = weighted_potential(torch.zeros(64, 64, 2), REGION, torch.ones(64, 64))
    assert sum(1 for _ in pieces) == 7
