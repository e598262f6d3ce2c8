"""The hand-written derivatives of networks, against automatic differentiation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ncsn_viz.core.nets import EnergyMLP, Net, ScoreMLP
from ncsn_viz.core.nets.perceptron import ACTIVATIONS, CONDITIONINGS
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.checks.base import Discrepancy, Values, relative_error
from ncsn_viz.lab.checks.reference import gradient, jacobian, square

if TYPE_CHECKING:
    from ncsn_viz.core.nets.modules import FieldModule

SIGMAS = (0.05, 0.6, 8.0)
GAIN = 2.0  # factor of the weights, so that derivatives of an untrained network are not small


def random_network(settings: Net, seed: int = 3, gain: float = GAIN) -> FieldModule:
    """A network with larger weights than at the start of training, in float64; none of them needs a gradient."""
    net = settings.build(torch.Generator().manual_seed(seed), dtype=torch.float64)
    for parameter in net.requires_grad_(False).parameters():
        parameter.mul_(gain)
    return net


def _variants(kind: type[EnergyMLP] | type[ScoreMLP]) -> Iterator[tuple[str, Net]]:
    """A network of every conditioning, and of every activation."""
    for conditioning in CONDITIONINGS:
        yield conditioning, kind(hidden=12, layers=3, conditioning=conditioning)
    for activation in ACTIVATIONS[1:]:
        yield activation, kind(hidden=12, layers=3, activation=activation)


@dataclass(frozen=True, kw_only=True)
class EnergyGradient(Discrepancy):
    """s against −∇E, relative to it, for every conditioning and every activation."""

    points: int = 64

    def measure(self, generator: torch.Generator) -> Values:
        """On points in a square, at several σ, and with another σ at each point."""
        x = square(self.points, 3.0, generator)
        mixed = torch.tensor(SIGMAS, dtype=torch.float64).repeat(len(x))[: len(x)]
        found = {}
        for name, settings in _variants(EnergyMLP):
            net = random_network(settings)
            for sigma in (*SIGMAS, mixed):
                variant = f"{name}, σ = {sigma:g}" if isinstance(sigma, float) else f"{name}, a σ a point"
                found[variant] = relative_error(net.score(x, sigma), -gradient(partial(_energy, net, sigma), x))
        return found


def _energy(net: FieldModule, sigma: float | torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    energy = net.energy(x, sigma)
    assert energy is not None
    return energy


@dataclass(frozen=True, kw_only=True)
class Tangents(Discrepancy):
    """(∇s) u against the Jacobian of s, relative to it, for both networks, every conditioning and every activation."""

    points: int = 64

    def measure(self, generator: torch.Generator) -> Values:
        """Along both axes; not for the energy of a ReLU network, whose second derivatives are 0."""
        x = square(self.points, 3.0, generator)
        axes = torch.eye(2, dtype=torch.float64)[:, None, :].expand(2, len(x), 2)
        found = {}
        for kind in (ScoreMLP, EnergyMLP):
            for name, settings in _variants(kind):
                if name == "relu" and kind is EnergyMLP:
                    continue
                net = random_network(settings)
                score, along = net.score_and_tangents(x, SIGMAS[1], axes)
                exact = jacobian(partial(net.score, sigma=SIGMAS[1]), x).permute(2, 0, 1)
                found[f"{kind.title}, {name}"] = relative_error(along, exact)
                found[f"score of the {kind.title}, {name}"] = relative_error(score, net.score(x, SIGMAS[1]))
        return found


GRADIENT = EnergyGradient(
    name="energy_gradient",
    what="The score of an energy network is −∇E, for every conditioning on σ and every activation.",
    source="Automatic differentiation of E",
    tolerance=1e-9,
    because="rounding in float64",
)
TANGENTS = Tangents(
    name="network_jacobian",
    what="The derivatives of scores along directions are those of the network, for every conditioning and activation.",
    source="Automatic differentiation of s",
    tolerance=1e-9,
    because="rounding in float64",
)
