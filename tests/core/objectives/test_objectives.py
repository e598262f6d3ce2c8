"""Losses against slow and independent ones, the theorems that tie them together, and their floors by quadrature."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from helpers import energy_net, generator, jacobian, norm, relative, score_net

from ncsn_viz.core.knobs import ValidationError, knobs
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import (
    NCSN,
    OBJECTIVES,
    ContrastiveDivergence,
    Denoising,
    Explicit,
    Implicit,
    MaximumLikelihood,
    NoiseContrastive,
    Sliced,
    base,
    contrastive_divergence,
    denoising,
)
from ncsn_viz.core.targets import Mixture

TARGET = Mixture(weights=(0.3, 0.7), means=((-1.5, -0.5), (1.2, 0.8)), stds=(0.9, 0.6))
TRUTH = TARGET.build(dtype=torch.float64)
BATCH = TRUTH.sample(37, generator(20))


def large(net):
    """The network with larger weights, so that its slopes and its curl matter."""
    for parameter in net.parameters():
        parameter.data *= 2
    return net


SCORE_FIELDS = {"score": lambda: large(score_net(1)), "energy": lambda: large(energy_net(1)), "truth": lambda: TRUTH}
SETTINGS = [
    Denoising(sigma=0.4),
    Denoising(sigma=0.4, antithetic=False),
    NCSN(sigma_max=5, sigma_min=0.2, levels=5),
    NCSN(sigma_max=5, sigma_min=0.2, levels=5, antithetic=False),
    NCSN(sigma_max=3, sigma_min=0.5, levels=1),
    NCSN(sigma_max=3, sigma_min=0.3, levels=3, weighting="one"),
    NCSN(sigma_max=3, sigma_min=0.3, levels=3, weighting="sigma", antithetic=False),
    NCSN(sigma_max=5, sigma_min=0.2, levels=3, distribution="log_uniform"),
    NCSN(sigma_max=3, sigma_min=0.3, levels=4, distribution="log_uniform", weighting="one", antithetic=False),
    Implicit(),
    *(
        Sliced(projection=projection, slices=slices, variance_reduced=reduced)
        for projection, slices in (("rademacher", 1), ("gaussian", 3), ("sphere", 2))
        for reduced in (True, False)
    ),
    Explicit(sigma=0.4),
    Explicit(sigma=0.0),
    MaximumLikelihood(nodes=20, half_width=7),
    NoiseContrastive(noise_std=2, ratio=3),
    ContrastiveDivergence(start="data", chain=3),
    ContrastiveDivergence(start="noise", chain=3, noise_std=2, regulariser=0.1),
    ContrastiveDivergence(start="persistent", chain=2, renewal=0.3),
]
FIELDS = [
    (field, objective)
    for objective in SETTINGS
    for field in SCORE_FIELDS
    if field != "score" or not objective.needs_energy
]


def name(value):
    return f"{value.kind}-{'-'.join(str(getattr(value, knob)) for knob in knobs(value))}"


# -- the slow and independent implementation -------------------------------------------------------------------------


def _denoising(net, x, z, sigma):
    """½‖s(x + σz; σ) + z/σ‖² at one point."""
    residual = net.score((x + sigma * z)[None], sigma)[0] + z / sigma
    return 0.5 * sum(component**2 for component in residual)


def _pairs(objective, n):
    """Which clean point and which noise, with which sign, as antithetic noise has it."""
    if not objective.antithetic:
        return [(i, i, 1) for i in range(n)], n
    half = math.ceil(n / 2)
    return [(i, i, 1) for i in range(half)] + [(i, i, -1) for i in range(half)], half


def _sigmas(objective, n, draws):
    """The noise levels of `n` points: of the ladder in turn, or log-uniform with one shift for all."""
    high, low = objective.sigma_max, objective.sigma_min
    if objective.distribution == "log_uniform":
        shift = float(torch.rand(1, generator=draws, dtype=torch.float64))
        return [math.exp(math.log(high) - math.log(high / low) * ((i / n + shift) % 1)) for i in range(n)]
    first, last = int(torch.randint(objective.levels, (1,), generator=draws)), max(objective.levels - 1, 1)
    ladder = [high * (low / high) ** (i / last) for i in range(objective.levels)] if objective.levels > 1 else [low]
    return [ladder[(j + first) % objective.levels] for j in range(n)]


def slow_loss(objective, net, batch, draws):
    """The loss of MATH.md, point by point."""
    match objective:
        case Denoising():
            pairs, count = _pairs(objective, len(batch))
            z = torch.randn(count, 2, generator=draws, dtype=torch.float64)
            each = [_denoising(net, batch[i], sign * z[j], objective.sigma) for i, j, sign in pairs]
        case NCSN():
            pairs, count = _pairs(objective, len(batch))
            z = torch.randn(count, 2, generator=draws, dtype=torch.float64)
            sigmas = _sigmas(objective, count, draws)
            power = {"sigma2": 2, "sigma": 1, "one": 0}[objective.weighting]
            each = [sigmas[j] ** power * _denoising(net, batch[i], sign * z[j], sigmas[j]) for i, j, sign in pairs]
        case Implicit():
            slopes, score = jacobian(lambda x: net.score(x, 0.0), batch), net.score(batch, 0.0)
            each = [slopes[i].trace() + 0.5 * score[i] @ score[i] for i in range(len(batch))]
        case Sliced():
            slopes, score = jacobian(lambda x: net.score(x, 0.0), batch), net.score(batch, 0.0)
            each = []
            for directions in objective.directions(batch, draws):
                for i, u in enumerate(directions):
                    along = score[i] @ score[i] if objective.variance_reduced else (u @ score[i]) ** 2
                    each.append(u @ slopes[i] @ u + 0.5 * along)
        case Explicit():
            sigma = objective.sigma
            z = torch.randn(batch.shape, generator=draws, dtype=torch.float64) if sigma else torch.zeros_like(batch)
            noisy = batch + sigma * z
            true = _gradient(lambda point: TRUTH.log_density(point, sigma), noisy)
            each = [0.5 * (net.score(noisy[i : i + 1], sigma)[0] - true[i]).square().sum() for i in range(len(batch))]
        case MaximumLikelihood():
            step = 2 * objective.half_width / objective.nodes
            shift = step * (torch.rand(1, 2, generator=draws, dtype=torch.float64)[0] - 0.5)
            middles = [-objective.half_width + (i + 0.5) * step for i in range(objective.nodes)]
            cells = torch.tensor([[x, y] for y in middles for x in middles], dtype=torch.float64) + shift
            z = sum(torch.exp(-energy) * step**2 for energy in net.energy(cells, 0.0))
            each = [energy + torch.log(z) for energy in net.energy(batch, 0.0)]
        case NoiseContrastive():
            ratio, std = objective.ratio, objective.noise_std
            noise = std * torch.randn(ratio * len(batch), 2, generator=draws, dtype=torch.float64)

            def probability_of_data(x):
                q = torch.exp(-x.square().sum(1) / (2 * std**2)) / (2 * math.pi * std**2)
                p = torch.exp(-net.energy(x, 0.0))
                return p / (p + ratio * q)

            data, other = probability_of_data(batch), probability_of_data(noise)
            return -data.log().mean() - ratio * (1 - other).log().mean()
        case ContrastiveDivergence():
            return _slow_contrastive_divergence(objective, net, batch, draws)
    return torch.stack(each).mean()


def _gradient(function, x):
    point = x.clone().requires_grad_()
    return torch.autograd.grad(function(point).sum(), point)[0]


def _slow_contrastive_divergence(objective, net, batch, draws):
    def noise(n):
        return objective.noise_std * torch.randn(n, 2, generator=draws, dtype=torch.float64)

    chosen = torch.randperm(contrastive_divergence.POOL, generator=draws)[: len(batch)]
    match objective.start:
        case "data":
            x = batch
        case "noise":
            x = noise(len(batch))
        case "persistent":
            pool, fresh = noise(contrastive_divergence.POOL), noise(len(batch))
            renewed = torch.rand(len(batch), 1, generator=draws) < objective.renewal
            assert 0 < int(renewed.sum()) < len(batch)
            x = torch.stack([fresh[i] if renewed[i] else pool[chosen[i]] for i in range(len(batch))])
    for _ in range(objective.chain):
        z = torch.randn(x.shape, generator=draws, dtype=torch.float64)
        x = (
            x
            - objective.step_size * _gradient(lambda p: net.energy(p, 0.0), x)
            + math.sqrt(2 * objective.step_size) * z
        )
    positive, negative = net.energy(batch, 0.0), net.energy(x.detach(), 0.0)
    held = objective.regulariser * ((positive**2).mean() + (negative**2).mean())
    return positive.mean() - negative.mean() + held


@pytest.mark.parametrize(
    ("field", "objective"), FIELDS, ids=lambda value: value if isinstance(value, str) else name(value)
)
def test_loss_agrees_with_a_slow_one(objective, field):
    net = SCORE_FIELDS[field]()
    found = objective.loss(net, BATCH, TRUTH, generator(21)).loss
    wanted = slow_loss(objective, net, BATCH, generator(21))
    assert relative(found.detach(), wanted.detach()) < 1e-9
    if (field, objective.kind) != ("truth", "explicit"):
        assert norm(found.detach()) > 1e-2


@pytest.mark.parametrize("make", [score_net, energy_net])
@pytest.mark.parametrize("objective", [o for o in SETTINGS if o.kind != "contrastive_divergence"], ids=name)
def test_gradient_in_the_weights_agrees_with_finite_differences(objective, make):
    if objective.needs_energy and make is score_net:
        return
    net = make(2, hidden=6)
    loss = objective.loss(net, BATCH, TRUTH, generator(22)).loss
    gradients = torch.autograd.grad(loss, list(net.parameters()), allow_unused=True)
    checked, largest = 0, 0.0
    for parameter, gradient in zip(net.parameters(), gradients, strict=True):
        flat = parameter.data.view(-1)
        for index in range(0, len(flat), 7):
            old, values = float(flat[index]), []
            for value in (old + 1e-6, old - 1e-6):
                flat[index] = value
                values.append(float(objective.loss(net, BATCH, TRUTH, generator(22)).loss.detach()))
            flat[index] = old
            wanted = (values[0] - values[1]) / 2e-6
            found = 0.0 if gradient is None else float(gradient.view(-1)[index])
            assert abs(found - wanted) < 1e-6 * max(1, abs(wanted))
            checked, largest = checked + 1, max(largest, abs(wanted))
    assert checked > 8
    assert largest > 1e-4


@pytest.mark.parametrize("objective", SETTINGS, ids=name)
def test_terms_add_up_and_are_detached(objective):
    terms = objective.loss(energy_net(), BATCH, TRUTH, generator(23))
    assert terms.loss.dim() == 0
    assert terms.loss.requires_grad
    assert not any(part.requires_grad or part.dim() for part in terms.parts.values())
    signs = {
        "negative": -1,
        contrastive_divergence.ENERGY_GAP: 0,
        contrastive_divergence.CHAIN_GRADIENT: 0,
    }  # the last two only tell
    if terms.parts and objective.terms_sum_to_loss:
        total = sum(signs.get(part, 1) * value for part, value in terms.parts.items())
        assert norm(total - terms.loss.detach()) < 1e-12
    if isinstance(objective, ContrastiveDivergence):
        gap = terms.parts["positive"] - terms.parts["negative"]
        assert norm(terms.parts[contrastive_divergence.ENERGY_GAP] - gap) < 1e-12


# -- noise ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 37])
def test_paired_noise(n):
    points, z = base.paired_noise(BATCH[:n], True, generator(24))
    half = (n + 1) // 2
    assert points.shape == z.shape == (2 * half, 2)
    assert torch.equal(points[:half], points[half:])
    assert torch.equal(points[:half], BATCH[:half])
    assert torch.equal(z[:half], -z[half:])
    points, z = base.paired_noise(BATCH[:n], False, generator(24))
    assert torch.equal(points, BATCH[:n])
    assert z.shape == (n, 2)


@pytest.mark.parametrize("projection", ["rademacher", "gaussian", "sphere"])
def test_directions_have_the_identity_as_second_moment(projection):
    u = Sliced(projection=projection, slices=4).directions(BATCH[:1].expand(25_000, 2), generator(25)).reshape(-1, 2)
    products = torch.stack([u[:, 0] ** 2, u[:, 1] ** 2, u[:, 0] * u[:, 1]], dim=1)
    error = products.mean(0) - torch.tensor([1.0, 1.0, 0.0])
    assert norm(error) < 5 * math.sqrt(2 / len(u))
    assert norm(u.mean(0)) < 5 / math.sqrt(len(u))
    squares = u.square().sum(1)
    if projection == "gaussian":
        assert abs(float(squares.std()) - 2) < 0.05  # χ² with two degrees of freedom
    else:
        assert norm(squares - 2) < 1e-9


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize("projection", ["rademacher", "gaussian", "sphere"])
def test_sliced_is_unbiased_for_implicit(projection, reduced):
    net = large(score_net(3, conditioning="none", hidden=32))
    wanted = float(Implicit().loss(net, BATCH, TRUTH, generator()).loss.detach())
    objective = Sliced(projection=projection, slices=16, variance_reduced=reduced)
    draws = generator(26)
    with torch.no_grad():
        found = torch.stack([objective.loss(net, BATCH, TRUTH, draws).loss for _ in range(600)])
    error = float(found.std()) / math.sqrt(len(found))
    assert error < 0.01 * abs(wanted)
    assert abs(float(found.mean()) - wanted) < 5 * error


def test_variance_of_the_projections_is_hutchinsons():
    """Var uᵀSu is 2‖S‖² for Gaussian u and 4 S₁₂² for Rademacher u (MATH.md)."""
    net = score_net(3, conditioning="none")
    point = BATCH[:1]
    slopes = jacobian(lambda x: net.score(x, 0.0), point)[0].detach()
    symmetric = (slopes + slopes.T) / 2
    many = point.expand(200_000, 2)
    for projection, wanted in (
        ("gaussian", 2 * float(symmetric.square().sum())), ("rademacher", 4 * float(symmetric[0, 1] ** 2)),
    ):  # fmt: skip
        u = Sliced(projection=projection).directions(many, generator(27))[0]
        variance = float(torch.einsum("ni,ij,nj->n", u, slopes, u).var())
        assert abs(variance / wanted - 1) < 0.05


# -- the theorems ---------------------------------------------------------------------------------------------------


def _normals(dimensions, seed):
    """Standard normals that fill space evenly (Sobol), all of equal weight."""
    uniform = torch.quasirandom.SobolEngine(dimensions, scramble=True, seed=seed).draw(2**15, dtype=torch.float64)
    return torch.special.ndtri(uniform.clamp(1e-9, 1 - 1e-9))


def _mean_over_data(function, dimensions=2):
    """E over x ~ p (and more normals) of what `function(x, rest)` says of the mean over a batch."""
    total = 0.0
    for component, weight in enumerate(TRUTH.log_weights.exp()):
        draws = _normals(dimensions, component)
        total += float(weight) * function(TRUTH.means[component] + TRUTH.stds[component] * draws[:, :2], draws[:, 2:])
    return total


def _explicit(net, x, sigma):
    return float(0.5 * (net.score(x, sigma) - TRUTH.score(x, sigma)).square().sum(1).mean().detach())


NETWORKS = (lambda: large(score_net(5)), lambda: large(energy_net(6)), lambda: large(score_net(7, activation="tanh")))


@pytest.mark.parametrize("sigma", [0.5, 1.5])
def test_vincents_constant(monkeypatch, sigma):
    """denoising(σ) − explicit(σ) is the same for every network, and it is the floor of the denoising loss."""
    objective = Denoising(sigma=sigma)
    constants, losses = [], []
    for make in NETWORKS:
        net = make()

        def difference(x, z, net=net):
            monkeypatch.setattr(denoising, "paired_noise", lambda *_: (x, z))  # evenly spread noise in place of random
            loss = float(objective.loss(net, x, TRUTH, generator()).loss.detach())
            losses.append(loss)
            return loss - _explicit(net, x + sigma * z, sigma)

        constants.append(_mean_over_data(difference, 4))
    assert max(losses) - min(losses) > 0.1  # the losses themselves differ by far more
    assert max(constants) - min(constants) < 2e-3
    floor = objective.floor(TRUTH, generator())
    assert abs(floor - constants[0]) < 0.02


@pytest.mark.parametrize("objective", [Implicit(), Sliced(projection="rademacher", slices=8)], ids=lambda o: o.kind)
def test_hyvaerinens_constant(objective):
    """explicit(0) − implicit is the same for every network; for sliced, up to what the slices scatter."""
    constants, losses = [], []
    for make in NETWORKS:
        net = make()

        def difference(x, _, net=net):
            with torch.no_grad():
                loss = float(objective.loss(net, x, TRUTH, generator()).loss)
            losses.append(loss)
            return _explicit(net, x, 0.0) - loss

        constants.append(_mean_over_data(difference))
    assert max(losses) - min(losses) > 0.1
    assert max(constants) - min(constants) < 2e-3
    floor = objective.floor(TRUTH, generator())
    assert abs(floor + constants[0]) < 0.05


# -- floors ---------------------------------------------------------------------------------------------------------


def _half_square_norm(sigma):
    """½E‖∇log p_σ‖² by quadrature, and the standard deviation of ½‖∇log p_σ‖²."""
    step, edge = 0.05 * math.hypot(0.6, sigma) / 0.6, 3 + 8 * math.hypot(0.9, sigma)
    axis = torch.arange(-edge, edge, step, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis).requires_grad_()
    log_density = TRUTH.log_density(grid, sigma)
    (score,) = torch.autograd.grad(log_density.sum(), grid)
    mass = log_density.detach().exp() * step**2
    half = 0.5 * score.square().sum(1)
    mean = float(mass @ half)
    return mean, math.sqrt(float(mass @ half.square()) - mean**2)


@pytest.mark.parametrize("objective", [Implicit(), Sliced()], ids=lambda o: o.kind)
def test_floor_of_implicit_and_sliced(objective):
    wanted, scatter = _half_square_norm(0.0)
    assert abs(objective.floor(TRUTH, generator()) + wanted) < 5 * scatter / math.sqrt(base.FLOOR_SAMPLES)


@pytest.mark.parametrize("sigma", [0.1, 0.7, 5.0])
def test_floor_of_denoising(sigma):
    wanted, scatter = _half_square_norm(sigma)
    found = Denoising(sigma=sigma).floor(TRUTH, generator())
    assert abs(found - (1 / sigma**2 - wanted)) < 5 * scatter / math.sqrt(base.FLOOR_SAMPLES)


def test_floor_of_explicit_is_zero():
    assert Explicit(sigma=0.3).floor(TRUTH, generator()) == 0


def _on_grid():
    axis = torch.arange(-9, 9, 0.05, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    return grid, TRUTH.log_density(grid, 0.0), 0.05**2


def test_floor_of_maximum_likelihood_is_the_entropy():
    _, log_density, area = _on_grid()
    mass = log_density.exp() * area
    entropy, scatter = (
        -float(mass @ log_density),
        math.sqrt(float(mass @ log_density**2) - float(mass @ log_density) ** 2),
    )
    found = MaximumLikelihood().floor(TRUTH, generator())
    assert abs(found - entropy) < 5 * scatter / math.sqrt(base.FLOOR_SAMPLES)


def test_floor_of_noise_contrastive_is_the_jensen_shannon_divergence():
    """−E_p log(p/(p + νq)) − νE_q log(νq/(p + νq)), by quadrature."""
    grid, log_density, area = _on_grid()
    for ratio, std in ((1, 2.0), (4, 1.5)):
        p = log_density.exp()
        q = torch.exp(-grid.square().sum(1) / (2 * std**2)) / (2 * math.pi * std**2)
        data, noise = (p / (p + ratio * q)).log(), (ratio * q / (p + ratio * q)).log()
        wanted = -float((p * data.nan_to_num(0) + ratio * q * noise.nan_to_num(0)).sum() * area)
        found = NoiseContrastive(noise_std=std, ratio=ratio).floor(TRUTH, generator())
        assert abs(found - wanted) < 0.02


def test_floor_of_ncsn():
    objective = NCSN(sigma_max=5, sigma_min=0.2, levels=4)
    parts = [(sigma, *_half_square_norm(sigma)) for sigma in objective.sigmas()]
    wanted = sum(sigma**2 * (1 / sigma**2 - half) for sigma, half, _ in parts) / 4
    scatter = math.sqrt(sum((sigma**2 * std / 4) ** 2 for sigma, _, std in parts) / (base.FLOOR_SAMPLES / 4))
    assert abs(objective.floor(TRUTH, generator()) - wanted) < 5 * scatter


@pytest.mark.parametrize("power", [0, 1, 2])
@pytest.mark.parametrize("distribution", ["ladder", "log_uniform"])
def test_floor_of_ncsn_with_any_weighting(distribution, power):
    """Against Simpson's rule over log σ of the quadrature over the plane, or the plain mean over three levels."""
    high, low = 4.0, 0.25
    weighting = ["one", "sigma", "sigma2"][power]
    objective = NCSN(sigma_max=high, sigma_min=low, levels=3, distribution=distribution, weighting=weighting)
    n = 17 if distribution == "log_uniform" else 3
    levels = [high * (low / high) ** (i / (n - 1)) for i in range(n)]
    shares = [(1 if i in (0, n - 1) else 4 if i % 2 else 2) / (3 * (n - 1)) for i in range(n)] if n > 3 else [1 / 3] * 3
    wanted = sum(a * s**power * (1 / s**2 - _half_square_norm(s)[0]) for a, s in zip(shares, levels, strict=True))
    assert abs(objective.floor(TRUTH, generator()) - wanted) < 0.02 * wanted
    assert abs(sum(shares) - 1) < 1e-12


@pytest.mark.parametrize("objective", [o for o in SETTINGS if o.has_floor], ids=name)
def test_the_loss_at_the_truth_is_the_floor(objective):
    draws = generator(30)
    with torch.no_grad():
        losses = torch.stack([objective.loss(TRUTH, TRUTH.sample(1000, draws), TRUTH, draws).loss for _ in range(60)])
    error = float(losses.std()) / math.sqrt(len(losses))
    floor = objective.floor(TRUTH, generator(31))
    assert abs(float(losses.mean()) - floor) <= 5 * error + 0.01 * abs(floor)
    assert error <= 0.05 * abs(floor)


@pytest.mark.parametrize(
    "objective", [o for o in SETTINGS if o.has_floor and getattr(o, "variance_reduced", True)], ids=name
)
def test_no_network_gets_below_the_truth(objective):
    """On the same points with the same noise, a disturbed truth loses more; up to what one batch scatters."""

    class Disturbed:
        def __init__(self, size):
            self.size = size

        def score(self, x, sigma):
            return TRUTH.score(x, sigma) * (1 + self.size)

        def energy(self, x, sigma):
            return TRUTH.energy(x, sigma) * (1 + self.size)

        def score_and_tangents(self, x, sigma, directions):
            score, along = TRUTH.score_and_tangents(x, sigma, directions)
            return score * (1 + self.size), along * (1 + self.size)

    batch = TRUTH.sample(200_000, generator(32))
    with torch.no_grad():
        best, low, high = (
            float(objective.loss(Disturbed(size), batch, TRUTH, generator(33)).loss) for size in (0, -0.2, 0.2)
        )
    assert low > best
    assert high > best


# -- NCSN -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("antithetic", [True, False])
def test_ncsn_terms_average_to_the_loss(antithetic):
    objective = NCSN(sigma_max=5, sigma_min=0.2, levels=5, antithetic=antithetic)
    batch = TRUTH.sample(200, generator(34))
    terms = objective.loss(score_net(), batch, TRUTH, generator(35))
    assert len(terms.parts) == 5
    assert norm(sum(terms.parts.values()) / 5 - terms.loss.detach()) < 1e-9
    assert max(terms.parts.values()) - min(terms.parts.values()) > 1e-3


@pytest.mark.parametrize("antithetic", [True, False])
def test_each_term_of_ncsn_is_the_denoising_loss_of_its_level(antithetic):
    objective = NCSN(sigma_max=5, sigma_min=0.2, levels=3, antithetic=antithetic)
    net, n = score_net(8), 30_000
    batch = TRUTH.sample(n, generator(36))
    with torch.no_grad():
        terms = objective.loss(net, batch, TRUTH, generator(37)).parts
        for sigma, term in zip(objective.sigmas(), terms.values(), strict=True):
            wanted = sigma**2 * float(Denoising(sigma=sigma).loss(net, batch, TRUTH, generator(38)).loss)
            assert abs(float(term) - wanted) < 0.05 * wanted
    assert list(terms) == ["σ = 5", "σ = 1", "σ = 0.2"]


def test_log_uniform_noise_is_uniform_in_its_logarithm_and_told_by_bands():
    objective = NCSN(sigma_max=8, sigma_min=0.5, levels=4, distribution="log_uniform")
    seen = []

    class Witness:
        def score(self, x, sigma):
            seen.append(sigma)
            return -x

    for seed in range(200):
        terms = objective.loss(Witness(), BATCH, TRUTH, generator(seed))
    assert list(terms.parts) == ["σ 8 … 4", "σ 4 … 2", "σ 2 … 1", "σ 1 … 0.5"]
    assert objective.sigmas() == pytest.approx((8, 4, 2, 1, 0.5))
    assert NCSN(levels=1, distribution="log_uniform").sigmas() == (10, 0.1)
    shares = (8 / torch.cat(seen).double()).log() / math.log(16)
    assert 0 <= float(shares.min()) < 0.01
    assert 0.99 < float(shares.max()) <= 1
    even = (torch.arange(len(shares), dtype=torch.float64) + 0.5) / len(shares)
    assert norm(shares.sort().values - even) < 0.02


def test_bands_average_to_the_loss_where_they_have_as_many_points():
    objective = NCSN(sigma_max=5, sigma_min=0.2, levels=4, distribution="log_uniform", weighting="sigma")
    terms = objective.loss(score_net(), TRUTH.sample(400, generator(34)), TRUTH, generator(35))
    assert norm(sum(terms.parts.values()) / 4 - terms.loss.detach()) < 0.02 * norm(terms.loss)


def test_every_level_gets_its_share_even_in_a_batch_smaller_than_the_ladder():
    objective = NCSN(levels=10, antithetic=False)
    draws, seen = generator(39), torch.zeros(10)
    for _ in range(400):
        parts = objective.loss(TRUTH, BATCH[:3], TRUTH, draws).parts
        seen += torch.tensor([float(part) > 0 for part in parts.values()])
    assert seen.sum() == 1200
    assert norm(seen / 120 - 1) < 0.5


def test_ladder_is_geometric():
    sigmas = NCSN(sigma_max=20, sigma_min=1, levels=10).sigmas()
    ratios = [small / large for large, small in itertools.pairwise(sigmas)]
    assert (sigmas[0], sigmas[-1], len(sigmas)) == (20, 1, 10)
    assert max(ratios) - min(ratios) < 1e-12
    assert abs(ratios[0] - 20 ** (-1 / 9)) < 1e-12
    assert NCSN(sigma_max=20, sigma_min=1, levels=1).sigmas() == (1,)
    assert NCSN(sigma_max=3, sigma_min=3, levels=4).sigmas() == (3, 3, 3, 3)


def test_terms_of_levels_that_lie_close_together_are_all_told():
    for objective in (NCSN(sigma_max=1, sigma_min=1, levels=4), NCSN(sigma_max=0.2, sigma_min=0.1, levels=100)):
        assert len(objective.loss(TRUTH, BATCH, TRUTH, generator()).parts) == objective.levels


@pytest.mark.parametrize("make", [Denoising, NCSN], ids=lambda cls: cls.kind)
def test_antithetic_noise_changes_the_variance_and_not_the_mean(make):
    net, batch = score_net(9), TRUTH.sample(128, generator(40))
    knobs = {"sigma": 0.1} if make is Denoising else {"sigma_max": 1, "sigma_min": 0.05, "levels": 4}
    parameter = next(net.parameters())
    means, errors, spreads = [], [], []
    for antithetic in (True, False):
        objective, draws, losses, gradients = make(antithetic=antithetic, **knobs), generator(41), [], []
        for _ in range(300):
            shuffled = batch[torch.randperm(128, generator=draws)]  # the first half of a batch is as good as any
            loss = objective.loss(net, shuffled, TRUTH, draws).loss
            losses.append(loss.detach())
            gradients.append(torch.autograd.grad(loss, parameter)[0])
        values, slopes = torch.stack(losses), torch.stack(gradients)
        means.append(torch.cat([values.mean()[None], slopes.mean(0).flatten()]))
        errors.append(torch.cat([values.std()[None], slopes.std(0).flatten()]) / math.sqrt(300))
        spreads.append(float(slopes.std(0).square().mean()))
    away = (means[0] - means[1]).abs() / (errors[0] ** 2 + errors[1] ** 2).sqrt().clamp(min=1e-12)
    assert norm(away) < 5.5
    assert spreads[0] < 0.5 * spreads[1]


# -- energies -------------------------------------------------------------------------------------------------------


def test_log_z_of_the_truth_is_zero_whatever_the_shift():
    for seed in range(5):
        log_z = MaximumLikelihood(nodes=64, half_width=9).log_z(TRUTH, BATCH, generator(seed))
        assert norm(log_z) < 1e-4


def test_a_constant_in_the_energy_changes_the_likelihood_by_nothing():
    class Raised:
        def energy(self, x, sigma):
            return TRUTH.energy(x, sigma) + 7

    objective = MaximumLikelihood(nodes=64, half_width=9)
    losses = [objective.loss(field, BATCH, TRUTH, generator()).loss for field in (TRUTH, Raised())]
    assert norm(losses[0] - losses[1]) < 1e-9
    losses = [NoiseContrastive().loss(field, BATCH, TRUTH, generator()).loss for field in (TRUTH, Raised())]
    assert norm(losses[0] - losses[1]) > 0.1  # it learns log Z


@pytest.mark.parametrize("start", ["data", "noise", "persistent"])
def test_no_gradient_flows_through_the_chains(start):
    """The gradient of contrastive divergence is E_data[∇E] − E_model[∇E] at fixed negatives."""
    net, objective = energy_net(4), ContrastiveDivergence(start=start, chain=5, regulariser=0.2)
    terms = objective.loss(net, BATCH, TRUTH, generator(42))
    found = torch.autograd.grad(terms.loss, list(net.parameters()), allow_unused=True)
    assert not terms.negatives.requires_grad
    positive, negative = net.energy(BATCH, 0.0), net.energy(terms.negatives, 0.0)
    fixed = positive.mean() - negative.mean() + 0.2 * (positive.square().mean() + negative.square().mean())
    wanted = torch.autograd.grad(fixed, list(net.parameters()), allow_unused=True)
    for one, other in zip(found, wanted, strict=True):
        assert (one is None) == (other is None)
        assert one is None or norm(one - other) < 1e-12


def test_the_pool_remembers_where_chains_ended():
    objective, net = ContrastiveDivergence(start="persistent", chain=2, renewal=0), energy_net(4)
    first = objective.loss(net, BATCH, TRUTH, generator(43))
    assert first.state.shape == (contrastive_divergence.POOL, 2)
    kept = first.state.clone()
    second = objective.loss(net, BATCH, TRUTH, generator(44), first.state)
    assert torch.equal(first.state, kept)  # a new pool, and the old one as it was
    moved = (second.state != kept).any(1)
    assert int(moved.sum()) == len(BATCH)
    ended = {tuple(point) for point in second.state[moved].tolist()}
    assert ended == {tuple(point) for point in second.negatives.tolist()}
    for start in ("data", "noise"):
        assert ContrastiveDivergence(start=start, chain=1).loss(net, BATCH, TRUTH, generator()).state is None


def test_long_chains_sample_the_model():
    """Chains along the truth as a model end at the truth: positive and negative energies agree."""
    truth = Mixture(weights=(1,), means=((0.5, -0.5),), stds=(0.8,)).build(dtype=torch.float64)
    batch = truth.sample(4000, generator(45))
    for chain, agree in ((200, True), (2, False)):
        objective = ContrastiveDivergence(start="noise", chain=chain, step_size=0.02, noise_std=2)
        parts = objective.loss(truth, batch, truth, generator(46)).parts
        assert (abs(float(parts["positive"] - parts["negative"])) < 0.1) == agree


@pytest.mark.parametrize("cls", [MaximumLikelihood, NoiseContrastive, ContrastiveDivergence], ids=lambda cls: cls.kind)
def test_energies_are_asked_for(cls):
    with pytest.raises(ValidationError, match="energy"):
        cls().loss(score_net(), BATCH, TRUTH, generator())
    assert "energy" in cls().incompatibility(ScoreMLP())


# -- what goes with what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", [Implicit(), Sliced()], ids=lambda o: o.kind)
def test_objections(objective):
    assert objective.incompatibility(ScoreMLP()) is None
    assert objective.incompatibility(EnergyMLP()) is None
    assert "ReLU" in objective.incompatibility(EnergyMLP(activation="relu"))
    assert objective.incompatibility(ScoreMLP(activation="relu")) is None
    assert "karras" in objective.incompatibility(ScoreMLP(conditioning="karras")).lower()


@pytest.mark.parametrize("objective", [Denoising(), NCSN()], ids=lambda o: o.kind)
def test_denoising_takes_every_network(objective):
    for cls in (ScoreMLP, EnergyMLP):
        for activation in ("silu", "relu"):
            assert objective.incompatibility(cls(activation=activation, conditioning="karras")) is None


def test_an_energy_is_asked_for_in_a_sentence():
    class Needy(Denoising):
        needs_energy = True

    assert "energy" in Needy().incompatibility(ScoreMLP())
    assert Needy().incompatibility(EnergyMLP()) is None


SIGMA = 3.0
LOSS_PER_SCORE = {  # of ½‖s + z/σ̂‖² in the loss at σ̂ = 3: the square of the reading's slope in s, times the weight
    "ncsn": SIGMA**2,
    "ddpm": SIGMA**2,  # ε̂ = −σ̂ s
    "x0_prediction": SIGMA**4 * min(SIGMA**-2, 5),  # x̂₀ = x̂ + σ̂² s, and min(SNR, 5)
    "v_prediction": SIGMA**2 * (1 + SIGMA**2),  # v = α ε̂ − σ x̂₀ with α² + σ² = 1
    "edm": SIGMA**4 * (SIGMA**2 + 4**2) / (SIGMA * 4) ** 2,  # Karras et al. 2022, table 1, with data of deviation 4
    "flow_matching": SIGMA**2 * (1 + SIGMA) ** 2,  # ε̂ − x̂₀
}


@pytest.mark.parametrize("cls", OBJECTIVES, ids=lambda cls: cls.kind)
def test_weight_is_lambda(cls):
    assert cls().weight(SIGMA) == pytest.approx(LOSS_PER_SCORE.get(cls.kind, 1.0))
    if cls is NCSN:
        weights = [NCSN(weighting=chosen).weight(SIGMA) for chosen in ("sigma2", "sigma", "one")]
        assert weights == pytest.approx([9, 3, 1])
