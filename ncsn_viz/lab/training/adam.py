"""Adam (Kingma & Ba 2015) by torch's own function, with the fused kernel; the average of the weights.

The class `torch.optim.Adam` does the same, but its first step imports torch's whole compiler: half of the time from the
start of the program to the first training step. The function imports nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch.optim.adam import adam

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # the paper's, and torch's


class Adam:
    """Adam over `parameters`, with their moments; `lr` may be changed at any time."""

    def __init__(self, parameters: Iterable[torch.Tensor], lr: float) -> None:
        self.lr = lr
        self.parameters = list(parameters)
        self.means, self.squares = ([torch.zeros_like(each) for each in self.parameters] for _ in range(2))
        device = self.parameters[0].device
        self.steps = [torch.zeros((), device=device, dtype=torch.float32) for _ in self.parameters]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self, alarm: torch.Tensor | None = None) -> None:
        """Move the parameters that have a gradient: w ← w − lr m̂/(√v̂ + ε); not where an `alarm` () on CUDA is 1."""
        moved = [index for index, parameter in enumerate(self.parameters) if parameter.grad is not None]
        kept = (self.parameters, self.means, self.squares, self.steps)
        parameters, means, squares, steps = ([values[index] for index in moved] for values in kept)
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        with torch.no_grad():
            adam(
                parameters, gradients, means, squares, [], steps, fused=True, found_inf=alarm,
                lr=self.lr, beta1=BETA1, beta2=BETA2, weight_decay=0.0, eps=EPSILON, amsgrad=False, maximize=False,
            )  # fmt: skip


class EMA:
    """The average of the weights that is drawn and sampled: m ← m + (1 − μ)(w − m), μ = min(`decay`, (1 + t)/(10 + t)).

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
