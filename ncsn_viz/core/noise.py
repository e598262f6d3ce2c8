"""Noise ladders: the levels σ₁ > … > σ_L of noise-conditional score networks."""

from __future__ import annotations

import math
from functools import lru_cache

from ncsn_viz.core.lazy import torch


@lru_cache(maxsize=64)
def geometric(sigma_max: float, sigma_min: float, levels: int) -> tuple[float, ...]:
    """σ₁ > … > σ_L with a constant ratio, from `sigma_max` down to `sigma_min`.

    One level alone is `sigma_min`. Song & Ermon 2019, section 4.1.
    """
    if levels == 1:
        return (sigma_min,)
    ratio = math.log(sigma_min / sigma_max) / (levels - 1)
    inner = (sigma_max * math.exp(ratio * level) for level in range(1, levels - 1))
    return (sigma_max, *inner, sigma_min)


@lru_cache(maxsize=64)
def ladder(sigmas: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """The levels as a tensor (levels,), made once: a recorded training step must not copy from the processor."""
    return torch.tensor(sigmas, dtype=dtype, device=device)
