"""float64 on devices that support it, and on the CPU for those that do not (MPS)."""

from __future__ import annotations

from ncsn_viz.core.numerics.lazy import Device, Tensor, torch

WITHOUT_FLOAT64 = frozenset({"mps"})  # types of devices


def float64_device(device: Device) -> torch.device:
    """`device` if it supports float64, else the CPU."""
    found = torch.device(device)
    return torch.device("cpu") if found.type in WITHOUT_FLOAT64 else found


def to_float64(values: Tensor) -> Tensor:
    """`values` in float64 on their `float64_device`. They are moved before they are converted."""
    return values.to(float64_device(values.device)).to(torch.float64)
