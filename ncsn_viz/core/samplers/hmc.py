"""Hamiltonian Monte Carlo."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Integer, Real, knob
from ncsn_viz.core.numerics import Generator, normal, torch
from ncsn_viz.core.samplers.base import State, StepFormula, energy_of
from ncsn_viz.core.samplers.fixed_noise import FixedNoise


@dataclass(frozen=True)
class HMC(FixedNoise):
    """ℓ leapfrog steps h = √(2η) from a fresh momentum, accepted by Metropolis. With one leapfrog step it is MALA.

    ℓ is uniform on L ± r, drawn anew for each trajectory of all particles. At a fixed length L h near a period of the
    motion in a mode (2πs on N(0, s²)) every trajectory would end where it began, and the chain would not forget its
    start. Neal, in: Handbook of Markov Chain Monte Carlo, 2011, sections 5.2, 5.3 and 5.4.2.2.
    """

    kind = "hmc"
    title = "Hamiltonian Monte Carlo"
    about = "Roll through the energy landscape with a random push, then accept or refuse. It needs an energy."
    formula = (
        r"v \leftarrow v + \frac{h}{2} s, \quad x \leftarrow x + h v, \quad v \leftarrow v + \frac{h}{2} s, "
        r"\qquad h = \sqrt{2\eta}, \quad \ell \in \left[ (1 - \rho) L,\, (1 + \rho) L \right]"
    )
    needs_energy = True

    leaps: int = knob(
        8,
        Integer(low=1, high=200, log=True, label="Leaps", symbol="L",
                help="Leapfrog steps between two decisions, on average. Few: a random walk. Many: costly, and the "
                     "way may lead back."),
    )  # fmt: skip
    jitter: float = knob(
        0.3,
        Real(low=0, high=1, label="Jitter", symbol="ρ",
             help="The number of leaps is drawn anew each time, evenly from L (1 − ρ) to L (1 + ρ). 0: always L, and "
                  "where L √(2η) is a full swing of a mode, particles come back to where they began. 1: from 1 to "
                  "2L − 1."),
    )  # fmt: skip

    def length_spread(self) -> int:
        """r: the nearest integer to ρ L, but at least 1 for ρ > 0, and at most L − 1."""
        return min(max(round(self.jitter * self.leaps), 1), self.leaps - 1) if self.jitter else 0

    def step_formula(self, step: int) -> StepFormula:
        """x after ℓ leaps, before it is accepted: h² (½ℓ s₀ + Σₖ (ℓ − k) sₖ), k from 1 to ℓ − 1, and ℓh z."""
        h, spread = math.sqrt(2 * self.step_size), self.length_spread()
        drift = "h² (½ℓ s₀ + Σₖ (ℓ − k) sₖ)"
        drawn = f"ℓh z, ℓ from {self.leaps - spread} to {self.leaps + spread}"
        return StepFormula(drift, None, drawn, None) if spread else StepFormula(drift, None, "Lh z", self.leaps * h)

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One trajectory of ℓ leaps; ℓ + 1 score evaluations."""
        x, h, leaps = state.x, math.sqrt(2 * self.step_size), self._drawn_length(generator)
        v = start = normal(x, generator)
        score = field.score(x, self.sigma)
        for _ in range(leaps):
            v = v + h / 2 * score
            x = x + h * v
            score = field.score(x, self.sigma)
            v = v + h / 2 * score
        gain = energy_of(field, state.x, self.sigma) - energy_of(field, x, self.sigma)
        kinetic = (start.square() - v.square()).sum(1) / 2
        drift = x - state.x - leaps * h * start  # momentum alone would have moved in a straight line
        return state.metropolis(x, gain + kinetic, generator, cost=leaps + 1, drift=drift)

    def _drawn_length(self, generator: Generator) -> int:
        spread = self.length_spread()
        if not spread:
            return self.leaps
        ends = self.leaps - spread, self.leaps + spread + 1
        return int(torch.randint(*ends, (1,), generator=generator, device=generator.device))
