"""Losses that differ by the same constant for every network: why score matching works without the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ncsn_viz.core.nets import EnergyMLP, Net, ScoreMLP
from ncsn_viz.core.numerics import regions, torch
from ncsn_viz.core.objectives import Denoising, Explicit, Implicit, Objective
from ncsn_viz.core.targets import GaussianTarget
from ncsn_viz.lab.checks.base import Check
from ncsn_viz.lab.checks.densities import TARGET

if TYPE_CHECKING:
    from ncsn_viz.core.nets.modules import FieldModule

NETS: tuple[Net, ...] = (
    ScoreMLP(hidden=16, layers=2),
    ScoreMLP(hidden=32, layers=1, activation="tanh"),
    EnergyMLP(hidden=16, layers=2, activation="softplus"),
)
HALF_WIDTH, NODES = 9.0, 181  # of the quadrature; there is hardly any mass outside
GAIN = 2.0  # factor of the weights, so that derivatives and curl of an untrained network are not small


@dataclass(frozen=True, kw_only=True)
class LossGap(Check):
    """`one` − `other` for several random networks on the same samples and the same noise; the worst is reported."""

    one: Objective
    other: Objective
    target: GaussianTarget = TARGET
    samples: int = 16_000

    def measure(self, generator: torch.Generator) -> tuple[float, ...]:
        """One gap a network, its weights the same for all seeds: their errors must not average out."""
        truth = self.target.build(dtype=torch.float64)
        batch, noise = truth.sample(self.samples, generator), generator.initial_seed() + 1
        gaps = []
        for net in map(_network, NETS):
            one, other = (
                objective.loss(net, batch, truth, torch.Generator().manual_seed(noise)).loss
                for objective in (self.one, self.other)
            )
            gaps.append(float((one - other).detach()))
        return tuple(gaps)

    def half_fisher_information(self, sigma: float) -> float:
        """½E‖∇log p_σ‖² by quadrature; the gradient by automatic differentiation of log p_σ."""
        region = (-HALF_WIDTH, HALF_WIDTH, -HALF_WIDTH, HALF_WIDTH)
        x = regions.grid(region, NODES, NODES, dtype=torch.float64).requires_grad_()
        log_p = self.target.build(dtype=torch.float64).log_density(x, sigma)
        (gradient,) = torch.autograd.grad(log_p.sum(), x)
        cell = (2 * HALF_WIDTH / (NODES - 1)) ** 2
        return float((log_p.detach().exp() * gradient.square().sum(1)).sum()) * cell / 2


def _network(settings: Net) -> FieldModule:
    net = settings.build(torch.Generator().manual_seed(3), dtype=torch.float64)
    for parameter in net.requires_grad_(False).parameters():
        parameter.mul_(GAIN)
    return net


@dataclass(frozen=True, kw_only=True)
class Vincent(LossGap):
    """Denoising minus explicit score matching at one σ."""

    sigma: float

    def expected(self) -> float:
        """D/(2σ²) − ½E‖∇log p_σ‖² with D = 2."""
        return 1 / self.sigma**2 - self.half_fisher_information(self.sigma)


@dataclass(frozen=True, kw_only=True)
class Hyvarinen(LossGap):
    """Explicit minus implicit score matching."""

    def expected(self) -> float:
        """½E‖∇log p‖²."""
        return self.half_fisher_information(0.0)


VINCENT = Vincent(
    name="vincent_constant",
    what="Denoising minus explicit score matching is one constant for every network (σ = 0.5; the worst of three).",
    source="Vincent 2011, equation 11 and appendix; D/(2σ²) − ½E‖∇log p_σ‖² by quadrature",
    one=Denoising(sigma=0.5, antithetic=False),  # noise one a point, as the explicit loss generator it
    other=Explicit(sigma=0.5),
    sigma=0.5,
)
HYVARINEN = Hyvarinen(
    name="hyvarinen_constant",
    what="Explicit minus implicit score matching is one constant for every network (the worst of three).",
    source="Hyvärinen 2005, theorem 1; ½E‖∇log p‖² by quadrature",
    one=Explicit(sigma=0.0),
    other=Implicit(),
)
