"""The listing of kinds."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ncsn_viz import cli
from ncsn_viz.cli.listing import _cell, as_markdown, as_text, formula_names, listing
from ncsn_viz.core import knobs as k
from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.targets.formula import CONSTANTS, FUNCTIONS, VARIABLES
from ncsn_viz.lab.storage import KINDS, REGISTRIES


def free_knobs(cls):
    """The knobs that have more than one value."""
    return {name: knob for name, knob in k.knobs(cls).items() if not knob.fixed}


def test_everything_is_listed_in_menu_order():
    found = listing()
    assert list(found) == ["targets", "objectives", "nets", "samplers", "schedules"]
    for name, kinds in REGISTRIES.items():
        assert [row["kind"] for row in found[name]] == [cls.kind for cls in kinds]
    assert [row["kind"] for row in found["objectives"]] == [cls.kind for cls in OBJECTIVES]


def test_the_listing_is_json_and_its_defaults_build_the_kind():
    data = json.loads(json.dumps(listing(), allow_nan=False))
    for rows in data.values():
        for row in rows:
            cls = KINDS[row["kind"]]
            assert row["title"] == cls.title
            assert row["help"] == cls.about
            assert list(row["knobs"]) == list(free_knobs(cls))
            assert cls(**{name: knob["default"] for name, knob in row["knobs"].items()}) == cls()


def test_ranges_in_the_listing_are_those_that_are_checked():
    for rows in listing().values():
        for row in rows:
            for name, knob in row["knobs"].items():
                if knob.get("type") in ("number", "integer"):
                    assert knob["low"] <= knob["default"] <= knob["high"], (row["kind"], name)
                    assert knob["scale"] in ("log", "linear")
                if knob.get("type") == "choice":
                    assert knob["default"] in knob["options"]


def test_the_text_names_every_kind_and_every_knob():
    text = as_text()
    for cls in KINDS.values():
        assert f"  {cls.kind}  –  {cls.title}. {cls.about}" in text
        for name, knob in free_knobs(cls).items():
            assert f"\n      {name} " in text
            assert knob.help in text
    assert "0.01 … 50, log" in text
    assert "silu | softplus | tanh | relu" in text


def test_the_markdown_has_every_kind_with_its_formula_and_knobs():
    text = as_markdown()
    for cls in KINDS.values():
        section = text.split(f"### {cls.title} (`{cls.kind}`)\n")[1].split("\n##")[0]
        formula = getattr(cls, "formula", "")
        assert not formula or f"\n$`{formula}`$\n" in section
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert [row.split("`")[1] for row in rows] == list(free_knobs(cls))
        for row, knob in zip(rows, free_knobs(cls).values(), strict=True):
            assert len(re.findall(r"(?<!\\)\|", row)) == 5
            assert _cell(knob.help) in row


def test_the_names_in_formulas_are_listed():
    named = [row["name"] for row in formula_names()]
    assert named == [*VARIABLES, *CONSTANTS, *FUNCTIONS]
    for name in named:
        assert re.search(rf"^  {name} +\S", as_text(), flags=re.MULTILINE)
        assert f"\n| `{name}` | " in as_markdown()


def test_the_page_of_kinds_is_not_stale():
    page = Path(__file__).parents[2] / "assets" / "kinds.md"
    fresh = page.read_text(encoding="utf-8") == as_markdown() + "\n"
    assert fresh, "make it again: ncsn-viz list --markdown > assets/kinds.md"


def test_the_listing_command(capsys):
    assert cli.main(["list", "--json"]) == 0
    listed = {"targets", "objectives", "nets", "samplers", "schedules", "measures", "formulas"}
    assert set(json.loads(capsys.readouterr().out)) == listed
    assert cli.main(["list"]) == 0
    assert "TARGETS" in capsys.readouterr().out
