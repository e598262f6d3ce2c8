"""The lattice density against the direct sum over all its cells, in float64, differentiated by autograd."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.fields import Density
from ncsn_viz.core.targets import EmptyTarget, Smiley, TwoModes
from ncsn_viz.core.targets.lattice import LatticeMixture, lattice_mixture
from ncsn_viz.core.targets.lattice.interpolation import GROWTH, LEVELS
from ncsn_viz.core.targets.lattice.modes import find_modes
from ncsn_viz.core.targets.painting import Painted

WINDOW = (-8.0, 8.0)
SIGMAS = [0.0, 0.1, 0.5, 2.0, 10.0, 20.0]
H = 0.15


def centres(cells, window=WINDOW):
    return window[0] + (np.arange(cells) + 0.5) * (window[1] - window[0]) / cells


def blob(x0, y0, width, cells=64):
    """A Gaussian cut off at four standard deviations, like a dab of the brush."""
    x, y = np.meshgrid(centres(cells), centres(cells))
    return np.maximum(np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * width**2)) - math.exp(-8), 0)


def smooth(cells=64):
    return blob(-4, -4, 0.9, cells) + 0.5 * blob(4, 3, 1.2, cells) + 0.8 * blob(-3, 5, 0.5, cells)


def rough(cells=64):
    """Noise on the blobs and single heavy cells: the hardest thing that could be painted."""
    rng = np.random.default_rng(0)
    return smooth(cells) * rng.uniform(size=(cells, cells)) ** 2 + (rng.uniform(size=(cells, cells)) > 0.98)


def build(weights, h=H, **options):
    return LatticeMixture(weights, WINDOW, h, dtype=torch.float64, **options)


def direct_log_density(weights, h, x, sigma, window=WINDOW):
    """log Σ w N(x; c, (h² + σ²) I), one term a cell."""
    at = torch.tensor(centres(len(weights), window))
    log_weights, v = torch.tensor(weights / weights.sum()).log(), h**2 + sigma**2
    parts = []
    for part in x.split(100):
        squares = (part[:, 0, None, None] - at) ** 2 + (part[:, 1, None, None] - at[:, None]) ** 2
        parts.append(torch.logsumexp((log_weights - squares / (2 * v)).flatten(1), 1))
    return torch.cat(parts) - math.log(2 * math.pi * v)


def direct(weights, h, x, sigma):
    """log p and its gradient, by autograd."""
    x = x.clone().requires_grad_()
    log_p = direct_log_density(weights, h, x, sigma)
    (score,) = torch.autograd.grad(log_p.sum(), x)
    return log_p.detach(), score


def direct_hessian(weights, h, x, sigma):
    """log p, its gradient, and its Hessian's entries xx, xy, yy, by autograd."""
    x = x.clone().requires_grad_()
    log_p = direct_log_density(weights, h, x, sigma)
    (score,) = torch.autograd.grad(log_p.sum(), x, create_graph=True)
    (first,) = torch.autograd.grad(score[:, 0].sum(), x, retain_graph=True)
    (second,) = torch.autograd.grad(score[:, 1].sum(), x)
    return log_p.detach(), score.detach(), torch.stack([first[:, 0], first[:, 1], second[:, 1]], dim=1)


def lattice_points(n, cells=64):
    place = torch.randint(cells, (n, 2), generator=torch.Generator().manual_seed(1))
    return torch.tensor(centres(cells))[place]


def uniform(n, low=-8.0, high=8.0):
    return low + (high - low) * torch.rand(n, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def noisy(density, n, sigma):
    generator = torch.Generator().manual_seed(3)
    x = density.sample(n, generator)
    return x + sigma * torch.randn(x.shape, generator=generator, dtype=x.dtype)


def relative(found, wanted):
    return (found - wanted).norm(dim=1) / wanted.norm(dim=1)


@pytest.mark.parametrize("weights", [smooth(), rough()], ids=["smooth", "rough"])
@pytest.mark.parametrize("sigma", SIGMAS)
def test_at_the_cell_centres_everything_is_exact(weights, sigma):
    density, x = build(weights, 0.2), lattice_points(300)
    log_p, score, hessian = direct_hessian(weights, 0.2, x, sigma)
    axes = torch.eye(2, dtype=x.dtype)[:, None, :].expand(2, len(x), 2)
    same, tangents = density.score_and_tangents(x, sigma, axes)
    v = 0.2**2 + sigma**2
    assert (density.log_density(x, sigma) - log_p).abs().max() < 1e-6
    assert (density.score(x, sigma) - score).norm(dim=1).max() < 1e-6
    assert torch.equal(same, density.score(x, sigma))
    for row, entries in zip(tangents, ([0, 1], [1, 2]), strict=True):
        assert (row - hessian[:, entries]).norm(dim=1).max() < 1e-6 / v


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_outer_lattices_are_exact_thirty_sigma_away(sigma):
    weights = rough()
    density = build(weights)
    tables, distance = density._level(sigma), 8 + 30 * math.sqrt(H**2 + sigma**2)
    level = min(math.ceil(math.log(distance / tables._half, GROWTH)), LEVELS - 1)
    axis = tables._axis(level)
    ring = torch.stack(torch.meshgrid(axis[2:-2], axis[2:-2], indexing="xy"), dim=-1).reshape(-1, 2)
    far = ring.abs().amax(1)
    x = ring[(far > tables._half * GROWTH ** (level - 1) * 1.01) & (far < 2 * distance)][::37]
    log_p, score = direct(weights, H, x, sigma)
    assert len(x) > 30
    assert x.norm(dim=1).max() > min(distance, 200)
    assert ((density.log_density(x, sigma) - log_p).abs() / log_p.abs()).max() < 1e-9
    assert relative(density.score(x, sigma), score).max() < 1e-9


@pytest.mark.parametrize("weights", [smooth(128), rough(128)], ids=["smooth", "rough"])
@pytest.mark.parametrize("sigma", SIGMAS)
def test_between_the_lattice_points_the_score_is_within_a_percent(weights, sigma):
    density = build(weights)
    x = noisy(density, 500, sigma)
    log_p, score, hessian = direct_hessian(weights, H, x, sigma)
    error = (density.score(x, sigma) - score).norm(dim=1)
    assert error.square().mean().sqrt() < 0.01 * score.square().sum(1).mean().sqrt()
    assert error.mean() < 0.01 * score.norm(dim=1).mean()
    assert relative(density.score(x, sigma), score).median() < 0.005
    assert (density.log_density(x, sigma) - log_p).abs().mean() < 0.002
    directions = torch.randn(3, len(x), 2, dtype=x.dtype, generator=torch.Generator().manual_seed(4))
    tangents = density.score_and_tangents(x, sigma, directions)[1]
    wanted = torch.einsum("nij,mnj->mni", hessian[:, [0, 1, 1, 2]].reshape(-1, 2, 2), directions)
    assert (tangents - wanted).norm(dim=2).mean() < 0.02 * wanted.norm(dim=2).mean()


@pytest.mark.parametrize(("resolution", "sigma"), [(128, 0.25), (128, 0.33), (64, 0.5), (64, 0.65), (64, 0.1)])
def test_the_score_of_thin_lines_is_within_a_third_of_a_percent(resolution, sigma):
    """The coarsest lattice that a noise level admits, for thin lines with gaps in between."""
    painted = Painted(base=Smiley(), resolution=resolution)
    weights, h = painted.weights(), painted.effective_bandwidth()
    density = LatticeMixture(weights, WINDOW, h, dtype=torch.float64)
    x = noisy(density, 400, sigma)
    _, score = direct(weights, h, x, sigma)
    error = (density.score(x, sigma) - score).square().mean() / score.square().mean()
    assert float(error.sqrt()) < 0.0033


@pytest.mark.parametrize("sigma", SIGMAS)
def test_away_from_the_data_most_scores_are_as_accurate_and_errors_are_confined_to_ridges(sigma):
    # Half way between two distant parts of the data the posterior mean changes from one to the other within v/distance,
    # less than a cell at small σ, which no lattice resolves. Such points are few and have hardly any density: this
    # bounds the share of the window where the error of the score exceeds a tenth.
    weights = smooth(128)
    x = uniform(1000)
    log_p, score = direct(weights, H, x, sigma)
    density = build(weights)
    wrong = relative(density.score(x, sigma), score)
    assert wrong.median() < 0.001
    assert (wrong > 0.1).double().mean() < 0.02
    on_ridges = (log_p.exp() * (wrong > 0.1)).sum() / log_p.exp().sum()
    assert on_ridges < 1e-6
    # Even there the score points to some data: it is (m − x)/v with m in their hull, up to the overshoot of the cubic.
    m = x + (H**2 + sigma**2) * density.score(x, sigma)
    assert m.abs().max() < 9


@pytest.mark.parametrize("sigma", SIGMAS)
def test_outside_the_window_the_score_stays_good(sigma):
    weights = smooth()
    density = build(weights)
    for reach in (9.0, 20.0, 60.0, 200.0, 1000.0, 1e5):
        x = reach * uniform(300, -1, 1)
        x = x / x.abs().amax(1, keepdim=True) * reach
        log_p, score = direct(weights, H, x, sigma)
        wrong = relative(density.score(x, sigma), score)
        assert wrong.median() < 0.01
        assert wrong.quantile(0.9) < 0.05
        assert wrong.max() < 0.6  # the ridges, as above: the error of m is at most the width of the data
        wrong = (density.log_density(x, sigma) - log_p).abs() / log_p.abs()
        assert wrong.median() < 0.002
        assert wrong.max() < 0.05


def test_annealed_particles_that_wander_at_large_noise_see_the_exact_field():
    weights = rough()
    density = build(weights)
    x = uniform(1000, -100, 100)
    for sigma in (10.0, 20.0):
        log_p, score = direct(weights, H, x, sigma)
        assert relative(density.score(x, sigma), score).max() < 1e-3
        assert (density.log_density(x, sigma) - log_p).abs().max() < 1e-3


@pytest.mark.parametrize("sigma", SIGMAS)
def test_single_precision_loses_little(sigma):
    weights = smooth(128)
    double, single = build(weights), LatticeMixture(weights, WINDOW, H)
    for x in (noisy(double, 500, sigma), uniform(500, -60, 60)):
        score = double.score(x, sigma)
        found = single.score(x.float(), sigma)
        assert found.dtype == torch.float32
        assert (found - score).norm(dim=1).mean() < 2e-4 * score.norm(dim=1).mean()
        log_p = double.log_density(x, sigma)
        assert ((single.log_density(x.float(), sigma) - log_p).abs() / (1 + log_p.abs())).median() < 1e-4


def test_the_density_is_normalised():
    density = build(smooth(32), 0.5)
    axis = torch.linspace(-14, 14, 281, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), dim=-1).reshape(-1, 2)
    for sigma in (0.0, 0.7):
        assert float(density.log_density(grid, sigma).exp().sum()) * 0.1**2 == pytest.approx(1, abs=1e-4)
    assert torch.equal(density.energy(grid, 0.0), -density.log_density(grid, 0.0))


@pytest.mark.parametrize("sigma", SIGMAS)
def test_a_single_cell_is_one_gaussian_exactly(sigma):
    weights = np.zeros((64, 64))
    weights[40, 10] = 7.0
    density = build(weights)
    middle = torch.tensor([centres(64)[10], centres(64)[40]])
    v = H**2 + sigma**2
    for reach in (1.0, 8.0, 50.0, 500.0):
        x = uniform(200, -reach, reach)
        log_p = -(x - middle).square().sum(1) / (2 * v) - math.log(2 * math.pi * v)
        assert ((density.log_density(x, sigma) - log_p).abs() / log_p.abs().clamp(min=1)).max() < 1e-9
        assert relative(density.score(x, sigma), (middle - x) / v).max() < 1e-9
        tangents = density.score_and_tangents(x, sigma, torch.ones(1, 200, 2, dtype=x.dtype))[1]
        assert (tangents[0] * v + 1).norm(dim=1).max() < 1e-8
    assert torch.equal(density.true_mode_weights(), torch.ones(1, dtype=torch.float64))


@pytest.mark.parametrize("window", [(-8.0, 8.0), (3.0, 4.1), (-700.0, 900.0)])
def test_the_window_may_be_anywhere(window):
    side = (window[1] - window[0]) / 16
    weights, h, sigma = smooth(48), 0.3 * side, 0.2 * side
    density = LatticeMixture(weights, window, h, dtype=torch.float64)
    x = window[0] + (window[1] - window[0]) * uniform(300, 0, 1)
    x.requires_grad_()
    log_p = direct_log_density(weights, h, x, sigma, window)
    (score,) = torch.autograd.grad(log_p.sum(), x)
    assert relative(density.score(x.detach(), sigma), score).median() < 0.005


def test_sigma_may_be_a_number_a_tensor_or_one_a_point(monkeypatch):
    density, x = build(smooth()), uniform(90, -12, 12)
    single = density.score(x, 0.5)
    assert torch.equal(density.score(x, torch.tensor(0.5, dtype=torch.float64)), single)
    assert torch.equal(density.score(x, torch.full((90,), 0.5, dtype=torch.float64)), single)
    sigma = torch.tensor([0.5, 2.0, 0.0], dtype=torch.float64).repeat(30)
    found = density.log_density(x, sigma)
    for index, level in enumerate((0.5, 2.0, 0.0)):
        assert torch.equal(found[index::3], density.log_density(x, level)[index::3])
    own = torch.linspace(0.3, 3, 90, dtype=torch.float64)  # more levels than are cached: the direct sum
    monkeypatch.setattr(lattice_mixture, "MAX_PAIRS", 20_000)
    x = uniform(90)
    score, tangents = density.score_and_tangents(x, own, torch.ones(1, 90, 2, dtype=x.dtype))
    for index in (0, 17, 89):
        log_p, wanted, hessian = direct_hessian(smooth(), H, x[index : index + 1], float(own[index]))
        assert torch.allclose(density.log_density(x, own)[index], log_p)
        assert torch.allclose(score[index], wanted[0])
        assert torch.allclose(tangents[0, index], hessian[0, :2] + hessian[0, 1:])


def test_only_the_tables_of_the_last_levels_are_cached():
    density, x = build(smooth(16), 0.75), uniform(5)
    for sigma in np.linspace(0.1, 5, 40):
        density.score(x, float(sigma))
    assert len(density._tables) == lattice_mixture.MAX_LEVELS
    kept = density._level(5.0)
    density.score(x, 5.0)
    assert density._level(5.0) is kept


def test_no_points_and_points_that_are_not_finite():
    density = build(smooth())
    none = torch.zeros(0, 2, dtype=torch.float64)
    assert density.score(none, 0.5).shape == (0, 2)
    assert density.log_density(none, 0.5).shape == (0,)
    lost = torch.tensor([[float("nan"), 0.0], [float("inf"), 1.0], [1.0, 1.0]], dtype=torch.float64)
    score = density.score(lost, 0.5)
    assert not torch.isfinite(score[:2]).all(dim=1).any()
    assert torch.equal(score[2:], density.score(lost[2:], 0.5))
    assert torch.isfinite(density.mode_weights(lost)).all()


def test_samples_have_the_moments_and_the_mode_masses():
    density = build(smooth(), 0.4)
    x = density.sample(40_000, torch.Generator().manual_seed(0))
    weights, at = torch.tensor(smooth() / smooth().sum()), torch.tensor(centres(64))
    mean = torch.stack([(weights * at).sum(), (weights * at[:, None]).sum()])
    square = torch.stack([(weights * at**2).sum(), (weights * at[:, None] ** 2).sum()])
    std = (square - mean**2 + 0.4**2).sqrt()
    assert ((x.mean(0) - mean).abs() / std).max() < 4 / 200
    assert (x.std(0) / std - 1).abs().max() < 0.02
    truth = density.true_mode_weights()
    assert len(truth) == 3
    assert (density.mode_weights(x) - truth).abs().max() < 4 * 0.5 / 200
    assert torch.equal(x, density.sample(40_000, torch.Generator().manual_seed(0)))


def test_modes_are_the_basins_heaviest_first():
    weights = smooth()
    masses = torch.tensor([part.sum() for part in (0.5 * blob(4, 3, 1.2), blob(-4, -4, 0.9), 0.8 * blob(-3, 5, 0.5))])
    density = build(weights)
    masses = torch.sort(masses / masses.sum(), descending=True).values
    assert (density.true_mode_weights() - masses).abs().max() < 1e-3
    tops = torch.tensor([[-4.0, -4.0], [4.0, 3.0], [-3.0, 5.0], [60.0, 40.0]], dtype=torch.float64)
    labels = [int(density.mode_weights(top[None]).argmax()) for top in tops]
    assert sorted(labels[:3]) == [0, 1, 2]
    assert labels[3] == labels[1]  # outside, the nearest cell decides


def test_shallow_and_light_basins_are_merged_with_their_neighbours():
    near = build(blob(-0.7, 0, 0.9) + blob(0.9, 0, 0.9))
    assert torch.equal(near.true_mode_weights(), torch.ones(1, dtype=torch.float64))
    light = build(blob(-4, 0, 1.0) + 0.5 * blob(4, 0, 1.0) + 0.2 * blob(5, 6, 0.2))
    assert len(light.true_mode_weights()) == 2
    assert float(light.true_mode_weights().sum()) == pytest.approx(1)
    flat = np.zeros((9, 9))
    assert (find_modes(flat, np.ones((9, 9))) == 0).all()


def test_modes_of_noise_are_found_quickly_and_cover_every_cell():
    rng = np.random.default_rng(0)
    labels = find_modes(rng.normal(size=(128, 128)), np.ones((128, 128)))
    masses = np.bincount(labels.ravel())
    assert (masses >= 0.01 * labels.size).all()
    assert (np.diff(masses) <= 0).all()


def test_it_is_a_density_and_refuses_weights_without_mass():
    assert isinstance(build(smooth(16), 0.75), Density)
    with pytest.raises(EmptyTarget, match="paint something"):
        build(np.zeros((16, 16)))


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("sigma", SIGMAS)
def test_a_gpu_gives_the_same_results(sigma):
    weights, x = rough(), uniform(500, -30, 30)
    host, device = build(weights), build(weights, device="cuda")
    assert relative(device.score(x.cuda(), sigma).cpu(), host.score(x, sigma)).max() < 1e-6
    assert torch.allclose(device.log_density(x.cuda(), sigma).cpu(), host.log_density(x, sigma))
    assert torch.allclose(device.mode_weights(x.cuda()).cpu(), host.mode_weights(x))
    assert device.sample(10, torch.Generator("cuda").manual_seed(0)).device.type == "cuda"


def test_diverged_particles_count_for_no_mode():
    truth = Painted(base=TwoModes(), resolution=32).build()
    x = truth.sample(1000, generator(1))
    gone = torch.cat([x, x.new_full((500, 2), torch.nan), x.new_full((500, 2), torch.inf)])
    assert norm(truth.mode_weights(gone) - truth.mode_weights(x)) == 0
    assert bool(truth.mode_weights(gone[1000:]).isnan().all())


def test_the_tables_of_many_noise_levels_take_bounded_memory(monkeypatch):
    monkeypatch.setattr(lattice_mixture, "MAX_BYTES", 2**20)
    density = LatticeMixture(np.ones((32, 32)), (-8.0, 8.0), 0.4)
    x = torch.linspace(-300, 300, 40).reshape(20, 2)
    levels = [0.1 * 1.2**k for k in range(20)]
    first = [density.score(x, sigma) for sigma in levels]
    density.score(x, levels[0])
    assert sum(tables.memory for tables in density._tables.values()) < 2**20 + 2 * 10**6
    assert all(torch.equal(density.score(x, sigma), score) for sigma, score in zip(levels, first, strict=True))
