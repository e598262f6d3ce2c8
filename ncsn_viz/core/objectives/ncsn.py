"""Denoising score matching over a ladder of noise levels: noise-conditional score networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ncsn_viz.core.knobs import BadValue, Number, Switch, Whole, knob
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.noise import geometric
from ncsn_viz.core.objectives.base import FLOOR_SAMPLES, Objective, Terms, half_square_norm, paired_noise

if TYPE_CHECKING:
    from ncsn_viz.core.field import Density, Differentiable


@dataclass(frozen=True)
class NCSN(Objective):
    """Mean over levels σᵢ of σᵢ² · ½E‖s(x + σᵢz; σᵢ) + z/σᵢ‖². Song & Ermon 2019, equations 5 and 6."""

    kind = "ncsn"
    title = "NCSN"
    about = "One network learns the scores of the data under many noise levels, from far-reaching to sharp."
    formula = (
        r"\frac{1}{L}\sum_{i=1}^{L} \frac{\sigma_i^2}{2}\,"
        r"\mathbb{E}\left\| s(x+\sigma_i z;\,\sigma_i) + \frac{z}{\sigma_i} \right\|^2"
    )

    sigma_max: float = knob(
        10.0,
        Number(low=0.01, high=100, log=True, label="Largest noise", symbol="σ₁",
               help="The first level. It should be as large as the data are wide, or far modes stay unseen."),
    )  # fmt: skip
    sigma_min: float = knob(
        0.1,
        Number(low=0.01, high=100, log=True, label="Smallest noise", symbol="σ_L",
               help="The last level: how sharp the samples become. Very small levels learn slowly."),
    )  # fmt: skip
    levels: int = knob(
        10,
        Whole(low=1, high=100, label="Levels", symbol="L",
              help="Noise levels, each a constant factor below the one before. Few: the blurred densities of "
                   "neighbouring levels hardly overlap."),
    )  # fmt: skip

    antithetic: bool = knob(
        True,
        Switch(label="Noise in pairs",
               help="Draw the noise as z and −z: the same mean gradient with far less variance at small σ."),
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.sigma_min > self.sigma_max:
            raise BadValue(f"must not exceed sigma_max = {self.sigma_max:g}, but is {self.sigma_min:g}", ("sigma_min",))

    def loss(
        self,
        net: Differentiable,
        batch: torch.Tensor,
        truth: Density,
        generator: torch.Generator,
        memory: torch.Tensor | None = None,
    ) -> Terms:
        """The mean over `batch` (n, 2). The levels share the batch out evenly, from a random one on."""
        x, z = paired_noise(batch, self.antithetic, generator)
        first = torch.randint(self.levels, (1,), generator=generator, device=batch.device)
        level = (torch.arange(len(x), device=batch.device) + first) % self.levels
        if self.antithetic:
            level = level[: len(x) // 2].repeat(2)
        sigma = torch.tensor(self.sigmas(), device=batch.device, dtype=batch.dtype)[level]
        # σ(s + z/σ) = σs + z: weighted by λ = σ² before it is squared, so that no level overflows
        residual = sigma[:, None] * net.score(x + sigma[:, None] * z, sigma) + z
        each = 0.5 * residual.square().sum(1)
        return Terms(each.mean(), self._per_level(each.detach(), level))

    def _per_level(self, each: torch.Tensor, level: torch.Tensor) -> dict[str, torch.Tensor]:
        total = each.new_zeros(2, self.levels).index_add_(1, level, torch.stack([each, torch.ones_like(each)]))
        means = total[0] / total[1]  # NaN where a small batch has no point at a level: 0 would look perfect
        return dict(zip(self._level_names(), means, strict=True))

    def _level_names(self) -> list[str]:
        """One name a level; numbered where levels lie so close together that they would read alike."""
        names = [f"σ = {sigma:.3g}" for sigma in self.sigmas()]
        return names if len(set(names)) == len(names) else [f"{i}. {name}" for i, name in enumerate(names, start=1)]

    def sigmas(self) -> tuple[float, ...]:
        """The geometric ladder σ₁ > … > σ_L."""
        return geometric(self.sigma_max, self.sigma_min, self.levels)

    def weight(self, sigma: float) -> float:
        """λ(σ) = σ²: makes the loss of every level about equally large."""
        return sigma**2

    def floor(self, truth: Density, generator: torch.Generator) -> float:
        """The mean over levels of 1 − σᵢ² · ½E‖∇log p_σᵢ‖²."""
        n = FLOOR_SAMPLES // self.levels
        explained = [s**2 * half_square_norm(truth, s, generator, n) for s in self.sigmas()]
        return 1 - sum(explained) / self.levels
