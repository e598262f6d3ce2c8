"""Outcomes as lines for a terminal and as JSON for machines."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ncsn_viz.core.knobs import ValidationError, nearest
from ncsn_viz.lab.checks import GROUPS
from ncsn_viz.lab.checks.base import Check, Outcome
from ncsn_viz.lab.storage import null_if_not_finite

WIDTH = 110
HEADER = f"{'':9} {'check':<25} {'expected':>10} {'measured':>10}   {'error':<9} {'time':>7}"


def chosen(names: Sequence[str]) -> tuple[Check, ...]:
    """The checks of these names, or in groups of these names, in the order of the list; without names all.

    Raises ValidationError.
    """
    known = [*GROUPS, *(check.name for checks in GROUPS.values() for check in checks)]
    for name in names:
        if name not in known:
            raise ValidationError(f"there is no check or group {name!r}; {nearest(name, known)}")
    return tuple(
        check for group, checks in GROUPS.items() for check in checks if not names or {group, check.name} & set(names)
    )


def listing(checks: Sequence[Check]) -> str:
    """The names and claims of `checks`, below the names of their groups."""
    lines = []
    for group, members in GROUPS.items():
        shown = [check for check in members if check in checks]
        lines += [group] if shown else []
        lines += [line for check in shown for line in (f"  {check.name}", _indented(check.what))]
    return "\n".join(lines)


def as_lines(outcome: Outcome) -> str:
    """The numbers on one line, then the claim, the result in words, the rule to pass, and the source."""
    verdict = "agrees" if outcome.passed else "DIFFERS"
    numbers = (
        f"{verdict:<9} {outcome.name:<25} {number(outcome.expected):>10} {number(outcome.measured):>10} "
        f"± {number(outcome.error):<9} {outcome.seconds:>5.1f} s"
    )
    details = filter(None, (outcome.what, in_words(outcome), outcome.rule, outcome.source))
    return "\n".join([numbers, *map(_indented, details)])


def in_words(outcome: Outcome) -> str:
    """How far the measurement is from what is expected, beside what is allowed, and of which variant that is."""
    if outcome.note:
        return f"No measurement: {outcome.note}"
    worst = f"; the worst of several: {outcome.variant}" if outcome.variant else ""
    return f"Off by {number(outcome.difference)} where {number(outcome.allowed)} is allowed{worst}."


def _indented(line: str) -> str:
    indent = " " * 10
    return textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def summary(found: Sequence[Outcome]) -> str:
    """The number of checks that passed, and the time."""
    agree = sum(outcome.passed for outcome in found)
    return f"{agree} of {len(found)} agree, in {sum(outcome.seconds for outcome in found):.0f} s"


def number(value: float) -> str:
    """Four decimals, or powers of ten where these would hide digits; 0 for rounding errors."""
    if abs(value) < 1e-12:
        return "0"
    return f"{value:.4f}" if 0.001 <= abs(value) < 1e5 or math.isnan(value) else f"{value:.1e}"


def as_json(found: Sequence[Outcome]) -> dict[str, Any]:
    """Every outcome with its rule; numbers that are not finite are null."""
    return {
        "passed": all(outcome.passed for outcome in found),
        "checks": [
            null_if_not_finite(asdict(one) | {"rule": one.rule, "difference": one.difference, "allowed": one.allowed})
            for one in found
        ],
    }
