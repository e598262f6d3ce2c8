"""The reverse stochastic differential equation."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Generator
from ncsn_viz.core.samplers.base import State, StepFormula
from ncsn_viz.core.samplers.reverse_process import ReverseProcess, reverse_formula, reverse_step


@dataclass(frozen=True)
class ReverseSDE(ReverseProcess):
    """x ← x + (σᵢ² − σᵢ₊₁²) s + √(σᵢ² − σᵢ₊₁²) z: Euler–Maruyama. Song et al. 2021, equations 6 and 9."""

    kind = "reverse_sde"
    title = "Reverse SDE"
    about = "The noising run backwards in time: each step takes some noise away and puts less back."
    formula = r"x \leftarrow x + (\sigma_i^2 - \sigma_{i+1}^2)\, s(x;\sigma_i) + \sqrt{\sigma_i^2 - \sigma_{i+1}^2}\, z"

    def step_formula(self, step: int) -> StepFormula:
        """(σᵢ² − σᵢ₊₁²) s + √(σᵢ² − σᵢ₊₁²) z."""
        return reverse_formula(*self.between(step))

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One step to the next level; one score evaluation."""
        here, there = self.between(state.step)
        score = field.score(state.x, here)
        x = reverse_step(state.x, score, here, there, generator)
        return state.moved(x, drift=(here**2 - there**2) * score)
