"""A room of the package is entered by its face: other rooms import only what its `__init__.py` lists in `__all__`."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ncsn_viz"
FILES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
ROOMS = [
    "core.numerics", "core.knobs", "core.fields", "core.analysis", "core.targets", "core.targets.lattice",
    "core.targets.painting",
]  # fmt: skip


def imports(tree):
    """The module and the name of every `from … import …` of the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_others_import_from_the_face(room):
    name = f"ncsn_viz.{room}"
    face, folder = importlib.import_module(name), PACKAGE.joinpath(*room.split("."))
    wrong = [
        f"{path.relative_to(PACKAGE)}: from {module} import {item}"
        for path, tree in FILES.items()
        if folder not in path.parents
        for module, item in imports(tree)
        if (module == name and item not in face.__all__) or (module.startswith(f"{name}.") and inner(module) == name)
    ]
    assert not wrong, "\n".join(wrong)


def inner(module):
    """The innermost room with the module."""
    return max((f"ncsn_viz.{room}" for room in ROOMS if module.startswith(f"ncsn_viz.{room}")), key=len)


def test_no_room_of_core_imports_torch():
    """Forms are built from the settings of core; importing torch would delay the window by a second or more."""
    rooms = sorted(f"ncsn_viz.core.{path.parent.name}" for path in (PACKAGE / "core").glob("*/__init__.py"))
    assert len(rooms) == 9
    code = f"import sys, {', '.join(rooms)}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
