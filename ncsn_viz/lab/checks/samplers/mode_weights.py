"""The fraction of particles at each of two far modes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin, ProbabilityFlow, ReverseSDE, Sampler
from ncsn_viz.core.targets import GaussianTarget, TwoModes
from ncsn_viz.lab.checks.base import Check, run_sampler
from ncsn_viz.lab.checks.reference import square
from ncsn_viz.lab.checks.samplers.transfer import annealed_weight

SIDE = 8.0  # particles start in [−8, 8]²
NEAR = 6.0  # a particle closer than this to a mode counts for it; the modes of `two_modes` are 14 apart
CELLS = (97, 131)  # of the grid from which gradient flow starts; unequal, so that the boundary crosses its diagonals


@dataclass(frozen=True, kw_only=True)
class ModeFraction(Check):
    """The fraction of particles at the last mode, against the weight of that mode."""

    sampler: Sampler
    from_data: bool = False
    target: GaussianTarget = TwoModes()
    particles: int = 1280

    def expected(self) -> float:
        """The weight of the last mode under p."""
        weights = self.target.components().weights
        return float(weights[-1] / weights.sum())

    def measure(self, generator: torch.Generator) -> float:
        """The fraction of particles near the last mode at the end."""
        truth = self.target.build(dtype=torch.float64)
        n = self.particles  # reverse-time samplers add the initial noise themselves
        x = truth.sample(n, generator) if self.from_data else square(n, SIDE, generator)
        end = run_sampler(self.sampler, truth, x, generator)
        return float((torch.linalg.vector_norm(end - truth.means[-1], dim=1) < NEAR).double().mean())


@dataclass(frozen=True, kw_only=True)
class BasinFraction(ModeFraction):
    """The same, against the fraction of the square from which steepest ascent ends at the last mode."""

    def expected(self) -> float:
        """dx/dt = ∇log p from the cells of a grid, by an independent implementation of p."""
        weights, means, stds, _ = self.target.components()
        axes = ((np.arange(cells) + 0.5) * (2 * SIDE / cells) - SIDE for cells in CELLS)
        x = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 1, 2)
        for _ in range(150):
            log_joint = np.log(weights / stds**2) - ((x - means) ** 2).sum(-1) / (2 * stds**2)
            rates = np.exp(log_joint - log_joint.max(1, keepdims=True))
            rates /= rates.sum(1, keepdims=True) * stds**2
            x = x + 0.1 * (rates[..., None] * (means - x)).sum(1, keepdims=True)
        nearest = ((x - means) ** 2).sum(-1).argmin(1)
        return float((nearest == len(means) - 1).mean())


@dataclass(frozen=True, kw_only=True)
class AnnealedFraction(ModeFraction):
    """The same for annealed Langevin, against the density of its particles, which lags a little behind the ladder."""

    sampler: AnnealedLangevin

    def expected(self) -> float:
        """By carrying the density along the line through both modes, see `annealed_weight`."""
        weights, means, _, _ = self.target.components()
        one, ladder = self.sampler, (self.sampler.sigma_max, self.sampler.sigma_min, self.sampler.levels)
        share = float(weights[0] / weights.sum())
        return annealed_weight(share, float(means[-1, 0]), SIDE, one.step_size, ladder, one.steps_per_level)


LANGEVIN = BasinFraction(
    name="langevin_basins",
    what="Langevin that starts anywhere ends in the mode whose basin it started in, not by the modes' weights.",
    source="Song & Ermon 2019, section 3.2.2 and figure 3b",
    sampler=Langevin(step_size=0.05, steps=300),
    tolerance=0.02,
    because="noise carries particles over the edge of a basin on their way",
)
ANNEALED = AnnealedFraction(
    name="annealed_weights",
    what="Annealed Langevin from there nearly gives the modes their weights, 1/5 and 4/5: 0.783 for T = 100.",
    source="Song & Ermon 2019, algorithm 1 and figure 3c; the density carried from step to step on a line",
    sampler=AnnealedLangevin(step_size=0.05, sigma_max=20, sigma_min=1, levels=10, steps_per_level=100),
)
REVERSE_SDE = ModeFraction(
    name="reverse_sde_weights",
    what="The reverse SDE, from samples of p blurred by σ = 10, gives the modes their weights.",
    source="Song et al. 2021, equations 6 and 9",
    sampler=ReverseSDE(sigma_max=10, sigma_min=0.05, steps=200),
    from_data=True,
    tolerance=0.01,
    because="two hundred Euler steps",
)
PROBABILITY_FLOW = ModeFraction(
    name="probability_flow_weights",
    what="The probability flow, from samples of p blurred by σ = 10, gives the modes their weights without any noise.",
    source="Song et al. 2021, equation 13; Karras et al. 2022, algorithm 1",
    sampler=ProbabilityFlow(sigma_max=10, sigma_min=0.05, steps=60),
    from_data=True,
    tolerance=0.01,
    because="sixty steps of Heun",
)
