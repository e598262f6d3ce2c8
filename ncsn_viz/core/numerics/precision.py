"""float64 where the device has it, and on the CPU where it has not (MPS)."""

from __future__ import annotations

from ncsn_viz.core.numerics.lazy import torch

WITHOUT = frozenset({"mps"})  # devices that know no float64


def float64_device(device: torch.device | str) -> torch.device:
    """The device on which float64 is computed for results that are wanted on `device`."""
    found = torch.device(device)
    return torch.device("cpu") if found.type in WITHOUT else found


def to_float64(values: torch.Tensor) -> torch.Tensor:
    """The same in float64, moved to where that exists; converted only there."""
    return values.to(float64_device(values.device)).to(torch.float64)
