"""On what machine the figures were measured."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ncsn_viz.core.numerics import torch

PACKAGES = ("torch", "PySide6-Essentials", "numpy")


def machine() -> dict[str, str | int | float]:
    """What a reader needs to judge the figures: processor, cores, memory, threads, versions, GPU."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {
        "processor": processor(),
        "cores": cores(),
        "memory_GB": round(memory() / 2**30, 1),
        "torch_threads": torch.get_num_threads(),
        "gpu": gpu,
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "load": round(load, 2),
    }


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> int:
    """Bytes of memory in the machine, 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def peak_memory() -> int:
    """The most bytes that this process has held so far, 0 where the system does not tell.

    Linux's getrusage also counts what the process that started this one held, so the system's own file is asked first.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        for line in lines:
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@dataclass(frozen=True)
class Held:
    """What a process holds now: bytes of resident memory, threads, open files; 0 where the system does not tell."""

    memory: int
    threads: int
    files: int


def held() -> Held:
    """What this process holds now, as Linux tells it."""
    own = Path("/proc/self")
    counted = own / "smaps_rollup"  # page by page: `statm` lags by as much as 64 huge pages a thread
    if not counted.exists():
        return Held(0, 0, 0)
    resident = next(line for line in counted.read_text(encoding="ascii").splitlines() if line.startswith("Rss:"))
    return Held(int(resident.split()[1]) * 1024, len(os.listdir(own / "task")), len(os.listdir(own / "fd")))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
