"""What has to be alike on all machines of a sweep."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import ncsn_viz

ROOMS = ("core", "lab")  # whose code computes the results


class OtherVersions(Exception):
    """What is installed on a worker, where it is not what the sweep was started with."""


@cache
def installed() -> dict[str, str]:
    """The versions of what computes results: ncsn-viz with a digest of its code, torch and numpy."""
    found = {name: _version(name) for name in ("torch", "numpy")}
    return {"ncsn-viz": f"{ncsn_viz.__version__} ({_digest()})"} | found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _digest() -> str:
    """Eight digits that differ where the code differs, whatever the ends of its lines."""
    package = Path(ncsn_viz.__file__).parent
    found = hashlib.sha256()
    for path in sorted(path for room in ROOMS for path in (package / room).rglob("*.py")):
        found.update(path.relative_to(package).as_posix().encode())
        found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:8]
