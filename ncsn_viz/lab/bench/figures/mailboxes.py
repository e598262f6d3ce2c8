"""How long a Spec takes to the engine and a Snapshot back, while the worker trains."""

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
from ncsn_viz.lab.engine.mailbox import Mailbox
from ncsn_viz.lab.engine.worker import Worker
from ncsn_viz.lab.experiment import Particles, Spec
from ncsn_viz.lab.snapshot.snapshot import Snapshot

PATIENCE = 60.0  # seconds
QUEUE = "the same hand-over by two queues"
STEP = "one training step"


def mailboxes(setting: Setting) -> Iterator[Row]:
    """The bare hand-over between two threads, then Spec and Snapshot of a worker that trains one lane."""
    rounds = setting.rounds(200, 2000)
    boxes, queues = _boxes(rounds), _queues(rounds)
    row = duration("there_and_back", Times(boxes, boxes), Times(queues, queues), QUEUE)
    yield replace(row, cpu=None, note="a letter to another thread and its answer")
    yield from _with_worker(setting)


def _boxes(rounds: int) -> tuple[float, ...]:
    there, back = Mailbox[int](), Mailbox[int]()

    def answer() -> None:
        for _ in range(rounds):
            back.put(_waited(there))

    return _timed(answer, lambda letter: there.put(letter), lambda: _waited(back), rounds)


def _waited(box: Mailbox[int]) -> int:
    with box.condition:
        box.condition.wait_for(lambda: box.full)
    letter = box.take()
    assert letter is not None
    return letter


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
    for letter in range(rounds):
        begin = perf_counter()
        put(letter)
        get()
        spent.append(perf_counter() - begin)
    thread.join(PATIENCE)
    return tuple(spent)


def _with_worker(setting: Setting) -> Iterator[Row]:
    spec = Spec(lanes=(lane(Denoising()),), particles=Particles(count=1000))
    worker = Worker(setting.device)
    worker.specs.put(spec)
    worker.start()
    try:
        _next(worker, lambda snapshot: snapshot.lanes[0].step > 5)
        seen, specs = _snapshots(worker, setting.rounds(30, 200)), _specs(worker, spec, setting.rounds(20, 100))
        step = seen[1]
        for name, waits, note in (
            ("snapshot", seen[0], "from taking one to the next one in the box"),
            ("spec", specs, "from putting it to the first Snapshot that has it"),
        ):
            low, high = quartiles([wait / step for wait in waits])
            typical = median(waits)
            yield Row(name, 1e3 * typical, "ms", typical / step, STEP, low, high, note=note)
    finally:
        worker.stop()


def _snapshots(worker: Worker, rounds: int) -> tuple[list[float], float]:
    """The time from each Snapshot to the next, and the time of a training step meanwhile."""
    waits, begin, first = [], perf_counter(), _next(worker).lanes[0].step
    for _ in range(rounds):
        since = perf_counter()
        last = _next(worker).lanes[0].step
        waits.append(perf_counter() - since)
    return waits, (perf_counter() - begin) / max(1, last - first)


def _specs(worker: Worker, spec: Spec, rounds: int) -> list[float]:
    waits = []
    for turn in range(rounds):
        fresh = replace(spec, particles=replace(spec.particles, speed=2 + turn % 2))
        begin = perf_counter()
        worker.specs.put(fresh)
        _next(worker, lambda snapshot, wanted=fresh: snapshot.spec is wanted)
        waits.append(perf_counter() - begin)
    return waits


def _next(worker: Worker, wanted=lambda _: True) -> Snapshot:  # type: ignore[no-untyped-def]
    """The next Snapshot that is wanted."""
    end = perf_counter() + PATIENCE
    while perf_counter() < end:
        with worker.condition:
            worker.condition.wait_for(lambda: worker.snapshots.full, PATIENCE)
        snapshot = worker.snapshots.take()
        if snapshot is not None and snapshot.failure:
            raise RuntimeError(snapshot.failure)
        if snapshot is not None and wanted(snapshot):
            return snapshot
    raise TimeoutError(f"no Snapshot in {PATIENCE:g} s")
