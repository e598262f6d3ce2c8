"""Linear layers of one network, or of several at once: then weights and points have one more dimension in front."""

from __future__ import annotations

from torch import Tensor, baddbmm, bmm
from torch.nn import functional as F


def affine(h: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """h Wᵀ + b: of one network with W (out, in), or of L networks with W (L, out, in), b (L, out), h (L, …, in)."""
    if weight.dim() == 2:
        return F.linear(h, weight, bias)
    points = h.flatten(1, -2)
    found = bmm(points, weight.mT) if bias is None else baddbmm(bias.unsqueeze(1), points, weight.mT)
    return found.view(*h.shape[:-1], weight.shape[-2])


def back(g: Tensor, weight: Tensor) -> Tensor:
    """g W, the way back through a layer: g (…, out) of one network, or g (L, …, out) of L."""
    if weight.dim() == 2:
        return g @ weight
    return bmm(g.flatten(1, -2), weight).view(*g.shape[:-1], weight.shape[-1])
