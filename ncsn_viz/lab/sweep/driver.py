"""The runs of a sweep on workers: as many at a time as there are threads, their results as they come."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.lab.sweep.outcome import LOST, RunOutcome, SweepStopped, waited_for
from ncsn_viz.lab.sweep.planning import Plan
from ncsn_viz.lab.sweep.versions import OtherVersions, installed
from ncsn_viz.lab.sweep.work import FAILED, Task, carry_out

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK = 1.0  # seconds between two looks at how many threads there are
SCHEDULER_LOST = "the connection to the scheduler is lost; what is done is kept, and --resume does the rest"


def tasks(plan: Plan, runs: Iterable[int], device: str, keep: bool) -> Iterator[Task]:
    """What is to be done for each of the runs, on workers that have what is installed here."""
    settings, reach = plan.sweep.settings, tuple(waited_for(plan.sweep))
    for run in runs:
        text = experiment_files.to_text(plan.spec(run))
        yield Task(run, text, plan.steps(run), settings.metrics, reach, device, keep, installed())


def outcomes(client: Client, wanted: Iterator[Task]) -> Iterator[RunOutcome]:
    """The outcome of every task, in the order in which they end.

    Only as many tasks are with the scheduler as there are threads: each worker has the run that it works on and no
    other, so that the loss of it concerns that run alone, and memory does not grow with their number. Raises
    SweepStopped.
    """
    name = os.urandom(4).hex()  # or the scheduler would take a task of another client for the same
    running: dict[Future, int] = {}
    done: queue.SimpleQueue[Future] = queue.SimpleQueue()
    threads, looked, more = 0, -LOOK, True
    while more or running:
        if time.monotonic() - looked >= LOOK:
            threads, looked = _num_threads(client), time.monotonic()
        while more and len(running) < threads:
            task = next(wanted, None)
            if task is None:
                more = False
                break
            future = client.submit(carry_out, task, key=f"run-{name}-{task.run}", pure=False)
            running[future] = task.run
            future.add_done_callback(done.put)
        for future in _next(done):
            outcome = _outcome(future, running.pop(future))
            future.release()
            yield outcome


def _next(done: queue.SimpleQueue[Future]) -> Sequence[Future]:
    try:
        return [done.get(timeout=LOOK)]
    except queue.Empty:
        return []


def _num_threads(client: Client) -> int:
    """The threads of all workers now. Raises SweepStopped."""
    try:
        return sum(client.nthreads().values())
    except (OSError, ValueError, AttributeError, RuntimeError) as error:
        raise SweepStopped(SCHEDULER_LOST) from error


def _outcome(future: Future, run: int) -> RunOutcome:
    """What has come of a task. Raises SweepStopped where the scheduler is lost, or a worker has another program."""
    if future.status == "finished":
        try:
            outcome: RunOutcome = future.result()
        except Exception as error:
            raise SweepStopped(SCHEDULER_LOST) from error
        return outcome
    if future.status != "error":
        raise SweepStopped(SCHEDULER_LOST)
    failure = future.exception()
    if type(failure).__name__ == "KilledWorker":
        reason = "its worker was lost twice while it ran: killed, or out of memory; --resume tries it again"
        return RunOutcome(run, LOST, reason)
    if isinstance(failure, ImportError | OtherVersions):
        raise SweepStopped(f"a worker that has come later has another ncsn-viz, or none: {failure}")
    return RunOutcome(run, FAILED, f"{type(failure).__name__}: {failure}")
