"""The base class of samplers that reverse the noising process, from σ_max to σ_min and optionally to 0."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ncsn_viz.core.knobs import Integer, Real, Switch, knob
from ncsn_viz.core.numerics import Generator, Tensor, normal
from ncsn_viz.core.samplers.base import Sampler, State, StepFormula
from ncsn_viz.core.schedules import SCHEDULE, Scheduled


@dataclass(frozen=True)
class ReverseProcess(Scheduled, Sampler):
    """The variance-exploding process dx = √(dσ²/dt) dw, taken backwards over the levels of a schedule.

    Particles start with noise σ_max added: released at the data, they are samples of p_σ_max.
    """

    stationary_levels = False

    sigma_max: float = knob(
        10.0,
        Real(low=0.001, high=100, log=True, label="Largest noise", symbol="σ₁",
             help="Where time begins to run backwards. Too small: the start is not the blurred data. Too large: steps "
                  "spent on noise alone."),
    )  # fmt: skip
    sigma_min: float = knob(
        0.05,
        Real(low=0.001, high=100, log=True, label="Smallest noise", symbol="σ_L",
             below_reason="σ goes down by factors, and none leads to 0; “to_zero” takes the last step there",
             help="The last noise level that is asked for. Large: samples stay noisy. Below all that was learned, a "
                  "network answers for its last level."),
    )  # fmt: skip
    steps: int = knob(
        200,
        Integer(low=1, high=10_000, log=True, label="Steps", symbol="N", below_reason="particles would not move",
                help="Steps from the largest to the smallest noise. Few: coarse. Many: slow."),
    )  # fmt: skip
    to_zero: bool = knob(
        True, Switch(label="Last step to σ = 0", help="End with a step from the smallest noise level to none.")
    )
    schedule: str = knob("geometric", SCHEDULE)

    def init(self, x: Tensor, generator: Generator) -> State:
        """The particles with noise σ_max added."""
        return State(x + self.sigma_max * normal(x, generator))

    def values(self, sigma: float) -> Mapping[str, float]:
        """σ, the path's own t at which σ/α is that, and α where it is not 1 all along."""
        path = self.noise_schedule
        alpha, _ = path.scales(sigma)
        shown = {"σ": sigma, "t": path.time(sigma)}
        return shown | {"α": alpha} if path.scales_data else shown

    def num_steps(self) -> int:
        """N, and one more to σ = 0."""
        return self.steps + self.to_zero

    @property
    def evaluations_a_step(self) -> int:
        """Score evaluations a particle, but for the step to σ = 0, which takes one."""
        return 1

    def with_evaluations(self, count: int) -> ReverseProcess | None:
        """The same with another N."""
        steps = (count - self.to_zero) // self.evaluations_a_step
        return replace(self, steps=steps) if steps > 0 else None

    def sigmas(self) -> tuple[float, ...]:
        """The N + 1 levels between which the steps are taken."""
        return self.noise_schedule.sigmas(self.steps + 1)

    def level_index(self, step: int) -> int:
        """Step i is taken at level i."""
        return min(step, self.steps)

    def between(self, step: int) -> tuple[float, float]:
        """The noise levels from which and to which a step goes."""
        sigmas = self.sigmas()
        here = sigmas[self.level_index(step)]
        return here, sigmas[step + 1] if step < self.steps else 0.0


def reverse_formula(here: float, there: float, stochasticity: float = 1.0) -> StepFormula:
    """The step of `reverse_step` in symbols, with Δ = σ² − σ′²."""
    if there == 0:
        return StepFormula("σ_L² s", here**2)
    noise = stochasticity * math.sqrt(here**2 - there**2)
    factor = reverse_drift(here, there, stochasticity)
    if stochasticity == 0:
        return StepFormula("(σᵢ − σᵢ₊₁) σᵢ s", factor)
    if stochasticity == 1:
        return StepFormula("(σᵢ² − σᵢ₊₁²) s", factor, "√(σᵢ² − σᵢ₊₁²) z", noise)
    mixed = "(λ² (σᵢ² − σᵢ₊₁²) + (1 − λ²) σᵢ (σᵢ − σᵢ₊₁)) s"
    return StepFormula(mixed, factor, "λ √(σᵢ² − σᵢ₊₁²) z", noise)


def reverse_drift(here: float, there: float, stochasticity: float = 1.0) -> float:
    """λ² (σ² − σ′²) + (1 − λ²) σ (σ − σ′), the factor of the score in a step from σ = `here` to σ′ = `there`."""
    share = stochasticity**2
    return share * (here**2 - there**2) + (1 - share) * here * (here - there)


def reverse_step(
    x: Tensor, score: Tensor, here: float, there: float, generator: Generator, stochasticity: float = 1.0
) -> Tensor:
    """One step from σ = `here` to σ′ = `there`, without noise where σ′ = 0; λ = `stochasticity`.

    x + (λ² (σ² − σ′²) + (1 − λ²) σ (σ − σ′)) s + λ √(σ² − σ′²) z: Euler's step of the probability flow, and on top of
    it λ² σ′ (σ − σ′) s with the noise that this balances.
    """
    moved = x + reverse_drift(here, there, stochasticity) * score
    drop = here**2 - there**2
    if there == 0 or stochasticity == 0:
        return moved
    return moved + stochasticity * math.sqrt(drop) * normal(x, generator)
