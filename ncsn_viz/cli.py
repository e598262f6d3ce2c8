"""The commands: the window, a headless run, the listing of kinds, the checks, and the doctor."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ncsn_viz import __version__
from ncsn_viz.core.knobs import ValidationError, nearest

if TYPE_CHECKING:
    from ncsn_viz.lab.experiment.spec import Spec

COMMANDS = """commands:
  ncsn-viz [EXPERIMENT.json]            open the window
  ncsn-viz run EXPERIMENT.json …        train and sample without a window, write the results
  ncsn-viz list [--json|--markdown]     every target, objective, net and sampler with its knobs
  ncsn-viz check [--json]               prove the mathematics: what is known against what is measured
  ncsn-viz bench [--quick] [--json]     how fast is it here: every figure against something measured beside it
  ncsn-viz doctor                       versions, device, Qt, OpenGL; what is missing and how to get it

`ncsn-viz COMMAND --help` says more."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; 2 for input that cannot be used."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    commands: dict[str, Callable[[list[str]], int]] = {
        "run": _run, "list": _list, "check": _check, "bench": _bench, "doctor": _doctor,
    }  # fmt: skip
    command = commands.get(words[0]) if words else None
    try:
        code = command(words[1:]) if command else _window(words)
        sys.stdout.flush()  # here, where a full disk can still be told of
        return code
    except ValidationError as error:
        print(f"ncsn-viz: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # as in `ncsn-viz list | head`
        return 0
    except OSError as error:
        print(f"ncsn-viz: {error.strerror or error}", file=sys.stderr)
        with suppress(OSError):
            sys.stdout.close()  # or Python tries once more at its end
        return 2


def _window(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ncsn-viz",
        description="See how a score is learned.",
        epilog=COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("experiment", nargs="?", type=Path, metavar="EXPERIMENT.json", help="the experiment to open")
    _add_device(parser)
    parser.add_argument("--version", action="version", version=f"ncsn-viz {__version__}")
    found = parser.parse_args(words)
    spec = _opened(found.experiment) if found.experiment else None
    from ncsn_viz.ui.shell.preflight import hold_signals, obstacle

    if missing := obstacle():
        raise ValidationError(missing)
    if found.device in ("cuda", "mps"):
        from ncsn_viz.lab.engine.device import pick

        pick(found.device)  # loads torch before the window; only who asks for a device waits for it
    hold_signals()
    from ncsn_viz.ui.shell.app import run

    return run(spec, found.device)


def _opened(path: Path) -> Spec:
    from ncsn_viz.lab.storage import experiment_files

    if not path.exists() and not path.suffix:
        known = nearest(path, ("run", "list", "check", "bench", "doctor"))
        raise ValidationError(f"there is no command and no file {str(path)!r}; {known}")
    return experiment_files.read(path)


def _run(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="ncsn-viz run", description="Train and sample without a window.")
    parser.add_argument("experiment", type=Path, metavar="EXPERIMENT.json")
    parser.add_argument(
        "--steps", type=_count, required=True, metavar="N", help="training steps of each lane; 0 is allowed"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--seed", type=_count, metavar="S", help="in place of the experiment's seed")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="changes",
        help="change one value, like lanes.0.objective.sigma=0.2; may be given again",
    )  # fmt: skip
    _add_device(parser)
    found = parser.parse_args(words)
    from ncsn_viz.lab.engine import headless
    from ncsn_viz.lab.storage import experiment_files

    changes = found.changes + ([f"seed={found.seed}"] if found.seed is not None else [])
    spec = experiment_files.with_changes(experiment_files.read(found.experiment), changes)
    _make_folder(found.out)
    run = headless.start(spec, found.steps, found.device)
    _advise(spec)
    run.go(_progress_bar())
    if run.interrupted:
        print("ncsn-viz: interrupted; writing what there is …", file=sys.stderr)
    with _undisturbed():
        headless.write(run, found.out)
        _draw_figure(run, found.out / "figure.png")
    print(f"{'interrupted; ' if run.interrupted else ''}results are in {found.out}")
    return 130 if run.interrupted else 0


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Meanwhile Ctrl-C is ignored: a second one would lose what the first one was to keep."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _advise(spec: Spec) -> None:
    """What will go wrong, one line each, before it does."""
    from ncsn_viz.lab.advice.advice import advice

    for found in advice(spec):
        print(f"ncsn-viz: note: lanes.{found.lane}.{found.knob}: {found.sentence}", file=sys.stderr)


def _draw_figure(run: object, path: Path) -> None:
    from ncsn_viz.ui.shell.preflight import no_qt

    if missing := no_qt():
        print(f"ncsn-viz: no figure.png: {missing}", file=sys.stderr)
        return
    from ncsn_viz.lab.engine.headless import Run
    from ncsn_viz.ui.export.figure import draw

    assert isinstance(run, Run)
    draw(run.picture(), path)


def _list(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="ncsn-viz list", description="Every kind with its knobs.")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for machines")
    form.add_argument("--markdown", action="store_true", help="with formulas, as in assets/kinds.md")
    found = parser.parse_args(words)
    from ncsn_viz.lab.storage.listing import as_markdown, as_text, listing, measures

    text = as_markdown if found.markdown else as_text
    whole = listing() | {"measures": measures()}
    print(json.dumps(whole, indent=1, ensure_ascii=False) if found.json else text())
    return 0


def _check(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ncsn-viz check", description="Set-ups whose answers are known, measured. Exit code 1 if any differs."
    )
    parser.add_argument("--json", action="store_true", help="for machines, when all is done")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this check; may be given again")
    found = parser.parse_args(words)
    from ncsn_viz.lab.checks import runner, table

    checks, outcomes = table.chosen(found.only), []
    tell: Callable[[str], None] = (lambda _: None) if found.json else (lambda text: print(text, flush=True))
    tell(table.HEADER)
    try:
        for outcome in runner.outcomes(checks):
            outcomes.append(outcome)
            tell(table.as_lines(outcome))
    except KeyboardInterrupt:
        return 130
    tell(table.summary(outcomes))
    if found.json:
        print(json.dumps(table.as_json(outcomes), indent=1, ensure_ascii=False, allow_nan=False))
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _bench(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ncsn-viz bench",
        description="How fast it is here: every figure against something measured beside it. Exit code 1 if a goal is "
        "missed.",
    )
    parser.add_argument("--json", action="store_true", help="for machines, when all is done")
    parser.add_argument("--quick", action="store_true", help="within a minute, with fewer repeats")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this figure; may be given again")
    parser.add_argument(
        "--soak", type=_minutes, metavar="MINUTES",
        help="in place of the figures: play with the window for so long, and watch memory, threads and open files",
    )  # fmt: skip
    _add_device(parser)
    found = parser.parse_args(words)
    from ncsn_viz.lab import bench
    from ncsn_viz.lab.bench import runner, table
    from ncsn_viz.ui import bench as window

    figures = (window.endurance(found.soak),) if found.soak else (*bench.FIGURES, *window.FIGURES)
    figures = table.chosen(figures, found.only)
    tell: Callable[[str], None] = (lambda _: None) if found.json else (lambda text: print(text, flush=True))
    try:
        report = runner.run(figures, found.device, found.quick, tell)
    except KeyboardInterrupt:
        return 130
    if found.json:
        print(json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False))
    return 0 if report["passed"] else 1


def _doctor(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="ncsn-viz doctor", description="What there is and what is missing.")
    parser.parse_args(words)
    from ncsn_viz.ui.shell.doctor import report

    lines, well = report()
    print("\n".join(lines))
    return 0 if well else 1


def _add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where to compute (default: the best)"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 19:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 < minutes <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes above 0, 10000 at most")
    return minutes


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValidationError(f"cannot make the folder {path}: {error.strerror or error}") from None


def _progress_bar() -> Callable[[str, int, int], None]:
    """A bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        return lambda *_: None
    shown = [""]

    def show(what: str, done: int, total: int) -> None:
        width = max(10, min(40, shutil.get_terminal_size().columns - 40))
        filled = width * done // total
        line = f"\r{what:<12.12} {'█' * filled}{'░' * (width - filled)} {done}/{total}"
        if line[:-1] != shown[0][:-1] or done == total:  # not for every last digit
            sys.stderr.write(line + ("\n" if done == total else ""))
            shown[0] = line

    return show
