"""The nonlinearities of networks, each with its derivatives in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

Function = Callable[[Tensor], Tensor]


class Activation(NamedTuple):
    """f, f′, and f′ and f″ together: the two share most of their work, and not every caller needs f″."""

    value: Function
    derivative: Function
    first_and_second_derivative: Callable[[Tensor], tuple[Tensor, Tensor]]


def _silu_derivative(h: Tensor) -> Tensor:
    gate = torch.sigmoid(h)
    return gate * (1 + h * (1 - gate))


def _silu_two(h: Tensor) -> tuple[Tensor, Tensor]:
    gate = torch.sigmoid(h)
    fall = 1 - gate
    return gate * (1 + h * fall), gate * fall * (2 + h * (fall - gate))


def _softplus_two(h: Tensor) -> tuple[Tensor, Tensor]:
    gate = torch.sigmoid(h)
    return gate, gate * (1 - gate)


def _tanh_two(h: Tensor) -> tuple[Tensor, Tensor]:
    value = torch.tanh(h)
    first = 1 - value.square()
    return first, -2 * value * first


def _step(h: Tensor) -> Tensor:
    return (h > 0).to(h.dtype)


ACTIVATION: dict[str, Activation] = {
    "silu": Activation(F.silu, _silu_derivative, _silu_two),
    "softplus": Activation(F.softplus, torch.sigmoid, _softplus_two),
    "tanh": Activation(torch.tanh, lambda h: 1 - torch.tanh(h).square(), _tanh_two),
    "relu": Activation(F.relu, _step, lambda h: (_step(h), torch.zeros_like(h))),
}
