"""The exponential moving average of a network's weights, which is what is drawn and sampled."""

from __future__ import annotations

from collections.abc import Iterable

import torch

ALIGNED = 64  # numbers: each parameter begins at a multiple of 256 bytes, as in memory of its own


class EMA:
    """m ← m + (1 − μ)(w − m), μ = min(`decay`, (1 + t)/(10 + t)).

    μ grows with t, or the random initial weights would dominate for a thousand steps. On CUDA t is kept on the device,
    so that a recorded step finds its present value, and all weights in one tensor: the average is then one kernel.
    """

    def __init__(self, weights: Iterable[torch.Tensor], means: Iterable[torch.Tensor], device: torch.device) -> None:
        self._weights, self._means = list(weights), list(means)
        self._steps: torch.Tensor | None = None
        if device.type == "cuda":
            self.keep_on_device()

    def keep_on_device(self) -> None:
        """Keep t in a tensor, and the weights and their means in one tensor each."""
        self._weights, self._means = [_joined(self._weights)], [_joined(self._means)]
        self._steps = torch.zeros((), device=self._weights[0].device)
        self._nine = torch.full_like(self._steps, 9.0)

    def go_on_after(self, step: int) -> None:
        """Continue after step number `step`, as after weights and means were loaded."""
        if self._steps is not None:
            self._steps.fill_(step)

    def update(self, step: int, decay: float) -> None:
        """Average in the weights after step number `step` (from 1)."""
        with torch.no_grad():
            if self._steps is None:
                torch._foreach_lerp_(self._means, self._weights, 1 - min(decay, (1 + step) / (10 + step)))
                return
            self._steps.add_(1)
            rate = torch.div(self._nine, self._steps + 10).clamp_(min=1 - decay)  # 1 − (1 + t)/(10 + t) = 9/(10 + t)
            self._means[0].lerp_(self._weights[0], rate)


def _joined(tensors: list[torch.Tensor]) -> torch.Tensor:
    """One tensor with the values of all; they become views of it."""
    sizes = [-(-each.numel() // ALIGNED) * ALIGNED for each in tensors]
    joined = tensors[0].new_zeros(sum(sizes))
    with torch.no_grad():
        for tensor, part in zip(tensors, torch.split(joined, sizes), strict=True):
            view = part[: tensor.numel()].view_as(tensor)
            view.copy_(tensor)
            tensor.data = view
    return joined
