"""Other processes: probes of the window, and starts of Python that are timed from outside."""

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

TORCH = 'python -c "import torch"'  # what memory and start-up are compared with
LONGEST = 300  # seconds for which a probe may run
# The window as the command opens it, which tells of its milestones; the clock is one for all processes of the system.
WINDOW = """
import time
from collections.abc import Iterator
from ncsn_viz.ui.shell.preflight import obstacle
obstacle()
from ncsn_viz.ui.shell.app import run
run(None, {device!r}, lambda milestone: print(milestone, time.monotonic(), flush=True))
"""


def probe(name: str, **arguments: Any) -> dict[str, Any]:
    """What the probe found. Raises RuntimeError with its last words if it failed."""
    words = [sys.executable, "-m", "ncsn_viz.ui.bench", name, json.dumps(arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST, check=False, env=environment())
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise RuntimeError(told[-1] if told else f"exit code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def lines_of(name: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """What a probe that tells as it goes tells, line by line; it has its own end. Raises RuntimeError if it failed."""
    words = [sys.executable, "-m", "ncsn_viz.ui.bench", name, json.dumps(arguments)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment()) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                yield json.loads(line)
        finally:
            if running.poll() is None:
                running.terminate()
    if running.returncode:
        raise RuntimeError(f"the window ended with exit code {running.returncode}")


def start_of_python(code: str) -> tuple[float, float]:
    """Seconds by the clock and of CPU that Python takes for `code`, its own start and end included."""
    before, begin = children(), time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment(), timeout=LONGEST)
    return time.monotonic() - begin, children() - before


def memory_of(code: str) -> int:
    """The most bytes that a Python holds that does `code`; 0 where the system does not tell."""
    words = [sys.executable, "-c", f"{code}\nfrom ncsn_viz.lab.bench.machine import peak_memory\nprint(peak_memory())"]
    done = subprocess.run(words, check=True, env=environment(), timeout=LONGEST, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


def start_of_window(device: str) -> dict[str, float]:
    """Seconds from the start of the process to each milestone of the window, which is closed after the last."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        env = environment() | {"XDG_DATA_HOME": home}  # neither finds an experiment nor leaves one
        words = [sys.executable, "-c", WINDOW.format(device=device)]
        begin, found = time.monotonic(), dict[str, float]()
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=env, text=True) as running:
            assert running.stdout is not None
            guard = Timer(LONGEST, running.kill)
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


def children() -> float:
    """Seconds of CPU of all processes that were started and have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def environment() -> dict[str, str]:
    """The environment of a process with a window: the platform as given, else the screen, else none."""
    env = dict(os.environ)
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled, and so is what starts here
    if "QT_QPA_PLATFORM" not in env and sys.platform == "linux":
        if not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")):
            env["QT_QPA_PLATFORM"] = "offscreen"
    return env
