"""Mixtures of Gaussians against autograd of a plainly written log p_σ, quadrature and counting."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import generator, jacobian, norm, relative
from torch.func import grad, vmap

from ncsn_viz.core.targets import (
    TARGETS,
    Checkerboard,
    EightGaussians,
    GaussianTarget,
    Mixture,
    Moons,
    Pinwheel,
    Rings,
    Smiley,
    Spiral,
    TwoModes,
)

OVERLAPPING = Mixture(weights=(0.2, 0.5, 1.3), means=((-0.7, 0.2), (0.7, 0.0), (0.0, 1.1)), stds=(1.0, 0.5, 1.7))
SETTINGS = [
    OVERLAPPING,
    Mixture(),
    *(cls() for cls in TARGETS if issubclass(cls, GaussianTarget) and cls is not Mixture),
]
SIGMAS = (0.0, 0.1, 1.0, 5.0, 20.0)


def name(value):
    return value.kind if isinstance(value, GaussianTarget) else str(value)


def reference_log_density(target, sigma):
    """log p_σ at one point (2,) by its definition, a loop over the components."""
    weights, means, stds, _ = target.components()
    total = sum(float(weight) for weight in weights)

    def log_density(point):
        terms = []
        for weight, mean, std in zip(weights, means, stds, strict=True):
            variance = float(std) ** 2 + sigma**2
            square = (point[0] - float(mean[0])) ** 2 + (point[1] - float(mean[1])) ** 2
            terms.append(math.log(float(weight) / total) - square / (2 * variance) - math.log(2 * math.pi * variance))
        return torch.logsumexp(torch.stack(terms), dim=0)

    return log_density


def points(target, sigma, count=24):
    """Points of p_σ, points between the modes, and points 30 blurred widths away from all data."""
    truth = target.build(dtype=torch.float64)
    near = truth.sample(count, generator(1))
    near = near + sigma * torch.randn(near.shape, generator=generator(2), dtype=torch.float64)
    between = 8 * (2 * torch.rand(count, 2, generator=generator(3), dtype=torch.float64) - 1)
    angle = torch.arange(8, dtype=torch.float64) * math.pi / 4 + 0.1
    width = math.hypot(float(truth.stds.max()), sigma)
    edge = float(truth.means.norm(dim=1).max())
    far = (edge + 30 * width) * torch.stack([angle.cos(), angle.sin()], dim=1)
    return torch.cat([near, between, far])


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("target", SETTINGS, ids=name)
def test_log_density_and_score_agree_with_autograd(target, sigma):
    truth, x = target.build(dtype=torch.float64), points(target, sigma)
    log_density = reference_log_density(target, sigma)
    assert relative(truth.log_density(x, sigma), vmap(log_density)(x)) < 1e-10
    assert norm(truth.score(x, sigma) - vmap(grad(log_density))(x)) < 1e-6
    assert torch.equal(truth.energy(x, sigma), -truth.log_density(x, sigma))


@pytest.mark.parametrize("sigma", [0.0, 0.3, 5.0])
@pytest.mark.parametrize("target", [OVERLAPPING, Moons(), EightGaussians(), TwoModes()], ids=name)
def test_tangents_agree_with_the_hessian(target, sigma):
    truth, x = target.build(dtype=torch.float64), points(target, sigma, 12)
    directions = torch.randn(3, *x.shape, generator=generator(4), dtype=torch.float64)
    score, along = truth.score_and_tangents(x, sigma, directions)
    curvature = jacobian(vmap(grad(reference_log_density(target, sigma))), x)
    assert relative(score, truth.score(x, sigma)) < 1e-10
    assert relative(along, torch.einsum("nij,knj->kni", curvature, directions)) < 1e-7


@pytest.mark.parametrize("target", SETTINGS, ids=name)
def test_sigma_per_point_is_sigma_at_each_point(target):
    truth, x = target.build(dtype=torch.float64), points(target, 1.0, 10)
    sigma = torch.linspace(0, 20, len(x), dtype=torch.float64)
    directions = torch.ones(1, len(x), 2, dtype=torch.float64)
    each = [truth.score(x[i : i + 1], float(sigma[i])) for i in range(len(x))]
    assert relative(truth.score(x, sigma), torch.cat(each)) < 1e-12
    each = [truth.log_density(x[i : i + 1], sigma[i]) for i in range(len(x))]  # sigma of no dimension
    assert relative(truth.log_density(x, sigma), torch.cat(each)) < 1e-12
    each = [truth.score_and_tangents(x[i : i + 1], float(sigma[i]), directions[:, :1])[1] for i in range(len(x))]
    assert relative(truth.score_and_tangents(x, sigma, directions)[1], torch.cat(each, dim=1)) < 1e-12


@pytest.mark.parametrize("sigma", [0.0, 1.0, 20.0])
@pytest.mark.parametrize("target", SETTINGS, ids=name)
def test_density_integrates_to_one(target, sigma):
    truth = target.build(dtype=torch.float64)
    narrow, wide = (math.hypot(float(std), sigma) for std in (truth.stds.min(), truth.stds.max()))
    edge = float(truth.means.abs().max()) + 7 * wide
    axis = torch.arange(-edge, edge, 0.7 * narrow, dtype=torch.float64)  # far finer than the sum of Gaussians needs
    grid = torch.cartesian_prod(axis, axis)
    mass = sum(float(truth.log_density(part, sigma).exp().sum()) for part in grid.split(50_000))
    assert abs(mass * float(axis[1] - axis[0]) ** 2 - 1) < 1e-4


@pytest.mark.parametrize("target", SETTINGS, ids=name)
def test_float32_is_accurate_too(target):
    for sigma in (0.0, 1.0):
        x = points(target, sigma)
        exact = target.build(dtype=torch.float64).score(x, sigma)
        assert relative(target.build().score(x.float(), sigma).double(), exact) < 2e-3


@pytest.mark.parametrize("target", SETTINGS, ids=name)
def test_samples_have_the_moments_of_the_mixture(target):
    weights, means, stds, _ = target.components()
    weights, means = torch.tensor(weights / weights.sum()), torch.tensor(means)
    mean = weights @ means
    centred = means - mean
    covariance = (weights[:, None] * centred).T @ centred + float(weights @ torch.tensor(stds) ** 2) * torch.eye(2)
    n = 100_000
    x = target.build(dtype=torch.float64).sample(n, generator(5))
    assert x.shape == (n, 2)
    error = (x.mean(0) - mean) / (covariance.diagonal() / n).sqrt()
    assert norm(error) < 5
    second = (x - mean)[:, :, None] * (x - mean)[:, None, :]
    assert norm((second.mean(0) - covariance) / (second.std(0) / math.sqrt(n))) < 5


def test_samples_find_every_component_by_its_weight():
    target = Mixture(weights=(1, 2, 0, 5), means=((0, 0), (50, 0), (0, 50), (50, 50)), stds=(0.1, 1, 2, 3))
    n = 20_000
    truth = target.build()
    x = truth.sample(n, generator(6))
    nearest = torch.cdist(x, truth.means).argmin(1)
    counts = torch.bincount(nearest, minlength=4) / n
    wanted = torch.tensor([1, 2, 0, 5]) / 8
    assert norm(counts - wanted) < 5 * 0.5 / math.sqrt(n)
    assert counts[2] == 0
    for component, std in enumerate((0.1, 1, 2, 3)):
        own = x[nearest == component]
        if len(own):
            assert norm(own.std(0) / std - 1) < 5 / math.sqrt(2 * len(own))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_component_of_weight_zero_has_no_pull_even_at_its_own_mean(dtype):
    """All is as without it: at (40, 0), 400 deviations from the only mass, s = −40/0.1²."""
    both = Mixture(weights=(1, 0), means=((0, 0), (40, 0)), stds=(0.1, 1)).build(dtype=dtype)
    alone = Mixture(weights=(1,), means=((0, 0),), stds=(0.1,)).build(dtype=dtype)
    x = torch.tensor([[40.0, 0.0], [0.2, -0.1], [-7.0, 3.0]], dtype=dtype)
    ones = torch.ones(1, 3, 2, dtype=dtype)
    for sigma in (0.0, 0.3):
        variance = 0.1**2 + sigma**2
        assert relative(both.score(x, sigma), -x / variance) < 1e-6
        assert relative(both.log_density(x, sigma), alone.log_density(x, sigma)) < 1e-6
        assert relative(both.score_and_tangents(x, sigma, ones)[1], -ones / variance) < 1e-4
    assert torch.equal(both.true_mode_weights(), torch.tensor([1, 0], dtype=dtype))
    assert torch.equal(both.mode_weights(x), torch.tensor([1, 0], dtype=dtype))


@pytest.mark.parametrize("weights", [(0, 1, 0), (0, 0, 3, 0)])
def test_the_first_and_the_last_component_are_not_drawn_at_weight_zero(weights):
    """Also for the uniform numbers at both ends of their range."""
    count = len(weights)
    truth = Mixture(weights=weights, means=[(10.0 * k, 0.0) for k in range(count)], stds=(0.1,) * count).build()
    cumulative = truth.log_weights.exp().cumsum(0)
    ends = torch.tensor([0.0, 1 - 2**-24])
    assert set(torch.searchsorted(cumulative / cumulative[-1], ends, right=True).tolist()) == {
        weights.index(max(weights))
    }
    nearest = (truth.sample(1000, generator(9))[:, 0] / 10).round().long()
    assert set(nearest.tolist()) == {weights.index(max(weights))}


@pytest.mark.parametrize("target", SETTINGS, ids=name)
def test_mode_weights_of_samples_are_the_true_ones(target):
    truth = target.build(dtype=torch.float64)
    wanted = truth.true_mode_weights()
    assert abs(float(wanted.sum()) - 1) < 1e-12
    n = 50_000
    x = truth.sample(n, generator(7))
    error = (truth.mode_weights(x) - wanted).abs() / (wanted * (1 - wanted) / n).clamp(min=1e-24).sqrt()
    assert norm(error) < 5  # a posterior varies less than a membership, so this is generous


def test_mode_weights_are_exact_in_expectation_where_modes_overlap():
    """∫ p(x) p(mode | x) dx = weight, by quadrature; counting the nearest mode is far off here."""
    truth = OVERLAPPING.build(dtype=torch.float64)
    axis = torch.arange(-9, 9, 0.25, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    mass = truth.log_density(grid, 0.0).exp() * 0.25**2
    heavy = mass > 1e-9
    total = sum(weight * truth.mode_weights(x[None]) for x, weight in zip(grid[heavy], mass[heavy], strict=True))
    assert norm(total - truth.true_mode_weights()) < 1e-5
    x = truth.sample(20_000, generator(8))
    nearest = torch.bincount(torch.cdist(x, truth.means).argmin(1), minlength=3) / len(x)
    assert norm(nearest - truth.true_mode_weights()) > 0.05


def test_mode_weights_add_up_the_components_of_a_mode():
    weights, _, _, modes = Smiley().components()
    wanted = [sum(float(weight) for weight, mode in zip(weights, modes, strict=True) if mode == k) for k in range(4)]
    assert (
        norm(Smiley().build(dtype=torch.float64).true_mode_weights() - torch.tensor(wanted, dtype=torch.float64))
        < 1e-12
    )
    assert (
        norm(torch.tensor(wanted, dtype=torch.float64) - torch.tensor([0.58, 0.1, 0.1, 0.22], dtype=torch.float64))
        < 1e-9
    )


@pytest.mark.parametrize(
    ("target", "modes"),
    [(Moons(), 2), (EightGaussians(modes=5), 5), (Rings(), 2), (Spiral(), 1), (Pinwheel(blades=3), 3),
     (Checkerboard(), 8), (TwoModes(), 2), (Smiley(), 4)], ids=name,
)  # fmt: skip
def test_presets_have_their_modes_inside_the_window(target, modes):
    truth = target.build()
    assert len(truth.true_mode_weights()) == modes
    positions = truth.mode_positions()
    assert [int(truth.mode_weights(at[None]).argmax()) for at in positions] == list(range(modes))
    highest = truth.log_density(positions, 0.0)
    for mode in range(modes):  # and where its density is about as high as anywhere in the mode
        mine = truth.means[truth.modes == mode]
        assert float(highest[mode]) >= float(truth.log_density(mine, 0.0).max()) - 0.05
    assert float(truth.means.abs().max()) < 8
    assert len(truth.means) <= 400


def test_the_position_of_a_mode_of_one_component_is_its_mean_and_of_an_arc_its_middle():
    assert norm(EightGaussians().build().mode_positions() - EightGaussians().build().means) == 0
    (x, y), (other_x, other_y) = Moons().build(dtype=torch.float64).mode_positions().tolist()
    assert (x, y) == pytest.approx((-other_x, -other_y))
    assert x == pytest.approx(-1.9, abs=0.4)  # the middle of the upper arc, not one of its ends
    assert y == pytest.approx(3.0, abs=0.1)


def test_two_modes_is_the_density_of_song_and_ermon():
    truth = TwoModes().build(dtype=torch.float64)
    order = truth.log_weights.argsort()
    assert norm(truth.log_weights[order].exp() - torch.tensor([0.2, 0.8], dtype=torch.float64)) < 1e-12
    assert norm(truth.means[order] - torch.tensor([[-5.0, -5.0], [5.0, 5.0]])) == 0
    assert norm(truth.stds - 1) == 0
