"""The nonlinearities of networks, each with its derivatives by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

Function = Callable[[Tensor], Tensor]
Jet = Callable[[Tensor], tuple[Tensor, Tensor]]


class Activation(NamedTuple):
    """f, its `slope` f′, and its `jet`, f′ and f″ at once: they share most of their work, and not all want f″."""

    value: Function
    slope: Function
    jet: Jet


def _silu_slope(h: Tensor) -> Tensor:
    gate = torch.sigmoid(h)
    return gate * (1 + h * (1 - gate))


def _silu_jet(h: Tensor) -> tuple[Tensor, Tensor]:
    gate = torch.sigmoid(h)
    fall = 1 - gate
    return gate * (1 + h * fall), gate * fall * (2 + h * (fall - gate))


def _softplus_jet(h: Tensor) -> tuple[Tensor, Tensor]:
    gate = torch.sigmoid(h)
    return gate, gate * (1 - gate)


def _tanh_slope(h: Tensor) -> Tensor:
    return 1 - torch.tanh(h).square()


def _tanh_jet(h: Tensor) -> tuple[Tensor, Tensor]:
    value = torch.tanh(h)
    slope = 1 - value.square()
    return slope, -2 * value * slope


def _relu_slope(h: Tensor) -> Tensor:
    return (h > 0).to(h.dtype)


def _relu_jet(h: Tensor) -> tuple[Tensor, Tensor]:
    return _relu_slope(h), torch.zeros_like(h)


ACTIVATION: dict[str, Activation] = {
    "silu": Activation(F.silu, _silu_slope, _silu_jet),
    "softplus": Activation(F.softplus, torch.sigmoid, _softplus_jet),
    "tanh": Activation(torch.tanh, _tanh_slope, _tanh_jet),
    "relu": Activation(F.relu, _relu_slope, _relu_jet),
}
