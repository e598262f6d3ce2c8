"""The base class of schedules: a path of noising, and noise levels at equal distances in its time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from ncsn_viz.core.knobs import Kind, Real, ValidationError, knob
from ncsn_viz.core.numerics import Tensor, torch

Numbers = TypeVar("Numbers", float, Tensor)


@dataclass(frozen=True)
class Schedule(Kind):
    """A path x_t = α(t) x + σ(t) z from the data, t = 0, to noise, t = 1, between a largest and a smallest noise level.

    The noise level is σ̂ = σ/α: x̂ = x_t/α is the data with noise of deviation σ̂, whatever the path, so that
    p_t(x_t) = p_σ̂(x̂)/α² and ∇log p_t(x_t) = s(x̂, σ̂)/α. Everywhere outside of this room σ means σ̂, and points are x̂.
    A kind defines `alpha`, `sigma`, `rates` and `time`, for numbers and for tensors.
    """

    sigma_max: float = knob(
        10.0,
        Real(low=0.001, high=100, log=True, label="Largest noise", symbol="σ₁",
             help="The first noise level. Smaller than the data are wide: far modes stay unseen. Much larger: levels "
                  "are spent on one blurred cloud."),
    )  # fmt: skip
    sigma_min: float = knob(
        0.1,
        Real(low=0.001, high=100, log=True, label="Smallest noise", symbol="σ_L",
             help="The last noise level. Large: what is learned and sampled stays blurred. Very small: its score is "
                  "learned slowly and noisily."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sigma_min > self.sigma_max:
            message = f"must not exceed sigma_max = {self.sigma_max:g}, but is {self.sigma_min:g}"
            raise ValidationError(message, ("sigma_min",))

    def alpha(self, t: Numbers) -> Numbers:
        """α(t), the factor of the data."""
        raise NotImplementedError

    def sigma(self, t: Numbers) -> Numbers:
        """σ(t), the factor of the noise."""
        raise NotImplementedError

    def rates(self, t: Numbers) -> tuple[Numbers, Numbers]:
        """dα/dt and dσ/dt."""
        raise NotImplementedError

    def time(self, noise: Numbers) -> Numbers:
        """The t at which σ/α = σ̂ = `noise`."""
        raise NotImplementedError

    def noise_level(self, t: Numbers) -> Numbers:
        """σ̂ = σ(t)/α(t)."""
        return self.sigma(t) / self.alpha(t)

    def scales(self, noise: Numbers) -> tuple[Numbers, Numbers]:
        """α and σ where σ/α = σ̂ = `noise`."""
        t = self.time(noise)
        return self.alpha(t), self.sigma(t)

    def time_density(self, noise: Numbers) -> Numbers:
        """dt/d log σ̂ at σ̂ = `noise`: 1/(σ′/σ − α′/α)."""
        t = self.time(noise)
        alpha_rate, sigma_rate = self.rates(t)
        return 1 / (sigma_rate / self.sigma(t) - alpha_rate / self.alpha(t))

    @property
    def scales_data(self) -> bool:
        """Whether α is not 1 all along: the path has coordinates of its own."""
        return True

    @property
    def times(self) -> tuple[float, float]:
        """The t of the largest and of the smallest noise level."""
        return self.time(self.sigma_max), self.time(self.sigma_min)

    def uniform_time(self, share: Numbers) -> Numbers:
        """σ̂ for `share` u in [0, 1]: uniform u gives t uniform between the ends, from the largest noise on."""
        first, last = self.times
        return self.noise_level(first + (last - first) * share)

    def sigmas(self, levels: int) -> tuple[float, ...]:
        """σ₁ ≥ … ≥ σ_L with L = `levels`, at equal distances in t; one level alone is the smallest."""
        return _sigmas(self, levels)

    def log_uniform(self, share: Numbers) -> Numbers:
        """σ₁ (σ_L/σ₁)^u for `share` u in [0, 1]: uniform u gives σ̂ with log σ̂ uniform between the ends."""
        return self.sigma_max * (self.sigma_min / self.sigma_max) ** share  # type: ignore[no-any-return]

    def quadrature(self, nodes: int) -> Sequence[tuple[float, float]]:
        """Noise levels and weights, of sum 1, of Gauss–Legendre quadrature over log σ̂ between the ends."""
        points, weights = np.polynomial.legendre.leggauss(nodes)
        middle = math.log(self.sigma_max * self.sigma_min) / 2
        half = math.log(self.sigma_max / self.sigma_min) / 2
        return [(math.exp(middle + half * float(x)), float(w) / 2) for x, w in zip(points, weights, strict=True)]


@lru_cache(maxsize=64)
def _sigmas(schedule: Schedule, levels: int) -> tuple[float, ...]:
    if levels == 1:
        return (schedule.sigma_min,)
    inner = (schedule.uniform_time(level / (levels - 1)) for level in range(1, levels - 1))
    within = (min(max(sigma, schedule.sigma_min), schedule.sigma_max) for sigma in inner)  # rounding
    return (schedule.sigma_max, *within, schedule.sigma_min)


def functions(value: float | Tensor) -> Any:
    """The module with the elementary functions of a number or of a tensor: exp, log1p, sqrt, sin, …."""
    return math if isinstance(value, float | int) else torch
