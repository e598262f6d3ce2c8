"""Whether memory, threads and open files stay bounded during long use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from ncsn_viz.lab.bench.base import Row, Setting, at_most
from ncsn_viz.lab.bench.machine import Resources
from ncsn_viz.ui.bench.process import lines_of

SETTLED = 5.0  # minutes after which resources may not grow; a third of a short run
SAMPLES = 60  # per run
FEW = 3  # samples of which the median is compared


def soak(setting: Setting, minutes: float) -> Iterator[Row]:
    """A row for every sample, then the verdict: memory, threads and files by those when they had settled."""
    every, found = max(2.0, 60 * minutes / SAMPLES), list[Resources]()
    for number, line in enumerate(lines_of("soak", minutes=minutes, every=every, device=setting.device), 1):
        held = Resources(line["memory"], line["threads"], line["files"])
        found.append(held)
        note = f"{held.threads} threads, {held.files} open files, step {line['step']:,}"
        ratio = held.memory / found[0].memory if found[0].memory else None
        yield Row(f"at_{number * every / 60:.1f}_min", held.memory / 2**20, "MiB", ratio, "the first", note=note)
    yield from verdict(found, minutes)


def verdict(found: Sequence[Resources], minutes: float) -> Iterator[Row]:
    """The growth of memory, threads and open files since they had settled."""
    if len(found) < 2 * FEW or not found[0].memory:
        yield Row("memory", note="not measured: too short a run, or a system that does not tell")
        return
    first = min(round(len(found) * min(SETTLED / minutes, 1 / 3)), len(found) - 2 * FEW)
    since, against = found[first:], f"after minute {minutes * first / len(found):.1f}"
    before, after = (median(held.memory for held in part) for part in (since[:FEW], since[-FEW:]))
    yield Row("memory", after / 2**20, "MiB", after / before, against, goal=at_most(1.05))
    for name in ("threads", "files"):
        counts = [getattr(held, name) for held in since]
        ratio = median(counts[-FEW:]) / median(counts[:FEW])
        yield Row(name, float(counts[-1]), "", ratio, against, min(counts), max(counts), goal=at_most(1.0))
