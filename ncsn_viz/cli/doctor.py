"""`ncsn-viz doctor`: what is installed and what is missing. It works without torch, numpy and Qt."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from ncsn_viz.ui.shell.preflight import QT_LIBRARIES, X11_LIBRARIES, missing, obstacle

PACKAGES = ("ncsn-viz", "torch", "numpy", "PySide6-Essentials", "safetensors", "contourpy", "Pillow")

_OPENGL = """
from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext
app = QGuiApplication([])
surface = QOffscreenSurface(); surface.create()
context = QOpenGLContext()
ok = context.create() and context.makeCurrent(surface)
print(app.platformName(), *(context.format().version() if ok else ()))
"""


def main(words: list[str]) -> int:
    """Print the report; exit code 1 if something is missing."""
    parser = argparse.ArgumentParser(prog="ncsn-viz doctor", description="What there is and what is missing.")
    parser.parse_args(words)
    lines, complete = report()
    print("\n".join(lines))
    return 0 if complete else 1


def report() -> tuple[list[str], bool]:
    """The lines of the report, and whether the window can be opened and can learn."""
    lines = [f"Python       {platform.python_version()} on {platform.platform()}"]
    lines += [f"{name:<20} {_version(name)}" for name in PACKAGES]
    device, computes = _device()
    lines += [f"device       {device}, {os.cpu_count()} cores", _qt()]
    lacking = missing(QT_LIBRARIES) + missing(X11_LIBRARIES)
    if lacking:
        lines.append(f"missing      sudo apt install {' '.join(lacking)}")
    reason = obstacle()
    lines.append(f"window       {'can be opened' if reason is None else reason}")
    return lines, computes and reason is None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return f"not installed (pip install {name})"


def _device() -> tuple[str, bool]:
    """The best device, or why there is none, and whether there is one."""
    try:
        from ncsn_viz.lab.engine import device

        return device.describe(device.pick("auto")), True
    except (ImportError, OSError) as error:  # a package that is missing, a library of it that cannot be loaded
        return f"none: {error}", False


def _qt() -> str:
    """Qt's platform and OpenGL, from a process of its own, because a Qt that cannot start aborts its process."""
    command = [sys.executable, "-c", _OPENGL]
    try:
        found = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=30, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "Qt           does not answer within 30 seconds"
    words = found.stdout.split()
    if not words:
        reasons = found.stderr.strip().splitlines()
        traced = bool(reasons) and reasons[0].startswith("Traceback")
        return f"Qt           cannot start: {reasons[-traced] if reasons else 'no reason given'}"
    opengl = ".".join(words[1:]) if len(words) > 1 else "none"
    return f"Qt           platform {words[0]}, OpenGL {opengl} (not needed: surfaces are painted)"
