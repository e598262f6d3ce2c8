"""Random numbers, always from a generator that is passed."""

from __future__ import annotations

from ncsn_viz.core.numerics.lazy import torch


def normal(like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Independent standard normal numbers in the shape and type and on the device of `like`."""
    return torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)
