"""The stationary standard deviation of samplers on a Gaussian."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import MALA, Langevin, Sampler
from ncsn_viz.core.samplers.fixed_noise import FixedNoise
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, run_sampler


@dataclass(frozen=True, kw_only=True)
class StationaryStd(Check):
    """The stationary standard deviation on N(0, s²I)."""

    sampler: Sampler
    std: float = 1.0
    particles: int = 4000

    def expected(self) -> float:
        """s: no bias."""
        return self.std

    def measure(self, generator: torch.Generator) -> float:
        """√(mean x²) of particles that started at 0."""
        field = Mixture(weights=(1.0,), means=((0.0, 0.0),), stds=(self.std,)).build(dtype=torch.float64)
        end = run_sampler(self.sampler, field, torch.zeros(self.particles, 2, dtype=torch.float64), generator)
        return float(end.square().mean().sqrt())


@dataclass(frozen=True, kw_only=True)
class BiasedStd(StationaryStd):
    """The same for unadjusted Langevin, whose standard deviation is too large."""

    sampler: FixedNoise

    def expected(self) -> float:
        """s/√(1 − η/(2s²)): the variance v solves v = (1 − η/s²)² v + 2η."""
        return self.std / math.sqrt(1 - self.sampler.step_size / (2 * self.std**2))


LANGEVIN_BIAS = BiasedStd(
    name="langevin_bias",
    what="Langevin with η = 0.5 on N(0, 1) is too wide: its standard deviation is s/√(1 − η/(2s²)).",
    source="Roberts & Tweedie 1996; the fixed point of v = (1 − η/s²)² v + 2η",
    sampler=Langevin(step_size=0.5, steps=60),
)
MALA_BIAS = StationaryStd(
    name="mala_no_bias",
    what="MALA with the same step has no bias: its standard deviation is s.",
    source="Roberts & Tweedie 1996",
    sampler=MALA(step_size=0.5, steps=60),
)
