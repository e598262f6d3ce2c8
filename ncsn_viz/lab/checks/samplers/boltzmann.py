"""The stationary density of particles in an energy: exp(−E)/Z."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.numerics import regions, torch
from ncsn_viz.core.samplers import HMC, Langevin, Sampler
from ncsn_viz.lab.checks.base import Check, Values, run_sampler
from ncsn_viz.lab.checks.reference import square

HALF_WIDTH = 3.2  # of the histogram; there is hardly any mass outside
BINS, NODES = 16, 10  # cells along an axis, and nodes of the quadrature along each cell
MIN_EXPECTED = 5.0  # particles in a cell; cells with fewer are counted together


class DoubleWell:
    """E(x) = (x₁² − 2)²/4 + 0.4 x₁ + x₂²/2: two unequal wells with a low barrier."""

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n,); at every σ the same."""
        return (x[:, 0].square() - 2).square() / 4 + 0.4 * x[:, 0] + x[:, 1].square() / 2

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """−∇E, shape (n, 2)."""
        return -torch.stack([x[:, 0] * (x[:, 0].square() - 2) + 0.4, x[:, 1]], dim=1)


@dataclass(frozen=True, kw_only=True)
class Boltzmann(Check):
    """χ² a degree of freedom between the histogram of particles and exp(−E)/Z, of the worst sampler."""

    samplers: tuple[Sampler, ...]
    field: DoubleWell = DoubleWell()
    particles: int = 3000

    def expected(self) -> float:
        """1: for independent samples of exp(−E)/Z the mean of χ² is exactly its number of degrees of freedom."""
        return 1.0

    def measure(self, generator: torch.Generator) -> Values:
        """One χ² a sampler; particles start uniformly distributed in the square of the histogram."""
        start = square(self.particles, HALF_WIDTH, generator)
        return {
            sampler.title: self._chi_square(run_sampler(sampler, self.field, start, generator))
            for sampler in self.samplers
        }

    def _chi_square(self, x: torch.Tensor) -> float:
        wanted = self.particles * cell_masses(DoubleWell())
        found = torch.zeros_like(wanted)
        cell = ((x + HALF_WIDTH) * (BINS / (2 * HALF_WIDTH))).nan_to_num(nan=-1.0).floor()
        inside = ((cell >= 0) & (cell < BINS)).all(1)
        index = (cell[inside, 1] * BINS + cell[inside, 0]).long()
        found.index_add_(0, index, torch.ones(len(index), dtype=found.dtype))
        kept = wanted >= MIN_EXPECTED  # all others and the outside are one more cell
        wanted, found = (torch.cat([each[kept], self.particles - each[kept].sum()[None]]) for each in (wanted, found))
        return float(((found - wanted).square() / wanted).sum() / (len(wanted) - 1))


def cell_masses(field: DoubleWell) -> torch.Tensor:
    """∫ exp(−E)/Z over each cell of the histogram by the midpoint rule, Z over twice its reach: shape (BINS²,)."""
    step, nodes = 2 * HALF_WIDTH / (BINS * NODES), 2 * BINS * NODES
    edge = 2 * HALF_WIDTH - step / 2
    density = (-field.energy(regions.grid((-edge, edge, -edge, edge), nodes, nodes, dtype=torch.float64), 0.0)).exp()
    masses = density.reshape(2 * BINS, NODES, 2 * BINS, NODES).sum((1, 3))
    middle = slice(BINS // 2, BINS // 2 + BINS)
    return (masses[middle, middle] / masses.sum()).flatten()


BOLTZMANN = Boltzmann(
    name="boltzmann",
    what="Langevin and HMC settle into exp(−E)/Z: χ² a degree of freedom is that of chance (the worse of the two).",
    source="Gibbs measure of dx = −∇E dt + √2 dw; Z by quadrature; Pearson 1900 for χ²",
    samplers=(Langevin(step_size=0.01, steps=2000), HMC(step_size=0.02, leaps=6, steps=80)),
    seeds=10,
    tolerance=0.03,
    because="Langevin's bias at η = 0.01",
)
