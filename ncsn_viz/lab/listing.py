"""The listing of every kind with its knobs: what `ncsn-viz list` prints and what the documentation is made from."""

from __future__ import annotations

from typing import Any

from ncsn_viz.core.knobs import Kind, defaults, knobs
from ncsn_viz.core.nets import NETS
from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.core.targets import TARGETS

LISTS: dict[str, tuple[type[Kind], ...]] = {
    "targets": TARGETS,
    "objectives": OBJECTIVES,
    "nets": NETS,
    "samplers": SAMPLERS,
}
KINDS: dict[str, type[Kind]] = {cls.kind: cls for kinds in LISTS.values() for cls in kinds}


def listing() -> dict[str, list[dict[str, Any]]]:
    """Every list by its name, every kind as a JSON object."""
    return {name: [describe(cls) for cls in kinds] for name, kinds in LISTS.items()}


def describe(cls: type[Kind]) -> dict[str, Any]:
    """One kind: its name, title, help, formula where it has one, and its knobs."""
    head = {"kind": cls.kind, "title": cls.title, "help": cls.about}
    formula = getattr(cls, "formula", "")
    rows = {name: knob.describe() | {"default": knob.dump(defaults(cls)[name])} for name, knob in knobs(cls).items()}
    return head | ({"formula": formula} if formula else {}) | {"knobs": rows}


def as_text() -> str:
    """The listing for people."""
    return "\n\n".join("\n".join([name.upper(), *(_kind_text(cls) for cls in kinds)]) for name, kinds in LISTS.items())


def _kind_text(cls: type[Kind]) -> str:
    rows = [f"  {cls.kind}  –  {cls.title}. {cls.about}"]
    for name, row in describe(cls)["knobs"].items():
        rows.append(f"      {name:<17} {_range(row):<28} default {_short(row['default'])}")
        if "help" in row:
            rows.append(f"      {'':<17} {row['help']}")
    return "\n".join(rows)


def _range(row: dict[str, Any]) -> str:
    if "options" in row:
        return " | ".join(row["options"])
    if "low" in row:
        scale = ", log" if row.get("scale") == "log" else ""
        return f"{row['low']:g} … {row['high']:g}{scale}"
    return str(row.get("type", ""))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) < 40 else f"{text[:37]}…"
