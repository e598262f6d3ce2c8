"""The device of computation: choice, name, threads, memory, and what an error on it is in a sentence."""

from __future__ import annotations

import gc
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


def out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that the memory of the device, or of the machine, did not suffice."""
    by_name = type(error).__name__ == "OutOfMemoryError"  # torch's own, which need not be loaded here
    of_the_cpu = isinstance(error, RuntimeError) and "allocate memory" in str(error)
    return isinstance(error, MemoryError) or by_name or of_the_cpu


def free_memory() -> None:
    """Return what torch keeps of the memory of a GPU for later."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def failure_sentence(error: BaseException) -> str:
    """What `error` is to somebody who does not know the program."""
    if out_of_memory(error):
        return "There is not enough memory. Fewer particles, a smaller network or smaller batches need less."
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def cores() -> int:
    """The number of processors of this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_few_threads(threads: int | None = None) -> None:
    """So many torch threads; by default as many as OMP_NUM_THREADS says.

    Where that says nothing, one on one or two cores, else a few: the window needs a core to itself.
    """
    given = os.environ.get("OMP_NUM_THREADS", "")
    own = int(given) if given.isdecimal() and 0 < int(given) <= cores() else 0
    torch.set_num_threads(threads or own or (1 if cores() <= 2 else min(4, cores() // 2)))


def keep_memory() -> None:
    """Have the C library keep what is freed, up to some 60 MB, instead of returning it to the system at once.

    A million particles allocate and free a few arrays of 8 MB a step: a thousand page faults, a twentieth of the time.
    glibc raises its thresholds to the largest block that was freed, up to 32 MB.
    """
    torch.empty(LARGE_BLOCK, dtype=torch.uint8)
