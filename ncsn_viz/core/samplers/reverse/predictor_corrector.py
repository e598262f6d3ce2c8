"""Reverse steps, each followed by Langevin corrections."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Integer, Real, knob
from ncsn_viz.core.numerics import Generator, Tensor, normal, torch
from ncsn_viz.core.samplers.base import State, StepFormula
from ncsn_viz.core.samplers.reverse.reverse_process import ReverseProcess, reverse_formula, reverse_step


@dataclass(frozen=True)
class PredictorCorrector(ReverseProcess):
    """A reverse step, then m Langevin steps with η = 2 (r ‖z‖/‖s‖)². Song et al. 2021, algorithms 2 and 4.

    The norms are means over the particles. The paper's ε is this program's η. On a Gaussian of variance v the
    stationary variance of corrections alone is (1 + r²) v: η scales with the spread of the particles and stays stable.
    """

    kind = "predictor_corrector"
    title = "Predictor–corrector"
    about = "After each reverse step, some Langevin steps at the new noise level put the particles right."
    formula = r"\eta = 2 \left( r\, \frac{\|z\|}{\|s\|} \right)^2"

    corrections: int = knob(
        1,
        Integer(low=0, high=50, label="Corrections", symbol="m",
                help="Langevin steps after each reverse step. 0: the reverse steps alone. Many: samples settle better "
                     "at each level, at the cost of a score each."),
    )  # fmt: skip
    ratio: float = knob(
        0.16,
        Real(low=0.001, high=2, log=True, label="Signal-to-noise", symbol="r",
             help="Size of the drift beside the noise in a correction. Small: it hardly moves anything. Large: steps "
                  "overshoot and leave the particles too wide."),
    )  # fmt: skip

    @property
    def evaluations_a_step(self) -> int:
        """1 + m."""
        return 1 + self.corrections

    @property
    def correction_ratio(self) -> float:
        """r, where there are corrections."""
        return self.ratio if self.corrections else 0.0

    def step_formula(self, step: int) -> StepFormula:
        """A reverse step, and the sum of the corrections, whose η follow from the particles."""
        here, there = self.between(step)
        reverse = reverse_formula(here, there)
        if there == 0 or not self.corrections:
            return reverse
        return StepFormula(f"{reverse.drift} + Σₖ ηₖ sₖ", None, f"{reverse.noise} + Σₖ √(2ηₖ) zₖ", None)

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One predictor and m correctors; m + 1 score evaluations, one alone for the step to σ = 0."""
        here, there = self.between(state.step)
        score = field.score(state.x, here)
        x, drift = reverse_step(state.x, score, here, there, generator), (here**2 - there**2) * score
        corrections = self.corrections if there > 0 else 0
        for _ in range(corrections):
            x, pulled = self._correct(x, field.score(x, there), generator)
            drift = drift + pulled
        return state.moved(x, 1 + corrections, drift)

    def _correct(self, x: Tensor, score: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """One Langevin step from `x`, and its drift."""
        z = normal(x, generator)
        sound = score.isfinite().all(1)  # a particle that has diverged must not affect the others
        norms = [torch.linalg.vector_norm(vectors[sound], dim=1).mean() for vectors in (z, score)]
        eta = 2 * (self.ratio * norms[0] / norms[1].clamp(min=1e-12)).square()
        drift = eta * score
        return x + drift + (2 * eta).sqrt() * z, drift
