"""A plain torch module with a score is a net: derivatives, training, freezing come by themselves."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import pytest
import torch
from helpers import energy_net, generator, relative, score_net

from ncsn_viz.core.fields import Differentiable
from ncsn_viz.core.knobs import Integer, knob
from ncsn_viz.core.nets import Net
from ncsn_viz.core.nets.modules import as_field
from ncsn_viz.core.objectives import NCSN, OBJECTIVES
from ncsn_viz.core.targets import Moons

# torch's own first use of forward mode warns of its own use of torch.jit.script
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")

X = 3 * torch.randn(9, 2, generator=generator(11), dtype=torch.float64)
DIRECTIONS = torch.randn(3, 9, 2, generator=generator(12), dtype=torch.float64)
TRUTH = Moons().build()


class Waves(torch.nn.Module):
    """Plain torch: a mixture of waves, with log σ beside the point."""

    def __init__(self, width, generator):
        super().__init__()
        self.first = torch.nn.Parameter(torch.randn(width, 3, generator=generator))
        self.second = torch.nn.Parameter(torch.randn(2, width, generator=generator) / width**0.5)

    def score(self, x, sigma):
        level = torch.as_tensor(sigma, dtype=x.dtype, device=x.device).clamp(min=1e-3).log().expand(len(x))
        return torch.sin(torch.cat([x, level[:, None]], dim=1) @ self.first.T) @ self.second.T


@dataclass(frozen=True)
class Plain(Net):
    """All that a new kind of net needs."""

    kind = "plain"
    title = "Plain"
    about = "Waves."

    width: int = knob(32, Integer(low=1, high=64, label="Width", help="Waves."))

    def module(self, generator):
        return Waves(self.width, generator)


class Bare(torch.nn.Module):
    """Of another network the score and no more."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def score(self, x, sigma):
        return self.net.score(x, sigma)


@pytest.mark.parametrize("sigma", [0.4, 7.0, "one a point"])
@pytest.mark.parametrize("conditioning", ["scaled_embedding", "karras", "none"])
@pytest.mark.parametrize("make", [score_net, energy_net])
def test_derivatives_are_those_that_the_perceptrons_compute_themselves(make, conditioning, sigma):
    net = make(conditioning=conditioning)
    plain = as_field(Bare(net))
    if sigma == "one a point":
        sigma = torch.linspace(0.1, 5, len(X), dtype=torch.float64)
    found, wanted = (each.score_and_tangents(X, sigma, DIRECTIONS) for each in (plain, net))
    assert relative(found[0], wanted[0]) < 1e-10
    assert relative(found[1], wanted[1]) < 1e-10
    gradients = [
        torch.autograd.grad((DIRECTIONS * along).sum() + score.square().sum(), net.mlp.stack[0].weight)[0]
        for score, along in (found, wanted)
    ]
    assert relative(*gradients) < 1e-10  # and so in training


@pytest.mark.parametrize("cls", [cls for cls in OBJECTIVES if not cls.needs_energy], ids=lambda cls: cls.kind)
def test_it_trains_with_every_objective_that_needs_no_energy(cls):
    objective, net = cls(), Plain().build(generator(1))
    assert isinstance(net, Differentiable)
    assert objective.incompatibility(Plain()) is None
    batch, optimizer = TRUTH.sample(256, generator(2)), torch.optim.Adam(net.parameters(), lr=0.01)
    losses = []
    for _ in range(60):
        loss = objective.loss(net, batch, TRUTH, generator(3)).loss  # the same noise: the loss itself must fall
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 0.02 * abs(losses[0])


def test_it_has_no_energy_and_objectives_that_need_one_say_so():
    assert Plain().build(generator()).energy(X.float(), 1.0) is None
    assert all(cls().incompatibility(Plain()) for cls in OBJECTIVES if cls.needs_energy)


def test_copies_stay_as_they_were():
    net = Plain().build(generator(1), dtype=torch.float64)
    before, frozen, deep = net.score(X, 0.7).detach().clone(), net.frozen(), copy.deepcopy(net)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(1.5)
    assert torch.equal(frozen.score(X, 0.7), before)
    assert not frozen.score(X, 0.7).requires_grad
    assert torch.equal(deep.score(X, 0.7).detach(), before)
    assert relative(net.score(X, 0.7).detach(), before) > 1e-2


def test_equal_generators_give_equal_weights_in_any_type():
    one, same = (Plain().build(generator(4), dtype=dtype).state_dict() for dtype in (torch.float32, torch.float64))
    assert all(torch.equal(one[key].double(), same[key]) for key in one)


def test_a_ladder_of_noise_is_learned():
    """One a point: NCSN gives a tensor of levels, which torch.func must leave alone."""
    net = Plain().build(generator(1))
    terms = NCSN(levels=3).loss(net, TRUTH.sample(30, generator(2)), TRUTH, generator(3))
    assert len(terms.parts) == 3
    assert bool(terms.loss.isfinite())
