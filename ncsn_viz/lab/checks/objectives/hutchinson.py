"""The variance of a trace by random projections, uᵀ(∇s)u."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import Sliced
from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.networks.gradients import random_network
from ncsn_viz.lab.checks.reference import jacobian

NET = ScoreMLP(hidden=16, layers=2)
POINT = (0.7, -1.1)
GAIN = 3.0  # factor of the weights, so that the Jacobian of an untrained network is of order 1


@dataclass(frozen=True, kw_only=True)
class Hutchinson(Check):
    """Var[uᵀ J u] for the Jacobian J of a random network at one point; S is the symmetric part of J."""

    sliced: Sliced
    projections: int = 20_000

    def expected(self) -> float:
        """2‖S‖²_F for Gaussian u, 4 S₁₂² for Rademacher u."""
        symmetric = (_jacobian() + _jacobian().T) / 2
        if self.sliced.projection == "gaussian":
            return float(2 * symmetric.square().sum())
        return float(4 * symmetric[0, 1] ** 2)

    def measure(self, generator: torch.Generator) -> float:
        """The variance over random directions of the objective, with the tangents of the network."""
        x = _point(self.projections)
        directions = self.sliced.directions(x, generator)
        _, along = random_network(NET, seed=5, gain=GAIN).score_and_tangents(x, 0.0, directions)
        return float((directions * along).sum(-1).var())


def _jacobian() -> torch.Tensor:
    """J (2, 2) by automatic differentiation of the score."""
    net = random_network(NET, seed=5, gain=GAIN)
    return jacobian(lambda x: net.score(x, 0.0), _point(1))[0]


def _point(n: int) -> torch.Tensor:
    return torch.tensor([POINT], dtype=torch.float64).expand(n, 2)


GAUSSIAN = Hutchinson(
    name="hutchinson_gaussian",
    what="The trace along one Gaussian direction has variance 2‖S‖²_F.",
    source="Hutchinson 1990; Avron & Toledo 2011, table 1",
    sliced=Sliced(projection="gaussian"),
)
RADEMACHER = Hutchinson(
    name="hutchinson_rademacher",
    what="The trace along one direction of random signs has variance 4 S₁₂² only.",
    source="Hutchinson 1990; Song, Garg, Shi & Ermon 2019",
    sliced=Sliced(projection="rademacher"),
    tolerance=0.0003,
    because="there are two values only, so a sample's variance hardly scatters, and that to one side",
)
