"""Geometric noise levels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.schedules.base import Numbers, functions
from ncsn_viz.core.schedules.variance_exploding import VarianceExploding


@dataclass(frozen=True)
class Geometric(VarianceExploding):
    """σ = σ_max (σ_min/σ_max)^(1 − t): neighbouring levels have a constant ratio.

    Song & Ermon 2019, section 4.1; Song et al. 2021, appendix C. At σ_min = σ_max every t is that level's.
    """

    kind = "geometric"
    title = "Geometric"
    about = "Each level is a constant factor below the one before."

    @property
    def _log_ratio(self) -> float:
        return math.log(self.sigma_min / self.sigma_max)

    def sigma(self, t: Numbers) -> Numbers:
        """Shape of `t`."""
        return self.sigma_max * functions(t).exp(self._log_ratio * (1 - t))  # type: ignore[no-any-return]

    def sigma_rate(self, t: Numbers) -> Numbers:
        """−σ log(σ_min/σ_max)."""
        return -self._log_ratio * self.sigma(t)

    def time(self, noise: Numbers) -> Numbers:
        """1 − log(σ̂/σ_max)/log(σ_min/σ_max)."""
        shares = functions(noise).log(noise / self.sigma_max)
        return 1 - shares / (self._log_ratio or -1.0)  # type: ignore[no-any-return]
