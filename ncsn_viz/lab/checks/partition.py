"""log Z of an energy whose Z is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import MaximumLikelihood
from ncsn_viz.lab.checks.base import Check

OFFSET = 3.0  # added to the energy, and so subtracted from log Z


class Quartic:
    """E(x) = ‖x‖⁴/4 + 3, so that Z = e⁻³ ∫ 2πr exp(−r⁴/4) dr = e⁻³ π √π."""

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Shape (n,); at every σ the same."""
        return x.square().sum(1).square() / 4 + OFFSET

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """−‖x‖² x, shape (n, 2)."""
        return -x.square().sum(1, keepdim=True) * x

    def score_and_tangents(
        self, x: torch.Tensor, sigma: float | torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The score and −‖x‖² u − 2 x (xᵀu) for each u of `directions` (k, n, 2)."""
        square = x.square().sum(1, keepdim=True)
        return self.score(x, sigma), -square * directions - 2 * x * (x * directions).sum(-1, keepdim=True)


@dataclass(frozen=True, kw_only=True)
class LogZ(Check):
    """log Z by the quadrature with which maximum likelihood is trained; each seed shifts its grid."""

    objective: MaximumLikelihood
    field: Quartic = Quartic()

    def expected(self) -> float:
        """(3/2) log π − 3."""
        return 1.5 * math.log(math.pi) - OFFSET

    def measure(self, generator: torch.Generator) -> tuple[float, ...]:
        """The log of the sum over the grid."""
        return (float(self.objective.log_z(self.field, torch.zeros(1, 2, dtype=torch.float64), generator)),)


PARTITION = LogZ(
    name="log_z",
    what="The quadrature of maximum likelihood finds log Z of E = ‖x‖⁴/4 + 3, which is (3/2) log π − 3.",
    source="Z = e⁻³ ∫ 2πr exp(−r⁴/4) dr, by u = r²",
    objective=MaximumLikelihood(nodes=96, half_width=6.0),
    tolerance=1e-6,
    because="the sum over 96 × 96 nodes",
)
