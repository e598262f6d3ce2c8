"""`ncsn-viz list`: every kind with its knobs, as text, as JSON, or as the page assets/kinds.md."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ncsn_viz.core.knobs import Kind, defaults, knobs
from ncsn_viz.core.targets.formula import CONSTANTS, FUNCTIONS, VARIABLES
from ncsn_viz.lab.metrics import METRICS
from ncsn_viz.lab.storage import REGISTRIES


def main(words: list[str]) -> int:
    """Print the listing."""
    parser = argparse.ArgumentParser(prog="ncsn-viz list", description="Every kind with its knobs.")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for machines")
    form.add_argument("--markdown", action="store_true", help="with formulas, as in assets/kinds.md")
    options = parser.parse_args(words)
    if options.json:
        print(json.dumps(listing() | {"measures": measures(), "formulas": formula_names()}, indent=1))
    else:
        print(as_markdown() if options.markdown else as_text())
    return 0


def listing() -> dict[str, list[dict[str, Any]]]:
    """Every registry by its name, every kind as a JSON object."""
    return {name: [describe(cls) for cls in kinds] for name, kinds in REGISTRIES.items()}


def measures() -> list[dict[str, str]]:
    """Every metric as a JSON object."""
    return [{"name": metric.name, "title": metric.title, "help": metric.meaning} for metric in METRICS.values()]


def formula_names() -> list[dict[str, str]]:
    """What the formula of a target may name, as JSON objects."""
    constants = dict.fromkeys(CONSTANTS, "constant")
    names = VARIABLES | constants | {name: function.help for name, function in FUNCTIONS.items()}
    return [{"name": name, "help": text} for name, text in names.items()]


def describe(cls: type[Kind]) -> dict[str, Any]:
    """One kind: its name, title, help, formula where it has one, and its knobs."""
    head = {"kind": cls.kind, "title": cls.title, "help": cls.about}
    formula = getattr(cls, "formula", "")
    free = {name: knob for name, knob in knobs(cls).items() if not knob.fixed}
    rows = {name: knob.describe() | {"default": knob.dump(defaults(cls)[name])} for name, knob in free.items()}
    return head | ({"formula": formula} if formula else {}) | {"knobs": rows}


def as_text() -> str:
    """The listing for people."""
    parts = ["\n".join([name.upper(), *(_kind_text(cls) for cls in kinds)]) for name, kinds in REGISTRIES.items()]
    measures = [f"  {metric.name}  –  {metric.title}. {metric.meaning}" for metric in METRICS.values()]
    names = [f"  {row['name']:<11} {row['help']}" for row in formula_names()]
    formulas = ["NAMES IN FORMULAS", "  besides numbers, + - * / ^ and parentheses", *names]
    return "\n\n".join([*parts, "\n".join(["MEASURES", *measures]), "\n".join(formulas)])


def _kind_text(cls: type[Kind]) -> str:
    rows = [f"  {cls.kind}  –  {cls.title}. {cls.about}"]
    for name, row in describe(cls)["knobs"].items():
        rows.append(f"      {name:<17} {_range(row):<28} default {_short(row['default'])}")
        if "help" in row:
            rows.append(f"      {'':<17} {row['help']}")
    return "\n".join(rows)


def as_markdown() -> str:
    """The listing as a page for GitHub: formulas as its mathematics, knobs as tables."""
    head = [
        "# Every kind with its knobs",
        "Made by `ncsn-viz list --markdown` from the program's own lists. Symbols are those of the formulas; a step "
        "size η is that of x ← x + η s + √(2η) z.",
    ]
    parts = [
        "\n\n".join([f"## {name.capitalize()}", *(_kind_markdown(cls) for cls in kinds)])
        for name, kinds in REGISTRIES.items()
    ]
    names = [f"| `{row['name']}` | {_cell(row['help'])} |" for row in formula_names()]
    formulas = ["## Names in formulas", "Besides numbers, `+` `-` `*` `/` `^` and parentheses.",
                "\n".join(["| name | meaning |", "|---|---|", *names])]  # fmt: skip
    return "\n\n".join([*head, *parts, *formulas])


def _kind_markdown(cls: type[Kind]) -> str:
    row = describe(cls)
    parts = [f"### {row['title']} (`{row['kind']}`)", _cell(row["help"])]
    if "formula" in row:
        parts.append(f"$`{row['formula']}`$")  # with backticks, or Markdown would eat backslashes of it
    lines = [f"| {' | '.join(_cell(text) for text in _columns(name, knob))} |" for name, knob in row["knobs"].items()]
    if lines:
        parts.append("\n".join(["| knob | range | default | help |", "|---|---|---|---|", *lines]))
    return "\n\n".join(parts)


def _columns(name: str, row: dict[str, Any]) -> tuple[str, str, str, str]:
    symbol = f" {row['symbol']}" if "symbol" in row else ""
    options = ", ".join(f"`{option}`" for option in row.get("options", ()))
    default = row["default"] if isinstance(row["default"], str) else _short(json.dumps(row["default"]))
    return f"`{name}`{symbol}", options or _range(row) or "–", f"`{default}`", row.get("help", "")


def _cell(text: str) -> str:
    """A text with what Markdown would take for its own marks escaped."""
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


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
