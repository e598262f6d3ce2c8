"""The base class of samplers, stateless rules over an explicit state, and what they share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from ncsn_viz.core.fields import Field
from ncsn_viz.core.knobs import Kind, ValidationError
from ncsn_viz.core.numerics import Generator, Tensor, normal, torch
from ncsn_viz.core.schedules import Schedule


@dataclass(frozen=True)
class StepComponents:
    """The parts of a step, each (n, 2): end = start + drift + inertia + noise.

    `drift` is the contribution of the field, `inertia` that of the velocity before the step, where there is one. `end`
    is the proposal where steps may be rejected.
    """

    start: Tensor
    end: Tensor
    drift: Tensor
    inertia: Tensor | None = None

    @property
    def noise(self) -> Tensor:
        """The random contribution: the remainder."""
        rest = self.end - self.start - self.drift
        return rest if self.inertia is None else rest - self.inertia


@dataclass(frozen=True)
class StepFormula:
    """A step x ← x + inertia + drift + noise in symbols: of the score s, the velocity v before it, and z ~ N(0, I).

    A factor is the number before s, v or z; None where there is more than one such term. Without noise or inertia the
    formula is empty and the factor 0.
    """

    drift: str
    drift_factor: float | None = None
    noise: str = ""
    noise_factor: float | None = 0.0
    inertia: str = ""
    inertia_factor: float = 0.0


@dataclass(frozen=True)
class Denoised:
    """The posterior mean x̂₀ = x + σ² s (n, 2) at step number `step`, which a two-step solver extrapolates.

    A particle that was put elsewhere since has NaN.
    """

    step: int
    sigma: float
    x: Tensor

    def without(self, indices: Tensor) -> Denoised:
        """The same without the particles numbered `indices` (k,)."""
        return replace(self, x=self.x.index_fill(0, indices, math.nan))


@dataclass(frozen=True)
class State:
    """Particles `x` (n, 2), the number of steps taken, and the score evaluations spent on each particle.

    `velocity` (n, 2) is kept by samplers with momentum, `accepted` and `proposed` (counts a particle) by those that
    accept and reject, `denoised` by a solver of two steps. `components` are the parts of the last step, for slow
    motion; no step depends on them.
    """

    x: Tensor
    step: int = 0
    evaluations: int = 0
    velocity: Tensor | None = None
    accepted: float = 0.0
    proposed: int = 0
    denoised: Denoised | None = None
    components: StepComponents | None = None

    def moved(self, x: Tensor, cost: int = 1, drift: Tensor | None = None, inertia: Tensor | None = None) -> State:
        """The state one step later; `drift` (n, 2) is the contribution of the field, None where it is not separable."""
        components = None if drift is None else StepComponents(self.x, x, drift, inertia)
        return replace(self, x=x, step=self.step + 1, evaluations=self.evaluations + cost, components=components)

    def metropolis(
        self, proposal: Tensor, log_ratio: Tensor, generator: Generator, cost: int, drift: Tensor | None = None
    ) -> State:
        """Metropolis–Hastings: each particle moves to its `proposal` (n, 2) with probability min(1, exp(log_ratio))."""
        uniform = torch.rand(len(self.x), generator=generator, device=self.x.device, dtype=self.x.dtype)
        accept = uniform.log() < log_ratio  # False where the ratio is NaN: such proposals are rejected
        moved = self.moved(proposal, cost, drift)
        x = torch.where(accept[:, None], proposal, self.x)
        return replace(moved, x=x, accepted=self.accepted + float(accept.float().mean()), proposed=self.proposed + 1)

    @property
    def acceptance(self) -> float | None:
        """The fraction of proposals accepted so far; None for samplers without proposals."""
        return self.accepted / self.proposed if self.proposed else None


@dataclass(frozen=True)
class Sampler(Kind):
    """The settings of a rule that moves particles along a field. Knobs are read at each step: all are hot.

    The class attributes say what kind of dynamics it is; advice on settings is derived from them.
    """

    formula: ClassVar[str] = ""  # in LaTeX
    needs_energy: ClassVar[bool] = False
    stationary_levels: ClassVar[bool] = True  # whether steps repeated at one level sample its density
    samples: ClassVar[bool] = True  # whether particles end as samples of a density, and not on its peaks
    overdamped: ClassVar[bool] = False  # whether a step is x + η s (+ noise), without momentum

    @property
    def noise_schedule(self) -> Schedule | None:
        """Where the noise levels lie; None for a sampler that stays at one level."""
        return None

    @property
    def correction_ratio(self) -> float:
        """r = √(η/2)·‖s‖/‖z‖ of corrections between two levels; 0 for a sampler without."""
        return 0.0

    @property
    def adds_noise(self) -> bool:
        """Whether steps are random."""
        return True

    def step_size_at(self, sigma: float) -> float | None:
        """η of a step at noise level `sigma`; None where steps follow from the levels alone."""
        return None

    def num_steps(self) -> int:
        """The number of steps from start to end."""
        raise NotImplementedError

    def with_evaluations(self, count: int) -> Sampler | None:
        """The same with as many steps as `count` score evaluations a particle allow.

        None where they allow none, or where the number of steps is no matter of cost alone.
        """
        return None

    def sigmas(self) -> tuple[float, ...]:
        """The noise levels at which the field is evaluated, in order."""
        raise NotImplementedError

    def level_index(self, step: int) -> int:
        """The index into `sigmas` of step number `step` (from 0)."""
        return 0

    def sigma_at(self, step: int) -> float:
        """The noise level at which step number `step` evaluates the field."""
        return self.sigmas()[self.level_index(step)]

    def values(self, sigma: float) -> Mapping[str, float]:
        """The values of the formula's symbols at noise level `sigma`."""
        return {"σ": sigma}

    def step_formula(self, step: int) -> StepFormula:
        """What step number `step` (from 0) adds to x."""
        raise NotImplementedError

    def init(self, x: Tensor, generator: Generator) -> State:
        """The state at the start, from particles `x` (n, 2)."""
        return State(x)

    def step(self, state: State, field: Field, generator: Generator) -> State:
        """The state one step later; the tensors of the arguments are not modified."""
        raise NotImplementedError


def energy_of(field: Field, x: Tensor, sigma: float) -> Tensor:
    """The field's energy at `x` (n, 2): shape (n,). Raises ValidationError where the field gives only a score."""
    if (energy := field.energy(x, sigma)) is None:
        message = "accepts by energies, and this field gives only a score: choose an energy network"
        raise ValidationError(message, ("sampler",))
    return energy


def langevin_formula(step_size: float, symbol: str = "η") -> StepFormula:
    """η s + √(2η) z."""
    return StepFormula(f"{symbol} s", step_size, f"√(2{symbol}) z", math.sqrt(2 * step_size))


def langevin_step(x: Tensor, score: Tensor, step_size: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """x + η s + √(2η) z, the one convention of this program, and its drift η s; the papers' α is 2η."""
    drift = step_size * score
    z = normal(x, generator)
    return z.mul_(math.sqrt(2 * step_size)).add_(x).add_(drift), drift  # in place: a million particles are 8 MB
