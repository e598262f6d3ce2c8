"""The losses of NCSN level by level, and the floors of all losses, by quadrature."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import (
    NCSN,
    Denoising,
    Explicit,
    Implicit,
    MaximumLikelihood,
    NoiseContrastive,
    Objective,
    Sliced,
)
from ncsn_viz.lab.checks.base import Check, Values
from ncsn_viz.lab.checks.networks.gradients import random_network
from ncsn_viz.lab.checks.objectives.paths import LOSSES
from ncsn_viz.lab.checks.reference import TARGET, Reference, plane_of
from ncsn_viz.lab.checks.samplers.gaussian import levels

EXPONENTS = {"sigma2": 2, "sigma": 1, "one": 0}  # λ(σ) = σ to this power
NET = ScoreMLP(hidden=16, layers=2)
REFERENCE = Reference.of(TARGET)


def denoising_floor(sigma: float) -> float:
    """D/(2σ²) − ½E‖∇log p_σ‖² with D = 2."""
    return 1 / sigma**2 - REFERENCE.half_fisher_information(sigma)


@dataclass(frozen=True, kw_only=True)
class LevelByLevel(Check):
    """The terms of NCSN for a random network, and its loss, their mean."""

    sigma_max: float = 2.0
    sigma_min: float = 0.5
    levels: int = 3
    samples: int = 6000

    def _objective(self, weighting: str) -> NCSN:
        return NCSN(sigma_max=self.sigma_max, sigma_min=self.sigma_min, levels=self.levels, weighting=weighting)

    def expected(self) -> Values:
        """λ(σ) (½E‖s − ∇log p_σ‖² + D/(2σ²) − ½E‖∇log p_σ‖²) by quadrature, for every weighting λ."""
        net, sigmas, each = random_network(NET), levels(self.sigma_max, self.sigma_min, self.levels), []
        for sigma in sigmas:
            plane = REFERENCE.plane(sigma)
            errors = (net.score(plane.points, sigma) - REFERENCE.score(plane.points, sigma)).square().sum(1) / 2
            each.append(REFERENCE.mean_on(plane, errors, sigma) + denoising_floor(sigma))
        found: dict[str, float] = {}
        for weighting, power in EXPONENTS.items():
            losses = [sigma**power * loss for sigma, loss in zip(sigmas, each, strict=True)]
            names = [f"{i}th level, λ = {weighting}" for i in range(1, len(losses) + 1)]
            found |= dict(zip(names, losses, strict=True)) | {f"mean, λ = {weighting}": sum(losses) / len(losses)}
        return found

    def measure(self, generator: torch.Generator) -> Values:
        """The terms in their order, and the loss."""
        net, truth, found = random_network(NET), TARGET.build(dtype=torch.float64), {}
        batch, seed = truth.sample(self.samples, generator), generator.initial_seed()
        for weighting in EXPONENTS:
            noise = torch.Generator().manual_seed(seed)
            terms = self._objective(weighting).loss(net, batch, truth, noise)
            for i, term in enumerate(terms.parts.values(), start=1):
                found[f"{i}th level, λ = {weighting}"] = float(term)
            found[f"mean, λ = {weighting}"] = float(terms.loss.detach())
        return found


@dataclass(frozen=True, kw_only=True)
class Floors(Check):
    """The least value of every loss that has one."""

    samples: int = 16_000
    continuous: NCSN = NCSN(sigma_max=2.0, sigma_min=0.5, levels=3, distribution="log_uniform")
    ladder: NCSN = NCSN(sigma_max=2.0, sigma_min=0.5, levels=3)
    contrastive: NoiseContrastive = NoiseContrastive(noise_std=3.0, ratio=3)

    def _objectives(self) -> dict[str, Objective]:
        return self._of_paths() | {
            "explicit": Explicit(sigma=0.4),
            "implicit": Implicit(),
            "sliced": Sliced(),
            "denoising": Denoising(sigma=0.4),
            "NCSN, ladder": self.ladder,
            "NCSN, log-uniform σ": self.continuous,
            "maximum likelihood": MaximumLikelihood(),
            "noise-contrastive estimation": self.contrastive,
        }

    def expected(self) -> Values:
        """In closed form up to integrals over the plane, by quadrature."""
        ladder, log_sigmas = self.ladder, np.linspace(math.log(2.0), math.log(0.5), 21)
        weights = np.array([1.0, *[4.0, 2.0] * 9, 4.0, 1.0]) / 60  # Simpson's rule
        return self._floors_of_paths() | {
            "explicit": 0.0,
            "implicit": -REFERENCE.half_fisher_information(0.0),
            "sliced": -REFERENCE.half_fisher_information(0.0),
            "denoising": denoising_floor(0.4),
            "NCSN, ladder": sum(s**2 * denoising_floor(s) for s in levels(2.0, 0.5, ladder.levels)) / ladder.levels,
            "NCSN, log-uniform σ": sum(
                w * math.exp(2 * s) * denoising_floor(math.exp(s)) for w, s in zip(weights, log_sigmas, strict=True)
            ),
            "maximum likelihood": REFERENCE.entropy(),
            "noise-contrastive estimation": self._least_contrastive_loss(),
        }

    def _of_paths(self) -> dict[str, Objective]:
        return {one.objective.title: replace(one.objective, sigma_max=3.0, sigma_min=0.3) for one in LOSSES}  # type: ignore[call-arg]

    def _floors_of_paths(self) -> dict[str, float]:
        """E[λ times the floor at σ], that one interpolated between 16 noise levels."""
        ends = [math.log(0.3), math.log(3.0)]
        fitted = np.polynomial.Chebyshev.interpolate(
            lambda logs: np.array([denoising_floor(math.exp(each)) for each in logs]), 15, ends
        )
        return {one.objective.title: one.mean(lambda sigma: fitted(np.log(sigma)), 3.0, 0.3) for one in LOSSES}

    def _least_contrastive_loss(self) -> float:
        """−E_p[log h] − ν E_q[log(1 − h)] with h = p/(p + ν q), the posterior probability of data."""
        nu, plane = self.contrastive.ratio, plane_of(20.0)
        noise = Reference((1.0,), ((0.0, 0.0),), (self.contrastive.noise_std,))
        p, q = (density.log_density(plane.points, 0.0).exp() for density in (REFERENCE, noise))
        mixed = p + nu * q
        return plane.integral(-p * torch.log(p / mixed) - nu * q * torch.log(nu * q / mixed))

    def measure(self, generator: torch.Generator) -> Values:
        """As the program computes them."""
        truth = TARGET.build(dtype=torch.float64)
        found = {name: one.floor(truth, generator, self.samples) for name, one in self._objectives().items()}
        return {name: math.nan if floor is None else floor for name, floor in found.items()}


LEVELS = LevelByLevel(
    name="ncsn_levels",
    what="Each level of NCSN is denoising score matching at its σ times λ(σ), for every λ; the loss is their mean.",
    source="Song & Ermon 2019, equations 5 and 6; Vincent 2011; expectations over p_σ by quadrature",
)
FLOORS = Floors(
    name="floors",
    what="The least value of every loss that has one is what the program subtracts from it.",
    source="Hyvärinen 2005; Vincent 2011; Gutmann & Hyvärinen 2012, equation 8; integrals by quadrature",
    tolerance=1e-6,
    because="the quadrature",
)
