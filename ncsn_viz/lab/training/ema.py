"""The running mean of a network's weights, which is what is drawn and sampled."""

from __future__ import annotations

from collections.abc import Iterable

from ncsn_viz.core.numerics import torch


class EMA:
    """m ← m + (1 − μ)(w − m) with μ = min(`memory`, (1 + t)/(10 + t)) after step t.

    μ grows with the age, or the random start would be remembered for a thousand steps. On CUDA the age lives on the
    device, so that a recorded step finds another one each time.
    """

    def __init__(self, weights: Iterable[torch.Tensor], means: Iterable[torch.Tensor], device: torch.device) -> None:
        self._weights, self._means = list(weights), list(means)
        self._age = torch.zeros((), device=device) if device.type == "cuda" else None

    def update(self, step: int, memory: float) -> None:
        """Take the weights after step number `step` (from 1) in."""
        with torch.no_grad():
            if self._age is None:
                torch._foreach_lerp_(self._means, self._weights, 1 - min(memory, (1 + step) / (10 + step)))
            else:
                self._follow_there(self._age, memory)

    def _follow_there(self, age: torch.Tensor, memory: float) -> None:
        age.add_(1)
        share = 1 - ((1 + age) / (10 + age)).clamp(max=memory)
        away = torch._foreach_sub(self._weights, self._means)
        torch._foreach_mul_(away, share)
        torch._foreach_add_(self._means, away)
