"""A map layer or a metric is one file and one line: a copy of the package with one more of each offers both everywhere.

What has to hold in that copy stands in `extended_registry.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import ncsn_viz
from ncsn_viz.lab import map_layers, metrics

TESTS = Path(__file__).parent
PACKAGE = Path(ncsn_viz.__file__).parent

MAP_LAYER = """
from __future__ import annotations

from ncsn_viz.core.numerics.lazy import torch
from {room}.base import MapInputs, MapLayer


def length(inputs: MapInputs) -> torch.Tensor:
    return torch.linalg.vector_norm(inputs.field.score, dim=-1)


LENGTH = MapLayer("length", "Length", "How long arrows are.", "‖s‖", "Shift+9", "log", length)
"""
METRIC = """
from __future__ import annotations

from {room}.base import Metric, MetricInputs


def radius(inputs: MetricInputs) -> dict[str, float]:
    return {{}} if inputs.x is None else {{"radius": float(inputs.x.norm(dim=1).mean())}}


RADIUS = Metric("radius", "mean radius", "Mean distance from the origin.", better="least", format="percent",
                logarithmic=True, live=radius, final=radius)
"""


def add(copy, room, name, text, last):
    """Write the file `name` into `room`, and one line into its list, behind `last`."""
    folder = copy.joinpath(*room.split(".")[1:])
    (folder / f"{name}.py").write_text(text.format(room=room), encoding="utf-8")
    lines = (folder / "__init__.py").read_text(encoding="utf-8").splitlines()
    lines.insert(lines.index(f"        {last},") + 1, f"        {name.upper()},")
    lines.insert(lines.index("from __future__ import annotations") + 1, f"from {room}.{name} import {name.upper()}")
    (folder / "__init__.py").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_one_file_and_one_line_add_a_map_layer_and_a_metric(tmp_path):
    copy = tmp_path / "ncsn_viz"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assets = PACKAGE.parent / "assets"
    if assets.is_dir():
        (tmp_path / "assets").symlink_to(assets)
    add(copy, map_layers.__name__, "length", MAP_LAYER, "CURL")
    add(copy, metrics.__name__, "radius", METRIC, "SLICED_W2")
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", TESTS.parent / "pyproject.toml",
             TESTS / "extended_registry.py"]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(TESTS)))}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
