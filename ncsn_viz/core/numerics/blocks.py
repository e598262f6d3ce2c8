"""Operations on many points, block by block."""

from __future__ import annotations

from functools import lru_cache

from ncsn_viz.core.numerics.lazy import Tensor, torch

BLOCK = 2**16  # points in a block on a CPU: its intermediate results then stay in the cache

Pair = tuple[float, float]


def block_size(x: Tensor) -> int:
    """How many of the points `x` (n, 2) to process at once: all of them on a GPU."""
    return BLOCK if x.device.type == "cpu" else max(1, len(x))


def broadcast_pair(pair: Pair, x: Tensor) -> Tensor:
    """`pair` as a tensor (1, 2) or (n, 2) that broadcasts with at most BLOCK points `x` (n, 2).

    On a CPU it has n equal rows: operations on tensors of equal shapes take a quarter of the time.
    """
    if x.device.type != "cpu":
        return _repeated(pair, x.dtype, x.device, 1)
    return _repeated(pair, x.dtype, x.device, BLOCK)[: len(x)]


@lru_cache(maxsize=32)
def _repeated(pair: Pair, dtype: torch.dtype, device: torch.device, rows: int) -> Tensor:
    """Cached: a copy from host to device would wait for all queued work."""
    return torch.tensor([pair], dtype=dtype, device=device).repeat(rows, 1)
