"""The reverse stochastic differential equation, and all that lies between it and the ordinary one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Real, knob
from ncsn_viz.core.numerics import Generator
from ncsn_viz.core.samplers.base import State, StepFormula
from ncsn_viz.core.samplers.reverse.reverse_process import (
    ReverseProcess,
    reverse_drift,
    reverse_formula,
    reverse_step,
)


@dataclass(frozen=True)
class ReverseSDE(ReverseProcess):
    """dx = −(1 + λ²) σ s dσ + λ √(2σ) dw backwards in σ: the same densities at every σ for every λ. Euler–Maruyama.

    λ = 1 is the reverse SDE of Song et al. 2021, equations 6 and 9: x ← x + (σᵢ² − σᵢ₊₁²) s + √(σᵢ² − σᵢ₊₁²) z.
    λ = 0 is the probability flow, by Euler (DDIM). Between both see Karras et al. 2022, equation 6.
    """

    kind = "reverse_sde"
    title = "Reverse SDE"
    about = "The noising run backwards in time: each step takes some noise away and puts less back."
    formula = r"dx = -(1 + \lambda^2)\, \sigma\, s(x;\sigma)\, d\sigma + \lambda \sqrt{2\sigma}\, dw"

    stochasticity: float = knob(
        1.0,
        Real(low=0, high=2, label="Stochasticity", symbol="λ",
             help="How much noise a step puts back. 0: none, the probability flow. 1: as much as the noising had "
                  "added. More noise corrects earlier errors, but needs more steps."),
    )  # fmt: skip

    @property
    def adds_noise(self) -> bool:
        """Whether λ is not 0."""
        return self.stochasticity > 0

    def values(self, sigma: float) -> Mapping[str, float]:
        """As for every reverse process, and λ."""
        return {**super().values(sigma), "λ": self.stochasticity}

    def step_formula(self, step: int) -> StepFormula:
        """(λ² (σᵢ² − σᵢ₊₁²) + (1 − λ²) σᵢ (σᵢ − σᵢ₊₁)) s + λ √(σᵢ² − σᵢ₊₁²) z."""
        return reverse_formula(*self.between(step), self.stochasticity)

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One step to the next level; one score evaluation."""
        here, there = self.between(state.step)
        score = field.score(state.x, here)
        x = reverse_step(state.x, score, here, there, generator, self.stochasticity)
        return state.moved(x, drift=reverse_drift(here, there, self.stochasticity) * score)
