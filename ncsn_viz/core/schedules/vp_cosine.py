"""The cosine path of diffusion models."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.schedules.base import Numbers, functions
from ncsn_viz.core.schedules.variance_preserving import VariancePreserving

OFFSET = 0.008  # s: without it β(t) would begin at 0
RATE = math.pi / 2 / (1 + OFFSET)  # dθ/dt
START = RATE * OFFSET  # θ₀


@dataclass(frozen=True)
class VPCosine(VariancePreserving):
    """α = cos θ/cos θ₀, σ² = 1 − α² with θ = (π/2)(t + s)/(1 + s), θ₀ that at t = 0, s = 0.008.

    Nichol & Dhariwal 2021, equation 17. Without the offset s it would be α = cos(πt/2), σ = sin(πt/2).
    """

    kind = "vp_cosine"
    title = "VP, cosine"
    about = "The data shrink like a quarter of a cosine: slow at both ends, even in between."

    def alpha(self, t: Numbers) -> Numbers:
        """Shape of `t`."""
        return functions(t).cos(START + RATE * t) / math.cos(START)  # type: ignore[no-any-return]

    def sigma(self, t: Numbers) -> Numbers:
        """√(sin(θ − θ₀) sin(θ + θ₀))/cos θ₀, which is √(1 − α²) without cancellation at small t."""
        by = functions(t)
        product = by.sin(RATE * t) * by.sin(2 * START + RATE * t)
        return by.sqrt(product) / math.cos(START)  # type: ignore[no-any-return]

    def alpha_rate(self, t: Numbers) -> Numbers:
        """−θ′ sin θ/cos θ₀."""
        return -RATE * functions(t).sin(START + RATE * t) / math.cos(START)  # type: ignore[no-any-return]

    def time(self, noise: Numbers) -> Numbers:
        """From sin(θ − θ₀) sin(θ + θ₀) = sin²θ − sin²θ₀ = α² σ̂² cos²θ₀: tan²θ cos²θ₀ = σ̂² + sin²θ₀."""
        by = functions(noise)
        tangent = by.sqrt(noise * noise + math.sin(START) ** 2) / math.cos(START)
        # tan(θ − θ₀) = (tan θ − tan θ₀)/(1 + tan θ tan θ₀), the difference of the roots without cancellation
        apart = noise * noise / math.cos(START) ** 2 / (tangent + math.tan(START))
        return by.atan(apart / (1 + tangent * math.tan(START))) / RATE  # type: ignore[no-any-return]
