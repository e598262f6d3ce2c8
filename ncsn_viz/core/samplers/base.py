"""What every sampler is: stateless rules over an explicit state."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from ncsn_viz.core.knobs import Kind
from ncsn_viz.core.lazy import torch

if TYPE_CHECKING:
    from ncsn_viz.core.field import Field


@dataclass(frozen=True)
class State:
    """Particles `x` (n, 2), the number of steps taken, and the score evaluations spent on each particle."""

    x: torch.Tensor
    step: int = 0
    evaluations: int = 0

    def moved(self, x: torch.Tensor, evaluations: int = 1) -> State:
        """The state one step later."""
        return replace(self, x=x, step=self.step + 1, evaluations=self.evaluations + evaluations)


@dataclass(frozen=True)
class Sampler(Kind):
    """The settings of a rule that moves particles along a field. Knobs are read at each step: all are hot."""

    formula: ClassVar[str] = ""  # in LaTeX

    def length(self) -> int:
        """The number of steps from start to end."""
        raise NotImplementedError

    def ladder(self) -> tuple[float, ...]:
        """The noise levels at which the field is asked, in order."""
        raise NotImplementedError

    def level(self, step: int) -> int:  # noqa: ARG002
        """The index into `ladder` at which step number `step` (from 0) is taken."""
        return 0

    def sigma_at(self, step: int) -> float:
        """The noise level at which step number `step` asks the field."""
        return self.ladder()[self.level(step)]

    def init(self, x: torch.Tensor, generator: torch.Generator) -> State:  # noqa: ARG002
        """The state at the start, from particles `x` (n, 2)."""
        return State(x)

    def step(self, state: State, field: Field, generator: torch.Generator) -> State:
        """The state one step later. Never changes its arguments' tensors."""
        raise NotImplementedError


def langevin_step(x: torch.Tensor, score: torch.Tensor, step_size: float, generator: torch.Generator) -> torch.Tensor:
    """x + η s + √(2η) z, the one convention of this program; the papers' α is 2η."""
    z = torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return x + step_size * score + math.sqrt(2 * step_size) * z
