"""`ncsn-viz run`: train and sample without a window, write the results."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ncsn_viz.cli.arguments import add_device, count
from ncsn_viz.cli.target import add_target, with_target
from ncsn_viz.core.knobs import ValidationError, one_line

if TYPE_CHECKING:
    from ncsn_viz.lab.engine.headless import Run
    from ncsn_viz.lab.experiment import Spec


def main(words: list[str]) -> int:
    """Run an experiment and write its results; exit code 130 after Ctrl-C. Raises ValidationError for bad input."""
    options = _parser().parse_args(words)
    from ncsn_viz.lab.engine import headless
    from ncsn_viz.lab.storage import experiment_files

    changes = options.changes + ([f"seed={options.seed}"] if options.seed is not None else [])
    spec = with_target(experiment_files.read(options.experiment, pipe=True), options)
    spec = experiment_files.with_changes(spec, changes)
    _make_folder(options.out)
    run = headless.start(spec, options.steps, options.device)
    _print_advice(spec)
    run.go(progress_bar())
    if run.interrupted:
        print("ncsn-viz: interrupted; writing what there is …", file=sys.stderr)
    with _ignoring_interrupts():
        headless.write(run, options.out)
        draw_figure(run, options.out / "figure.png")
    print(f"{'interrupted; ' if run.interrupted else ''}results are in {options.out}")
    return 130 if run.interrupted else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ncsn-viz run", description="Train and sample without a window.")
    parser.add_argument("experiment", type=Path, metavar="EXPERIMENT.json")
    parser.add_argument(
        "--steps", type=count, required=True, metavar="N", help="training steps of each lane; 0 is allowed"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--seed", type=count, metavar="S", help="in place of the experiment's seed")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="changes",
        help="change one value, like lanes.0.objective.sigma=0.2; may be given again",
    )  # fmt: skip
    add_target(parser)
    add_device(parser)
    return parser


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C: a second one would lose the results that the first one was to keep."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _print_advice(spec: Spec) -> None:
    """Print what will go wrong, one line each, to stderr."""
    from ncsn_viz.lab.advice import advice

    for item in advice(spec):
        print(f"ncsn-viz: note: lanes.{item.lane}.{item.knob}: {item.sentence}", file=sys.stderr)


def draw_figure(run: Run, path: Path) -> None:
    """Draw every lane of a run into a PNG file; without Qt print why not."""
    from ncsn_viz.ui.shell.preflight import no_qt

    if missing := no_qt():
        print(f"ncsn-viz: no figure.png: {missing}", file=sys.stderr)
        return
    from ncsn_viz.ui.export.figure import draw

    draw(run.picture(), path)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValidationError(f"cannot make the folder {path}: {error.strerror or error}") from None


def progress_bar() -> Callable[[str, int, int], None]:
    """A function (task, done, total) that draws a bar on a terminal, and does nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda *_: None
    drawn = [""]

    def draw(task: str, done: int, total: int) -> None:
        width = max(10, min(40, shutil.get_terminal_size().columns - 40))
        filled = width * done // total
        line = f"\r{one_line(task):<12.12} {'█' * filled}{'░' * (width - filled)} {done}/{total}"
        if line[:-1] != drawn[0][:-1] or done == total:  # not for every last digit
            sys.stderr.write(line + ("\n" if done == total else ""))
            drawn[0] = line

    return draw
