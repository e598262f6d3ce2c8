"""Adam (Kingma & Ba 2015) by torch's own function, with the fused kernel.

The class `torch.optim.Adam` does the same, but its first step imports torch's whole compiler: half of the time from the
start of the program to the first training step. The function imports nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch.optim.adam import adam

from ncsn_viz.lab.checkpoint import Checkpoint, Entries, numbered

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # the paper's, and torch's


class Adam:
    """Adam over `parameters`, with their moments; `lr` may be changed at any time."""

    def __init__(self, parameters: Iterable[torch.Tensor], lr: float) -> None:
        self.lr = lr
        self.parameters = list(parameters)
        self.means, self.squares = ([torch.zeros_like(each) for each in self.parameters] for _ in range(2))
        device = self.parameters[0].device
        self.steps = [torch.zeros((), device=device, dtype=torch.float32) for _ in self.parameters]

    def state_dict(self) -> Checkpoint:
        """The moments and the number of steps of each parameter."""
        return {name: numbered(values) for name, values in self._moments.items()}

    def load_state_dict(self, entries: Entries) -> None:
        """Continue with these moments, of the same parameters. Raises ValidationError."""
        for name, values in self._moments.items():
            found = entries.child(name)
            for index, kept in enumerate(values):
                kept.copy_(found.tensor(str(index), kept.shape))

    @property
    def _moments(self) -> dict[str, list[torch.Tensor]]:
        return {"means": self.means, "squares": self.squares, "steps": self.steps}

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
