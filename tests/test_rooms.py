"""A room of the package is entered by its face, its `__init__.py`.

Other rooms import only what it lists in `__all__`, or the modules that its docstring names.
"""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ncsn_viz"
FILES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
ROOMS = [
    "core.numerics", "core.knobs", "core.fields", "core.analysis", "core.targets", "core.targets.formula",
    "core.targets.lattice",
    "core.targets.painting", "core.schedules", "lab.snapshot", "lab.map_layers", "lab.advice", "lab.storage",
    "lab.checkpoint", "lab.headless",
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


def without_list():
    """The rooms whose face names modules, not the names in them."""
    for face in PACKAGE.glob("*/*/__init__.py"):
        if "Other rooms use" in (ast.get_docstring(FILES[face]) or ""):
            yield face.parent


@pytest.mark.parametrize("room", [*without_list()], ids=lambda room: f"{room.parent.name}.{room.name}")
def test_the_face_names_the_modules_that_other_rooms_use(room):
    named = set(re.findall(r"`(\w+)`", ast.get_docstring(FILES[room / "__init__.py"]).split("Other rooms use")[1]))
    name, used = ".".join(("ncsn_viz", *room.relative_to(PACKAGE).parts)), set()
    for path, tree in FILES.items():
        if room not in path.parents:
            for module, item in imports(tree):
                if module == name:
                    used.add(item)
                elif module.startswith(f"{name}."):
                    used.add(module.removeprefix(f"{name}.").split(".")[0])
    assert named == used


def test_every_room_has_a_face():
    """It lists names or modules, or it is itself what others use."""
    without = set(without_list())
    for face in (path for path in PACKAGE.glob("*/*/__init__.py") if path.parent.parent.name in ("core", "lab", "ui")):
        defined = [node for node in FILES[face].body if isinstance(node, ast.FunctionDef | ast.Assign | ast.AnnAssign)]
        assert face.parent in without or defined, face


def inner(module):
    """The innermost room with the module."""
    return max((f"ncsn_viz.{room}" for room in ROOMS if module.startswith(f"ncsn_viz.{room}")), key=len)


def test_no_room_of_core_imports_torch():
    """Forms are built from the settings of core; importing torch would delay the window by a second or more."""
    rooms = sorted(f"ncsn_viz.core.{path.parent.name}" for path in (PACKAGE / "core").glob("*/__init__.py"))
    assert len(rooms) == 9
    code = f"import sys, {', '.join(rooms)}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_rooms_are_small_and_names_are_used_once():
    for folder in {path.parent for path in FILES}:
        modules = [path for path in folder.glob("*.py") if path.name not in ("__init__.py", "__main__.py")]
        assert len(modules) <= 12, folder
    classes = [node.name for tree in FILES.values() for node in tree.body if isinstance(node, ast.ClassDef)]
    assert not {name for name in classes if classes.count(name) > 1}
    assert len((PACKAGE / "ui" / "shell" / "window.py").read_text(encoding="utf-8").splitlines()) < 150
