"""A multilayer perceptron, and its derivatives carried forward beside its values."""

from __future__ import annotations

import copy
import math
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ncsn_viz.core.nets.activations import ACTIVATION


class MLP(nn.Module):
    """A plain multilayer perceptron with layers of the given `sizes`, inputs first."""

    def __init__(self, sizes: list[int], activation: str, generator: torch.Generator) -> None:
        super().__init__()
        self.stack = nn.ModuleList(_linear(a, b, generator) for a, b in pairwise(sizes))
        self.activation = ACTIVATION[activation]
        self._kept: list[tuple[Tensor, Tensor]] | None = None

    @property
    def linears(self) -> list[nn.Linear]:
        """The linear layers, first to last."""
        return cast("list[nn.Linear]", list(self.stack))

    def frozen(self) -> MLP:
        """A copy with the present weights, which do not change while this one is trained."""
        twin = copy.copy(self)
        twin._kept = [(weight.detach().clone(), bias.detach().clone()) for weight, bias in self.layers()]
        return twin

    def layers(self) -> list[tuple[Tensor, Tensor]]:
        """Weight and bias of each layer, first to last."""
        return self._kept or [(linear.weight, linear.bias) for linear in self.linears]

    def forward(self, h: Tensor) -> Tensor:
        """Values at `h` (n, in): shape (n, out)."""
        *inner, (weight, bias) = self.layers()
        for matrix, shift in inner:
            h = self.activation.value(F.linear(h, matrix, shift))
        return F.linear(h, weight, bias)

    def with_tangents(self, h: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        """Values at `h` (n, in) and their derivatives along `tangents` (k, n, in): shapes (n, out), (k, n, out)."""
        *inner, (weight, bias) = self.layers()
        for matrix, shift in inner:
            h = F.linear(h, matrix, shift)
            tangents = F.linear(tangents, matrix) * self.activation.derivative(h)
            h = self.activation.value(h)
        return F.linear(h, weight, bias), F.linear(tangents, weight)


class _Linear(nn.Linear):
    """A linear layer that draws nothing from the global generator. (skip_init would import sympy for the same.)"""

    def reset_parameters(self) -> None:
        """Do nothing: `_linear` draws the weights."""


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """torch's own default initialisation, U(±1/√inputs), drawn from our generator on the CPU in float32."""
    linear = _Linear(inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        for parameter in (linear.weight, linear.bias):
            parameter.copy_(torch.rand(parameter.shape, generator=generator) * (2 * bound) - bound)
    return linear
