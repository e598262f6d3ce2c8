"""Log densities that are recovered from a score alone, point by point against the closed form of a mixture."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.analysis import calculus, log_likelihood
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import GaussianTarget, Mixture
from ncsn_viz.lab.checks.base import Check

TARGET = Mixture(weights=(0.3, 0.7), means=((-1.5, -0.5), (1.2, 0.8)), stds=(0.9, 0.6))


@dataclass(frozen=True, kw_only=True)
class RecoveredDensity(Check):
    """The root mean square error of a recovered log density, in nats."""

    target: GaussianTarget = TARGET
    points: int = 300
    errors: int = 0
    steps: int

    def expected(self) -> float:
        """0: no error at any point."""
        return 0.0


@dataclass(frozen=True, kw_only=True)
class FlowLikelihood(RecoveredDensity):
    """log p_σ_min by the probability flow up to σ_max, which is hardly wider than the mixture: p is not round there."""

    sigma_min: float = 0.1
    sigma_max: float = 3.0

    def measure(self, generator: torch.Generator) -> tuple[float, ...]:
        """On samples of p."""
        truth = self.target.build(dtype=torch.float64)
        x = truth.sample(self.points, generator)
        found = log_likelihood(truth, x, self.sigma_min, self.sigma_max, self.steps, truth)
        return (_rms(found - truth.log_density(x, self.sigma_min)),)


@dataclass(frozen=True, kw_only=True)
class LineIntegral(RecoveredDensity):
    """log p_σ(x) − log p_σ(x₀) by the integral of the score along a line."""

    sigma: float = 0.3
    half_width: float = 4.0

    def measure(self, generator: torch.Generator) -> tuple[float, ...]:
        """On points uniformly distributed in a square, from a random x₀."""
        truth = self.target.build(dtype=torch.float64)
        x = self.half_width * (2 * torch.rand(self.points + 1, 2, generator=generator, dtype=torch.float64) - 1)
        log_p = truth.log_density(x, self.sigma)
        found = calculus.line_integral(truth, x[1:], x[0], self.sigma, self.steps)
        return (_rms(found - (log_p[1:] - log_p[0])),)


def _rms(errors: torch.Tensor) -> float:
    return float(errors.square().mean().sqrt())


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
    steps=48,
    tolerance=1e-6,
    because="forty-eight nodes a line",
)
