"""How the noise levels of a loss are drawn: distributions of σ̂ between the ends of a schedule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from ncsn_viz.core.numerics import Tensor, torch
from ncsn_viz.core.schedules import SIGMA_DATA, Schedule

# Karras et al. 2022, table 1: log σ of mean −1.2 and deviation 1.2 for data of deviation 0.5, here for SIGMA_DATA
NORMAL = NormalDist(math.log(SIGMA_DATA / 0.5) - 1.2, 1.2)


@dataclass(frozen=True)
class NoiseDistribution:
    """A distribution of σ̂: `quantile(schedule, share)` is σ₁ at share 0 and σ_L at share 1, number or tensor.

    `density(schedule, σ)` is that of log σ̂ relative to the log-uniform one. A `ladder` has levels in place of both.
    """

    title: str
    quantile: Callable[[Schedule, Any], Any]
    density: Callable[[Schedule, float], float]
    ladder: bool = False


def _density_of_time(schedule: Schedule, sigma: float) -> float:
    first, last = schedule.times
    return schedule.time_density(sigma) * log_range / (first - last) if (log_range := _log_range(schedule)) else 1.0


def _log_normal(schedule: Schedule, share: float | Tensor) -> float | Tensor:
    first, last = (NORMAL.cdf(math.log(end)) for end in (schedule.sigma_max, schedule.sigma_min))
    below = first + (last - first) * share
    low, high = schedule.sigma_min, schedule.sigma_max
    if isinstance(below, float):
        return min(max(math.exp(NORMAL.inv_cdf(below)), low), high)
    return (NORMAL.mean + NORMAL.stdev * _standard_quantile(below)).exp().clamp(low, high)


def _standard_quantile(share: Tensor) -> Tensor:
    """The inverse of the normal distribution; by erf⁻¹, whose lower tail is coarse, where Metal has no other."""
    if share.device.type == "mps":
        return math.sqrt(2) * torch.erfinv(2 * share - 1)
    found: Tensor = torch.special.ndtri(share)
    return found


def _log_normal_density(schedule: Schedule, sigma: float) -> float:
    first, last = (NORMAL.cdf(math.log(end)) for end in (schedule.sigma_max, schedule.sigma_min))
    return NORMAL.pdf(math.log(sigma)) * _log_range(schedule) / (first - last) if first > last else 1.0


def _log_range(schedule: Schedule) -> float:
    return math.log(schedule.sigma_max / schedule.sigma_min)


DISTRIBUTIONS: Mapping[str, NoiseDistribution] = {
    "ladder": NoiseDistribution("Ladder", Schedule.log_uniform, lambda *_: 1.0, ladder=True),
    "log_uniform": NoiseDistribution("Log-uniform", Schedule.log_uniform, lambda *_: 1.0),
    "uniform_t": NoiseDistribution("Uniform in t", Schedule.uniform_time, _density_of_time),
    "log_normal": NoiseDistribution("Log-normal", _log_normal, _log_normal_density),
}
