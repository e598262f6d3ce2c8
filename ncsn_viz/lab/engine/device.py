"""The device of computation: choice, name, threads, memory, and what becomes of an error or where memory is short."""

from __future__ import annotations

import gc
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.experiment import Spec

if TYPE_CHECKING:
    from ncsn_viz.lab.engine.lane import Lane

LARGE_BLOCK = 30 * 2**20  # bytes
FEWER = 4  # times fewer particles where the memory of a GPU does not suffice …
LEAST_PARTICLES = 1000  # … but at least so many, else the CPU


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
    """So many torch threads; by default one on one or two cores, else a few: the window needs a core to itself."""
    torch.set_num_threads(threads or (1 if cores() <= 2 else min(4, cores() // 2)))


def keep_memory() -> None:
    """Have the C library keep what is freed, up to some 60 MB, instead of returning it to the system at once.

    A million particles allocate and free a few arrays of 8 MB a step: a thousand page faults, a twentieth of the time.
    glibc raises its thresholds to the largest block that was freed, up to 32 MB.
    """
    torch.empty(LARGE_BLOCK, dtype=torch.uint8)


class Failures:
    """Stops a lane that fails, which keeps its weights; the others go on.

    On a GPU an exhausted memory stops none: it is noted in `exhausted`, and the engine makes room before the next piece
    of work. `note` says what was given up.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.exhausted = False
        self.note = ""
        self._most_particles: int | None = None

    @contextmanager
    def guarded(self, lane: Lane) -> Iterator[None]:
        """Do a piece of a lane's work; an error concerns this lane alone."""
        try:
            yield
        except Exception as error:  # whatever it is
            self.stop(lane, error)

    def stop(self, lane: Lane, error: Exception) -> None:
        """Stop a lane for this error, unless there is something to give up instead."""
        if not self.exhausts(error):
            lane.failure = failure_sentence(error)
            with suppress(OSError, ValueError):  # stderr may be gone
                traceback.print_exception(error)

    def exhausts(self, error: Exception) -> bool:
        """Whether this error says that the memory of the GPU is exhausted."""
        found = self.device.type == "cuda" and out_of_memory(error)
        self.exhausted |= found
        return found

    def affordable(self, spec: Spec) -> Spec:
        """`spec` with as many particles as there is memory for."""
        if self._most_particles is None or self._most_particles >= spec.particles.count:
            return spec
        return replace(spec, particles=replace(spec.particles, count=self._most_particles))

    def fewer_particles(self, spec: Spec) -> bool:
        """Give up particles. Whether there were enough of them; else there is nothing left to give up but the GPU."""
        self.exhausted = False
        count = self.affordable(spec).particles.count // FEWER
        if count < LEAST_PARTICLES:
            self._most_particles = None
            self.note = "on the CPU, for the memory of the GPU does not suffice"
            return False
        self._most_particles = count
        self.note = f"{count:,} particles, for more the memory of the GPU does not suffice"
        return True

    def forget_particles(self) -> None:
        """Try as many as the Spec says again."""
        if self._most_particles is not None:
            self._most_particles, self.note = None, ""
