"""A multilayer perceptron, and its derivatives in its inputs in closed form.

The gradient is hand-written backpropagation, and its tangents are forward mode over that: training needs no double
backward.
"""

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
        self._frozen_layers: list[tuple[Tensor, Tensor]] | None = None

    def frozen(self) -> MLP:
        """A copy with the present weights, which do not change while this one is trained."""
        twin = copy.copy(self)
        twin._frozen_layers = [(weight.detach().clone(), bias.detach().clone()) for weight, bias in self.layers()]
        return twin

    def layers(self) -> list[tuple[Tensor, Tensor]]:
        """Weight and bias of each layer, first to last."""
        return self._frozen_layers or [
            (linear.weight, linear.bias) for linear in cast("list[nn.Linear]", list(self.stack))
        ]

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

    def gradient(self, h: Tensor) -> Tensor:
        """∇f at `h` (n, in) for one output f: shape (n, in). g ← (g ⊙ f′(hᵢ)) Wᵢ, last layer first."""
        *inner, (g, _) = self.layers()
        before: list[Tensor] = []
        for weight, bias in inner:
            before.append(F.linear(self.activation.value(before[-1]) if before else h, weight, bias))
        for (weight, _), values in zip(reversed(inner), reversed(before), strict=True):
            g = (g * self.activation.derivative(values)) @ weight
        return g

    def gradient_and_tangents(self, h: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        """∇f at `h` (n, in) for one output f, and (∇²f) t (k, n, in) for each of the `tangents` t (k, n, in)."""
        *inner, (g, _) = self.layers()
        passed: list[tuple[Tensor, Tensor, Tensor]] = []  # a′, a″ and the tangents before the activation, a layer each
        for weight, bias in inner:
            if passed:
                h, tangents = self.activation.value(h), tangents * passed[-1][0]
            h, tangents = F.linear(h, weight, bias), F.linear(tangents, weight)
            passed.append((*self.activation.first_and_second_derivative(h), tangents))
        along = torch.zeros_like(g)
        for (weight, _), (slope, curvature, tangent) in zip(reversed(inner), reversed(passed), strict=True):
            along = (along * slope + (g * curvature) * tangent) @ weight
            g = (g * slope) @ weight
        return g, along


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
