"""The path of denoising diffusion models."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.schedules.base import Numbers, functions
from ncsn_viz.core.schedules.variance_preserving import VariancePreserving

FIRST, LAST = 0.1, 20.0  # β(0) and β(1)


@dataclass(frozen=True)
class VPLinear(VariancePreserving):
    """α = exp(−½B), σ² = 1 − α² with B = ∫₀ᵗ β = 0.1 t + 9.95 t²: β(t) from 0.1 to 20, linear in t.

    Ho et al. 2020, section 4, whose 1,000 steps have βᵢ = β(i/1000)/1000; Song et al. 2021, appendix C.
    """

    kind = "vp_linear"
    title = "VP, linear β"
    about = "DDPM's: the data shrink while noise is added, at a rate that grows linearly with t."

    @staticmethod
    def _integral(t: Numbers) -> Numbers:
        return FIRST * t + (LAST - FIRST) / 2 * t * t

    def alpha(self, t: Numbers) -> Numbers:
        """Shape of `t`."""
        return functions(t).exp(-self._integral(t) / 2)  # type: ignore[no-any-return]

    def sigma(self, t: Numbers) -> Numbers:
        """√(1 − e^(−B)), without cancellation at small t."""
        by = functions(t)
        return by.sqrt(-by.expm1(-self._integral(t)))  # type: ignore[no-any-return]

    def alpha_rate(self, t: Numbers) -> Numbers:
        """−½ β α."""
        return -(FIRST + (LAST - FIRST) * t) / 2 * self.alpha(t)

    def time(self, noise: Numbers) -> Numbers:
        """The root of B(t) = log(1 + σ̂²)."""
        by = functions(noise)
        integral = by.log1p(noise * noise)
        return 2 * integral / (FIRST + by.sqrt(FIRST**2 + 2 * (LAST - FIRST) * integral))  # type: ignore[no-any-return]
