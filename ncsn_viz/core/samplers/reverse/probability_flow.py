"""The probability-flow ordinary differential equation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Choice, knob
from ncsn_viz.core.numerics import Generator, Tensor
from ncsn_viz.core.samplers.base import Denoised, State, StepFormula
from ncsn_viz.core.samplers.reverse.reverse_process import ReverseProcess


@dataclass(frozen=True)
class ProbabilityFlow(ReverseProcess):
    """dx/dσ = −σ s(x, σ): the same densities as the reverse SDE at every σ, without noise.

    Song et al. 2021, equation 13. Euler in σ is DDIM on every path (Song, Meng & Ermon 2021, equation 13), and on the
    linear one Euler's method in t for the velocity of flow matching; only the times of the steps differ. Heun is that
    of Karras et al. 2022, algorithm 1. DPM-Solver++ 2M (Lu et al. 2022, algorithm 2) extrapolates the posterior mean
    D = x + σ² s in log σ from the step before and holds it: x ← (σ′/σ) x + (1 − σ′/σ) (D + (D − D₋₁)/2r) with r the
    ratio of the last step of log σ to this one.
    """

    kind = "probability_flow"
    title = "Probability flow"
    about = "A deterministic flow that carries the blurred density to the sharp one: every particle has one path."
    formula = r"\frac{dx}{d\sigma} = -\sigma\, s(x, \sigma)"

    solver: str = knob(
        "heun",
        Choice(options=("heun", "euler", "dpm_2m"), titles=("Heun", "Euler (DDIM)", "DPM-Solver++ 2M"), label="Solver",
               help="Euler: first order, one score a step; on the linear schedule that of flow matching. Heun: second "
                    "order, two scores a step. DPM-Solver++ 2M: second order, one score a step, by the step before."),
    )  # fmt: skip

    @property
    def adds_noise(self) -> bool:
        """No."""
        return False

    @property
    def evaluations_a_step(self) -> int:
        """Two by Heun."""
        return 2 if self.solver == "heun" else 1

    def step_formula(self, step: int) -> StepFormula:
        """(σᵢ − σᵢ₊₁) σᵢ s; the mean with that at the next level; or that of the extrapolated posterior mean."""
        here, there = self.between(step)
        if there == 0:
            return StepFormula("σ_L² s", here**2)
        if self.solver == "heun":
            return StepFormula("½(σᵢ − σᵢ₊₁) (σᵢ sᵢ + σᵢ₊₁ sᵢ₊₁)")
        if self.solver == "euler" or step == 0:
            return StepFormula("(σᵢ − σᵢ₊₁) σᵢ s", (here - there) * here)
        return StepFormula("(1 − σᵢ₊₁/σᵢ) (σᵢ² sᵢ + (Dᵢ − Dᵢ₋₁)/2r)")

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One step to the next level, not random. The step to σ = 0 is Euler's: Heun's needs a score at 0."""
        here, there = self.between(state.step)
        score = field.score(state.x, here)
        if self.solver == "dpm_2m":
            return self._two_step(state, score, here, there)
        slope = -here * score
        moved = state.x + (there - here) * slope
        if self.solver == "euler" or there == 0:
            return state.moved(moved, drift=(there - here) * slope)
        again = -there * field.score(moved, there)
        drift = (there - here) * (slope + again) / 2
        return state.moved(state.x + drift, 2, drift)

    def _two_step(self, state: State, score: Tensor, here: float, there: float) -> State:
        """The step of DPM-Solver++ 2M; Euler's at first, in the step to σ = 0 and where the step before is unknown."""
        pull = here**2 * score
        denoised, last = Denoised(state.step, here, state.x + pull), state.denoised
        if last is not None and last.step == state.step - 1 and last.sigma > here > there > 0:
            ratio = math.log(last.sigma / here) / math.log(here / there)
            change = (denoised.x - last.x) / (2 * ratio)
            pull = pull + change.nan_to_num(0.0, 0.0, 0.0)
        drift = (1 - there / here) * pull
        return replace(state.moved(state.x + drift, drift=drift), denoised=denoised)
