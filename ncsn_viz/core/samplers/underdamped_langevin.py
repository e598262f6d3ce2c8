"""Langevin dynamics with inertia."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Real, knob
from ncsn_viz.core.numerics import Generator, Tensor, normal
from ncsn_viz.core.samplers.base import State, StepFormula
from ncsn_viz.core.samplers.fixed_noise import FixedNoise


@dataclass(frozen=True)
class UnderdampedLangevin(FixedNoise):
    """Position and velocity with friction γ, by the splitting BAOAB with time step h = √(2η).

    A step begins with the kick h s: the last half kick of the step before and the first one of this step, both at the
    same point. Then half a drift, friction and noise, half a drift: one score evaluation, second order in h, and
    positions are those of BAOAB, while the velocity is kept half a kick behind. On N(0, s²) positions have the right
    variance at any step size; elsewhere their error is a fraction of that of ABOBA, with a half drift at both ends.
    Leimkuhler & Matthews, Applied Mathematics Research eXpress 2013:1.
    """

    kind = "underdamped_langevin"
    title = "Underdamped Langevin"
    about = "Particles with inertia: they roll over small barriers. Much friction makes it Langevin, none a billiard."
    formula = (
        r"\dot{x} = v, \qquad \dot{v} = s(x) - \gamma v + \sqrt{2\gamma}\, \dot{w}, \qquad \Delta t = \sqrt{2\eta}"
    )

    friction: float = knob(
        1.0,
        Real(low=0.01, high=100, log=True, label="Friction", symbol="γ",
             help="How fast velocity is forgotten. Small: long swings. Large: slow creeping, like plain Langevin."),
    )  # fmt: skip

    def init(self, x: Tensor, generator: Generator) -> State:
        """Velocities from N(0, I), their stationary distribution."""
        return State(x, velocity=normal(x, generator))

    def step_formula(self, step: int) -> StepFormula:
        """½h² (1 + c) s + ½h (1 + c) v + ½h √(1 − c²) z with c = e^(−γh), and half the drift in the first step."""
        h = math.sqrt(2 * self.step_size)
        keep, share = math.exp(-self.friction * h), 1.0 if step else 0.5
        far = h / 2 * (1 + keep)
        return StepFormula(
            f"{'½' if step else '¼'}h² (1 + e^(−γh)) s", share * h * far,
            "½h √(1 − e^(−2γh)) z", h / 2 * math.sqrt(1 - keep**2),
            "½h (1 + e^(−γh)) v", far,
        )  # fmt: skip

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """One time step; one score evaluation."""
        assert state.velocity is not None
        h = math.sqrt(2 * self.step_size)
        keep = math.exp(-self.friction * h)
        kick = (h if state.step else h / 2) * field.score(state.x, self.sigma)  # nothing precedes the first step
        z = normal(state.x, generator)
        v = keep * (state.velocity + kick) + math.sqrt(1 - keep**2) * z
        far = h / 2 * (1 + keep)  # both halves of the drift, the second slowed by friction
        x = state.x + h / 2 * (state.velocity + kick + v)
        return replace(state.moved(x, drift=far * kick, inertia=far * state.velocity), velocity=v)
