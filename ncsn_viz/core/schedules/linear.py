"""The straight path of flow matching."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.schedules.base import Numbers, Schedule


@dataclass(frozen=True)
class LinearPath(Schedule):
    """α = 1 − t, σ = t: each point of the data goes to its noise on a straight line, at constant speed.

    Lipman et al. 2023 (σ_min = 0); Liu et al. 2023. There time runs the other way: t = 1 is the data; here it is noise.
    """

    kind = "linear"
    title = "Linear (flow matching)"
    about = "Straight lines from data to noise: x_t = (1 − t) x + t z."

    def alpha(self, t: Numbers) -> Numbers:
        """1 − t."""
        return 1 - t

    def sigma(self, t: Numbers) -> Numbers:
        """t."""
        return 1 * t

    def rates(self, t: Numbers) -> tuple[Numbers, Numbers]:
        """−1 and 1."""
        return 0 * t - 1, 0 * t + 1

    def time(self, noise: Numbers) -> Numbers:
        """σ̂/(1 + σ̂)."""
        return noise / (1 + noise)

    def scales(self, noise: Numbers) -> tuple[Numbers, Numbers]:
        """1/(1 + σ̂) and σ̂/(1 + σ̂)."""
        return 1 / (1 + noise), noise / (1 + noise)
