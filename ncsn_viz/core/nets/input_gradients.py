"""The gradient of a perceptron with one output in its inputs, and directional derivatives of it, in closed form.

Reverse mode written out over the layers, and forward mode over that: training then differentiates an ordinary graph,
where autograd would differentiate the graph of a backward pass (see `EnergyModule`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ncsn_viz.core.nets.activations import Activation

Layers = Sequence[tuple[Tensor, Tensor]]  # weight and bias of each


def gradient(layers: Layers, activation: Activation, h: Tensor) -> Tensor:
    """∇f at `h` (n, in) of a perceptron f with one output: shape (n, in). g ← (g ⊙ f′(hᵢ)) Wᵢ, last layer first."""
    *inner, (g, _) = layers
    before: list[Tensor] = []
    for weight, bias in inner:
        before.append(F.linear(activation.value(before[-1]) if before else h, weight, bias))
    for (weight, _), values in zip(reversed(inner), reversed(before), strict=True):
        g = (g * activation.derivative(values)) @ weight
    return g


def gradient_and_tangents(layers: Layers, activation: Activation, h: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
    """∇f at `h` (n, in), and (∇²f) t (k, n, in) for each of the `tangents` t (k, n, in)."""
    *inner, (g, _) = layers
    passed: list[tuple[Tensor, Tensor, Tensor]] = []  # a′, a″ and the tangents before the activation, a layer each
    for weight, bias in inner:
        if passed:
            h, tangents = activation.value(h), tangents * passed[-1][0]
        h, tangents = F.linear(h, weight, bias), F.linear(tangents, weight)
        passed.append((*activation.first_and_second_derivative(h), tangents))
    along = torch.zeros_like(g)
    for (weight, _), (slope, curvature, tangent) in zip(reversed(inner), reversed(passed), strict=True):
        along = (along * slope + (g * curvature) * tangent) @ weight
        g = (g * slope) @ weight
    return g, along
