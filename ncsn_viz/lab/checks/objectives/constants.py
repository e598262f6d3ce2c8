"""Losses that differ by the same constant for every network: why score matching works without the score."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.nets import EnergyMLP, Net, ScoreMLP
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import Denoising, Explicit, Implicit, Objective
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, Values
from ncsn_viz.lab.checks.networks.gradients import random_network
from ncsn_viz.lab.checks.reference import TARGET, Reference

NETS: tuple[Net, ...] = (
    ScoreMLP(hidden=16, layers=2),
    ScoreMLP(hidden=32, layers=1, activation="tanh"),
    EnergyMLP(hidden=16, layers=2, activation="softplus"),
)


@dataclass(frozen=True, kw_only=True)
class LossGap(Check):
    """`one` − `other` for several random networks on the same samples and the same noise; the worst is reported."""

    one: Objective
    other: Objective
    target: Mixture = TARGET
    samples: int = 16_000

    def measure(self, generator: torch.Generator) -> Values:
        """One gap a network, its weights the same for all seeds: their errors must not average out."""
        truth = self.target.build(dtype=torch.float64)
        batch, noise = truth.sample(self.samples, generator), generator.initial_seed() + 1
        gaps = {}
        for number, net in enumerate(map(random_network, NETS), start=1):
            one, other = (
                objective.loss(net, batch, truth, torch.Generator().manual_seed(noise)).loss
                for objective in (self.one, self.other)
            )
            gaps[f"network {number}"] = float((one - other).detach())
        return gaps


@dataclass(frozen=True, kw_only=True)
class Vincent(LossGap):
    """Denoising minus explicit score matching at one σ."""

    sigma: float

    def expected(self) -> float:
        """D/(2σ²) − ½E‖∇log p_σ‖² with D = 2."""
        return 1 / self.sigma**2 - Reference.of(self.target).half_fisher_information(self.sigma)


@dataclass(frozen=True, kw_only=True)
class Hyvarinen(LossGap):
    """Explicit minus implicit score matching."""

    def expected(self) -> float:
        """½E‖∇log p‖²."""
        return Reference.of(self.target).half_fisher_information(0.0)


VINCENT = Vincent(
    name="vincent_constant",
    what="Denoising minus explicit score matching is one constant for every network (σ = 0.5; the worst of three).",
    source="Vincent 2011, equation 11 and appendix; D/(2σ²) − ½E‖∇log p_σ‖² by quadrature",
    one=Denoising(sigma=0.5, antithetic=False),  # noise one a point, as the explicit loss draws it
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
