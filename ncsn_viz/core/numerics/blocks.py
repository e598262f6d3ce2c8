"""Two numbers, one for each coordinate of many points."""

from __future__ import annotations

from functools import lru_cache

from ncsn_viz.core.numerics.lazy import torch

BLOCK = 2**16  # points at a time on a CPU: what is made of them on the way then stays in its cache

Pair = tuple[float, float]


def block_size(x: torch.Tensor) -> int:
    """How many of the points `x` (n, 2) to take at a time: all of them on a GPU."""
    return BLOCK if x.device.type == "cpu" else max(1, len(x))


def broadcast_pair(pair: Pair, x: torch.Tensor) -> torch.Tensor:
    """`pair` in a shape that goes with up to BLOCK points `x` (n, 2).

    On a CPU it is repeated for each of them: on tensors of one shape an operation takes a quarter of the time.
    """
    if x.device.type != "cpu":
        return _repeated(pair, x.dtype, x.device, 1)
    return _repeated(pair, x.dtype, x.device, BLOCK)[: len(x)]


@lru_cache(maxsize=32)
def _repeated(pair: Pair, dtype: torch.dtype, device: torch.device, times: int) -> torch.Tensor:
    """Made once: a copy from the processor would wait for all that the device has still to do."""
    return torch.tensor([pair], dtype=dtype, device=device).repeat(times, 1)
