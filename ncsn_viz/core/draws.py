"""Random numbers: for several networks at once, each from its own generator; and normal noise that several share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import local
from typing import Union

from ncsn_viz.core.lazy import torch

FEWEST, MOST = 2_000, 200_000  # points for which that pays, and for which it takes little memory
KEPT = 8  # draws: as many as a lane makes before it is the next one's turn

Source = Union["torch.Generator", "Sequence[torch.Generator]"]  # of one network, or of each of several
Key = tuple[bytes, "torch.Size", "torch.dtype"]


class _Made(local):
    """What was drawn last in this thread, and the state of the generator afterwards, by the state before."""

    def __init__(self) -> None:
        self.draws: dict[Key, tuple[torch.Tensor, torch.Tensor]] = {}


_made = _Made()


def normal(x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Independent standard normal numbers in the shape of `x` (n, 2): what torch.randn gives, which is 4 ns a number.

    Lanes that share their noise draw the same ones, one lane after the other. On a CPU a crowd's are kept for the next
    lane, whose generator is in the same state: a copy takes a twentieth of the time.
    """
    if x.device.type != "cpu" or not FEWEST <= len(x) <= MOST:
        return torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    key = (generator.get_state().numpy().tobytes(), x.shape, x.dtype)
    if key in _made.draws:
        drawn, after = _made.draws[key]
        generator.set_state(after)
        return drawn.clone()
    drawn = torch.randn(x.shape, generator=generator, dtype=x.dtype)
    _made.draws[key] = drawn.clone(), generator.get_state()
    if len(_made.draws) > KEPT:
        del _made.draws[next(iter(_made.draws))]
    return drawn


def each(
    source: Source, shape: Sequence[int], draw: Callable[[Sequence[int], torch.Generator], torch.Tensor]
) -> torch.Tensor:
    """`draw(shape, generator)`; of several generators, each for its own part of the first dimension."""
    if isinstance(source, torch.Generator):
        return draw(shape, source)
    return torch.stack([draw(shape[1:], generator) for generator in source])


def standard(shape: Sequence[int], source: Source, like: torch.Tensor) -> torch.Tensor:
    """Independent standard normal numbers in the type and on the device of `like`."""
    return each(source, shape, lambda size, g: torch.randn(size, generator=g, device=like.device, dtype=like.dtype))
