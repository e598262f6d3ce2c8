"""Geometric noise levels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from ncsn_viz.core.schedules.base import Schedule


@dataclass(frozen=True)
class Geometric(Schedule):
    """σᵢ = σ₁ (σ_L/σ₁)^((i − 1)/(L − 1)): neighbours have a constant ratio. Song & Ermon 2019, section 4.1."""

    kind = "geometric"
    title = "Geometric"
    about = "Each level is a constant factor below the one before."

    def sigmas(self, levels: int) -> tuple[float, ...]:
        """σ₁ ≥ … ≥ σ_L with L = `levels`; one level alone is the smallest."""
        return _geometric(self.sigma_max, self.sigma_min, levels)


@lru_cache(maxsize=64)
def _geometric(sigma_max: float, sigma_min: float, levels: int) -> tuple[float, ...]:
    if levels == 1:
        return (sigma_min,)
    ratio = math.log(sigma_min / sigma_max) / (levels - 1)
    inner = (sigma_max * math.exp(ratio * level) for level in range(1, levels - 1))
    return (sigma_max, *inner, sigma_min)
