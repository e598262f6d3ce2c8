"""The base class of variance-exploding paths, which leave the data as they are and add noise."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.schedules.base import Numbers, Schedule


@dataclass(frozen=True)
class VarianceExploding(Schedule):
    """α = 1 and σ = σ̂, from σ(0) = σ_min to σ(1) = σ_max. A kind defines `sigma`, `sigma_rate` and `time`."""

    def alpha(self, t: Numbers) -> Numbers:
        """1."""
        return 0 * t + 1

    def rates(self, t: Numbers) -> tuple[Numbers, Numbers]:
        """0 and dσ/dt."""
        return 0 * t, self.sigma_rate(t)

    def scales(self, noise: Numbers) -> tuple[Numbers, Numbers]:
        """1 and σ̂."""
        return 0 * noise + 1, noise

    def sigma_rate(self, t: Numbers) -> Numbers:
        """dσ/dt."""
        raise NotImplementedError

    @property
    def scales_data(self) -> bool:
        """No: α is 1."""
        return False

    @property
    def times(self) -> tuple[float, float]:
        """1 and 0."""
        return 1.0, 0.0
