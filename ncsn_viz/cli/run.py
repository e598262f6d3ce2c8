"""`ncsn-viz run`: train and sample without a window, write the results."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ncsn_viz.cli.arguments import add_device, count
from ncsn_viz.cli.streams import say
from ncsn_viz.cli.target import add_target, with_target
from ncsn_viz.core.knobs import ValidationError, one_line

if TYPE_CHECKING:
    from ncsn_viz.lab.experiment import Spec
    from ncsn_viz.lab.headless import Run

RESULTS = (
    "experiment.json", "curves.csv", "particles.npz", "fields.npz", "weights.safetensors", "session.safetensors",
    "metrics.json", "figure.png",
)  # fmt: skip


def main(words: list[str]) -> int:
    """Run an experiment and write its results. Raises ValidationError for bad input.

    The exit code is 1 if anything failed, and 128 + n after signal number n, as after Ctrl-C; what there is by then is
    written nevertheless.
    """
    options = _parser().parse_args(words)
    from ncsn_viz.lab import headless
    from ncsn_viz.lab.engine.engine import read_session
    from ncsn_viz.lab.storage import experiment_files

    changes = options.changes + ([f"seed={options.seed}"] if options.seed is not None else [])
    with Interrupts() as interrupts:
        opened = read_session(options.experiment, pipe=True)
        given = with_target(opened.spec, options)
        spec = experiment_files.with_changes(given, changes)
        _make_folder(options.out, options.force)
        run = headless.start(spec, options.steps, options.device, opened=opened)
        _print_notes(given, spec)
        try:
            run.go(progress_bar())
            interrupts.ignored = True
        except KeyboardInterrupt:  # between two of its parts
            run.interrupted = True
        run.interrupted |= interrupts.number > 0
        if run.interrupted or run.failure:
            say(f"{run.failure or 'interrupted'}; writing what there is …")
        failures = (*run.failures, *_write(run, options.out))
    for sentence in failures:
        say(sentence)
    words = [*(["interrupted"] if run.interrupted else []), *(["not all went well"] if failures else [])]
    print("; ".join([*words, f"results are in {options.out}"]))
    return 128 + interrupts.number if run.interrupted else 1 if failures else 0


class Interrupts:
    """Within it, the first signal that ends programs is a KeyboardInterrupt, unless they are `ignored`.

    Later ones are ignored: a second Ctrl-C would lose the results that the first was to keep. `number` is the first.
    """

    def __init__(self) -> None:
        self.number = 0
        self.ignored = False

    def __enter__(self) -> Interrupts:
        from ncsn_viz.ui.shell.preflight import on_signals

        self._before = on_signals(self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, _: object) -> None:
        first, self.number = self.number == 0, self.number or number
        if first and not self.ignored:
            raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ncsn-viz run", description="Train and sample without a window.")
    parser.add_argument(
        "experiment", type=Path, metavar="FILE", help="an experiment, or a session, whose networks train on"
    )
    parser.add_argument(
        "--steps",
        type=count,
        required=True,
        metavar="N",
        help="training steps of each lane, beyond those of a session; 0 is allowed",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--force", action="store_true", help="replace the results that are in DIR")
    parser.add_argument("--seed", type=count, metavar="S", help="in place of the experiment's seed")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="changes",
        help="change one value, like lanes.0.objective.sigma=0.2; may be given again",
    )  # fmt: skip
    add_target(parser)
    add_device(parser)
    return parser


def _print_notes(given: Spec, spec: Spec) -> None:
    """Print what of the `given` settings changed objectives have replaced, and what will go wrong, to stderr."""
    from ncsn_viz.lab.advice import advice
    from ncsn_viz.lab.experiment import given_up

    for sentence in given_up(given, spec):
        say(f"note: {sentence}")
    for sentence in spec.target.notes:
        say(f"note: target: {sentence}")
    for item in advice(spec):
        say(f"note: lanes.{item.lane}.{item.knob}: {item.sentence}")


def _write(run: Run, out: Path) -> tuple[str, ...]:
    """Replace all results in the folder. What failed, in sentences."""
    from ncsn_viz.lab import headless

    try:
        for name in _results_in(out):
            (out / name).unlink()
    except OSError as error:
        return (f"cannot replace the results in {out}: {error.strerror or error}",)
    return tuple(filter(None, (*headless.write(run, out), draw_figure(run, out / "figure.png"))))


def draw_figure(run: Run, path: Path) -> str:
    """Draw every lane of a run into a PNG file. Why that is impossible, if it is; without Qt, say so."""
    from ncsn_viz.lab.headless import save
    from ncsn_viz.ui.shell.preflight import no_qt

    if missing := no_qt():
        say(f"no figure.png: {missing}")
        return ""
    from ncsn_viz.ui.export.figure import as_png

    return save(path, lambda: as_png(run.picture()))


def _results_in(path: Path) -> list[str]:
    """The names of the results of a run that are in a folder."""
    return [name for name in RESULTS if (path / name).exists()]


def _make_folder(path: Path, force: bool) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
        found = _results_in(path)
    except OSError as error:
        raise ValidationError(f"cannot make the folder {path}: {error.strerror or error}") from None
    if found and not force:
        names = ", ".join(found)
        raise ValidationError(f"{path} holds results ({names}); choose another folder, or replace them with --force")


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
            with suppress(OSError):  # the terminal may be gone, the run goes on
                sys.stderr.write(line + ("\n" if done == total else ""))
            drawn[0] = line

    return draw
