"""The parts of a step as slow motion shows them: what the field adds, against the same step without a field."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.samplers import PredictorCorrector, Sampler
from ncsn_viz.core.samplers.base import StepComponents
from ncsn_viz.lab.checks.base import Discrepancy, Values, largest
from ncsn_viz.lab.checks.reference import TARGET
from ncsn_viz.lab.checks.samplers.cost import SAMPLERS

SHOWN = {name: sampler for name, sampler in SAMPLERS.items() if not isinstance(sampler, PredictorCorrector)} | {
    "prediction": PredictorCorrector(steps=4, corrections=0)  # the size of corrections depends on the field itself
}


class FlatEnergy:
    """E = 0, with the score 0."""

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """0, shape (n, 2)."""
        return torch.zeros_like(x)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """0, shape (n,)."""
        return x.new_zeros(len(x))


@dataclass(frozen=True, kw_only=True)
class StepParts(Discrepancy):
    """Drift, noise and inertia of every sampler's first step, and of its last one, where that is another."""

    points: int = 50

    def measure(self, generator: torch.Generator) -> Values:
        """The largest difference of the drift, and of the sum of the parts from the way."""
        truth, seed = TARGET.build(dtype=torch.float64), generator.initial_seed()
        found: dict[str, float] = {}
        x = truth.sample(self.points, generator)
        for name, sampler in SHOWN.items():
            for step in dict.fromkeys((0, sampler.num_steps() - 1)):
                parts, flat = (_parts(sampler, field, x, step, seed) for field in (truth, FlatEnergy()))
                inertia = 0.0 if parts.inertia is None else parts.inertia
                way = parts.drift + parts.noise + inertia - (parts.end - parts.start)
                found |= {
                    f"drift of {name}, step {step}": largest(parts.drift - (parts.end - flat.end)),
                    f"sum of {name}, step {step}": largest(way),
                }
        return found


def _parts(sampler: Sampler, field: Field, x: torch.Tensor, step: int, seed: int) -> StepComponents:
    """Of step number `step` from `x` (n, 2), with the random numbers of `seed`."""
    generator = torch.Generator().manual_seed(seed)
    state = replace(sampler.init(x, generator), step=step)
    parts = sampler.step(state, field, generator).components
    assert parts is not None
    return parts


STEP_PARTS = StepParts(
    name="step_parts",
    what="The drift in slow motion is what the field adds to a step, and drift, noise and inertia are all of it.",
    source="The same step with the same random numbers, without a field",
    tolerance=1e-9,
    because="rounding in float64",
)
