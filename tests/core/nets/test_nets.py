"""Networks against torch.autograd, finite differences and the conventions written out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import energy_net, generator, jacobian, norm, relative, score_net

from ncsn_viz.core.nets import NETS, EnergyMLP, ScoreMLP
from ncsn_viz.core.nets.activations import ACTIVATION
from ncsn_viz.core.nets.noise_embedding import LEAST_SIGMA
from ncsn_viz.core.nets.perceptron import ACTIVATIONS, CONDITIONINGS
from ncsn_viz.core.nets.preconditioning import PRECONDITIONINGS
from ncsn_viz.core.schedules import SIGMA_DATA

MAKERS = {"score": score_net, "energy": energy_net}
X = 3 * torch.randn(9, 2, generator=generator(11), dtype=torch.float64)
DIRECTIONS = torch.randn(3, 9, 2, generator=generator(12), dtype=torch.float64)


@pytest.mark.parametrize("sigma", [0.4, 7.0])
@pytest.mark.parametrize("conditioning", CONDITIONINGS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_tangents_agree_with_the_autograd_jacobian(make, activation, conditioning, sigma):
    net = make(activation=activation, conditioning=conditioning)
    score, along = net.score_and_tangents(X, sigma, DIRECTIONS)
    slopes = jacobian(lambda x: net.score(x, sigma), X)
    assert relative(score, net.score(X, sigma)) < 1e-12
    assert relative(along, torch.einsum("nij,knj->kni", slopes, DIRECTIONS)) < 1e-10
    if activation != "relu":
        assert norm(along) > 1e-6  # or the comparison says nothing


@pytest.mark.parametrize("conditioning", [name for name, row in PRECONDITIONINGS.items() if not row.needs_noise])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_tangents_at_clean_data(make, conditioning):
    net = make(conditioning=conditioning)
    _, along = net.score_and_tangents(X, 0.0, DIRECTIONS)
    slopes = jacobian(lambda x: net.score(x, 0.0), X)
    assert bool(along.isfinite().all())
    assert relative(along, torch.einsum("nij,knj->kni", slopes, DIRECTIONS)) < 1e-10


@pytest.mark.parametrize("conditioning", CONDITIONINGS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_energy_score_is_minus_the_gradient_of_the_energy(activation, conditioning):
    net = energy_net(activation=activation, conditioning=conditioning)
    step, sigma = 1e-6, 0.7
    with torch.no_grad():
        slopes = [
            (net.energy(X + step * axis, sigma) - net.energy(X - step * axis, sigma)) / (2 * step)
            for axis in torch.eye(2, dtype=torch.float64)
        ]
        assert net.energy(X, sigma).shape == (9,)
    assert norm(net.score(X, sigma).detach() + torch.stack(slopes, dim=1)) < 1e-7
    assert norm(torch.stack(slopes)) > 1e-3


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_sigma_as_number_as_scalar_tensor_and_as_one_a_point(make, conditioning):
    net = make(conditioning=conditioning)
    wanted = net.score(X, 0.3).detach()
    one, many = torch.tensor(0.3, dtype=torch.float64), torch.full((9,), 0.3, dtype=torch.float64)
    for sigma in (one, many):
        assert relative(net.score(X, sigma).detach(), wanted) < 1e-14
        for found, expected in zip(
            net.score_and_tangents(X, sigma, DIRECTIONS), net.score_and_tangents(X, 0.3, DIRECTIONS), strict=True
        ):
            assert relative(found.detach(), expected.detach()) < 1e-14
    energies = [net.energy(X, sigma) for sigma in (0.3, one, many)]
    if energies[0] is not None:
        assert norm(energies[0] - energies[1]) < 1e-14
        assert norm(energies[0] - energies[2]) < 1e-14
    mixed = torch.linspace(0.1, 9, 9, dtype=torch.float64)
    each = torch.cat([net.score(X[i : i + 1], float(mixed[i])) for i in range(9)])
    assert relative(net.score(X, mixed).detach(), each.detach()) < 1e-12


@pytest.mark.parametrize("cls", NETS, ids=lambda cls: cls.kind)
def test_equal_generators_give_equal_weights(cls):
    one, same, other = (cls(hidden=8).build(generator(seed)).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not all(torch.equal(one[key], other[key]) for key in one)
    double = cls(hidden=8).build(generator(3), dtype=torch.float64).state_dict()
    assert all(torch.equal(one[key].double(), double[key]) for key in one)  # drawn in float32 whatever the type


def test_building_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    for cls in NETS:
        cls().build(generator())
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("cls", NETS, ids=lambda cls: cls.kind)
def test_weights_start_uniform_within_torchs_own_bounds(cls):
    net = cls(hidden=64, layers=3).build(generator())
    inputs = [linear.in_features for linear in net.mlp.stack]
    assert inputs[0] == 2 + 6
    assert inputs[1:] == [64] * 3
    for linear in net.mlp.stack:
        bound = 1 / math.sqrt(linear.in_features)
        assert norm(linear.weight) <= bound
        assert norm(linear.bias) <= bound
        weight = linear.weight.detach()
        if weight.numel() > 1000:
            assert abs(float(weight.std()) - bound / math.sqrt(3)) < 0.05 * bound
            assert abs(float(weight.mean())) < 5 * bound / math.sqrt(3 * weight.numel())


def _embedding(sigma):
    waves = []
    for frequency in (0.5, 1.0, 2.0):
        angle = frequency * math.log(max(sigma, LEAST_SIGMA))
        waves += [math.sin(angle), math.cos(angle)]
    return waves


def _plain(net, inputs):
    """The multilayer perceptron by loops over its layers."""
    *inner, last = net.mlp.stack
    for linear in inner:
        inputs = net.mlp.activation.value(inputs @ linear.weight.T + linear.bias)
    return inputs @ last.weight.T + last.bias


def posterior_mean(conditioning, output, sigma):
    """x̂₀ at X by what the network predicts, each as its paper has it, in the coordinates of its path."""
    vp, total = math.sqrt(1 + sigma**2), sigma**2 + SIGMA_DATA**2
    match conditioning:
        case "epsilon":  # x_t = α x̂₀ + σ ε̂
            return vp * (X / vp - sigma / vp * output)
        case "x0":
            return output
        case "v":  # x̂₀ = α x_t − σ v
            return X / vp**2 - sigma / vp * output
        case "velocity":  # x̂₀ = x_t − t u
            return X / (1 + sigma) - sigma / (1 + sigma) * output
        case "karras":  # D = c_skip x + c_out F with c_skip = σd²/(σ²+σd²), c_out = σ σd/√(σ²+σd²)
            return SIGMA_DATA**2 / total * X + sigma * SIGMA_DATA / math.sqrt(total) * output


def input_scale(conditioning, sigma):
    scales = {"karras": math.sqrt(sigma**2 + SIGMA_DATA**2), "velocity": 1 + sigma}
    return scales.get(conditioning, math.sqrt(1 + sigma**2))


@pytest.mark.parametrize("sigma", [0.0, 0.05, 1.0, 30.0])
@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_score_net_predicts_what_it_says(conditioning, sigma):
    reading = PRECONDITIONINGS[conditioning].needs_noise
    if reading and sigma == 0:
        return  # refused by the objectives: its factor is infinite there
    net = score_net(conditioning=conditioning)
    inputs = X / input_scale(conditioning, sigma) if reading else X
    if conditioning not in ("scale", "none"):
        waves = torch.tensor(_embedding(sigma), dtype=torch.float64).expand(len(X), -1)
        inputs = torch.cat([inputs, waves], dim=1)
    wanted = _plain(net, inputs)
    if conditioning in ("scale", "scaled_embedding"):
        wanted = wanted / (sigma or 1)
    elif reading:
        wanted = (posterior_mean(conditioning, wanted, sigma) - X) / sigma**2
    assert relative(net.score(X, sigma), wanted) < 1e-10


@pytest.mark.parametrize("sigma", [0.05, 1.0, 30.0])
@pytest.mark.parametrize("conditioning", [name for name, row in PRECONDITIONINGS.items() if row.needs_noise])
def test_energy_net_predicts_with_a_gradient_as_its_network(conditioning, sigma):
    """The score of the energy net is the preconditioned score with F(c_in x) = ∇f(c_in x)."""
    net = energy_net(conditioning=conditioning)
    waves = torch.tensor(_embedding(sigma), dtype=torch.float64).expand(len(X), -1)
    scaled = (X / input_scale(conditioning, sigma)).requires_grad_()
    value = _plain(net, torch.cat([scaled, waves], dim=1))
    (inner,) = torch.autograd.grad(value.sum(), scaled)
    wanted = (posterior_mean(conditioning, inner, sigma) - X) / sigma**2
    assert relative(net.score(X, sigma), wanted) < 1e-10


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_of_activations(name):
    function, slope, _ = ACTIVATION[name]
    h = torch.linspace(-9, 9, 38, dtype=torch.float64, requires_grad=True)
    (wanted,) = torch.autograd.grad(function(h).sum(), h)
    assert norm(slope(h) - wanted) < 1e-12


def test_score_net_has_no_energy_and_says_so():
    assert score_net().energy(X, 1.0) is None
    assert (ScoreMLP.gives_energy, EnergyMLP.gives_energy) == (False, True)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_first_and_second_derivatives_of_activations(name):
    h = torch.linspace(-9, 9, 38, dtype=torch.float64, requires_grad=True)
    slope, curvature = ACTIVATION[name].first_and_second_derivative(h)
    assert norm(slope - ACTIVATION[name].derivative(h)) < 1e-12
    if name != "relu":
        (wanted,) = torch.autograd.grad(slope.sum(), h)
        assert norm(wanted) > 0.1
        assert norm(curvature - wanted) < 1e-12


@pytest.mark.parametrize("conditioning", ["none", "scaled_embedding", "karras"])
@pytest.mark.parametrize("layers", [1, 3])
def test_gradients_in_the_weights_are_those_of_double_backward(layers, conditioning):
    """The products of layers against automatic differentiation of E alone, differentiated once more."""
    net = energy_net(layers=layers, conditioning=conditioning)
    point, u = X.clone().requires_grad_(), DIRECTIONS[0]
    (slope,) = torch.autograd.grad(net.energy(point, 0.7).sum(), point, create_graph=True)
    (along,) = torch.autograd.grad(-slope, point, u, create_graph=True)
    score, tangents = net.score_and_tangents(X, 0.7, u[None])
    gradients = [
        torch.autograd.grad((u * t).sum() + 0.5 * s.square().sum(), list(net.parameters()), allow_unused=True)
        for s, t in ((score, tangents[0]), (-slope, along))
    ]
    for found, wanted in zip(*gradients, strict=True):
        assert (found is None) == (wanted is None)
        assert found is None or relative(found, wanted) < 1e-10


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_graphs_are_kept_only_where_gradients_are_wanted(make):
    net = make()
    assert net.score(X, 1.0).requires_grad
    with torch.no_grad():
        assert not net.score(X, 1.0).requires_grad
    assert not X.requires_grad


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_score_of_a_point_is_its_own_affair(make):
    """No point's score depends on the others in the batch."""
    net = make()
    each = torch.cat([net.score(X[i : i + 1], 0.5) for i in range(len(X))])
    assert norm(net.score(X, 0.5).detach() - each.detach()) < 1e-12


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_empty_batch_is_no_trouble(make):
    assert make().score(X[:0], 1.0).shape == (0, 2)


@pytest.mark.cuda
@pytest.mark.parametrize("cls", NETS, ids=lambda cls: cls.kind)
def test_cuda_builds_the_same_weights(cls):
    there, here = cls().build(generator(), "cuda"), cls().build(generator())
    x = X.float()
    assert relative(there.score(x.cuda(), 0.5).cpu().detach(), here.score(x, 0.5).detach()) < 1e-4


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_frozen_network_stays_as_it_was(make):
    net = make(conditioning="scaled_embedding")
    before, frozen = net.score(X, 0.7).detach().clone(), net.frozen()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(1.5)
    assert relative(frozen.score(X, 0.7).detach(), before) == 0
    assert relative(net.score(X, 0.7).detach(), before) > 1e-2
