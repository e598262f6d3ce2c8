"""Everything public in core and lab says what it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ncsn_viz"
FILES = sorted(path for part in ("core", "lab") for path in (PACKAGE / part).rglob("*.py"))
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(body, prefix=""):
    """Every public class, function and method, with its dotted name. What stands inside a function is private."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{prefix}{node.name}.")


def inherited(name, tree):
    """Whether a base class in the same file says what the method is, as `help` would show it."""
    owner, _, method = name.rpartition(".")
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    bases = [base.id for base in classes[owner].bases if isinstance(base, ast.Name)] if owner in classes else []
    return any(
        inherited(f"{base}.{method}", tree)
        or any(found == method and ast.get_docstring(node) for found, node in members)
        for base in bases
        if (members := list(public(classes[base].body)) if base in classes else [])
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_everything_public_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path.name} says nothing of itself"
    bare = [name for name, node in public(tree.body) if not ast.get_docstring(node) and not inherited(name, tree)]
    assert not bare, f"{path.name}: no docstring for {', '.join(bare)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_docstring_begins_with_a_sentence(path):
    for name, node in public(ast.parse(path.read_text(encoding="utf-8")).body):
        first = (ast.get_docstring(node) or "–.").split("\n\n")[0].strip()
        assert first[-1] in ".:)…", f"{path.name}: {name}: {first!r}"


def test_there_is_something_to_look_at():
    assert len(FILES) > 40
    assert sum(len(list(public(ast.parse(path.read_text(encoding="utf-8")).body))) for path in FILES) > 300
