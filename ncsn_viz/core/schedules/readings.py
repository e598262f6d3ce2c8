"""Readings: what a network may predict of a noisy point, each an affine function of every other one.

With x̂₀ = E[x | x_t] and ε̂ = E[z | x_t] a noisy point of a path is x_t = α x̂₀ + σ ε̂, and a reading of it is
r = a x̂₀ + b ε̂ with coefficients that depend on t alone. In terms of the score, ε̂ = −σ̂ s and x̂₀ = x̂ + σ̂² s (Tweedie).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ncsn_viz.core.schedules.base import Numbers, Schedule, functions

if TYPE_CHECKING:
    from ncsn_viz.core.numerics import Tensor

SIGMA_DATA = 4.0  # Karras' σ_data: the spread of the presets in the window [−8, 8]


@dataclass(frozen=True)
class Reading:
    """r = a x̂₀ + b ε̂ with `coefficients(path, σ̂)` a and b, numbers or shape (n, 1) as σ̂ is."""

    title: str
    symbol: str
    coefficients: Callable[[Schedule, Numbers], tuple[Numbers, Numbers]]

    def gain(self, path: Schedule, noise: Numbers) -> Numbers:
        """κ = b − a σ̂: of an error of ε̂, x_t being known, the error of the reading is κ times as large."""
        a, b = self.coefficients(path, noise)
        return b - a * noise

    def of_score(self, score: Tensor, x: Tensor, path: Schedule, noise: Tensor) -> Tensor:
        """The reading (n, 2) by the `score` s(x̂, σ̂) at `x` = x̂ (n, 2), σ̂ = `noise` (n, 1): a x̂ − κ σ̂ s."""
        a, b = self.coefficients(path, noise)
        return a * x - (b - a * noise) * noise * score

    def to_score(self, value: Tensor, x: Tensor, path: Schedule, noise: Tensor) -> Tensor:
        """The score (n, 2) by the reading's `value` r (n, 2): (a x̂ − r)/(κ σ̂)."""
        a, b = self.coefficients(path, noise)
        return (a * x - value) / ((b - a * noise) * noise)


def _score(path: Schedule, noise: Numbers) -> tuple[Numbers, Numbers]:
    return 0 * noise, -1 / path.scales(noise)[1]


def _epsilon(path: Schedule, noise: Numbers) -> tuple[Numbers, Numbers]:  # noqa: ARG001
    return 0 * noise, 0 * noise + 1


def _x0(path: Schedule, noise: Numbers) -> tuple[Numbers, Numbers]:  # noqa: ARG001
    return 0 * noise + 1, 0 * noise


def _v(path: Schedule, noise: Numbers) -> tuple[Numbers, Numbers]:
    alpha, sigma = path.scales(noise)
    return -sigma, alpha


def _velocity(path: Schedule, noise: Numbers) -> tuple[Numbers, Numbers]:
    return path.rates(path.time(noise))


def _karras(path: Schedule, noise: Numbers) -> tuple[Numbers, Numbers]:  # noqa: ARG001
    total = functions(noise).sqrt(noise * noise + SIGMA_DATA**2)
    return noise / SIGMA_DATA / total, -SIGMA_DATA / total


READINGS: Mapping[str, Reading] = {
    "score": Reading("score", "s", _score),  # of x_t: −ε̂/σ, which is s(x̂, σ̂)/α
    "epsilon": Reading("noise ε", "ε̂", _epsilon),
    "x0": Reading("data x₀", "x̂₀", _x0),
    "v": Reading("v", "v̂", _v),  # α ε̂ − σ x̂₀. Salimans & Ho 2022, section 4
    "velocity": Reading("velocity", "û", _velocity),  # dx_t/dt = α′ x̂₀ + σ′ ε̂; on the linear path ε̂ − x̂₀
    "karras": Reading("Karras F", "F", _karras),  # (x̂₀ − c_skip x̂)/c_out. Karras et al. 2022, equation 7
}
