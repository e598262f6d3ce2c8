"""The doctor: versions, device, Qt and OpenGL; what is missing and how to install it."""

from __future__ import annotations

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


def report() -> tuple[list[str], bool]:
    """The lines of the report, and whether the window can be opened."""
    lines = [f"Python       {platform.python_version()} on {platform.platform()}"]
    lines += [f"{name:<20} {_version(name)}" for name in PACKAGES]
    lines += [_device(), _qt()]
    lacking = missing(QT_LIBRARIES) + missing(X11_LIBRARIES)
    if lacking:
        lines.append(f"missing      sudo apt install {' '.join(lacking)}")
    reason = obstacle()
    lines.append(f"window       {'can be opened' if reason is None else reason}")
    return lines, reason is None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return f"not installed (pip install {name})"


def _device() -> str:
    from ncsn_viz.lab.engine import device

    return f"device       {device.describe(device.pick('auto'))}, {os.cpu_count()} cores"


def _qt() -> str:
    """Qt's platform and OpenGL, from a process of its own, because a Qt that cannot start aborts its process."""
    try:
        found = subprocess.run([sys.executable, "-c", _OPENGL], capture_output=True, text=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        return "Qt           does not answer within 30 seconds"
    words = found.stdout.split()
    if not words:
        reasons = found.stderr.strip().splitlines()
        return f"Qt           cannot start: {reasons[0] if reasons else 'no reason given'}"
    opengl = ".".join(words[1:]) if len(words) > 1 else "none"
    return f"Qt           platform {words[0]}, OpenGL {opengl} (not needed: surfaces are painted)"
