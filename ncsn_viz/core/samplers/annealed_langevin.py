"""Langevin dynamics at decreasing noise levels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Integer, Real, Switch, knob
from ncsn_viz.core.numerics import Generator
from ncsn_viz.core.samplers.base import Sampler, State, StepFormula, langevin_formula, langevin_step
from ncsn_viz.core.schedules import SCHEDULE, Scheduled


@dataclass(frozen=True)
class AnnealedLangevin(Scheduled, Sampler):
    """For each σᵢ from large to small, T steps with ηᵢ = η σᵢ²/σ_L². Song & Ermon 2019, algorithm 1 (α = 2η)."""

    kind = "annealed_langevin"
    title = "Annealed Langevin"
    about = "Langevin down a ladder of noise: large noise settles the weights of the modes, small noise the detail."
    formula = (
        r"x \leftarrow x + \eta_i\, s(x;\sigma_i) + \sqrt{2\eta_i}\, z, "
        r"\qquad \eta_i = \eta\,\frac{\sigma_i^2}{\sigma_L^2}"
    )

    step_size: float = knob(
        0.001,
        Real(low=1e-6, high=100, log=True, label="Step size", symbol="η", below_reason="particles would not move",
             help="Step size at the last level; level i uses η σᵢ²/σ_L². Too large, above about 2σ_L²: the first "
                  "levels blow up. Too small: particles lag behind, and modes get wrong weights."),
    )  # fmt: skip
    sigma_max: float = knob(
        10.0,
        Real(low=0.001, high=100, log=True, label="Largest noise", symbol="σ₁",
             below_reason="the ladder goes down by factors, and none leads to 0",
             help="Where annealing starts. It should be as large as the data are wide. Smaller: particles never "
                  "forget where they were released. Larger: steps spent on noise alone."),
    )  # fmt: skip
    sigma_min: float = knob(
        0.1,
        Real(low=0.001, high=100, log=True, label="Smallest noise", symbol="σ_L",
             below_reason="the ladder goes down by factors, and none leads to 0",
             help="Where annealing ends: the samples are the data blurred by this much. Large: they stay blurred. "
                  "Below all that was learned, a network answers for its last level."),
    )  # fmt: skip
    levels: int = knob(
        10,
        Integer(low=1, high=100, label="Levels", symbol="L", below_reason="without a level there is nothing to anneal",
                help="Noise levels on the way. Too few: neighbours hardly overlap, and particles cannot follow. Many: "
                     "a long way."),
    )  # fmt: skip
    steps_per_level: int = knob(
        60,
        Integer(low=1, high=10_000, log=True, label="Steps a level", symbol="T",
                below_reason="particles would not move",
                help="Langevin steps at each level. Too few: the modes have not found their weights. Many: slow."),
    )  # fmt: skip
    denoise: bool = knob(
        False,
        Switch(label="Last denoising step",
               help="End with x + σ_L² s(x; σ_L), which takes the last level's noise away (Song & Ermon 2020)."),
    )  # fmt: skip
    schedule: str = knob("geometric", SCHEDULE)

    def step_size_at(self, sigma: float) -> float:
        """ηᵢ = η σᵢ²/σ_L²."""
        return self.step_size * (sigma / self.sigma_min) ** 2

    def values(self, sigma: float) -> Mapping[str, float]:
        """The values of the formula's symbols at noise level `sigma`."""
        eta = self.step_size_at(sigma)
        return {"σᵢ": sigma, "ηᵢ": eta, "√2ηᵢ": math.sqrt(2 * eta)}

    def with_evaluations(self, count: int) -> AnnealedLangevin | None:
        """The same with another T, or with fewer levels of one step each."""
        steps = count - self.denoise
        levels = min(self.levels, steps)
        return replace(self, levels=levels, steps_per_level=steps // levels) if levels > 0 else None

    def num_steps(self) -> int:
        """L T, and one more with the denoising step."""
        return self.levels * self.steps_per_level + self.denoise

    def sigmas(self) -> tuple[float, ...]:
        """The levels σ₁ ≥ … ≥ σ_L of the schedule."""
        return self.noise_schedule.sigmas(self.levels)

    def level_index(self, step: int) -> int:
        """The index of the step's level; the denoising step belongs to the last one."""
        return min(step // self.steps_per_level, self.levels - 1)

    def step_formula(self, step: int) -> StepFormula:
        """ηᵢ s + √(2ηᵢ) z, or σ_L² s in the last denoising step."""
        if step >= self.levels * self.steps_per_level:
            return StepFormula("σ_L² s", self.sigma_at(step) ** 2)
        return langevin_formula(self.step_size_at(self.sigma_at(step)), "ηᵢ")

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One Langevin step at the state's level, or the last denoising step."""
        sigma = self.sigma_at(state.step)
        score = field.score(state.x, sigma)
        if state.step >= self.levels * self.steps_per_level:
            return state.moved(state.x + sigma**2 * score, drift=sigma**2 * score)
        x, drift = langevin_step(state.x, score, self.step_size_at(sigma), generator)
        return state.moved(x, drift=drift)
