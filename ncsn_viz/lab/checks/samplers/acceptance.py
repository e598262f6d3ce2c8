"""HMC and MALA on a Gaussian at large steps: acceptance in closed form, and a spread without bias."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import HMC, MALA
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, Values

STD = 0.6


@dataclass(frozen=True, kw_only=True)
class MetropolisOnGaussian(Check):
    """Acceptance and standard deviation in equilibrium on N(0, s²I), of MALA and of HMC."""

    samplers: tuple[tuple[str, MALA | HMC, range], ...]  # with the numbers of leapfrog steps that a proposal is
    particles: int = 2000
    steps: int = 12

    def expected(self) -> Values:
        """By `acceptance`, and s."""
        found = {}
        for name, sampler, lengths in self.samplers:
            found[f"acceptance of {name}"] = fmean(acceptance(sampler.step_size / STD**2, n) for n in lengths)
            found[f"spread of {name}"] = STD
        return found

    def measure(self, generator: torch.Generator) -> Values:
        """From samples of the Gaussian."""
        field, found = Mixture(weights=(1.0,), means=((0.0, 0.0),), stds=(STD,)).build(dtype=torch.float64), {}
        for name, sampler, _ in self.samplers:
            state = sampler.init(field.sample(self.particles, generator), generator)
            for _ in range(self.steps):
                state = sampler.step(state, field, generator)
            assert state.acceptance is not None
            found[f"acceptance of {name}"] = state.acceptance
            found[f"spread of {name}"] = float(state.x.square().mean().sqrt())
        return found


def acceptance(step_size: float, leaps: int) -> float:
    """E[min(1, e^−Δ)] of `leaps` leapfrog steps h = √(2η) on N(0, I) in the plane; with one of them that of MALA.

    Δ = H(end) − H(start) is a quadratic form of (x, v) for each axis, with eigenvalues a > 0 > −b. Over both axes it is
    a difference of exponential variables with means 2a and 2b, whose density is e^(−Δ/2a)/(2a + 2b) for Δ > 0.
    """
    h = math.sqrt(2 * step_size)
    kick, drift = np.array([[1, 0], [-h / 2, 1]]), np.array([[1, h], [0, 1]])
    path = np.linalg.matrix_power(kick @ drift @ kick, leaps)
    minus_b, a = np.linalg.eigvalsh((path.T @ path - np.eye(2)) / 2)
    b = -minus_b
    return float((b + a / (1 + 2 * a)) / (a + b))


METROPOLIS = MetropolisOnGaussian(
    name="acceptance",
    what="At large steps MALA and HMC on a Gaussian accept the known share of their proposals and have no bias.",
    source="Neal 2011, sections 5.2 and 5.3; Roberts & Tweedie 1996; the change of energy as a quadratic form",
    samplers=(
        ("MALA", MALA(step_size=0.3), range(1, 2)),
        ("HMC with one leap", HMC(step_size=0.3, leaps=1), range(1, 2)),
        ("HMC with five leaps", HMC(step_size=0.2, leaps=5, jitter=0), range(5, 6)),
        ("HMC with three to seven leaps", HMC(step_size=0.2, leaps=5, jitter=0.4), range(3, 8)),
    ),
)
