"""The latency of a Spec to the engine and of a Snapshot back, while the worker trains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from queue import SimpleQueue
from statistics import median
from threading import Thread
from time import perf_counter

from ncsn_viz.core.objectives import Denoising
from ncsn_viz.lab.bench.base import Row, Setting
from ncsn_viz.lab.bench.figures.training import lane
from ncsn_viz.lab.bench.timing import Times, duration, quartiles
from ncsn_viz.lab.experiment import Particles, Spec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.worker.mailbox import Mailbox
from ncsn_viz.lab.worker.worker import Worker

TIMEOUT = 60.0  # seconds
QUEUE = "the same hand-over by two queues"
STEP = "one training step"


def mailboxes(setting: Setting) -> Iterator[Row]:
    """The exchange of values between two threads, then of Specs and Snapshots with a worker that trains one lane."""
    rounds = setting.rounds(200, 2000)
    boxes, queues = _boxes(rounds), _queues(rounds)
    row = duration("there_and_back", Times(boxes, boxes), Times(queues, queues), QUEUE)
    yield replace(row, cpu=None, note="a letter to another thread and its answer")
    yield from _with_worker(setting)


def _boxes(rounds: int) -> tuple[float, ...]:
    there, back = Mailbox[int](), Mailbox[int]()

    def answer() -> None:
        for _ in range(rounds):
            back.put(_wait_and_take(there))

    return _timed(answer, there.put, lambda: _wait_and_take(back), rounds)


def _wait_and_take(box: Mailbox[int]) -> int:
    with box.condition:
        box.condition.wait_for(lambda: box.full)
    value = box.take()
    assert value is not None
    return value


def _queues(rounds: int) -> tuple[float, ...]:
    there, back = SimpleQueue[int](), SimpleQueue[int]()

    def answer() -> None:
        for _ in range(rounds):
            back.put(there.get())

    return _timed(answer, there.put, back.get, rounds)


def _timed(answer, put, get, rounds: int) -> tuple[float, ...]:  # type: ignore[no-untyped-def]
    thread = Thread(target=answer, name="ncsn-viz bench", daemon=True)
    thread.start()
    spent = []
    for value in range(rounds):
        begin = perf_counter()
        put(value)
        get()
        spent.append(perf_counter() - begin)
    thread.join(TIMEOUT)
    return tuple(spent)


def _with_worker(setting: Setting) -> Iterator[Row]:
    spec = Spec(lanes=(lane(Denoising()),), particles=Particles(count=1000))
    worker = Worker(setting.device)
    worker.specs.put(spec)
    worker.start()
    try:
        _next(worker, lambda snapshot: snapshot.lanes[0].step > 5)
        snapshots, specs = _snapshots(worker, setting.rounds(30, 200)), _specs(worker, spec, setting.rounds(20, 100))
        step = snapshots[1]
        for name, waits, note in (
            ("snapshot", snapshots[0], "from taking one to the next one in the box"),
            ("spec", specs, "from putting it to the first Snapshot that has it"),
        ):
            low, high = quartiles([wait / step for wait in waits])
            typical = median(waits)
            yield Row(name, 1e3 * typical, "ms", typical / step, STEP, low, high, note=note)
    finally:
        worker.stop()


def _snapshots(worker: Worker, rounds: int) -> tuple[list[float], float]:
    """The times from one Snapshot to the next, and the time of a training step meanwhile."""
    waits, begin, first = [], perf_counter(), _next(worker).lanes[0].step
    for _ in range(rounds):
        since = perf_counter()
        last = _next(worker).lanes[0].step
        waits.append(perf_counter() - since)
    return waits, (perf_counter() - begin) / max(1, last - first)


def _specs(worker: Worker, spec: Spec, rounds: int) -> list[float]:
    waits = []
    for turn in range(rounds):
        changed = replace(spec, particles=replace(spec.particles, speed=2 + turn % 2))
        begin = perf_counter()
        worker.specs.put(changed)
        _next(worker, lambda snapshot, wanted=changed: snapshot.spec is wanted)
        waits.append(perf_counter() - begin)
    return waits


def _next(worker: Worker, wanted=lambda _: True) -> Snapshot:  # type: ignore[no-untyped-def]
    """The next Snapshot for which `wanted` is true. Raises TimeoutError."""
    end = perf_counter() + TIMEOUT
    while perf_counter() < end:
        with worker.condition:
            worker.condition.wait_for(lambda: worker.snapshots.full, TIMEOUT)
        snapshot = worker.snapshots.take()
        if snapshot is not None and snapshot.failure:
            raise RuntimeError(snapshot.failure)
        if snapshot is not None and wanted(snapshot):
            return snapshot
    raise TimeoutError(f"no Snapshot in {TIMEOUT:g} s")
