"""The probability-flow ordinary differential equation."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Choice, knob
from ncsn_viz.core.numerics import Generator
from ncsn_viz.core.samplers.base import State, StepFormula
from ncsn_viz.core.samplers.reverse_process import ReverseProcess


@dataclass(frozen=True)
class ProbabilityFlow(ReverseProcess):
    """dx/dσ = −σ s(x, σ): the same densities as the reverse SDE at every σ, without noise.

    Euler in σ is DDIM; Heun is the sampler of Karras et al. 2022, algorithm 1. Song et al. 2021, equation 13.
    """

    kind = "probability_flow"
    title = "Probability flow"
    about = "A deterministic flow that carries the blurred density to the sharp one: every particle has one path."
    formula = r"\frac{dx}{d\sigma} = -\sigma\, s(x, \sigma)"

    solver: str = knob(
        "heun",
        Choice(options=("heun", "euler"), titles=("Heun", "Euler (DDIM)"), label="Solver",
               help="Euler: first order, one score a step. Heun: second order, two scores a step."),
    )  # fmt: skip

    def step_formula(self, step: int) -> StepFormula:
        """(σᵢ − σᵢ₊₁) σᵢ s, or the mean with that at the next level."""
        here, there = self.between(step)
        if there == 0:
            return StepFormula("σ_L² s", here**2)
        if self.solver == "euler":
            return StepFormula("(σᵢ − σᵢ₊₁) σᵢ s", (here - there) * here)
        return StepFormula("½(σᵢ − σᵢ₊₁) (σᵢ sᵢ + σᵢ₊₁ sᵢ₊₁)")

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One step to the next level, not random. The step to σ = 0 is Euler's: Heun's needs a score at 0."""
        here, there = self.between(state.step)
        slope = -here * field.score(state.x, here)
        moved = state.x + (there - here) * slope
        if self.solver == "euler" or there == 0:
            return state.moved(moved, drift=(there - here) * slope)
        again = -there * field.score(moved, there)
        drift = (there - here) * (slope + again) / 2
        return state.moved(state.x + drift, 2, drift)
