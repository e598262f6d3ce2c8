"""Hamiltonian Monte Carlo."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Integer, knob
from ncsn_viz.core.numerics import Generator, normal
from ncsn_viz.core.samplers.base import State, energy_of
from ncsn_viz.core.samplers.fixed_noise import FixedNoise


@dataclass(frozen=True)
class HMC(FixedNoise):
    """Leapfrog steps h = √(2η) from a fresh momentum, accepted by Metropolis. With one leapfrog step it is MALA.

    Neal, in: Handbook of Markov Chain Monte Carlo, 2011, sections 5.2 and 5.3.
    """

    kind = "hmc"
    title = "Hamiltonian Monte Carlo"
    about = "Roll through the energy landscape with a random push, then accept or refuse. It needs an energy."
    formula = (
        r"v \leftarrow v + \frac{h}{2} s, \quad x \leftarrow x + h v, \quad v \leftarrow v + \frac{h}{2} s, "
        r"\qquad h = \sqrt{2\eta}"
    )
    needs_energy = True

    leaps: int = knob(
        8,
        Integer(low=1, high=200, log=True, label="Leaps", symbol="L",
                help="Leapfrog steps between two decisions. Few: a random walk. Many: costly, and the way may lead "
                     "back."),
    )  # fmt: skip

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One trajectory; leaps + 1 score evaluations."""
        x, h = state.x, math.sqrt(2 * self.step_size)
        v = start = normal(x, generator)
        score = field.score(x, self.sigma)
        for _ in range(self.leaps):
            v = v + h / 2 * score
            x = x + h * v
            score = field.score(x, self.sigma)
            v = v + h / 2 * score
        gain = energy_of(field, state.x, self.sigma) - energy_of(field, x, self.sigma)
        kinetic = (start.square() - v.square()).sum(1) / 2
        drift = x - state.x - self.leaps * h * start  # momentum alone would have moved in a straight line
        return state.metropolis(x, gain + kinetic, generator, cost=self.leaps + 1, drift=drift)
