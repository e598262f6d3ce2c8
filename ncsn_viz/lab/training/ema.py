"""The exponential moving average of a network's weights, which is what is drawn and sampled."""

from __future__ import annotations

from collections.abc import Iterable

import torch


class EMA:
    """m ← m + (1 − μ)(w − m), μ = min(`decay`, (1 + t)/(10 + t)).

    μ grows with t, or the random initial weights would dominate for a thousand steps. On CUDA t is kept on the device,
    so that a recorded step finds its present value.
    """

    def __init__(self, weights: Iterable[torch.Tensor], means: Iterable[torch.Tensor], device: torch.device) -> None:
        self._weights, self._means = list(weights), list(means)
        self._steps = torch.zeros((), device=device) if device.type == "cuda" else None

    def update(self, step: int, decay: float) -> None:
        """Average in the weights after step number `step` (from 1)."""
        with torch.no_grad():
            if self._steps is None:
                torch._foreach_lerp_(self._means, self._weights, 1 - min(decay, (1 + step) / (10 + step)))
                return
            steps = self._steps.add_(1)
            difference = torch._foreach_sub(self._weights, self._means)
            torch._foreach_mul_(difference, 1 - ((1 + steps) / (10 + steps)).clamp(max=decay))
            torch._foreach_add_(self._means, difference)
