"""Where the files are that the program shows but does not compute."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path


@cache
def asset(name: str) -> Path:
    """The file or folder `name` ("formulas/ncsn.svg") of the assets; the path need not exist.

    An installed package carries them inside as `ncsn_viz/assets`; in a checkout they lie at the top level.
    """
    inside = Path(str(resources.files("ncsn_viz"))) / "assets"
    root = inside if inside.is_dir() else inside.parents[1] / "assets"
    return root / name
