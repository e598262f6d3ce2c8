"""Before the window: what prevents Qt from opening it, found before Qt aborts, and signals that end the program."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import FrameType
from typing import Any

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # the last one is unknown on Windows

# The shared libraries that Qt and its X11 platform plugin load, with their Debian packages.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6", "libdbus-1.so.3": "libdbus-1-3", "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "libglib2.0-0",
}  # fmt: skip
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0", "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1", "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0", "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1", "libxcb-xfixes.so.0": "libxcb-xfixes0", "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0", "libX11-xcb.so.1": "libx11-xcb1",
}  # fmt: skip

_pending: list[int] = []  # signals that came before there was a window to close


def on_signals(handler: Callable[[int, FrameType | None], object]) -> dict[int, Any]:
    """Call `handler` on Ctrl-C, at a polite end and when the terminal is closed; the handlers before, by signal.

    What is ignored stays ignored: so a program is started that shall go on (`nohup`).
    """
    present = (getattr(signal, name) for name in SIGNALS if hasattr(signal, name))
    heard = [number for number in present if signal.getsignal(number) is not signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in heard}


def defer_signals() -> None:
    """From now on Ctrl-C waits for the window: an exception during Qt's start would crash it."""
    on_signals(lambda found, _: _pending.append(found))


def signal_pending() -> bool:
    """Whether a signal came before there was a window."""
    return bool(_pending)


def obstacle() -> str | None:
    """Why no window can be opened, in one sentence with a remedy, or None."""
    return no_qt() or _no_screen()


def no_qt() -> str | None:
    """Why Qt cannot be loaded, or None."""
    if find_spec("PySide6") is None:
        return "PySide6 is not installed; install it with: pip install 'PySide6-Essentials>=6.11.3,<6.12'"
    return _packages_for(missing(QT_LIBRARIES))


def missing(libraries: dict[str, str]) -> list[str]:
    """The packages of the libraries that cannot be loaded (Linux only; elsewhere Qt includes them)."""
    return [package for library, package in libraries.items() if sys.platform == "linux" and not _loads(library)]


def _no_screen() -> str | None:
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform != "linux" or platform.split(":")[0] not in ("", "xcb", "wayland"):
        return None
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return (
            "there is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set); on a server use "
            "`ncsn-viz run`, or start the window under `xvfb-run`"
        )
    if not os.environ.get("DISPLAY"):
        return None
    return _packages_for(missing(X11_LIBRARIES)) or _no_connection(os.environ["DISPLAY"])


def _no_connection(display: str) -> str | None:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return _packages_for(["libxcb1"])
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return f"the screen DISPLAY={display} does not answer or does not let this user in" if refused else None


def _packages_for(packages: list[str]) -> str | None:
    if not packages:
        return None
    return f"Qt needs system libraries that are missing; install them with: sudo apt install {' '.join(packages)}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
