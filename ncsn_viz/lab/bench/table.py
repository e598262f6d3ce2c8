"""Rows as lines for a terminal and as JSON for machines."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ncsn_viz.core.knobs import ValidationError, nearest
from ncsn_viz.lab.bench.base import Figure, Goal, Row
from ncsn_viz.lab.storage import null_if_not_finite

WIDTH = 118
HEADER = f"{'':7} {'figure':<40} {'value':>9} {'':<10} {'ratio':>8}  {'quartiles':<15} {'cpu':>6}  to what"
VERDICTS = {True: "met", False: "MISSED", None: ""}


def chosen(figures: Sequence[Figure], names: Sequence[str]) -> tuple[Figure, ...]:
    """The figures of these names in the order of the list; without names all. Raises ValidationError."""
    known = [figure.name for figure in figures]
    for name in names:
        if name not in known:
            raise ValidationError(f"there is no figure {name!r}; {nearest(name, known)}")
    return tuple(figure for figure in figures if not names or figure.name in names)


def as_line(row: Row) -> str:
    """Verdict, value, ratio with its quartiles, the ratio in CPU time, the reference, and the goal."""
    numbers = (
        f"{VERDICTS[row.met]:<7} {row.name:<40} {number(row.value):>9} {row.unit:<10} {number(row.ratio):>8}  "
        f"{_spread(row):<15} {number(row.cpu):>6}  "
    )
    remarks = "; ".join(filter(None, (row.against, goal_text(row.goal), row.note)))
    return textwrap.fill(numbers + remarks, WIDTH + 24, subsequent_indent=" " * 8, break_on_hyphens=False).rstrip()


def _spread(row: Row) -> str:
    return "" if row.low is None or row.high is None else f"{number(row.low)} – {number(row.high)}"


def goal_text(goal: Goal | None) -> str:
    """The goal in words."""
    return f"goal: {goal.of} {goal.rule} {number(goal.limit)}" if goal else ""


def number(value: float | None) -> str:
    """Three digits, thousands with commas; empty for a value that was not measured."""
    if value is None or not math.isfinite(value):
        return "" if value is None else str(value)
    if value and (abs(value) < 1e-3):
        return f"{value:.1e}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{min(digits, 4)}f}"


def summary(rows: Sequence[Row], seconds: float) -> str:
    """The number of goals that are met, missed and not measured, and the time."""
    with_goal = [row for row in rows if row.goal]
    met, missed = (sum(row.met is wanted for row in with_goal) for wanted in (True, False))
    return f"{met} goals met, {missed} missed, {len(with_goal) - met - missed} not measured, in {seconds:.0f} s"


def machine_lines(machine: Mapping[str, Any]) -> str:
    """The machine in words."""
    text = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in machine.items())
    return textwrap.fill(text, WIDTH)


def as_json(rows: Sequence[Row], machine: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """Machine, rows, and whether no goal is missed; numbers that are not finite are null."""
    return {
        "passed": not any(row.met is False for row in rows),
        "machine": dict(machine),
        "seconds": round(seconds, 1),
        "rows": [null_if_not_finite(asdict(row) | {"met": row.met}) for row in rows],
    }
