"""log Z of energies whose Z is known, and the share of the density outside of a region."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.analysis import calculus, metrics
from ncsn_viz.core.numerics import regions, torch
from ncsn_viz.core.objectives import MaximumLikelihood
from ncsn_viz.lab.checks.base import Check, Discrepancy, Values, largest

OFFSET = 3.0  # added to the energy, and so subtracted from log Z


class Quartic:
    """E(x) = ‖x‖⁴/4 + 3, so that Z = e⁻³ ∫ 2πr exp(−r⁴/4) dr = e⁻³ π √π."""

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n,); at every σ the same."""
        return x.square().sum(1).square() / 4 + OFFSET

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
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

    def measure(self, generator: torch.Generator) -> float:
        """The log of the sum over the grid."""
        return float(self.objective.log_z(self.field, torch.zeros(1, 2, dtype=torch.float64), generator))


class Tub:
    """E(x) = ‖x‖²/(2s²) + c: Z = 2π s² e^−c, and all but erf(a/(√2 s))² of it lies outside of [−a, a]²."""

    def __init__(self, std: float, offset: float) -> None:
        self.std, self.offset = std, offset

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n,)."""
        return x.square().sum(1) / (2 * self.std**2) + self.offset

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """−x/s², shape (n, 2)."""
        return -x / self.std**2


@dataclass(frozen=True, kw_only=True)
class ShownZ(Discrepancy):
    """The log Z, the mass outside and log p that are shown for an energy."""

    std: float = 0.9
    half_width: float = 1.9  # of the region: 7 % of the mass are outside
    nodes: int = 96

    def measure(self, generator: torch.Generator) -> Values:
        """The difference of each from its closed form."""
        field, a = Tub(self.std, OFFSET), self.half_width
        like, log_z = torch.zeros(1, 2, dtype=torch.float64), math.log(2 * math.pi * self.std**2) - OFFSET
        found = metrics.partition(field, 0.0, (-a, a, -a, a), self.nodes, like)
        assert found is not None
        x = self.std * torch.randn(500, 2, generator=generator, dtype=torch.float64)
        exact = -x.square().sum(1) / (2 * self.std**2) - math.log(2 * math.pi * self.std**2)
        log_p = metrics.log_density_of_energy(field, x, 0.0, log_z)
        assert log_p is not None
        wide = regions.grid((-9, 9, -6, 12), 64, 80, dtype=torch.float64)
        drawn = calculus.log_partition(field.energy(wide, 0.0).reshape(64, 80), (-9, 9, -6, 12))
        return {
            "log Z": abs(found.log_z - log_z),
            "mass outside": abs(found.outside - (1 - math.erf(a / (math.sqrt(2) * self.std)) ** 2)),
            "log p": largest(log_p - exact),
            "log Z of the grid that is drawn": abs(drawn - log_z),
        }


PARTITION = LogZ(
    name="log_z",
    what="The quadrature of maximum likelihood finds log Z of E = ‖x‖⁴/4 + 3, which is (3/2) log π − 3.",
    source="Z = e⁻³ ∫ 2πr exp(−r⁴/4) dr, by u = r²",
    objective=MaximumLikelihood(nodes=96, half_width=6.0),
    tolerance=1e-6,
    because="the sum over 96 × 96 nodes",
)
SHOWN_Z = ShownZ(
    name="shown_z",
    what="log Z, the mass outside of the window and log p of an energy are what they must be.",
    source="Gaussian integrals in closed form, erf for the share outside",
    tolerance=0.002,
    because="a coarse grid outside of the region, up to twice its width",
)
