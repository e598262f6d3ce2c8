"""The base class of objectives over many noise levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Choice, Integer, Real, Switch, knob
from ncsn_viz.core.numerics import Generator, Tensor, torch
from ncsn_viz.core.objectives.base import FLOOR_SAMPLES, Objective, ScoreQuery, Terms, denoising_floor, paired_noise
from ncsn_viz.core.objectives.paths.distributions import DISTRIBUTIONS
from ncsn_viz.core.objectives.paths.weightings import WEIGHTINGS
from ncsn_viz.core.schedules import READINGS, SCHEDULE, Scheduled

FLOOR_NODES = 24  # of the quadrature over log σ


@dataclass(frozen=True)
class PathObjective(Scheduled, Objective):
    """E_t[w ½E‖r̂(x_t, t) − r‖²] with x_t = α x + σ z, in a `reading` r of the pair (x, z).

    Given x_t the readings are affine functions of each other, so that this is denoising score matching at σ̂ = σ/α with
    the weight λ(σ̂) = w κ² σ̂², κ the gain of the reading: the score is learned in all of them.
    """

    terms_sum_to_loss = False
    reading: ClassVar[str] = "score"

    sigma_max: float = knob(
        10.0,
        Real(low=0.01, high=100, log=True, label="Largest noise", symbol="σ₁",
             below_reason="without noise there is nothing to guess, and z/σ is infinite",
             help="The first level. It should be as large as the data are wide. Smaller: far modes stay unseen. Much "
                  "larger: levels are spent on one blurred cloud."),
    )  # fmt: skip
    sigma_min: float = knob(
        0.1,
        Real(low=0.01, high=100, log=True, label="Smallest noise", symbol="σ_L",
             below_reason="without noise there is nothing to guess, and z/σ is infinite",
             help="The last level: how sharp the samples become. Large: they stay blurred. Very small: learned slowly "
                  "and noisily."),
    )  # fmt: skip
    levels: int = knob(
        10,
        Integer(low=1, high=100, label="Levels", symbol="L", below_reason="without a level there is nothing to learn",
                help="Noise levels of the ladder. Few: the blurred densities of neighbouring levels hardly overlap. "
                     "Many: each gets few points of a batch. Where σ is not on a ladder: the bands by which the loss "
                     "is told."),
    )  # fmt: skip
    distribution: str = knob(
        "ladder",
        Choice(options=tuple(DISTRIBUTIONS), titles=tuple(each.title for each in DISTRIBUTIONS.values()),
               label="Noise levels",
               help="Which σ are learned: L levels, each as often as the others, or every σ between the largest and "
                    "the smallest, which leaves no gaps: uniform in log σ, uniform in the schedule's t, or log-normal "
                    "around 2.4 as in Karras et al. (2022)."),
    )  # fmt: skip
    weighting: str = knob(
        "sigma2",
        Choice(options=tuple(WEIGHTINGS), titles=tuple(each.title for each in WEIGHTINGS.values()), label="Weighting",
               symbol="λ",
               help="Factor of a level's loss: a power of σ, or that of min-SNR (Hang et al. 2023) or EDM (Karras et "
                    "al. 2022), which weigh the error of x₀ by min(1/σ², 5) and by 1/σ² + 1/16, whatever is "
                    "predicted. The score's error times σ² is equally loud at all levels; with less weight at large σ, "
                    "small levels drown large ones."),
    )  # fmt: skip
    antithetic: bool = knob(
        True,
        Switch(label="Noise in pairs",
               help="Draw the noise as z and −z, at half as many points of data, each of them twice: the same mean "
                    "gradient with far less variance at small σ."),
    )  # fmt: skip
    schedule: str = knob("geometric", SCHEDULE)

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """The mean over `batch` (n, 2), which the levels, or quantiles of σ, divide evenly from a random one on."""
        x, z = paired_noise(batch, self.antithetic, generator)
        n = len(x) // 2 if self.antithetic else len(x)
        level, sigma, amplitude = (self._draw_continuous if self.continuous else self._draw_levels)(n, x, generator)
        if self.antithetic:
            level, sigma, amplitude = (torch.cat([each, each]) for each in (level, sigma, amplitude))
        # √λ (s + z/σ) = √λ/σ (σs + z), weighted before it is squared: no level overflows
        column = sigma.unsqueeze(-1)
        points = x + column * z
        residual = amplitude.unsqueeze(-1) * (column * net.score(points, sigma) + z)
        each = 0.5 * residual.square().sum(1)
        query = ScoreQuery(x, points, sigma, -z / column, "−z/σ")
        return Terms(each.mean(), self._per_level(each.detach(), level), query=query)

    def _draw_levels(self, n: int, like: Tensor, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Indices of the levels of `n` points, their σ and the amplitudes of their errors, each of shape (n,)."""
        first = torch.randint(self.levels, (1,), generator=generator, device=like.device)
        level = (torch.arange(n, device=like.device) + first) % self.levels
        sigmas, amplitudes = _levels(self, like.dtype, like.device)
        return level, sigmas[level], amplitudes[level]

    def _draw_continuous(self, n: int, like: Tensor, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Indices of the bands of `n` points, their σ and the amplitudes: evenly spread by one random offset."""
        first = torch.rand(1, generator=generator, device=like.device, dtype=like.dtype)
        share = (torch.arange(n, device=like.device, dtype=like.dtype) / n + first) % 1
        band = (share * self.levels).long().clamp(max=self.levels - 1)
        sigma = DISTRIBUTIONS[self.distribution].quantile(self.noise_schedule, share)
        amplitude = self._amplitude(sigma)
        assert isinstance(sigma, torch.Tensor)
        return band, sigma, amplitude * torch.ones_like(sigma)

    def _amplitude(self, sigma: float | Tensor) -> float | Tensor:
        """√λ/σ."""
        weighting = WEIGHTINGS[self.weighting]
        amplitude: float | Tensor = weighting.amplitude(READINGS[self.reading], self.noise_schedule, sigma)
        return amplitude

    def _per_level(self, each: Tensor, level: Tensor) -> dict[str, Tensor]:
        sums, counts = each.new_zeros(2, self.levels).unbind()
        sums.scatter_add_(0, level, each)
        counts.scatter_add_(0, level, torch.ones_like(each))
        means = sums / counts  # NaN where a small batch has no point at a level: 0 would look perfect
        return dict(zip(self._level_names(), means.unbind(), strict=True))

    def _level_names(self) -> list[str]:
        """One name a level or band, numbered where the rounded values coincide."""
        names = [f"σ = {sigma:.3g}" for sigma in self.sigmas()]
        if self.continuous:
            names = [f"σ {high:.3g} … {low:.3g}" for high, low in pairwise(self.sigmas())]
        return names if len(set(names)) == len(names) else [f"{i}. {name}" for i, name in enumerate(names, start=1)]

    @property
    def continuous(self) -> bool:
        """Whether every σ between the ends is learned, and not only the levels."""
        return not DISTRIBUTIONS[self.distribution].ladder

    def sigmas(self) -> tuple[float, ...]:
        """The levels σ₁ ≥ … ≥ σ_L of the schedule; else the edges of bands that σ falls in alike, σ₁ and σ_L too."""
        return _edges(self) if self.continuous else self.noise_schedule.sigmas(self.levels)

    def weight(self, sigma: float) -> float:
        """λ(σ) = w κ² σ²."""
        return float(self._amplitude(sigma) * sigma) ** 2

    def fisher_weights(self) -> Sequence[tuple[float, float]]:
        """λ(σ)/L at each level; else at nodes of Gauss–Legendre quadrature over log σ, times the density of log σ."""
        if not self.continuous:
            return tuple((sigma, self.weight(sigma) / self.levels) for sigma in self.sigmas())
        density, path = DISTRIBUTIONS[self.distribution].density, self.noise_schedule
        return tuple((s, share * density(path, s) * self.weight(s)) for s, share in path.quadrature(FLOOR_NODES))

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
        """The mean over σ of λ(σ) (1/σ² − ½E‖∇log p_σ‖²): over the levels, or by quadrature over log σ."""
        nodes = self.fisher_weights()
        each = max(2, n // len(nodes))
        return sum(weight * denoising_floor(truth, sigma, generator, each) for sigma, weight in nodes)


@lru_cache(maxsize=64)
def _levels(objective: PathObjective, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """σ and amplitudes of the levels, each (levels,), cached: a recorded CUDA graph must not copy from the host."""
    rows = objective.sigmas(), [objective._amplitude(sigma) for sigma in objective.sigmas()]
    sigmas, amplitudes = (torch.tensor(row, dtype=dtype, device=device) for row in rows)
    return sigmas, amplitudes


@lru_cache(maxsize=64)
def _edges(objective: PathObjective) -> tuple[float, ...]:
    path, quantile = objective.noise_schedule, DISTRIBUTIONS[objective.distribution].quantile
    inner = (float(quantile(path, band / objective.levels)) for band in range(1, objective.levels))
    return (path.sigma_max, *(min(max(sigma, path.sigma_min), path.sigma_max) for sigma in inner), path.sigma_min)
