"""Divergence and curl, energies along lines, the non-conservative share, and Z."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import energy_net, generator, jacobian, norm, relative, score_net

from ncsn_viz.core.analysis import calculus, grids
from ncsn_viz.core.numerics import regions
from ncsn_viz.core.targets import Mixture, Moons

REGION = (-4.0, 5.0, -3.0, 2.0)


class Given:
    """A field with any score, and an energy or none."""

    def __init__(self, score, energy=None):
        self._score, self._energy = score, energy

    def score(self, x, sigma):
        return self._score(x)

    def energy(self, x, sigma):
        return self._energy(x) if self._energy else None


def nodes(region=REGION, rows=41, columns=61):
    return regions.grid(region, rows, columns, dtype=torch.float64).reshape(rows, columns, 2)


# -- divergence and curl --------------------------------------------------------------------------------------------


def quadratic(x):
    a, b = x.unbind(-1)
    return torch.stack([2 * a + 3 * b + 0.5 * a * a - a * b, -5 * a + 7 * b + a * a + 0.25 * b * b], dim=-1)


def test_divergence_and_curl_are_exact_for_quadratic_fields_up_to_the_border():
    x = nodes()
    divergence, curl = calculus.divergence_and_curl(quadratic(x), REGION)
    a, b = x.unbind(-1)
    assert norm(divergence - (2 + a - b + 7 + 0.5 * b)) < 1e-10
    assert norm(curl - (-5 + 2 * a - (3 - a))) < 1e-10


def test_a_rotation_has_curl_2_and_no_divergence():
    x = nodes()
    divergence, curl = calculus.divergence_and_curl(torch.stack([-x[..., 1], x[..., 0]], dim=-1), REGION)
    assert norm(divergence) < 1e-12
    assert norm(curl - 2) < 1e-12


@pytest.mark.parametrize("field", [score_net(3), energy_net(3), Moons().build(dtype=torch.float64)])
def test_divergence_and_curl_approach_the_exact_jacobian(field):
    """Halving the spacing quarters the error against automatic differentiation."""
    errors = []
    for rows, columns in ((51, 91), (101, 181)):
        x = nodes(rows=rows, columns=columns)
        exact = jacobian(lambda point: field.score(point, 0.8), x.reshape(-1, 2)).reshape(rows, columns, 2, 2)
        found = calculus.divergence_and_curl(field.score(x.reshape(-1, 2), 0.8).detach().reshape(x.shape), REGION)
        wanted = (exact[..., 0, 0] + exact[..., 1, 1], exact[..., 1, 0] - exact[..., 0, 1])
        errors.append([norm((a - b)[2:-2, 2:-2]) for a, b in zip(found, wanted, strict=True)])
        assert norm(wanted[0]) > 10 * errors[-1][0]
    assert 3 < errors[0][0] / errors[1][0] < 5
    assert errors[0][1] < 1e-4 or 2.5 < errors[0][1] / errors[1][1] < 5


def test_tangents_give_the_same_divergence():
    net, x = score_net(5), nodes(rows=161, columns=289)
    axes = torch.eye(2, dtype=torch.float64)[:, None, :].expand(2, x[..., 0].numel(), 2)
    score, along = net.score_and_tangents(x.reshape(-1, 2), 0.5, axes)
    divergence, curl = calculus.divergence_and_curl(score.detach().reshape(x.shape), REGION)
    assert relative(divergence.reshape(-1), along[0, :, 0] + along[1, :, 1]) < 1e-2
    assert relative(curl.reshape(-1), along[0, :, 1] - along[1, :, 0]) < 1e-2


def test_the_smallest_grids_work():
    for rows, columns in ((2, 2), (2, 5), (3, 3)):
        divergence, curl = calculus.divergence_and_curl(
            torch.tensor([2.0, 3.0], dtype=torch.float64) * nodes(rows=rows, columns=columns), REGION
        )
        assert norm(divergence - 5) < 1e-10
        assert norm(curl) < 1e-10


# -- line integrals -------------------------------------------------------------------------------------------------


def test_line_integral_is_exact_for_polynomials():
    """log p of degree 2k has a score of degree 2k − 1 along a line: k nodes are enough, and k − 1 are not."""
    field = Given(lambda x: torch.stack([6 * x[:, 0] ** 5 - x[:, 1], -x[:, 0] - 4 * x[:, 1] ** 3], dim=1))
    x, origin = torch.randn(50, 2, generator=generator(1), dtype=torch.float64), torch.tensor([0.3, -1.2]).double()
    potential = lambda p: p[..., 0] ** 6 - p[..., 0] * p[..., 1] - p[..., 1] ** 4  # noqa: E731
    wanted = potential(x) - potential(origin)
    assert norm(wanted) > 1
    assert norm(calculus.line_integral(field, x, origin, 0.0, 3) - wanted) < 1e-11 * norm(wanted)
    assert norm(calculus.line_integral(field, x, origin, 0.0, 2) - wanted) > 1e-3


def test_line_integral_recovers_log_p_from_any_origin():
    truth = Moons().build(dtype=torch.float64)
    x = 3 * torch.randn(300, 2, generator=generator(2), dtype=torch.float64)
    for origin in ((0.0, 0.0), (-5.0, 4.0)):
        start = torch.tensor(origin, dtype=torch.float64)
        wanted = truth.log_density(x, 0.5) - truth.log_density(start[None], 0.5)
        assert norm(calculus.line_integral(truth, x, start, 0.5, 128) - wanted) < 1e-3
    assert norm(calculus.line_integral(truth, start[None], start, 0.5)) == 0
    assert calculus.line_integral(truth, x[:0], start, 0.5).shape == (0,)


def test_line_integral_of_an_energy_net_is_its_energy():
    net, x = energy_net(4), torch.randn(40, 2, generator=generator(3), dtype=torch.float64)
    origin = torch.tensor([1.0, 2.0], dtype=torch.float64)
    wanted = (net.energy(origin[None], 0.5) - net.energy(x, 0.5)).detach()
    found = calculus.line_integral(net, x, origin, 0.5, 64)
    assert norm(found - wanted) < 1e-9
    assert not found.requires_grad


def test_line_integral_depends_on_the_origin_where_there_is_curl():
    """Around the loop a → b → c → a a rotation collects its curl 2 times the enclosed area: here 2 · ½."""
    field = Given(lambda x: torch.stack([-x[:, 1], x[:, 0]], dim=1))
    corners = torch.tensor([[0.5, 0.5], [1.5, 0.5], [0.5, 1.5]], dtype=torch.float64)
    loop = sum(calculus.line_integral(field, corners[[(i + 1) % 3]], corners[i], 0.0) for i in range(3))
    assert norm(loop - 1) < 1e-12


def test_line_integral_evaluates_in_blocks(monkeypatch):
    truth = Moons().build(dtype=torch.float64)
    x, origin = torch.randn(33, 2, generator=generator(2), dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    whole = calculus.line_integral(truth, x, origin, 0.5, 8)
    monkeypatch.setattr(calculus, "BLOCK", 40)
    assert norm(calculus.line_integral(truth, x, origin, 0.5, 8) - whole) < 1e-12


# -- the non-conservative share -------------------------------------------------------------------------------------


def test_a_discrete_gradient_has_share_0():
    """The means of a linear field along edges are exactly the differences of a quadratic u."""
    x = nodes()
    assert calculus.non_conservative_share(torch.tensor([3.0, -2.0]).double() * x + 0.7, REGION) < 1e-20
    assert calculus.non_conservative_share(torch.zeros(9, 9, 2), REGION) == 0


def test_a_true_score_has_nearly_share_0():
    region = (-8.0, 8.0, -8.0, 8.0)
    for count, most in ((24, 5e-3), (96, 2e-4)):
        points = regions.grid(region, count, count, dtype=torch.float64)
        score = grids.score_on(Moons().build(dtype=torch.float64), points, 0.1, count)
        assert calculus.non_conservative_share(score, region) < most


def test_a_swirl_has_share_1():
    region = (-6.0, 6.0, -6.0, 6.0)
    x = nodes(region, 121, 121)
    swirl = torch.exp(-x.square().sum(-1, keepdim=True) / 2) * torch.stack([-x[..., 1], x[..., 0]], dim=-1)
    assert abs(calculus.non_conservative_share(swirl, region) - 1) < 1e-3


def test_a_rotation_on_a_square_keeps_the_torsion_of_a_square_bar():
    """min_u ∫‖∇u − (−y, x)‖² is Saint-Venant's torsion constant 0.140577 a⁴; ∫‖(−y, x)‖² = a⁴/6."""
    region = (-1.0, 1.0, -1.0, 1.0)
    errors = []
    for count in (101, 201):
        x = nodes(region, count, count)
        share = calculus.non_conservative_share(torch.stack([-x[..., 1], x[..., 0]], dim=-1), region)
        errors.append(abs(share - 6 * 0.140577))
    assert errors[1] < 5e-3
    assert errors[0] / errors[1] > 1.8


def test_the_share_of_a_mixture_of_both_is_the_ratio_of_their_squares():
    region = (-6.0, 6.0, -6.0, 6.0)
    x = nodes(region, 121, 121)
    bell = torch.exp(-x.square().sum(-1, keepdim=True) / 2)
    swirl, pull = bell * torch.stack([-x[..., 1], x[..., 0]], dim=-1), -bell * x  # orthogonal, equally long
    assert abs(calculus.non_conservative_share(pull + 0.5 * swirl, region) - 0.25 / 1.25) < 2e-3
    assert math.isnan(calculus.non_conservative_share(torch.full((5, 5, 2), math.nan), region))


# -- Z --------------------------------------------------------------------------------------------------------------


def test_log_z_of_a_gaussian():
    x = nodes((-9.0, 9.0, -8.0, 10.0), 61, 73)
    energy = ((x - torch.tensor([0.5, 1.0])).square() / (2 * torch.tensor([1.0, 1.21], dtype=torch.float64))).sum(
        -1
    ) - 7
    wanted = math.log(2 * math.pi * 1.1) + 7
    assert abs(calculus.log_partition(energy, (-9.0, 9.0, -8.0, 10.0)) - wanted) < 1e-9


def test_log_z_of_a_constant_is_the_area():
    """Half weights at the border: the rule integrates constants exactly, whatever the size of the energy."""
    for offset in (0.0, 1000.0, -1000.0):
        found = calculus.log_partition(torch.full((7, 5), offset, dtype=torch.float64), REGION)
        assert abs(found - (math.log(45) - offset)) < 1e-9


def test_a_normalised_truth_has_z_1():
    truth, region = Moons().build(dtype=torch.float64), (-14.0, 14.0, -14.0, 14.0)
    energy = truth.energy(regions.grid(region, 201, 201, dtype=torch.float64), 0.3).reshape(201, 201)
    assert abs(calculus.log_partition(energy, region)) < 1e-6


def test_surrounding_cells_are_outside_the_region():
    points, area = calculus.surrounding_cells(REGION, 16)
    assert len(points) == 16 * 16 - 8 * 8
    assert abs(area * len(points) - 3 * 9 * 5) < 1e-4  # three times the area of the region itself
    x, y = points.T
    assert not bool(((x > -4) & (x < 5) & (y > -3) & (y < 2)).any())
    assert norm(points.mean(0) - torch.tensor([0.5, -0.5])) < 1e-5
    assert norm(points.max(0).values - torch.tensor([9.5 - 9 / 16, 4.5 - 5 / 16])) < 1e-5


def test_mass_outside_of_a_region():
    """Of N(0, I) around the border x = 1 of a region that extends far to the other side: Φ(−1) is outside."""
    truth = Mixture(weights=(1,), means=((0, 0),), stds=(1.0,)).build(dtype=torch.float64)
    region = (-11.0, 1.0, -8.0, 8.0)
    inside = calculus.log_partition(
        truth.energy(regions.grid(region, 161, 241, dtype=torch.float64), 0.0).reshape(161, 241), region
    )
    points, area = calculus.surrounding_cells(region, 240)
    found = calculus.outside_share(inside, truth.energy(points.double(), 0.0), area)
    assert abs(found - 0.1586553) < 1e-3
    assert calculus.outside_share(0.0, torch.full((10,), 1e6), 1.0) < 1e-300
    assert calculus.outside_share(-1e6, torch.zeros(10), 1.0) == 1
