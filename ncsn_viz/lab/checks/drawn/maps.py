"""The maps of a field, its recovered energy and the density of particles, against closed forms."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.analysis import finish, fit_weights, kernel_density, weighted_potential
from ncsn_viz.core.numerics import Region, regions, torch
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, Discrepancy, Values, largest
from ncsn_viz.lab.checks.reference import TARGET, Reference
from ncsn_viz.lab.experiment import View
from ncsn_viz.lab.inspection.grid_evaluation import GridEvaluation
from ncsn_viz.lab.map_layers import GAMMA

REGION: Region = (-5.0, 5.0, -4.0, 4.0)
SIGMA = 0.5
OTHER = Mixture(weights=(0.6, 0.4), means=((-1.0, -0.5), (1.2, 0.3)), stds=(0.8, 0.7))


class UnnormalisedEnergy:
    """E = −log q_σ + 3: an energy is known up to a constant, on which no map may depend."""

    def __init__(self, target: Mixture) -> None:
        self.density = target.build()

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n,)."""
        return 3 - self.density.log_density(x, sigma)

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """−∇E, shape (n, 2)."""
        return self.density.score(x, sigma)


@dataclass(frozen=True, kw_only=True)
class Maps(Discrepancy):
    """The maps of one mixture as the field, where another one is both the truth and the lane that is compared."""

    layers: tuple[str, ...] = (
        "density", "true_density", "energy_map", "error", "weighted_error", "score_difference", "difference",
    )  # fmt: skip

    def measure(self, generator: torch.Generator) -> Values:
        """The largest difference over the nodes; of the density to the power 0.6, which is drawn in bytes."""
        view, other = View(region=REGION, layers=self.layers), TARGET.build()
        evaluation = GridEvaluation(UnnormalisedEnergy(OTHER), REGION, SIGMA, torch.device("cpu"), view, other, other)
        drawn, _ = evaluation.evaluate_now()
        shown = dict(drawn.maps) | {"density": drawn.density / 255}
        wanted = exact_maps(*drawn.score.shape[:2])
        return {name: largest(torch.as_tensor(shown[name]) - wanted[name]) for name in self.layers}


def exact_maps(rows: int, columns: int) -> dict[str, torch.Tensor]:
    """Every map by its name in closed form: (rows, columns)."""
    x, (truth, field) = regions.grid(REGION, rows, columns, dtype=torch.float64), map(Reference.of, (TARGET, OTHER))
    log_p, own_log_p = (one.log_density(x, SIGMA).reshape(rows, columns) for one in (truth, field))
    distance = (field.score(x, SIGMA) - truth.score(x, SIGMA)).square().sum(1).sqrt().reshape(rows, columns)
    density = (log_p - log_p.max()).exp()
    return {
        "density": (own_log_p - own_log_p.max()).exp() ** GAMMA,
        "true_density": density,
        "energy_map": own_log_p.max() - own_log_p,
        "error": distance,
        "weighted_error": distance * density,
        "score_difference": distance,
        "difference": own_log_p - log_p,
    }


@dataclass(frozen=True, kw_only=True)
class RecoveredEnergy(Discrepancy):
    """The potential of a score, fitted where the data are, against log p, root mean square in nats over the density."""

    targets: tuple[tuple[str, Mixture], ...]
    sigma: float = 0.3
    nodes: int = 97

    def measure(self, generator: torch.Generator) -> Values:
        """Both up to a constant, which is that of the mean over the density."""
        found = {}
        for name, target in self.targets:
            truth = target.build(dtype=torch.float64)
            x = regions.grid((-8, 8, -8, 8), self.nodes, self.nodes, dtype=torch.float64)
            log_p = truth.log_density(x, self.sigma).reshape(self.nodes, self.nodes)
            score = truth.score(x, self.sigma).reshape(self.nodes, self.nodes, 2)
            fitted = finish(weighted_potential(score, (-8, 8, -8, 8), fit_weights(log_p.exp())))
            weights = log_p.exp() / log_p.exp().sum()
            difference = fitted - log_p
            found[name] = float((weights * (difference - (weights * difference).sum()).square()).sum().sqrt())
        return found


@dataclass(frozen=True, kw_only=True)
class KernelDensity(Check):
    """The density of particles, Gaussian kernels around them, relative to the peak of p blurred by h."""

    target: Mixture = TARGET
    particles: int = 4000
    bandwidth: float = 0.4
    places: tuple[tuple[float, float], ...] = ((1.2, 0.8), (-1.5, -0.5), (0.2, 0.0), (2.6, 1.2))

    def expected(self) -> Values:
        """p_h there: the mean of the kernels over p."""
        x = torch.tensor(self.places, dtype=torch.float64)
        density = Reference.of(self.target).log_density(x, self.bandwidth).exp()
        return {str(place): float(value) for place, value in zip(self.places, density, strict=True)}

    def measure(self, generator: torch.Generator) -> Values:
        """On a grid of which each place is a node."""
        sample, found = self.target.build().sample(self.particles, generator), {}
        for x, y in self.places:
            grid = kernel_density(sample, (x - 2, x + 2, y - 1, y + 1), 5, 9, self.bandwidth)
            found[str((x, y))] = float(grid[2, 4])
        return found


MAPS = Maps(
    name="maps",
    what="The density, energy, error and difference maps of a field are what their formulas say, at every node.",
    source="Closed forms of two mixtures, one for the network and one for the truth",
    seeds=1,
    tolerance=0.004,
    because="densities are drawn in 255 steps",
)
RECOVERED_ENERGY = RecoveredEnergy(
    name="recovered_energy",
    what="The potential of a score agrees with log p where the data are: error in nats over the density.",
    source="The closed form of the mixture; least squares weighted by the density",
    targets=(("one mode", OTHER), ("two modes", TARGET)),
    seeds=1,
    tolerance=0.02,
    because="differences between 97 × 97 nodes",
)
KERNELS = KernelDensity(
    name="particle_density",
    what="The density that is drawn of particles is that of their distribution, blurred by the width of its kernels.",
    source="E[1/n Σ N(x; xᵢ, h²I)] = p_h(x)",
    tolerance=0.0005,
    because="particles are counted in bins, and kernels end at 4 h",
)
