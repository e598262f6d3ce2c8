"""The base class of noise schedules."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ncsn_viz.core.knobs import Kind, Real, ValidationError, knob
from ncsn_viz.core.numerics import Tensor


@dataclass(frozen=True)
class Schedule(Kind):
    """The settings of a rule that places noise levels between a largest and a smallest one."""

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

    def sigmas(self, levels: int) -> tuple[float, ...]:
        """σ₁ ≥ … ≥ σ_L with L = `levels`; one level alone is the smallest."""
        raise NotImplementedError

    def log_uniform(self, share: Tensor) -> Tensor:
        """σ₁ (σ_L/σ₁)^u for `share` u in [0, 1]: uniform u gives σ with log σ uniform between the ends."""
        return self.sigma_max * (self.sigma_min / self.sigma_max) ** share

    def quadrature(self, nodes: int) -> list[tuple[float, float]]:
        """Noise levels and weights, of sum 1, of Gauss–Legendre quadrature over log σ between the ends."""
        points, weights = np.polynomial.legendre.leggauss(nodes)
        middle = math.log(self.sigma_max * self.sigma_min) / 2
        half = math.log(self.sigma_max / self.sigma_min) / 2
        return [(math.exp(middle + half * float(x)), float(w) / 2) for x, w in zip(points, weights, strict=True)]
