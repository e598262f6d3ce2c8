"""The machine on which figures are measured, and the resources that a process uses."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.engine.device import cores

PACKAGES = ("torch", "PySide6-Essentials", "numpy")


def machine() -> dict[str, str | int | float]:
    """What figures depend on: processor, cores, memory, threads, versions, GPU."""
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
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def memory() -> int:
    """Bytes of memory of the machine, 0 where unknown."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def peak_memory() -> int:
    """The peak of the resident memory of this process in bytes, 0 where unknown.

    On Linux from /proc, because getrusage also counts the memory of the parent process.
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
class Resources:
    """What a process uses: bytes of resident memory, threads, open files; 0 where unknown."""

    memory: int
    threads: int
    files: int


def resources() -> Resources:
    """What this process uses now; known on Linux only."""
    process = Path("/proc/self")
    counted = process / "smaps_rollup"  # exact: `statm` lags by up to 64 huge pages a thread
    if not counted.exists():
        return Resources(0, 0, 0)
    resident = next(line for line in counted.read_text(encoding="ascii").splitlines() if line.startswith("Rss:"))
    threads, files = (len(os.listdir(process / name)) for name in ("task", "fd"))
    return Resources(int(resident.split()[1]) * 1024, threads, files)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
