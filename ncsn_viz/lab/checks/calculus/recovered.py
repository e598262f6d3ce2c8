"""Log densities that are recovered from a score alone, point by point against the closed form of a mixture."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.analysis import calculus, log_likelihood
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import GaussianTarget
from ncsn_viz.lab.checks.base import Discrepancy, root_mean_square
from ncsn_viz.lab.checks.reference import TARGET, square


@dataclass(frozen=True, kw_only=True)
class RecoveredDensity(Discrepancy):
    """The root mean square error of a recovered log density, in nats."""

    target: GaussianTarget = TARGET
    points: int = 300
    steps: int


@dataclass(frozen=True, kw_only=True)
class FlowLikelihood(RecoveredDensity):
    """log p_σ_min by the probability flow up to σ_max, which is hardly wider than the mixture: p is not round there."""

    sigma_min: float = 0.1
    sigma_max: float = 3.0

    def measure(self, generator: torch.Generator) -> float:
        """On samples of p."""
        truth = self.target.build(dtype=torch.float64)
        x = truth.sample(self.points, generator)
        found = log_likelihood(truth, x, self.sigma_min, self.sigma_max, self.steps, truth)
        return root_mean_square(found - truth.log_density(x, self.sigma_min))


@dataclass(frozen=True, kw_only=True)
class LineIntegral(RecoveredDensity):
    """log p_σ(x) − log p_σ(x₀) by the integral of the score along a line."""

    sigma: float = 0.3
    half_width: float = 4.0

    def measure(self, generator: torch.Generator) -> float:
        """On points uniformly distributed in a square, from a random x₀."""
        truth = self.target.build(dtype=torch.float64)
        x = square(self.points + 1, self.half_width, generator)
        log_p = truth.log_density(x, self.sigma)
        found = calculus.line_integral(truth, x[1:], x[0], self.sigma, self.steps)
        return root_mean_square(found - (log_p[1:] - log_p[0]))


FLOW = FlowLikelihood(
    name="flow_likelihood",
    what="The probability flow recovers log p of a mixture at its samples: error in nats, root mean square.",
    source="Song et al. 2021, section 4.3 and appendix D.2; the closed form of the mixture",
    steps=200,
    seeds=6,
    tolerance=0.0003,
    because="two hundred steps of Heun in log σ",
)
LINE = LineIntegral(
    name="line_integral",
    what="The score along straight lines adds up to the differences of energy: error in nats, root mean square.",
    source="Gradient theorem, ∫ ∇log p · dx; the closed form of the mixture",
    steps=80,
    seeds=4,
    tolerance=1e-6,
    because="eighty nodes a line",
)
