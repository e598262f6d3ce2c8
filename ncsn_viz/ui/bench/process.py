"""Processes of the benchmarks: probes of the window, and timed starts of Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

TORCH = 'python -c "import torch"'  # the reference of memory and start-up
TIMEOUT = 300  # seconds of a probe
# Opens the window as the command does, and prints its milestones; the clock is the same in all processes.
WINDOW = """
import time
from ncsn_viz.ui.shell.preflight import obstacle
obstacle()
from ncsn_viz.ui.shell.app import run
run(None, {device!r}, lambda milestone: print(milestone, time.monotonic(), flush=True))
"""


def probe(name: str, **arguments: Any) -> dict[str, Any]:
    """The result of a probe. Raises RuntimeError with the last line of its output if it failed."""
    command = [sys.executable, "-m", "ncsn_viz.ui.bench", name, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False, env=environment())
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise RuntimeError(lines[-1] if lines else f"exit code {done.returncode}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def lines_of(name: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """The results of a probe that prints several, as they arrive. Raises RuntimeError if it failed."""
    command = [sys.executable, "-m", "ncsn_viz.ui.bench", name, json.dumps(arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                yield json.loads(line)
        finally:
            if running.poll() is None:
                running.terminate()
    if running.returncode:
        raise RuntimeError(f"the window ended with exit code {running.returncode}")


def start_of_python(code: str) -> float:
    """Seconds that a Python process takes for `code`, with its start and exit."""
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment(), timeout=TIMEOUT)
    return time.monotonic() - begin


def memory_of(code: str) -> int:
    """The peak memory in bytes of a Python process that runs `code`; 0 where it is not known."""
    code += "\nfrom ncsn_viz.lab.bench.machine import peak_memory\nprint(peak_memory())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, env=environment(), timeout=TIMEOUT, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


def start_of_window(device: str) -> dict[str, float]:
    """Seconds from the start of the process to each milestone of the window, which is then closed."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        env = environment() | {"XDG_DATA_HOME": home}  # without a saved experiment
        command = [sys.executable, "-c", WINDOW.format(device=device)]
        begin, found = time.monotonic(), dict[str, float]()
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as running:
            assert running.stdout is not None
            guard = Timer(TIMEOUT, running.kill)
            guard.start()
            try:
                for line in running.stdout:
                    milestone, when = line.split()
                    found[milestone] = float(when) - begin
                    if milestone == "learning":
                        break
                running.terminate()
                running.wait(30)
            finally:
                guard.cancel()
                running.kill()
        if "learning" not in found:
            raise RuntimeError("the window ended before it had learned anything")
        return found


def environment() -> dict[str, str]:
    """The environment of a process with a window, with the offscreen platform if there is no display."""
    env = dict(os.environ)
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled, as in an installation
    if "QT_QPA_PLATFORM" not in env and sys.platform == "linux":
        if not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")):
            env["QT_QPA_PLATFORM"] = "offscreen"
    return env
