"""Random numbers from a generator that the caller passes."""

from __future__ import annotations

from ncsn_viz.core.numerics.lazy import Generator, Tensor, torch


def normal(like: Tensor, generator: Generator) -> Tensor:
    """Independent standard normal numbers with the shape, dtype and device of `like`."""
    return torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)
