"""Langevin dynamics at one noise level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Generator
from ncsn_viz.core.samplers.base import State, StepFormula, langevin_formula, langevin_step
from ncsn_viz.core.samplers.fixed_noise import FixedNoise


@dataclass(frozen=True)
class Langevin(FixedNoise):
    """x ← x + η s + √(2η) z: unadjusted Langevin dynamics.

    Its bias: on N(0, s²) the stationary standard deviation is s/√(1 − η/(2s²)).
    """

    kind = "langevin"
    title = "Langevin"
    about = "Drift along the score plus noise. Right within a mode, but it hardly ever crosses between far modes."
    formula = r"x \leftarrow x + \eta\, s(x) + \sqrt{2\eta}\, z"
    overdamped = True

    def values(self, sigma: float) -> Mapping[str, float]:
        """The values of the formula's symbols at noise level `sigma`."""
        return {"σ": sigma, "η": self.step_size, "√2η": math.sqrt(2 * self.step_size)}

    def step_formula(self, step: int) -> StepFormula:
        """η s + √(2η) z."""
        return langevin_formula(self.step_size)

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One step of drift and noise."""
        score = field.score(state.x, self.sigma)
        x, drift = langevin_step(state.x, score, self.step_size, generator)
        return state.moved(x, drift=drift)
