"""Metropolis-adjusted Langevin."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Generator
from ncsn_viz.core.samplers.base import State, StepFormula, energy_of, langevin_formula, langevin_step
from ncsn_viz.core.samplers.fixed_noise import FixedNoise


@dataclass(frozen=True)
class MALA(FixedNoise):
    """A Langevin step as a proposal, accepted by Metropolis–Hastings: no bias at any step size.

    q(x′ | x) = N(x′; x + η s(x), 2η I). Roberts & Tweedie, Bernoulli 2:4 (1996).
    """

    kind = "mala"
    title = "MALA"
    about = "Langevin steps that may be refused: exact at any step size, but it needs an energy."
    formula = r"\min\left(1,\; \frac{p(x')\, q(x \mid x')}{p(x)\, q(x' \mid x)}\right)"
    overdamped = True
    needs_energy = True

    def step_formula(self, step: int) -> StepFormula:
        """η s + √(2η) z, before it is accepted."""
        return langevin_formula(self.step_size)

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One proposal; two score evaluations."""
        x, eta = state.x, self.step_size
        score = field.score(x, self.sigma)
        proposal, drift = langevin_step(x, score, eta, generator)
        back = field.score(proposal, self.sigma)
        gain = energy_of(field, x, self.sigma) - energy_of(field, proposal, self.sigma)
        there = (proposal - x - drift).square().sum(1) / (4 * eta)
        here = (x - proposal - eta * back).square().sum(1) / (4 * eta)
        return state.metropolis(proposal, gain + there - here, generator, cost=2, drift=drift)
