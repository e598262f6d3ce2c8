"""The base class of variance-preserving paths, which shrink the data as they add noise."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.schedules.base import Numbers, Schedule, functions


@dataclass(frozen=True)
class VariancePreserving(Schedule):
    """α² + σ² = 1: data of variance 1 keep it. A kind defines `alpha`, `sigma`, `alpha_rate` and `time`."""

    def alpha_rate(self, t: Numbers) -> Numbers:
        """dα/dt."""
        raise NotImplementedError

    def rates(self, t: Numbers) -> tuple[Numbers, Numbers]:
        """dα/dt, and dσ/dt = −(α/σ) dα/dt, which is infinite at t = 0."""
        rate = self.alpha_rate(t)
        return rate, -self.alpha(t) / self.sigma(t) * rate

    def scales(self, noise: Numbers) -> tuple[Numbers, Numbers]:
        """1/√(1 + σ̂²) and σ̂/√(1 + σ̂²)."""
        alpha = 1 / functions(noise).sqrt(1 + noise * noise)
        return alpha, alpha * noise
