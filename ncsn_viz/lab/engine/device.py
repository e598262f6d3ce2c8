"""The device of computation: choice, name, threads, memory."""

from __future__ import annotations

import os

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import torch

LARGE_BLOCK = 30 * 2**20  # bytes


def pick(name: str = "auto") -> torch.device:
    """The device of that name; `auto` takes CUDA, else MPS, else the CPU. Raises ValidationError if it is not there."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}  # best first
    if name == "auto":
        name = next(each for each in present if present[each])
    if not present[name]:
        raise ValidationError(f"{name} is not available on this machine; choose cpu, or auto to take the best there is")
    return torch.device(name)


def describe(device: torch.device) -> str:
    """A readable name of the device."""
    if device.type == "cuda":
        return f"CUDA · {torch.cuda.get_device_name(device)}"
    return {"mps": "MPS · Apple GPU", "cpu": "CPU"}.get(device.type, device.type)


def cores() -> int:
    """The number of processors of this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_few_threads() -> None:
    """One torch thread on one or two cores, else a few: the window needs a core to itself."""
    torch.set_num_threads(1 if cores() <= 2 else min(4, cores() // 2))


def keep_memory() -> None:
    """Have the C library keep what is freed, up to some 60 MB, instead of returning it to the system at once.

    A million particles allocate and free a few arrays of 8 MB a step: a thousand page faults, a twentieth of the time.
    glibc raises its thresholds to the largest block that was freed, up to 32 MB.
    """
    torch.empty(LARGE_BLOCK, dtype=torch.uint8)
