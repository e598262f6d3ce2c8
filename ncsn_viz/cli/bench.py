"""`ncsn-viz bench`: how fast the program is here."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from ncsn_viz.cli.arguments import add_device, minutes


def main(words: list[str]) -> int:
    """Measure the figures; exit code 1 if a goal is missed."""
    options = _parser().parse_args(words)
    if options.cuda_report:
        from ncsn_viz.lab.bench import cuda_report

        return 0 if cuda_report.write(options.cuda_report, lambda text: print(text, flush=True)) else 1
    from ncsn_viz.lab import bench
    from ncsn_viz.lab.bench import runner, table
    from ncsn_viz.ui import bench as window

    figures = (window.endurance(options.soak),) if options.soak else (*bench.FIGURES, *window.FIGURES)
    figures = table.chosen(figures, options.only)
    emit: Callable[[str], None] = (lambda _: None) if options.json else (lambda text: print(text, flush=True))
    try:
        report = runner.run(figures, options.device, options.quick, emit)
    except KeyboardInterrupt:
        return 130
    if options.json:
        print(json.dumps(report, indent=1, allow_nan=False))
    return 0 if report["passed"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ncsn-viz bench",
        description="How fast it is here: every figure against something measured beside it. Exit code 1 if a goal is "
        "missed.",
    )
    parser.add_argument("--json", action="store_true", help="for machines, when all is done")
    parser.add_argument("--quick", action="store_true", help="within a minute, with fewer repeats")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this figure; may be given again")
    parser.add_argument(
        "--soak", type=minutes, metavar="MINUTES",
        help="in place of the figures: play with the window for so long, and watch memory, threads and open files",
    )  # fmt: skip
    parser.add_argument(
        "--cuda-report", type=Path, metavar="FILE",
        help="in place of the figures: the tests that need CUDA, all figures that need no window on CUDA, and every "
        "objective against the CPU's numbers, as a page of Markdown; within ten minutes",
    )  # fmt: skip
    add_device(parser)
    return parser
