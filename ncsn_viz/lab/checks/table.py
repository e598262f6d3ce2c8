"""Outcomes as lines for a terminal and as JSON for machines."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ncsn_viz.core.knobs import ValidationError, nearest
from ncsn_viz.lab.checks import CHECKS
from ncsn_viz.lab.checks.base import Check, Outcome
from ncsn_viz.lab.storage import null_if_not_finite

WIDTH = 110
HEADER = f"{'':9} {'check':<25} {'expected':>10} {'measured':>10}   {'error':<9} {'time':>7}"


def chosen(names: Sequence[str]) -> tuple[Check, ...]:
    """The checks of these names in the order of the list; without names all. Raises ValidationError."""
    known = [check.name for check in CHECKS]
    for name in names:
        if name not in known:
            raise ValidationError(f"there is no check {name!r}; {nearest(name, known)}")
    return tuple(check for check in CHECKS if not names or check.name in names)


def as_lines(outcome: Outcome) -> str:
    """The numbers on one line, then the claim, the rule to pass, and the source."""
    verdict = "agrees" if outcome.passed else "DIFFERS"
    numbers = (
        f"{verdict:<9} {outcome.name:<25} {number(outcome.expected):>10} {number(outcome.measured):>10} "
        f"± {number(outcome.error):<9} {outcome.seconds:>5.1f} s"
    )
    details = [outcome.what, outcome.rule, outcome.source] + ([outcome.note] if outcome.note else [])
    return "\n".join([numbers, *map(_indented, details)])


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
        "checks": [null_if_not_finite(asdict(one) | {"rule": one.rule}) for one in found],
    }
