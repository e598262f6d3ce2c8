"""Denoising score matching over many noise levels: noise-conditional score networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Choice, Integer, Real, Switch, knob
from ncsn_viz.core.numerics import Generator, Tensor, torch
from ncsn_viz.core.objectives.base import FLOOR_SAMPLES, Objective, ScoreQuery, Terms, half_square_norm, paired_noise
from ncsn_viz.core.schedules import SCHEDULE, Scheduled

POWERS = {"sigma2": 2, "sigma": 1, "one": 0}  # λ(σ) = σ to this power
FLOOR_NODES = 16  # of the quadrature over log σ


@dataclass(frozen=True)
class NCSN(Scheduled, Objective):
    """E_σ[λ(σ) · ½E‖s(x + σz; σ) + z/σ‖²] over the levels σ₁ > … > σ_L alike, or over log σ uniform in between.

    λ = σ² is the choice of Song & Ermon 2019, equations 5 and 6 and section 4.2. Under log-uniform σ it is also the
    likelihood weighting of Song, Durkan, Murray & Ermon 2021, theorem 1: g² dt = dσ² = 2σ² d log σ.
    """

    kind = "ncsn"
    title = "NCSN"
    about = "One network learns the scores of the data under many noise levels, from far-reaching to sharp."
    formula = (
        r"\mathbb{E}_{\sigma}\left[ \frac{\lambda(\sigma)}{2}\,"
        r"\mathbb{E}_{x,z}\left\| s(x+\sigma z;\,\sigma) + \frac{z}{\sigma} \right\|^2 \right]"
    )
    terms_sum_to_loss = False

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
                help="Noise levels, each a constant factor below the one before. Few: the blurred densities of "
                     "neighbouring levels hardly overlap. Many: each gets few points of a batch. Of log-uniform σ: "
                     "the bands by which the loss is told."),
    )  # fmt: skip
    distribution: str = knob(
        "ladder",
        Choice(options=("ladder", "log_uniform"), titles=("Ladder", "Log-uniform"), label="Noise levels",
               help="Which σ are learned: L levels, each as often as the others, or every σ between the largest and "
                    "the smallest, uniform in log σ, which leaves no gaps."),
    )  # fmt: skip
    weighting: str = knob(
        "sigma2",
        Choice(options=tuple(POWERS), titles=("σ²", "σ", "1"), label="Weighting", symbol="λ",
               help="Factor λ(σ) of a level's loss. σ² makes all levels about equally loud; with less, small levels "
                    "drown large ones, up to (σ₁/σ_L)² times with 1."),
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
        """The mean over `batch` (n, 2), which the levels, or log-uniform σ, divide evenly from a random one on."""
        x, z = paired_noise(batch, self.antithetic, generator)
        n = len(x) // 2 if self.antithetic else len(x)
        level, sigma = (self._draw_log_uniform if self.continuous else self._draw_levels)(n, x, generator)
        if self.antithetic:
            level, sigma = torch.cat([level, level]), torch.cat([sigma, sigma])
        # √λ (s + z/σ) = √λ/σ (σs + z), weighted before it is squared: no level overflows
        column = sigma.unsqueeze(-1)
        points = x + column * z
        residual = column ** (self.power / 2 - 1) * (column * net.score(points, sigma) + z)
        each = 0.5 * residual.square().sum(1)
        query = ScoreQuery(x, points, sigma, -z / column, "−z/σ")
        return Terms(each.mean(), self._per_level(each.detach(), level), query=query)

    def _draw_levels(self, n: int, like: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Indices of the levels of `n` points, and their σ, each of shape (n,)."""
        first = torch.randint(self.levels, (1,), generator=generator, device=like.device)
        level = (torch.arange(n, device=like.device) + first) % self.levels
        return level, _levels(self.sigmas(), like.dtype, like.device)[level]

    def _draw_log_uniform(self, n: int, like: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Indices of the bands of `n` points, and their σ: log-uniform, evenly spread by one random offset."""
        first = torch.rand(1, generator=generator, device=like.device, dtype=like.dtype)
        share = (torch.arange(n, device=like.device, dtype=like.dtype) / n + first) % 1
        band = (share * self.levels).long().clamp(max=self.levels - 1)
        return band, self.noise_schedule.log_uniform(share)

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
        return self.distribution == "log_uniform"

    @property
    def power(self) -> int:
        """The exponent p of λ(σ) = σᵖ."""
        return POWERS[self.weighting]

    def sigmas(self) -> tuple[float, ...]:
        """The levels σ₁ ≥ … ≥ σ_L of the schedule; of log-uniform σ the edges of the bands, from σ₁ to σ_L too."""
        return self.noise_schedule.sigmas(self.levels + self.continuous)

    def weight(self, sigma: float) -> float:
        """λ(σ) = σᵖ; with p = 2 the loss of every level is about equally large."""
        return float(sigma**self.power)

    def fisher_weights(self) -> Sequence[tuple[float, float]]:
        """λ(σ)/L at each level; of log-uniform σ at the nodes of Gauss–Legendre quadrature over log σ."""
        levels = [(sigma, 1 / self.levels) for sigma in self.sigmas()]
        nodes = self.noise_schedule.quadrature(FLOOR_NODES) if self.continuous else levels
        return tuple((sigma, share * self.weight(sigma)) for sigma, share in nodes)

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
        """The mean over σ of λ(σ) (1/σ² − ½E‖∇log p_σ‖²): over the levels, or by Gauss–Legendre over log σ."""
        nodes = self.fisher_weights()
        each = max(1, n // len(nodes))
        return sum(w * (1 / s**2 - half_square_norm(truth, s, generator, each)) for s, w in nodes)


@lru_cache(maxsize=64)
def _levels(sigmas: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """The levels as a tensor (levels,), cached: a recorded CUDA graph must not copy from the host."""
    return torch.tensor(sigmas, dtype=dtype, device=device)
