"""The torch modules behind the nets. This file imports torch; the settings beside it do not."""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ncsn_viz.core.field import sigma_column
from ncsn_viz.core.nets import slopes
from ncsn_viz.core.nets.activations import ACTIVATION

FREQUENCIES = (0.5, 1.0, 2.0)  # of the waves in log σ; a decade of σ is 2.3 of its logarithm
SIGMA_DATA = 4.0  # Karras' σ_data: the spread of the presets in the window [−8, 8]
LEAST_SIGMA = 1e-3  # log σ is taken no further down


class MLP(nn.Module):
    """A plain multilayer perceptron with tangents carried forward beside the values."""

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
        """The same perceptron with its weights as they are now: it stays so while this one is trained."""
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
            tangents = F.linear(tangents, matrix) * self.activation.slope(h)
            h = self.activation.value(h)
        return F.linear(h, weight, bias), F.linear(tangents, weight)


class _Linear(nn.Linear):
    """A linear layer that draws nothing from the global generator. (skip_init would import sympy for the same.)"""

    def reset_parameters(self) -> None:
        """Leave the weights to whoever builds the layer."""


def _linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """torch's own default initialisation, U(±1/√inputs), drawn from our generator on the CPU in float32."""
    linear = _Linear(inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        for parameter in (linear.weight, linear.bias):
            parameter.copy_(torch.rand(parameter.shape, generator=generator) * (2 * bound) - bound)
    return linear


class Noise:
    """A noise level as networks see it: one for all points, or one a point; each part is made when first asked for."""

    def __init__(self, sigma: Tensor) -> None:
        self.sigma = sigma  # (1, 1) or (n, 1)

    @cached_property
    def waves(self) -> Tensor:
        """sin and cos of log σ times each of FREQUENCIES: shape (1 or n, 6)."""
        turns = self.sigma.clamp(min=LEAST_SIGMA).log() * _frequencies(self.sigma.dtype, self.sigma.device)
        return torch.stack([turns.sin(), turns.cos()], dim=-1).flatten(-2)

    @cached_property
    def scale(self) -> Tensor:
        """σ, by which the output is divided; 1 at σ = 0, where the score of clean data needs no scale."""
        return torch.where(self.sigma > 0, self.sigma, torch.ones_like(self.sigma))

    @cached_property
    def total(self) -> Tensor:
        """Karras' σ² + σ_data²."""
        return self.sigma.square() + SIGMA_DATA**2


def noise(sigma: float | Tensor, x: Tensor) -> Noise:
    """`sigma` in the type and on the device of `x` (n, 2); a number's parts are remembered."""
    return Noise(sigma_column(sigma, x)) if isinstance(sigma, Tensor) else _noise(float(sigma), x.dtype, x.device)


@lru_cache(maxsize=512)
def _noise(sigma: float, dtype: torch.dtype, device: torch.device) -> Noise:
    return Noise(torch.full((1, 1), sigma, dtype=dtype, device=device))


@lru_cache(maxsize=8)
def _frequencies(dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor([FREQUENCIES], dtype=dtype, device=device)


ModuleT = TypeVar("ModuleT", bound="FieldModule")


class FieldModule(nn.Module):
    """A network that is a `Field`: it answers with a score, and with an energy if it has one."""

    def __init__(
        self, outputs: int, hidden: int, layers: int, activation: str, conditioning: str, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.conditioning = conditioning
        self.embeds = conditioning in ("embedding", "scaled_embedding", "karras")
        self.scales = conditioning in ("scale", "scaled_embedding")
        extra = 2 * len(FREQUENCIES) if self.embeds else 0
        self.mlp = MLP([2 + extra, *[hidden] * layers, outputs], activation, generator)

    def frozen(self: ModuleT) -> ModuleT:
        """The same network with its weights as they are now: it stays so while this one is trained."""
        twin = copy.copy(self)
        twin._modules = self._modules | {"mlp": self.mlp.frozen()}
        return twin

    def inputs(self, x: Tensor, noise: Noise) -> Tensor:
        """What the MLP sees at `x` (n, 2)."""
        if not self.embeds:
            return x
        return torch.cat([self.shrunk(x, noise), noise.waves.expand(*x.shape[:-1], -1)], dim=-1)

    def shrunk(self, x: Tensor, noise: Noise) -> Tensor:
        """`x` times Karras' c_in = 1/√(σ² + σ_data²), else as it is."""
        return x * noise.total.rsqrt() if self.conditioning == "karras" else x

    @abstractmethod
    def score(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """∇ log p_σ as the network has it, shape (n, 2); differentiable in the weights."""

    @abstractmethod
    def energy(self, x: Tensor, sigma: float | Tensor) -> Tensor | None:
        """The energy, shape (n,), or None."""

    @abstractmethod
    def score_and_tangents(self, x: Tensor, sigma: float | Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """The score (n, 2) and its derivatives (k, n, 2) along `directions` (k, n, 2), that is (∇s) u for each u."""


class ScoreModule(FieldModule):
    """s(x, σ) = a(σ) f(c(σ) x, σ) + b(σ) x with a, b, c as the conditioning has them."""

    def score(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """Shape (n, 2)."""
        level = noise(sigma, x)
        return self._dress(self.mlp(self.inputs(x, level)), x, level)

    def energy(self, x: Tensor, sigma: float | Tensor) -> None:
        """A score network has no energy of its own."""

    def score_and_tangents(self, x: Tensor, sigma: float | Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Forward mode: one pass, no graph of a graph."""
        level = noise(sigma, x)
        inputs = self.inputs(x, level)
        padding = inputs.shape[-1] - 2
        tangents = self.shrunk(directions, level)
        value, along = self.mlp.with_tangents(inputs, F.pad(tangents, (0, padding)) if padding else tangents)
        return self._dress(value, x, level), self._dress(along, directions, level)

    def _dress(self, value: Tensor, x: Tensor, level: Noise) -> Tensor:
        if self.scales:
            return value / level.scale
        if self.conditioning == "karras":
            return value * (SIGMA_DATA / level.sigma) * level.total.rsqrt() - x / level.total
        return value


class EnergyModule(FieldModule):
    """E(x, σ) from a network with one output f; the score is −∇E."""

    def energy(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """Shape (n,)."""
        level = noise(sigma, x)
        value: Tensor = self.mlp(self.inputs(x, level))
        if self.scales:
            value = value / level.scale
        elif self.conditioning == "karras":
            # −∇E is the score of ScoreModule's karras form, with ∇f in place of its network
            value = x.square().sum(-1, keepdim=True) / (2 * level.total) - value * (SIGMA_DATA / level.sigma)
        return value.squeeze(-1)

    def score(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """Shape (n, 2). The gradient by products of the layers: training needs no graph of a graph."""
        level = noise(sigma, x)
        slope = slopes.gradient(self.mlp.layers(), self.mlp.activation, self.inputs(x, level))
        return self._dress(slope[..., :2], x, level)

    def score_and_tangents(self, x: Tensor, sigma: float | Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Forward over reverse: at 512 points and 3×128, 1.3 to 1.6 times as fast as double backward."""
        level = noise(sigma, x)
        inputs = self.inputs(x, level)
        tangents = F.pad(self.shrunk(directions, level), (0, inputs.shape[-1] - 2))
        slope, along = slopes.gradient_and_tangents(self.mlp.layers(), self.mlp.activation, inputs, tangents)
        return self._dress(slope[..., :2], x, level), self._dress(along[..., :2], directions, level)

    def _dress(self, slope: Tensor, x: Tensor, level: Noise) -> Tensor:
        """−∇E from the slope of the network where it sees `x`; linear in both, so that tangents are dressed alike."""
        if self.conditioning == "karras":
            # the last factor is c_in, the slope of what the network sees
            return slope * (SIGMA_DATA / level.sigma) * level.total.rsqrt() - x / level.total
        return -slope / level.scale if self.scales else -slope
