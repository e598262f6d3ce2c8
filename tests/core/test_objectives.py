"""Losses against slow and independent ones, the theorems that tie them together, and their floors by quadrature."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import energy_net, generator, jacobian, norm, relative, score_net

from ncsn_viz.core.knobs import knobs
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, OBJECTIVES, Denoising, Implicit, Sliced, base, denoising
from ncsn_viz.core.targets import Mixture

TARGET = Mixture(weights=(0.3, 0.7), means=((-1.5, -0.5), (1.2, 0.8)), stds=(0.9, 0.6))
TRUTH = TARGET.build(dtype=torch.float64)
BATCH = TRUTH.sample(37, generator(20))


def large(net):
    """The network with larger weights, so that its slopes and its curl matter."""
    for parameter in net.parameters():
        parameter.data *= 2
    return net


FIELDS = {"score": lambda: large(score_net(1)), "energy": lambda: large(energy_net(1)), "truth": lambda: TRUTH}
SETTINGS = [
    Denoising(sigma=0.4),
    Denoising(sigma=0.4, antithetic=False),
    NCSN(sigma_max=5, sigma_min=0.2, levels=5),
    NCSN(sigma_max=5, sigma_min=0.2, levels=5, antithetic=False),
    NCSN(sigma_max=3, sigma_min=0.5, levels=1),
    Implicit(),
    *(
        Sliced(projection=projection, slices=slices, variance_reduced=reduced)
        for projection, slices in (("rademacher", 1), ("gaussian", 3), ("sphere", 2))
        for reduced in (True, False)
    ),
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
            first = int(torch.randint(objective.levels, (1,), generator=draws))
            each = []
            for i, j, sign in pairs:
                sigma = objective.sigmas()[(j + first) % objective.levels]
                each.append(sigma**2 * _denoising(net, batch[i], sign * z[j], sigma))
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
    return torch.stack(each).mean()


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("objective", SETTINGS, ids=name)
def test_loss_agrees_with_a_slow_one(objective, field):
    net = FIELDS[field]()
    found = objective.loss(net, BATCH, TRUTH, generator(21)).loss
    wanted = slow_loss(objective, net, BATCH, generator(21))
    assert relative(found.detach(), wanted.detach()) < 1e-9
    assert norm(found.detach()) > 1e-2


@pytest.mark.parametrize("make", (score_net, energy_net))
@pytest.mark.parametrize("objective", SETTINGS, ids=name)
def test_gradient_in_the_weights_agrees_with_finite_differences(objective, make):
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
    terms = objective.loss(score_net(), BATCH, TRUTH, generator(23))
    assert terms.loss.dim() == 0
    assert terms.loss.requires_grad
    assert not any(part.requires_grad or part.dim() for part in terms.parts.values())
    if set(terms.parts) == {"trace", "norm"}:
        assert norm(terms.parts["trace"] + terms.parts["norm"] - terms.loss.detach()) < 1e-12


# -- noise ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", (1, 2, 37))
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


@pytest.mark.parametrize("projection", ("rademacher", "gaussian", "sphere"))
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


@pytest.mark.parametrize("reduced", (True, False))
@pytest.mark.parametrize("projection", ("rademacher", "gaussian", "sphere"))
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


@pytest.mark.parametrize("sigma", (0.5, 1.5))
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


@pytest.mark.parametrize("objective", (Implicit(), Sliced(projection="rademacher", slices=8)), ids=lambda o: o.kind)
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


@pytest.mark.parametrize("objective", (Implicit(), Sliced()), ids=lambda o: o.kind)
def test_floor_of_implicit_and_sliced(objective):
    wanted, scatter = _half_square_norm(0.0)
    assert abs(objective.floor(TRUTH, generator()) + wanted) < 5 * scatter / math.sqrt(base.FLOOR_SAMPLES)


@pytest.mark.parametrize("sigma", (0.1, 0.7, 5.0))
def test_floor_of_denoising(sigma):
    wanted, scatter = _half_square_norm(sigma)
    found = Denoising(sigma=sigma).floor(TRUTH, generator())
    assert abs(found - (1 / sigma**2 - wanted)) < 5 * scatter / math.sqrt(base.FLOOR_SAMPLES)


def test_floor_of_ncsn():
    objective = NCSN(sigma_max=5, sigma_min=0.2, levels=4)
    parts = [(sigma, *_half_square_norm(sigma)) for sigma in objective.sigmas()]
    wanted = sum(sigma**2 * (1 / sigma**2 - half) for sigma, half, _ in parts) / 4
    scatter = math.sqrt(sum((sigma**2 * std / 4) ** 2 for sigma, _, std in parts) / (base.FLOOR_SAMPLES / 4))
    assert abs(objective.floor(TRUTH, generator()) - wanted) < 5 * scatter


@pytest.mark.parametrize("objective", SETTINGS, ids=name)
def test_the_loss_at_the_truth_is_the_floor(objective):
    draws = generator(30)
    with torch.no_grad():
        losses = torch.stack(
            [objective.loss(TRUTH, TRUTH.sample(1000, draws), TRUTH, draws).loss for _ in range(60)]
        )
    error = float(losses.std()) / math.sqrt(len(losses))
    floor = objective.floor(TRUTH, generator(31))
    assert abs(float(losses.mean()) - floor) < 5 * error + 0.01 * abs(floor)
    assert error < 0.05 * abs(floor)


@pytest.mark.parametrize("objective", [o for o in SETTINGS if not (isinstance(o, Sliced) and not o.variance_reduced)], ids=name)
def test_no_network_gets_below_the_truth(objective):
    """On the same points with the same noise, a disturbed truth loses more; up to what one batch scatters."""

    class Disturbed:
        def __init__(self, size):
            self.size = size

        def score(self, x, sigma):
            return TRUTH.score(x, sigma) * (1 + self.size)

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


@pytest.mark.parametrize("antithetic", (True, False))
def test_ncsn_terms_average_to_the_loss(antithetic):
    objective = NCSN(sigma_max=5, sigma_min=0.2, levels=5, antithetic=antithetic)
    batch = TRUTH.sample(200, generator(34))
    terms = objective.loss(score_net(), batch, TRUTH, generator(35))
    assert len(terms.parts) == 5
    assert norm(sum(terms.parts.values()) / 5 - terms.loss.detach()) < 1e-9
    assert max(terms.parts.values()) - min(terms.parts.values()) > 1e-3


@pytest.mark.parametrize("antithetic", (True, False))
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
    ratios = [small / large for large, small in zip(sigmas, sigmas[1:])]
    assert (sigmas[0], sigmas[-1], len(sigmas)) == (20, 1, 10)
    assert max(ratios) - min(ratios) < 1e-12
    assert abs(ratios[0] - 20 ** (-1 / 9)) < 1e-12
    assert NCSN(sigma_max=20, sigma_min=1, levels=1).sigmas() == (1,)
    assert NCSN(sigma_max=3, sigma_min=3, levels=4).sigmas() == (3, 3, 3, 3)


def test_terms_of_levels_that_lie_close_together_are_all_told():
    for objective in (NCSN(sigma_max=1, sigma_min=1, levels=4), NCSN(sigma_max=0.2, sigma_min=0.1, levels=100)):
        assert len(objective.loss(TRUTH, BATCH, TRUTH, generator()).parts) == objective.levels


@pytest.mark.parametrize("make", (Denoising, NCSN), ids=lambda cls: cls.kind)
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


# -- what goes with what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", (Implicit(), Sliced()), ids=lambda o: o.kind)
def test_objections(objective):
    assert objective.objection(ScoreMLP()) is None
    assert objective.objection(EnergyMLP()) is None
    assert "ReLU" in objective.objection(EnergyMLP(activation="relu"))
    assert objective.objection(ScoreMLP(activation="relu")) is None
    assert "karras" in objective.objection(ScoreMLP(conditioning="karras")).lower()


@pytest.mark.parametrize("objective", (Denoising(), NCSN()), ids=lambda o: o.kind)
def test_denoising_takes_every_network(objective):
    for cls in (ScoreMLP, EnergyMLP):
        for activation in ("silu", "relu"):
            assert objective.objection(cls(activation=activation, conditioning="karras")) is None


def test_an_energy_is_asked_for_in_a_sentence():
    class Needy(Denoising):
        needs_energy = True

    assert "energy" in Needy().objection(ScoreMLP())
    assert Needy().objection(EnergyMLP()) is None


@pytest.mark.parametrize("cls", OBJECTIVES, ids=lambda cls: cls.kind)
def test_weight_is_lambda(cls):
    assert cls().weight(3.0) == (9.0 if cls is NCSN else 1.0)
