"""The number of score evaluations that samplers report, by which they are compared at equal cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import (
    HMC,
    MALA,
    AnnealedLangevin,
    GradientFlow,
    Langevin,
    PredictorCorrector,
    ProbabilityFlow,
    ReverseSDE,
    Sampler,
    UnderdampedLangevin,
)
from ncsn_viz.lab.checks.base import Discrepancy, Values

_FLOW = ProbabilityFlow(steps=4)
SAMPLERS: dict[str, Sampler] = {
    "annealed Langevin": AnnealedLangevin(levels=2, steps_per_level=3, denoise=True),
    "Langevin": Langevin(steps=5),
    "gradient flow": GradientFlow(steps=5),
    "MALA": MALA(steps=5),
    "underdamped Langevin": UnderdampedLangevin(steps=5),
    "HMC": HMC(steps=5, leaps=4),
    "reverse SDE": ReverseSDE(steps=4),
    "predictor–corrector": PredictorCorrector(steps=4, corrections=2),
    "Heun": _FLOW,
    "Euler": replace(_FLOW, solver="euler"),
    "DPM-Solver++ 2M": replace(_FLOW, solver="dpm_2m"),
    "half an SDE": ReverseSDE(steps=4, stochasticity=0.5),
}


class CountingBowl:
    """E = ‖x‖²/2, which counts the calls of its score."""

    def __init__(self) -> None:
        self.calls = 0

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """−x, shape (n, 2)."""
        self.calls += 1
        return -x

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n,)."""
        return x.square().sum(1) / 2


@dataclass(frozen=True, kw_only=True)
class ReportedCost(Discrepancy):
    """The reported number of score evaluations against the calls of the score, from start to end."""

    def measure(self, generator: torch.Generator) -> Values:
        """The difference for every sampler."""
        found = {}
        for name, sampler in SAMPLERS.items():
            field = CountingBowl()
            state = sampler.init(torch.randn(8, 2, generator=generator, dtype=torch.float64), generator)
            for _ in range(sampler.num_steps()):
                state = sampler.step(state, field, generator)
            found[name] = float(abs(state.evaluations - field.calls))
        return found


COST = ReportedCost(
    name="score_evaluations",
    what="Samplers report as many score evaluations as they make, so that they can be compared at equal cost.",
    source="Counted",
)
