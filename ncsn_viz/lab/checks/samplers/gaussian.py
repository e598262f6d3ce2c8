"""Samplers on a Gaussian, where each step is affine: means and variances follow an exact recursion."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import (
    AnnealedLangevin,
    GradientFlow,
    Langevin,
    PredictorCorrector,
    ProbabilityFlow,
    ReverseSDE,
    Sampler,
)
from ncsn_viz.core.samplers.fixed_noise import FixedNoise
from ncsn_viz.core.samplers.reverse import ReverseProcess
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, Discrepancy, Values, relative_error

STD, MEAN = 0.7, (0.8, -0.4)  # of the Gaussian
GAUSSIAN = Mixture(weights=(1.0,), means=(MEAN,), stds=(STD,))


def levels(sigma_max: float, sigma_min: float, count: int) -> list[float]:
    """σᵢ = σ₁ (σ_L/σ₁)^((i − 1)/(L − 1))."""
    return [sigma_max * (sigma_min / sigma_max) ** (i / (count - 1)) for i in range(count)]


def steps_between(sampler: ReverseProcess) -> Iterator[tuple[float, float]]:
    """The pairs of noise levels from which and to which each step goes, for two of the schedules."""
    first, last, count = sampler.sigma_max, sampler.sigma_min, sampler.steps + 1
    even = [first + (last - first) * i / (count - 1) for i in range(count)]
    yield from pairwise(even if sampler.schedule == "ve_linear" else levels(first, last, count))
    if sampler.to_zero:
        yield sampler.sigma_min, 0.0


@dataclass(frozen=True, kw_only=True)
class GaussianPath(Discrepancy):
    """Samplers without noise move each point along a line through the mean: x − μ is multiplied by a number."""

    samplers: tuple[tuple[str, Sampler], ...]
    factor: Callable[[Sampler], float]
    points: int = 100

    def measure(self, generator: torch.Generator) -> Values:
        """The error of the end points relative to their distance from the mean."""
        truth, mean = GAUSSIAN.build(dtype=torch.float64), torch.tensor(MEAN, dtype=torch.float64)
        found = {}
        for name, sampler in self.samplers:
            start = state = sampler.init(truth.sample(self.points, generator), generator)
            for _ in range(sampler.num_steps()):
                state = sampler.step(state, truth, generator)
            found[name] = relative_error(state.x - mean, self.factor(sampler) * (start.x - mean))
        return found


def flow_factor(sampler: Sampler) -> float:
    """dx/dσ = σ (x − μ)/(s² + σ²) by Euler or Heun; Euler for the step to 0."""
    assert isinstance(sampler, ProbabilityFlow)
    if sampler.solver == "dpm_2m":
        return _two_step_factor(sampler)
    factor = 1.0
    for here, there in steps_between(sampler):
        first = here / (STD**2 + here**2)
        euler = 1 + (there - here) * first
        second = euler * there / (STD**2 + there**2)
        factor *= euler if sampler.solver == "euler" or there == 0 else 1 + (there - here) * (first + second) / 2
    return factor


def _two_step_factor(sampler: ProbabilityFlow) -> float:
    """With D − μ = s²/(s² + σ²) (x − μ) and h = log(σ/σ′): f′ = e^(−h) f + (1 − e^(−h)) (D + (D − D₋₁) h/(2 h₋₁))."""
    factor, before, step_before = 1.0, 0.0, 0.0
    for here, there in steps_between(sampler):
        mean = STD**2 / (STD**2 + here**2) * factor
        step = math.log(here / there) if there else math.inf
        ahead = (mean - before) * step / (2 * step_before) if step_before and there else 0.0
        factor = math.exp(-step) * factor - math.expm1(-step) * (mean + ahead)
        before, step_before = mean, step
    return factor


def ascent_factor(sampler: Sampler) -> float:
    """x ← x − η (x − μ)/v, T times."""
    assert isinstance(sampler, FixedNoise)
    return (1 - sampler.step_size / (STD**2 + sampler.sigma**2)) ** sampler.steps


@dataclass(frozen=True, kw_only=True)
class GaussianSpread(Check):
    """The standard deviation at the end, from data with the noise of the sampler, against the recursion of variances.

    The mean stays what it is.
    """

    samplers: tuple[tuple[str, Sampler], ...]
    variance: Callable[[Sampler], float]
    particles: int = 4000

    def expected(self) -> Values:
        """By the recursion."""
        return {name: math.sqrt(self.variance(sampler)) for name, sampler in self.samplers}

    def measure(self, generator: torch.Generator) -> Values:
        """√(mean (x − μ)²) over particles and both axes."""
        truth, mean = GAUSSIAN.build(dtype=torch.float64), torch.tensor(MEAN, dtype=torch.float64)
        found = {}
        for name, sampler in self.samplers:
            state = sampler.init(truth.sample(self.particles, generator), generator)
            for _ in range(sampler.num_steps()):
                state = sampler.step(state, truth, generator)
            found[name] = float((state.x - mean).square().mean().sqrt())
        return found


def _step(variance: float, drift: float, noise: float, v: float) -> float:
    """The variance after x ← x − drift (x − μ)/v + √noise z."""
    return (1 - drift / v) ** 2 * variance + noise


def langevin_variance(sampler: Sampler) -> float:
    """(1 − η/v)² V + 2η, T times."""
    assert isinstance(sampler, Langevin)
    variance, v = STD**2, STD**2 + sampler.sigma**2
    for _ in range(sampler.steps):
        variance = _step(variance, sampler.step_size, 2 * sampler.step_size, v)
    return variance


def annealed_variance(sampler: Sampler) -> float:
    """The same at each level with ηᵢ = η σᵢ²/σ_L², and (1 − σ_L²/v)² V for the denoising step."""
    assert isinstance(sampler, AnnealedLangevin)
    variance = STD**2
    for sigma in levels(sampler.sigma_max, sampler.sigma_min, sampler.levels):
        eta = sampler.step_size * sigma**2 / sampler.sigma_min**2
        for _ in range(sampler.steps_per_level):
            variance = _step(variance, eta, 2 * eta, STD**2 + sigma**2)
    last = sampler.sigma_min**2
    return _step(variance, last, 0.0, STD**2 + last) if sampler.denoise else variance


def reverse_variance(sampler: Sampler) -> float:
    """(1 − c/v)² V + λ² (σ² − σ′²) with c = (σ + λ² σ′) (σ − σ′), without noise in the step to 0, from V = s² + σ₁²."""
    assert isinstance(sampler, ReverseSDE)
    variance, share = STD**2 + sampler.sigma_max**2, sampler.stochasticity**2
    for here, there in steps_between(sampler):
        drift, noise = (here - there) * (here + share * there), share * (here**2 - there**2)
        variance = _step(variance, drift, noise if there else 0.0, STD**2 + here**2)
    return variance


def corrected_variance(sampler: Sampler) -> float:
    """The same, and after each step m corrections with η = 2 r² (mean ‖z‖/mean ‖s‖)² = 2 r² v²/V."""
    assert isinstance(sampler, PredictorCorrector)
    variance = STD**2 + sampler.sigma_max**2
    for here, there in steps_between(sampler):
        drop = here**2 - there**2
        variance = _step(variance, drop, drop if there else 0.0, STD**2 + here**2)
        v = STD**2 + there**2
        for _ in range(sampler.corrections if there else 0):
            eta = 2 * sampler.ratio**2 * v**2 / variance
            variance = _step(variance, eta, 2 * eta, v)
    return variance


_FLOW = ProbabilityFlow(sigma_max=5, sigma_min=0.2, steps=6)
_ASCENT = GradientFlow(step_size=0.1, steps=5)
_ANNEALED = AnnealedLangevin(step_size=0.15, sigma_max=4, sigma_min=0.4, levels=4, steps_per_level=3)
_REVERSE = ReverseSDE(sigma_max=5, sigma_min=0.3, steps=6)
_CORRECTED = PredictorCorrector(sigma_max=3, sigma_min=0.4, steps=2, to_zero=False, corrections=4, ratio=0.5)

FLOW_PATH = GaussianPath(
    name="flow_on_gaussian",
    what="Six steps of the probability flow from a Gaussian's noise end exactly where each solver must end.",
    source="dx/dσ = −σ s solved by hand for N(μ, s²); Song et al. 2021, equation 13; Karras et al. 2022, algorithm 1; "
    "Lu et al. 2022, algorithm 2",
    samplers=(
        ("Heun", _FLOW),
        ("Heun without the step to 0", replace(_FLOW, to_zero=False)),
        ("Euler", replace(_FLOW, solver="euler")),
        ("Euler without the step to 0", replace(_FLOW, solver="euler", to_zero=False)),
        ("DPM-Solver++ 2M", replace(_FLOW, solver="dpm_2m")),
        ("DPM-Solver++ 2M, even in σ", replace(_FLOW, solver="dpm_2m", schedule="ve_linear")),
        ("DPM-Solver++ 2M without the step to 0", replace(_FLOW, solver="dpm_2m", to_zero=False)),
    ),
    factor=flow_factor,
    tolerance=1e-9,
    because="rounding in float64",
)
ASCENT_PATH = GaussianPath(
    name="ascent_on_gaussian",
    what="Five steps of gradient flow on a Gaussian multiply the distance from its mean by (1 − η/v)⁵.",
    source="x ← x + η s with s = (μ − x)/v, v = s² + σ²",
    samplers=(("σ = 0", _ASCENT), ("σ = 0.6", replace(_ASCENT, sigma=0.6))),
    factor=ascent_factor,
    tolerance=1e-9,
    because="rounding in float64",
)
LANGEVIN_SPREAD = GaussianSpread(
    name="langevin_on_gaussian",
    what="After three Langevin steps from a Gaussian's samples they are as wide as the recursion of variances says.",
    source="V ← (1 − η/v)² V + 2η",
    samplers=(
        ("σ = 0", Langevin(step_size=0.3, steps=3)),
        ("σ = 0.6", Langevin(step_size=0.3, steps=3, sigma=0.6)),
    ),
    variance=langevin_variance,
)
ANNEALED_SPREAD = GaussianSpread(
    name="annealed_on_gaussian",
    what="Annealed Langevin ends as wide as the recursion says, at the last level and after the denoising step.",
    source="V ← (1 − ηᵢ/vᵢ)² V + 2ηᵢ; Song & Ermon 2019, algorithm 1; 2020, section 3.4 for the denoising step",
    samplers=(
        ("last level", _ANNEALED),
        ("denoising step", replace(_ANNEALED, denoise=True)),
    ),
    variance=annealed_variance,
)
REVERSE_SPREAD = GaussianSpread(
    name="reverse_sde_on_gaussian",
    what="Steps of the reverse SDE from a Gaussian's noise end as wide as the recursion of variances says.",
    source="V ← (1 − Δ/v)² V + Δ, Δ = σᵢ² − σᵢ₊₁²; Song et al. 2021, equation 9; with less noise and drift for λ < 1",
    samplers=(
        ("to σ = 0", _REVERSE),
        ("to the smallest level", replace(_REVERSE, to_zero=False)),
        ("λ = 1/2", replace(_REVERSE, stochasticity=0.5)),
        ("λ = 0", replace(_REVERSE, stochasticity=0.0)),
        ("one step from σ = 2 to 1", ReverseSDE(sigma_max=2, sigma_min=1, steps=1, to_zero=False)),
    ),
    variance=reverse_variance,
)
CORRECTED_SPREAD = GaussianSpread(
    name="corrector_spread",
    what="Corrections with signal-to-noise r leave a Gaussian too wide, towards √(1 + r²), as the recursion says.",
    source="η = 2 (r ‖z‖/‖s‖)² = 2 r² v²/V, whose fixed point is V = (1 + r²) v; Song et al. 2021, algorithm 4",
    samplers=(
        ("r = 0.5", _CORRECTED),
        ("r = 0.16", replace(_CORRECTED, ratio=0.16)),
        ("to σ = 0", replace(_CORRECTED, to_zero=True)),
    ),
    variance=corrected_variance,
    tolerance=0.001,
    because="norms are means over 4000 particles",
)
