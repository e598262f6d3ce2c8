"""Noise levels evenly spaced in a root of σ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ncsn_viz.core.schedules.base import Numbers
from ncsn_viz.core.schedules.variance_exploding import VarianceExploding


@dataclass(frozen=True)
class PowerLaw(VarianceExploding):
    """σ = (σ_min^(1/ρ) + t (σ_max^(1/ρ) − σ_min^(1/ρ)))^ρ. Karras et al. 2022, equation 5, whose time is 1 − t."""

    rho: ClassVar[float] = 1.0

    @property
    def _roots(self) -> tuple[float, float]:
        return float(self.sigma_min ** (1 / self.rho)), float(self.sigma_max ** (1 / self.rho))

    def _root(self, t: Numbers) -> Numbers:
        low, high = self._roots
        return low + t * (high - low)

    def sigma(self, t: Numbers) -> Numbers:
        """Shape of `t`."""
        return self._root(t) ** self.rho  # type: ignore[no-any-return]

    def sigma_rate(self, t: Numbers) -> Numbers:
        """ρ (σ_max^(1/ρ) − σ_min^(1/ρ)) σ^(1 − 1/ρ)."""
        low, high = self._roots
        return self.rho * (high - low) * self._root(t) ** (self.rho - 1)  # type: ignore[no-any-return]

    def time(self, noise: Numbers) -> Numbers:
        """(σ̂^(1/ρ) − σ_min^(1/ρ))/(σ_max^(1/ρ) − σ_min^(1/ρ))."""
        low, high = self._roots
        return (noise ** (1 / self.rho) - low) / (high - low or 1.0)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class EvenSigma(PowerLaw):
    """σ = σ_min + t (σ_max − σ_min)."""

    kind = "ve_linear"
    title = "Even in σ"
    about = "Levels at equal distances: most of them large, and a long last step."


@dataclass(frozen=True)
class Karras(PowerLaw):
    """ρ = 7: steps that shrink towards small noise, nearly geometric there. Karras et al. 2022, section 3."""

    kind = "karras"
    title = "Karras, ρ = 7"
    about = "Evenly spaced in the seventh root of σ: between even and geometric, with many levels at small noise."
    rho = 7.0
