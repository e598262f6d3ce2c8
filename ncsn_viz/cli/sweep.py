"""`ncsn-viz sweep`: many runs of an experiment, on the cores of this machine or on a cluster."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from ncsn_viz.cli.arguments import add_device, count
from ncsn_viz.cli.run import Interrupts, progress_bar
from ncsn_viz.cli.streams import say
from ncsn_viz.core.knobs import ValidationError

if TYPE_CHECKING:
    from distributed import Client

    from ncsn_viz.lab.sweep.folder import SweepFolder

MANY = 1000  # runs that are asked about
MOST_WORKERS = 1024
OWN_FAULT = ("failed", "worker lost")  # the statuses of runs without results


def main(words: list[str]) -> int:
    """Carry out a sweep and write its results. Raises ValidationError for bad input, before anything is started.

    The exit code is 1 if a run has failed or the scheduler was lost, and 128 + n after signal number n; what there is
    by then is kept, and `--resume` does the rest.
    """
    options = _options(words)
    from ncsn_viz.lab.engine import device as devices
    from ncsn_viz.lab.sweep import cluster, estimate, planning, sweep_file
    from ncsn_viz.lab.sweep.folder import SweepFolder

    cluster.load_distributed()
    plan = planning.plan(sweep_file.read(options.sweep, options.steps))
    if options.scheduler is None:
        devices.pick(options.device)
    estimate.check_targets(plan)
    with SweepFolder(options.out, plan, options.resume) as folder:
        if folder.missing:
            _announce(folder, options, devices.cores())
        reason, number = _carry_out(folder, options, devices.cores()) if folder.missing else ("", 0)
        sentences = [*([reason] if reason else []), *_write(folder)]
    for sentence in sentences:
        say(sentence)
    statuses = Counter(row["status"] for row in folder.rows.values())
    parts = [f"{times} {status}" for status, times in statuses.items()]
    left = len(plan) - sum(statuses.values())
    print(", ".join([*parts, *([f"{left} not done: go on with --resume"] if left else [])]) + f"; {options.out}")
    return 128 + number if number else 1 if sentences or any(statuses[each] for each in OWN_FAULT) else 0


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ncsn-viz sweep",
        description="Run an experiment many times with other values of its knobs, and put the numbers into one table.",
    )
    parser.add_argument("sweep", type=Path, metavar="SWEEP.json")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--workers", type=workers, metavar="N", help="processes on this machine (default: its cores)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of Dask, like tcp://host:8786, in place of processes here"
    )
    parser.add_argument("--resume", action="store_true", help="do what is missing in DIR")
    parser.add_argument("--steps", type=count, metavar="N", help="training steps of a run, in place of the file's")
    parser.add_argument("--keep", action="store_true", help="keep curves and weights of every run, in DIR/runs")
    parser.add_argument("--yes", action="store_true", help=f"do not ask about {MANY:,} runs and more")
    add_device(parser)
    options = parser.parse_args(words)
    if options.scheduler is not None and options.workers is not None:
        raise ValidationError("--workers are processes of this machine; those of --scheduler are started elsewhere")
    return options


def workers(text: str) -> int:
    """The type of an argument that is a number of processes."""
    number = count(text)
    if not 1 <= number <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes from 1 to {MOST_WORKERS}")
    return number


def duration(seconds: float) -> str:
    """A time in two units at most, as people say it."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


# -- the runs -------------------------------------------------------------------------------------------------------


def _announce(folder: SweepFolder, options: argparse.Namespace, cores: int) -> None:
    """Print how many runs there are and how long they take; ask about many. Raises ValidationError for a no."""
    from ncsn_viz.lab.sweep import estimate

    missing, plan = folder.missing, folder.plan
    there = f", {len(plan) - len(missing):,} of them done" if len(missing) < len(plan) else ""
    processes = options.workers or cores
    seconds = estimate.seconds_of_a_run(plan, missing, options.device) * len(missing)
    total = f"{duration(seconds / min(processes, len(missing)))} on {processes} processes"
    if options.scheduler is not None:
        total = f"{duration(seconds)} of work for one thread as fast as this machine"
    print(f"{len(plan):,} runs of {len(plan.of_setting()):,} settings{there}; about {total}", flush=True)
    if len(missing) >= MANY and not options.yes:
        _ask(f"Start {len(missing):,} runs? [y/N] ")


def _ask(question: str) -> None:
    if not sys.stdin or not sys.stdin.isatty():
        raise ValidationError(
            f"so many runs ({MANY:,} or more) are asked about, and nobody is here to answer: add --yes"
        )
    if input(question).strip().lower() not in ("y", "yes"):
        raise ValidationError("nothing was started")


def _carry_out(folder: SweepFolder, options: argparse.Namespace, cores: int) -> tuple[str, int]:
    """Do what is missing. Why it has ended early, or nothing, and the number of the signal that has ended it."""
    from ncsn_viz.lab.sweep import cluster, driver, versions
    from ncsn_viz.lab.sweep.outcome import SweepStopped

    with Interrupts() as interrupts:
        try:
            with _workers(options, cores) as client:
                cluster.check_workers(client, options.device, versions.installed())
                if address := cluster.dashboard(client):
                    print(f"dashboard: {address}", flush=True)
                missing = folder.missing
                progress = _progress(len(missing))
                wanted = driver.tasks(folder.plan, missing, options.device, options.keep)
                for done, outcome in enumerate(driver.outcomes(client, wanted), 1):
                    folder.add(outcome)
                    progress(done)
                interrupts.ignored = True
        except KeyboardInterrupt:
            interrupts.ignored = True
            return "interrupted; writing what there is …", interrupts.number
        except SweepStopped as error:
            return str(error), 0
        except OSError:  # of Dask, before it has begun
            return driver.SCHEDULER_LOST, 0
    return "", 0


def _workers(options: argparse.Namespace, cores: int) -> AbstractContextManager[Client]:
    from ncsn_viz.lab.sweep import cluster

    if options.scheduler is not None:
        return cluster.workers_of(options.scheduler)
    return cluster.local_workers(options.workers or cores)


def _progress(total: int) -> Callable[[int], None]:
    """A function that shows how many runs are done and how long the rest will take.

    A bar on a terminal, elsewhere a line at every tenth.
    """
    bar, begin, terminal = progress_bar(), time.monotonic(), sys.stderr.isatty()

    def show(done: int) -> None:
        left = f"{duration((time.monotonic() - begin) / done * (total - done))} left" if done < total else "done"
        bar(left, done, total)
        if not terminal and 10 * done // total > 10 * (done - 1) // total:
            say(f"{done:,} of {total:,} runs, {left}")

    return show


def _write(folder: SweepFolder) -> Iterable[str]:
    """Write the summary and the figure. Why that is impossible, if it is."""
    from ncsn_viz.lab.sweep.summary import summary_table

    try:
        folder.finish(summary_table(folder.plan, folder.rows))
    except OSError as error:
        yield f"cannot write into {folder.path}: {error.strerror or error}"
        return
    if folder.rows and (sentence := draw_figure(folder)):
        yield sentence


def draw_figure(folder: SweepFolder) -> str:
    """Draw the most telling measures into figure.png. Why that is impossible, if it is; without Qt, say so."""
    from ncsn_viz.lab.headless import save
    from ncsn_viz.lab.sweep import panels
    from ncsn_viz.lab.sweep.folder import FIGURE
    from ncsn_viz.ui.shell.preflight import no_qt

    if missing := no_qt():
        say(f"no {FIGURE}: {missing}")
        return ""
    from ncsn_viz.ui.sweep import figure

    plan, rows = folder.plan, folder.rows
    names = panels.shown_columns(plan, rows)[: figure.MOST_PANELS]
    found = panels.panels(plan, rows, names)
    return save(folder.path / FIGURE, lambda: figure.as_png(found, panels.caption(plan, rows))) if found else ""
