"""The noise level as an input of networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from ncsn_viz.core.fields import sigma_column

FREQUENCIES = (0.5, 1.0, 2.0)  # of the waves in log σ, which changes by 2.3 over a decade
LEAST_SIGMA = 1e-3  # σ is clamped to this before its logarithm


class NoiseEmbedding:
    """Functions of the noise level that networks need, for one σ or one a point; computed when first used."""

    def __init__(self, sigma: Tensor) -> None:
        self.sigma: Tensor = sigma  # (1, 1) or (n, 1)
        self._factors: dict[Callable[[NoiseEmbedding], Tensor], Tensor] = {}

    @cached_property
    def waves(self) -> Tensor:
        """sin and cos of log σ times each of FREQUENCIES: shape (1 or n, 6)."""
        phases = self.sigma.clamp(min=LEAST_SIGMA).log() * _frequencies(self.sigma.dtype, self.sigma.device)
        return torch.stack([phases.sin(), phases.cos()], dim=-1).flatten(-2)

    @cached_property
    def scale(self) -> Tensor:
        """σ, by which outputs are divided; 1 at σ = 0, where the score of clean data needs no scale."""
        return torch.where(self.sigma > 0, self.sigma, torch.ones_like(self.sigma))

    def factor(self, coefficient: Callable[[NoiseEmbedding], Tensor]) -> Tensor:
        """The value of a function of this noise level, shape (1 or n, 1)."""
        if coefficient not in self._factors:
            self._factors[coefficient] = coefficient(self)
        return self._factors[coefficient]


def noise_embedding(sigma: float | Tensor, x: Tensor) -> NoiseEmbedding:
    """The embedding of `sigma`, in the type and on the device of `x` (n, 2); cached for a number."""
    if isinstance(sigma, Tensor):
        return NoiseEmbedding(sigma_column(sigma, x))
    return _of_number(float(sigma), x.dtype, x.device)


@lru_cache(maxsize=512)
def _of_number(sigma: float, dtype: torch.dtype, device: torch.device) -> NoiseEmbedding:
    return NoiseEmbedding(torch.full((1, 1), sigma, dtype=dtype, device=device))


@lru_cache(maxsize=8)
def _frequencies(dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor([FREQUENCIES], dtype=dtype, device=device)
