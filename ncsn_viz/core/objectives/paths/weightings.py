"""Weightings w of a squared error ½‖r̂ − r‖² that is taken in a reading r."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ncsn_viz.core.schedules import SIGMA_DATA, Reading, Schedule

MAX_SNR = 5.0  # γ of Hang et al. 2023

Amplitude = Callable[[Reading, Schedule, Any], Any]  # the last is σ̂, a number or a tensor


@dataclass(frozen=True)
class Weighting:
    """A weighting w by its `amplitude(reading, path, σ̂)`: the factor √w |κ| by which ε̂ − z enters, κ the gain.

    An error of the reading is κ (ε̂ − z), so that w ½‖r̂ − r‖² = ½‖√w κ (σ̂ s + z)‖².
    """

    title: str
    amplitude: Amplitude


def _power(exponent: float) -> Amplitude:
    def amplitude(reading: Reading, path: Schedule, sigma: Any) -> Any:
        gain = abs(reading.gain(path, sigma))
        return gain * path.scales(sigma)[1] ** (exponent / 2) if exponent else gain

    return amplitude


def _min_snr(reading: Reading, path: Schedule, sigma: Any) -> Any:  # noqa: ARG001
    limited = math.sqrt(MAX_SNR) * sigma
    return min(limited, 1.0) if isinstance(limited, float) else limited.clamp(max=1.0)


def _edm(reading: Reading, path: Schedule, sigma: Any) -> Any:  # noqa: ARG001
    return (1 + (sigma / SIGMA_DATA) ** 2) ** 0.5


WEIGHTINGS: Mapping[str, Weighting] = {
    "sigma2": Weighting("σ²", _power(2)),
    "sigma": Weighting("σ", _power(1)),
    "one": Weighting("1", _power(0)),
    "min_snr": Weighting("min-SNR", _min_snr),  # min(α²/σ², γ) of the error of x₀, σ̂ times that of ε
    "edm": Weighting("EDM", _edm),  # (σ̂² + σ_data²)/(σ̂ σ_data)² of the error of x₀
}
