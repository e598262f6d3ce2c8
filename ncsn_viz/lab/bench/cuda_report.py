"""A report on this program on a CUDA device: its tests, its figures, and its numbers against those of the CPU.

It needs no window, and no Qt.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import ncsn_viz
from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import torch
from ncsn_viz.lab import bench
from ncsn_viz.lab.bench import runner
from ncsn_viz.lab.storage import write_safely

ROOT = Path(ncsn_viz.__file__).resolve().parents[1]
LIMIT = 240  # seconds for the tests
PYTEST = (
    sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(ROOT), "-p", "no:cacheprovider",
    "-p", "no:pytest-qt", "--import-mode=importlib", "-q", "-m", "cuda", "-W",
    "ignore::pytest.PytestUnknownMarkWarning",
)  # fmt: skip

Emit = Callable[[str], None]


def write(path: Path, emit: Emit) -> bool:
    """Measure all, `emit` it line by line, and write the page to `path`; whether all goals are met and tests pass.

    Raises ValidationError without a CUDA device, or where the page cannot be written.
    """
    if not torch.cuda.is_available():
        raise ValidationError("there is no CUDA device on this machine that PyTorch can use")
    lines: list[str] = []

    def both(text: str) -> None:
        lines.append(text)
        emit(text)

    both("\n".join(card()))
    passed = tests(both)
    report = runner.run(bench.FIGURES, "cuda", True, both)
    try:
        write_safely(path, page(lines).encode())
    except OSError as error:
        raise ValidationError(f"cannot write {path}: {error.strerror or error}") from None
    return passed and bool(report["passed"])


def page(lines: list[str]) -> str:
    """The lines as Markdown."""
    return "\n".join(["# ncsn-viz on CUDA", "", "```", *lines, "```", ""])


def card() -> list[str]:
    """The device in words."""
    found = torch.cuda.get_device_properties(0)
    return [
        f"{found.name}: {found.total_memory / 2**30:.0f} GiB, {found.multi_processor_count} multiprocessors, "
        f"compute capability {found.major}.{found.minor}",
        f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, ncsn-viz {ncsn_viz.__version__}",
    ]


def tests(emit: Emit) -> bool:
    """Run the tests that need CUDA, where this is a checkout with pytest; whether none failed."""
    rooms = [ROOT / "tests" / room for room in ("core", "lab")]
    if not all(room.is_dir() for room in rooms):
        emit("tests: not run, because this is no checkout")
        return True
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    command = [*PYTEST, *map(str, rooms)]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
    closing = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:]
    emit("\n".join([f"tests: {' '.join(closing)}", *failed[:40]]))
    return done.returncode == 0
