"""Interleaved timing: tasks are measured in turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median, quantiles
from time import perf_counter, process_time

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.bench.base import Goal, Row, Setting

Task = Callable[[], object]


@dataclass(frozen=True)
class Times:
    """Seconds of one call in each round: wall-clock time and CPU time."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]

    @property
    def typical(self) -> float:
        """The median wall-clock time."""
        return median(self.wall)


def interleaved(tasks: Mapping[str, Task], setting: Setting, quick: int, full: int) -> dict[str, Times]:
    """Times of the tasks, each repeated for a turn before the next one, in `quick` or `full` rounds."""
    device = setting.device
    calls = {name: _calls(task, device, setting.turn) for name, task in tasks.items()}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    for _ in range(setting.rounds(quick, full)):
        for name, task in tasks.items():
            found[name].append(_timed(task, calls[name], device))
    return {name: Times(*zip(*spent, strict=True)) for name, spent in found.items()}


def _calls(task: Task, device: str, turn: float) -> int:
    """The number of calls that take `turn` seconds, estimated from a few calls."""
    _timed(task, 1, device)
    spent = min(_timed(task, 2, device)[0] for _ in range(2))
    return max(1, round(turn / max(spent, 1e-9)))


def _timed(task: Task, calls: int, device: str) -> tuple[float, float]:
    synchronize(device)
    wall, cpu = perf_counter(), process_time()
    for _ in range(calls):
        task()
    synchronize(device)
    return (perf_counter() - wall) / calls, (process_time() - cpu) / calls


def synchronize(device: str) -> None:
    """Wait until the device has finished its work."""
    if device == "cuda":
        torch.cuda.synchronize()


def rate(
    name: str, times: Times, other: Times, against: str, unit: str, amount: float = 1.0, goal: Goal | None = None
) -> Row:
    """A row in `unit` a second, `amount` a call; its ratio is that of the times, round by round."""
    row = duration(name, times, other, against, goal)
    return replace(row, value=amount / times.typical, unit=unit)


def duration(name: str, times: Times, other: Times, against: str, goal: Goal | None = None) -> Row:
    """A row in milliseconds a call; its ratio is that of the times, round by round."""
    ratios = [a / b for a, b in zip(times.wall, other.wall, strict=True)]
    low, high = quartiles(ratios)
    cpu = median(a / max(b, 1e-9) for a, b in zip(times.cpu, other.cpu, strict=True))
    return Row(name, 1e3 * times.typical, "ms", median(ratios), against, low, high, cpu, goal)


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The first and the third quartile."""
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high
