"""`ncsn-viz check`: measure what is known, and compare."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from ncsn_viz.lab.checks import runner, table


def main(words: list[str]) -> int:
    """Run the checks; exit code 1 if any differs."""
    parser = argparse.ArgumentParser(
        prog="ncsn-viz check", description="Set-ups whose answers are known, measured. Exit code 1 if any differs."
    )
    parser.add_argument("--json", action="store_true", help="for machines, when all is done")
    parser.add_argument("--list", action="store_true", help="the names of all checks with what they claim, and no more")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this check or group; may be given again"
    )
    options = parser.parse_args(words)
    checks, outcomes = table.chosen(options.only), []
    if options.list:
        print(table.listing(checks))
        return 0
    emit: Callable[[str], None] = (lambda _: None) if options.json else (lambda text: print(text, flush=True))
    emit(table.HEADER)
    try:
        for outcome in runner.outcomes(checks):
            outcomes.append(outcome)
            emit(table.as_lines(outcome))
    except KeyboardInterrupt:
        return 130
    emit(table.summary(outcomes))
    if options.json:
        print(json.dumps(table.as_json(outcomes), indent=1, allow_nan=False))
    return 0 if all(outcome.passed for outcome in outcomes) else 1
