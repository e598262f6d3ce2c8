"""What every sampler is: stateless rules over an explicit state."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ncsn_viz.core.knobs import Kind, ValidationError
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.core.numerics.random import normal

if TYPE_CHECKING:
    from ncsn_viz.core.fields.protocols import Field
    from ncsn_viz.core.schedules import Schedule


@dataclass(frozen=True)
class StepComponents:
    """What the last step was made of, each (n, 2): end = start + drift + inertia + noise.

    `drift` is what the field did, and `inertia` what the velocity from before did, where there is one. `end` is the
    proposal where steps may be refused.
    """

    start: torch.Tensor
    end: torch.Tensor
    drift: torch.Tensor
    inertia: torch.Tensor | None = None

    @property
    def noise(self) -> torch.Tensor:
        """What chance did: all that is left."""
        rest = self.end - self.start - self.drift
        return rest if self.inertia is None else rest - self.inertia


@dataclass(frozen=True)
class State:
    """Particles `x` (n, 2), the number of steps taken, and the score evaluations spent on each particle.

    `velocity` (n, 2) is kept by samplers with momentum, `accepted` and `proposed` (counts a particle) by those that
    accept and reject. `move` is the step that led here: no later one needs it, and whoever watches does.
    """

    x: torch.Tensor
    step: int = 0
    evaluations: int = 0
    velocity: torch.Tensor | None = None
    accepted: float = 0.0
    proposed: int = 0
    components: StepComponents | None = None

    def moved(
        self,
        x: torch.Tensor,
        evaluations: int = 1,
        drift: torch.Tensor | None = None,
        inertia: torch.Tensor | None = None,
    ) -> State:
        """The state one step later; `drift` (n, 2) is the field's part in it, where that can be told."""
        move = None if drift is None else StepComponents(self.x, x, drift, inertia)
        return replace(self, x=x, step=self.step + 1, evaluations=self.evaluations + evaluations, components=move)

    def metropolis(
        self,
        proposal: torch.Tensor,
        log_ratio: torch.Tensor,
        generator: torch.Generator,
        cost: int,
        drift: torch.Tensor | None = None,
    ) -> State:
        """Metropolis–Hastings: each particle moves to its `proposal` (n, 2) with probability min(1, exp(log_ratio))."""
        uniform = torch.rand(len(self.x), generator=generator, device=self.x.device, dtype=self.x.dtype)
        accept = uniform.log() < log_ratio  # False where the ratio is NaN: nothing moves to where nothing is known
        moved = self.moved(proposal, cost, drift)
        x = torch.where(accept[:, None], proposal, self.x)
        return replace(moved, x=x, accepted=self.accepted + float(accept.float().mean()), proposed=self.proposed + 1)

    @property
    def acceptance(self) -> float | None:
        """The share of proposals accepted so far, or None where none are made."""
        return self.accepted / self.proposed if self.proposed else None


@dataclass(frozen=True)
class Sampler(Kind):
    """The settings of a rule that moves particles along a field. Knobs are read at each step: all are hot."""

    formula: ClassVar[str] = ""  # in LaTeX
    needs_energy: ClassVar[bool] = False
    stationary_levels: ClassVar[bool] = True  # whether steps may be repeated at one level, and then sample its density
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

    def step_size_at(self, sigma: float) -> float | None:
        """η of a step at noise level `sigma`; None where steps follow from the levels alone."""
        return None

    def num_steps(self) -> int:
        """The number of steps from start to end."""
        raise NotImplementedError

    def sigmas(self) -> tuple[float, ...]:
        """The noise levels at which the field is asked, in order."""
        raise NotImplementedError

    def level_index(self, step: int) -> int:
        """The index into `ladder` at which step number `step` (from 0) is taken."""
        return 0

    def sigma_at(self, step: int) -> float:
        """The noise level at which step number `step` asks the field."""
        return self.sigmas()[self.level_index(step)]

    def values(self, sigma: float) -> Mapping[str, float]:
        """What the symbols of the formula are at noise level `sigma`."""
        return {"σ": sigma}

    def init(self, x: torch.Tensor, generator: torch.Generator) -> State:
        """The state at the start, from particles `x` (n, 2)."""
        return State(x)

    def step(self, state: State, field: Field, generator: torch.Generator) -> State:
        """The state one step later. Never changes its arguments' tensors."""
        raise NotImplementedError


def energy_of(field: Field, x: torch.Tensor, sigma: float) -> torch.Tensor:
    """The field's energy at `x` (n, 2): shape (n,). Raises BadValue where the field gives only a score."""
    energy = field.energy(x, sigma)
    if energy is None:
        raise ValidationError(
            "accepts by energies, and this field gives only a score: choose an energy network", ("sampler",)
        )
    return energy


def langevin_step(
    x: torch.Tensor, score: torch.Tensor, step_size: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """x + η s + √(2η) z, the one convention of this program, and its drift η s; the papers' α is 2η."""
    drift = step_size * score
    z = normal(x, generator)
    return z.mul_(math.sqrt(2 * step_size)).add_(x).add_(drift), drift  # in place: a million particles are 8 MB
