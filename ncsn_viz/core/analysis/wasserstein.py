"""The sliced Wasserstein-2 distance of particles from a density, whose projections on lines are known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.analysis.metrics import Estimate
from ncsn_viz.core.analysis.weighted_potential import Pieces
from ncsn_viz.core.fields import Density
from ncsn_viz.core.numerics import Generator, Tensor, to_float64, torch

CHANCE = 0.95  # of samples of the density itself are nearer to it than the chance level
DRAWS = 6  # samples at a stretch
REACH = 8.0  # deviations from a component's mean up to which it is tabulated …
NODES = 25  # … at so many nodes at least, and MOST_NODES of all components together
MOST_NODES = 1500
FEW = 512  # components; of more that have one deviation, neighbours are joined …
JOINED = 8  # … into so many bins a deviation


def axes(directions: int, like: Tensor) -> Tensor:
    """Unit vectors (directions, 2), evenly spread over half a turn: they integrate better than random ones."""
    angle = torch.arange(directions, device=like.device, dtype=like.dtype) * (math.pi / directions)
    return torch.stack([angle.cos(), angle.sin()], dim=1)


@dataclass(frozen=True)
class Projections:
    """The projections of a density on some lines, each divided into n pieces of equal mass.

    `means` (directions, n) are the mean positions of the pieces, `within` (directions,) the variance within them. With
    them ∫₀¹ (F_n⁻¹(u) − F⁻¹(u))² du, the squared distance of n sorted points, is mean (x₍ᵢ₎ − mᵢ)² + within.
    """

    axes: Tensor
    means: Tensor
    within: Tensor

    @classmethod
    def along(cls, truth: Density, axis: Tensor, n: int) -> Projections:
        """The projection on one line, along the unit vector `axis` (2,)."""
        weights, means, stds = (to_float64(part).cpu() for part in truth.projection(axis))
        means, within = quantile_means(weights, means, stds, n)
        return cls(axis[None], means.to(axis)[None], within.to(axis)[None])

    @classmethod
    def joined(cls, parts: list[Projections]) -> Projections:
        """Several as one."""
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in ("axes", "means", "within")))

    def square(self, x: Tensor) -> tuple[float, Tensor]:
        """The squared distance of `x` (n, 2), averaged over the lines, and what each point adds to its variance (n,).

        The latter is the Kantorovich potential φ with φ′ = 2 (x₍ᵢ₎ − mᵢ), averaged over the lines: n Var(W₂²) tends to
        its variance where the distributions differ. Del Barrio & Loubes, Annals of Probability 47 (2019), theorem 4.1.
        """
        found = (self.axes @ x.T).sort(dim=1)
        away = found.values - self.means
        slope = away[:, 1:] + away[:, :-1]  # twice the mean of φ′/2 between neighbours
        potential = torch.cat([slope.new_zeros(len(slope), 1), (slope * found.values.diff(dim=1)).cumsum(1)], dim=1)
        each = torch.zeros_like(potential).scatter_(1, found.indices, potential).mean(0)
        return float((away.square().mean(1) + self.within).mean()), each

    def distance(self, x: Tensor) -> Estimate:
        """The sliced Wasserstein-2 distance of `x` (n, 2), and its standard error; NaN if a point is not finite.

        The root of the mean over lines of the squared distance along them. Bonneel et al. 2015.
        """
        if not bool(x.isfinite().all()):
            return Estimate(math.nan, math.nan)
        square, each = self.square(x)
        distance = math.sqrt(square)
        return Estimate(distance, Estimate.of(each).error / (2 * distance) if distance > 0 else 0.0)

    def chance(self, truth: Density, draws: int, generator: Generator) -> Pieces[float]:
        """The distance below which CHANCE of all samples of the density itself stay, from so many `draws`.

        Yields after every few of them.
        """
        found = []
        for number in range(draws):
            found.append(self.distance(truth.sample(self.means.shape[1], generator)).mean)
            if number % DRAWS == DRAWS - 1:
                yield
        return float(torch.tensor(found).quantile(CHANCE))


def sliced_w2(truth: Density, x: Tensor, directions: int = 64) -> Estimate:
    """The sliced Wasserstein-2 distance of the points `x` (n, 2) from a density, and its standard error."""
    return Projections.joined([Projections.along(truth, axis, len(x)) for axis in axes(directions, x)]).distance(x)


def quantile_means(weights: Tensor, means: Tensor, stds: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """A mixture of Gaussians on a line (each (k,), float64) in `n` pieces of equal mass: their means (n,), variance.

    The mean of a piece is n times the increase of A(u) = ∫₀ᵘ F⁻¹, whose values and slopes F⁻¹ are known at nodes: cubic
    Hermite interpolation. The variance within the pieces is E[X²] − mean mᵢ².
    """
    alike = len(means) > FEW and float(stds.max() - stds.min()) < 1e-6 * float(stds.max())
    nodes, mass, moment, square = (_tables_of_many if alike else _tables)(weights, means, stds)
    total = (weights @ means)[None]
    u = torch.arange(1, n, dtype=torch.float64) / n
    areas = torch.cat([total.new_zeros(1), _hermite(u * mass[-1], mass, moment, nodes), total])
    found = n * areas.diff()
    return found, (square - found.square().mean()).clamp(min=0)


def _tables(weights: Tensor, means: Tensor, stds: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Increasing nodes (m,), dense where the mixture is, ∫ p and ∫ x p up to them (m,), and E[X²]."""
    steps = torch.linspace(-REACH, REACH, max(NODES, MOST_NODES // len(means)), dtype=torch.float64)
    nodes = (means[:, None] + stds[:, None] * steps).reshape(-1).sort().values
    chosen = torch.linspace(0, len(nodes) - 1, min(len(nodes), MOST_NODES), dtype=torch.float64).round().long()
    nodes = torch.unique(nodes[chosen])
    z = (nodes[:, None] - means) / stds
    below = torch.special.ndtr(z)
    square = weights @ (means.square() + stds.square())
    return nodes, below @ weights, (means * below - stds * _normal(z)) @ weights, square


def _tables_of_many(weights: Tensor, means: Tensor, stds: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The same for many components of one deviation, whose neighbours are joined: a convolution."""
    std, width, reach = float(stds[0]), float(stds[0]) / JOINED, round(REACH * JOINED)
    low = float(means.min())
    place = (means - low) / width
    index, share = place.floor().long(), place - place.floor()  # shared between two nodes: the mean is kept
    bins = torch.zeros(int(index.max()) + 2, dtype=torch.float64)
    bins.index_add_(0, index, weights * (1 - share)).index_add_(0, index + 1, weights * share)
    z = torch.arange(-reach, reach + 1, dtype=torch.float64) / JOINED
    masses, slopes = torch.special.ndtr(z).diff(), _normal(z).diff()
    centres = low + width * torch.arange(len(bins), dtype=torch.float64)
    nodes = low + width * torch.arange(-reach, len(bins) + reach, dtype=torch.float64)
    moments = _convolved(bins * centres, masses) - std * _convolved(bins, slopes)
    square = bins @ (centres.square() + std**2)
    return nodes, _cumulative(_convolved(bins, masses)), _cumulative(moments), square


def _convolved(values: Tensor, kernel: Tensor) -> Tensor:
    """The full convolution of two vectors."""
    padding = len(kernel) - 1
    return torch.nn.functional.conv1d(values[None, None], kernel.flip(0)[None, None], padding=padding)[0, 0]


def _cumulative(values: Tensor) -> Tensor:
    return torch.cat([values.new_zeros(1), values.cumsum(0)])


def _normal(z: Tensor) -> Tensor:
    return torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)


def _hermite(u: Tensor, mass: Tensor, moment: Tensor, slope: Tensor) -> Tensor:
    """The cubic with the values `moment` and `slope` (m,) at increasing `mass` (m,), at `u` (n,)."""
    right = torch.searchsorted(mass, u, right=True).clamp(1, len(mass) - 1)
    left = right - 1
    width = (mass[right] - mass[left]).clamp(min=1e-300)
    t = ((u - mass[left]) / width).clamp(0, 1)
    value = moment[left] * (1 + 2 * t) * (1 - t) ** 2 + moment[right] * t**2 * (3 - 2 * t)
    return value + width * t * (1 - t) * (slope[left] * (1 - t) - slope[right] * t)
