"""Other processes: probes of the window, and starts of Python that are timed from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

LONGEST = 300  # seconds for which a probe may run


def probe(name: str, **arguments: Any) -> dict[str, Any]:
    """What the probe found. Raises RuntimeError with its last words if it failed."""
    words = [sys.executable, "-m", "ncsn_viz.ui.bench", name, json.dumps(arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST, check=False, env=environment())
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise RuntimeError(told[-1] if told else f"exit code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def environment() -> dict[str, str]:
    """The environment of a process with a window: the platform as given, else the screen, else none."""
    env = dict(os.environ)
    if "QT_QPA_PLATFORM" not in env and sys.platform == "linux":
        if not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")):
            env["QT_QPA_PLATFORM"] = "offscreen"
    return env
