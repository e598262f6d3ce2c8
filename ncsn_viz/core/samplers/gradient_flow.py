"""Gradient ascent on log p, without noise."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Generator
from ncsn_viz.core.samplers.base import State, StepFormula
from ncsn_viz.core.samplers.fixed_noise import FixedNoise


@dataclass(frozen=True)
class GradientFlow(FixedNoise):
    """x ← x + η s: converges to the nearest mode and gives no samples."""

    kind = "gradient_flow"
    title = "Gradient flow"
    about = "Follow the score without noise: every particle ends on a peak. Not a sampler, and worth seeing why."
    formula = r"x \leftarrow x + \eta\, s(x)"
    samples = False
    overdamped = True

    def step_formula(self, step: int) -> StepFormula:
        """η s."""
        return StepFormula("η s", self.step_size)

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One step of ascent, without random numbers."""
        drift = self.step_size * field.score(state.x, self.sigma)
        return state.moved(state.x + drift, drift=drift)
