"""Underdamped Langevin on a Gaussian: a damped harmonic oscillator with noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import UnderdampedLangevin
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, Values, run_sampler

STD = 0.8
FIELD = Mixture(weights=(1.0,), means=((0.0, 0.0),), stds=(STD,))


@dataclass(frozen=True, kw_only=True)
class UnderdampedSpread(Check):
    """The standard deviation of positions, which the splitting scheme gets right at any step size."""

    step_size: float
    frictions: tuple[float, ...] = (0.5, 2.0, 20.0)
    particles: int = 2000
    steps: int = 60

    def expected(self) -> Values:
        """s: no bias."""
        return STD

    def measure(self, generator: torch.Generator) -> Values:
        """√(mean x²) of particles that started as samples."""
        truth = FIELD.build(dtype=torch.float64)
        found: dict[str, float] = {}
        for friction in self.frictions:
            sampler = UnderdampedLangevin(step_size=self.step_size, steps=self.steps, friction=friction)
            end = run_sampler(sampler, truth, truth.sample(self.particles, generator), generator)
            found[f"γ = {friction:g}"] = float(end.square().mean().sqrt())
        return found


@dataclass(frozen=True, kw_only=True)
class DampedOscillation(Check):
    """The mean and the spread at time t = T √(2η) of particles that all start at the same point."""

    frictions: tuple[float, ...] = (0.5, 6.0)  # an oscillation, and a decay
    start: float = 2.0
    time: float = 1.6
    steps: int = 100
    particles: int = 1000

    def expected(self) -> Values:
        """x(t)/x(0) and the standard deviation of x(t), for ẍ = −x/s² − γẋ + √(2γ) ẇ with ẋ(0) ~ N(0, 1)."""
        found: dict[str, float] = {}
        for friction in self.frictions:
            mean, response = _solution(friction, self.time)
            variance = response**2 + _noise_variance(friction, self.time)
            found |= {f"mean at γ = {friction:g}": mean, f"spread at γ = {friction:g}": math.sqrt(variance)}
        return found

    def measure(self, generator: torch.Generator) -> Values:
        """Of the particles; steps are so small that their own error is negligible."""
        truth = FIELD.build(dtype=torch.float64)
        found: dict[str, float] = {}
        x = torch.full((self.particles, 2), self.start, dtype=torch.float64)
        step_size = (self.time / self.steps) ** 2 / 2
        for friction in self.frictions:
            sampler = UnderdampedLangevin(step_size=step_size, steps=self.steps, friction=friction)
            end = run_sampler(sampler, truth, x, generator)
            found |= {
                f"mean at γ = {friction:g}": float(end.mean()) / self.start,
                f"spread at γ = {friction:g}": float(end.var(0).mean().sqrt()),
            }
        return found


def _solution(friction: float, t: float) -> tuple[float, float]:
    """x(t) for x(0) = 1, ẋ(0) = 0, and for x(0) = 0, ẋ(0) = 1, without noise: by the roots of λ² + γλ + 1/s²."""
    root = complex(friction**2 / 4 - 1 / STD**2) ** 0.5
    plus, minus = -friction / 2 + root, -friction / 2 - root
    grows, falls = (math.e ** (plus * t), math.e ** (minus * t))
    return ((plus * falls - minus * grows) / (plus - minus)).real, ((grows - falls) / (plus - minus)).real


def _noise_variance(friction: float, t: float, nodes: int = 2000) -> float:
    """∫₀ᵗ 2γ r(u)² du with r the response to a push: by the midpoint rule."""
    step = t / nodes
    return sum(2 * friction * _solution(friction, (i + 0.5) * step)[1] ** 2 for i in range(nodes)) * step


SPREAD = UnderdampedSpread(
    name="underdamped_spread",
    what="Underdamped Langevin leaves a Gaussian as wide as it is, at a step size where Langevin has a bias of 8 %.",
    source="Leimkuhler & Matthews 2013: on a Gaussian the splitting has no error in positions",
    step_size=0.18,
)
OSCILLATION = DampedOscillation(
    name="underdamped_oscillation",
    what="With inertia, particles on a Gaussian swing and spread as a damped oscillator with noise.",
    source="ẍ = −x/s² − γẋ + √(2γ) ẇ, solved by hand; Δt = √(2η)",
    tolerance=0.001,
    because="a hundred steps of second order",
)
