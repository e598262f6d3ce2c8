"""The base class of samplers at one noise level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ncsn_viz.core.knobs import Integer, Real, knob
from ncsn_viz.core.samplers.base import Sampler


@dataclass(frozen=True)
class FixedNoise(Sampler):
    """A sampler that evaluates the field at one σ throughout."""

    step_size: float = knob(
        0.02,
        Real(low=1e-6, high=100, log=True, label="Step size", symbol="η", below_reason="particles would not move",
             help="How far a step goes: x ← x + η s + …. Too large: particles overshoot and fly off. Too small: they "
                  "do not arrive. The papers' α is 2η."),
    )  # fmt: skip
    steps: int = knob(
        1000,
        Integer(low=1, high=1_000_000, log=True, label="Steps", symbol="T", below_reason="particles would not move",
                help="Steps from release to rest. Few: particles stop on their way. Many: it takes long until they "
                     "are released again."),
    )  # fmt: skip
    sigma: float = knob(
        0.0,
        Real(low=0, high=100, label="Noise level", symbol="σ",
             help="The noise level whose score is followed. 0: the data, and hardly a way between far modes. Large: "
                  "far-reaching, but blurred. Beyond all levels that it has learned, a network answers for the "
                  "nearest."),
    )  # fmt: skip

    def step_size_at(self, sigma: float) -> float:
        """η."""
        return self.step_size

    def values(self, sigma: float) -> Mapping[str, float]:
        """The values of the formula's symbols at noise level `sigma`."""
        return {"σ": sigma, "η": self.step_size}

    def num_steps(self) -> int:
        """T."""
        return self.steps

    def sigmas(self) -> tuple[float, ...]:
        """σ alone."""
        return (self.sigma,)
