"""Cache of paintings: a new one continues the most similar cached one instead of starting from its base."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.painting.marks import Mark
from ncsn_viz.core.targets.painting.strokes import Stroke
from ncsn_viz.core.targets.painting.weights import Painting

if TYPE_CHECKING:
    from ncsn_viz.core.targets.painting.painted import Painted

CHECKPOINT_INTERVAL = 16  # marks from one checkpoint to the next
MAX_CHECKPOINTS = 32


class PaintingCache:
    """The `size` paintings that were used last, and checkpoints of long paintings. Thread-safe.

    `ground` gives the weights below the first mark of a target.
    There is a checkpoint every CHECKPOINT_INTERVAL marks, so that undoing many marks of a long painting draws at most
    CHECKPOINT_INTERVAL of them each time. Cached paintings are never drawn on, only their copies.
    """

    def __init__(self, size: int, ground: Callable[[Painted], Array]) -> None:
        self._size, self._ground, self._lock = size, ground, threading.Lock()
        self._recent: OrderedDict[int, tuple[Painted, Painting]] = OrderedDict()  # the most recently used is last
        self._checkpoints: OrderedDict[int, tuple[Painted, Painting]] = OrderedDict()  # key: −(number of marks)
        self._made = 0

    def painting(self, target: Painted) -> Painting:
        """The painting of `target`, read-only. The lock is released between two checkpoints."""
        while (earlier := self.drawable_prefix(target)) is not target:
            self.painting(earlier)
        with self._lock:
            return self._drawn(target)

    def drawable_prefix(self, target: Painted) -> Painted:
        """`target`, or its marks up to the next checkpoint that is not cached yet."""
        with self._lock:
            count, _, _ = max(((*depth, key) for key, depth in self._depths(target)), default=(0, 0, 0))
        checkpoint = (count // CHECKPOINT_INTERVAL + 1) * CHECKPOINT_INTERVAL
        return target if checkpoint >= len(target.strokes) else replace(target, strokes=target.strokes[:checkpoint])

    def _drawn(self, target: Painted) -> Painting:
        marks = target.strokes
        usable = sorted((*depth, key) for key, depth in self._depths(target))
        count, _, key = usable[-1] if usable else (0, 0, 0)
        if not usable:
            return self._keep(target, Painting(self._ground(target), target.window), marks)
        earlier, painting = self._recent.get(key) or self._checkpoints[key]
        if key in self._recent:
            self._recent.move_to_end(key)  # dragging a mark must not evict the painting below it
        if earlier.strokes == marks:
            return painting
        for other, _, shorter in usable[:-1]:  # of a growing stroke only the last two states are requested again
            if other == len(marks):
                self._recent.pop(shorter, None)
        painting = painting.copy()
        if count and isinstance(last := marks[count - 1], Stroke) and earlier.strokes[-1] != last:
            painting.extend(last)
        return self._keep(target, painting, marks[count:])

    def _depths(self, target: Painted) -> Iterator[tuple[int, tuple[int, int]]]:
        """Key of each cached painting that `target` continues, with its (marks, points of the last one)."""
        for key, (earlier, _) in chain(self._checkpoints.items(), self._recent.items()):
            marks = earlier.strokes
            if _lattice(earlier) != _lattice(target) or len(marks) > len(target.strokes):
                continue
            if not marks:
                yield key, (0, 0)
            elif marks[:-1] == target.strokes[: len(marks) - 1] and _continues(marks, target.strokes):
                last = marks[-1]
                yield key, (len(marks), len(last.points) if isinstance(last, Stroke) else 0)

    def _keep(self, target: Painted, painting: Painting, marks: tuple[Mark, ...]) -> Painting:
        """Draw the remaining `marks` of `target`, and cache the result."""
        for mark in marks:
            painting.draw(mark)
        self._made += 1
        self._recent[self._made] = (target, painting)
        if len(self._recent) > self._size:
            self._recent.popitem(last=False)
        count = len(target.strokes)
        if count and count % CHECKPOINT_INTERVAL == 0:
            self._checkpoints[-count] = (target, painting)
            self._checkpoints.move_to_end(-count)
            if len(self._checkpoints) > MAX_CHECKPOINTS:
                self._checkpoints.popitem(last=False)
        return painting


def _lattice(target: Painted) -> tuple[object, ...]:
    """What the weights below all marks depend on; of the bandwidth only those of a base do."""
    return target.base, target.window, target.resolution, target.base and target.effective_bandwidth()


def _continues(marks: tuple[Mark, ...], longer: tuple[Mark, ...]) -> bool:
    """Whether `longer` has the last of `marks` at the same index, unchanged or with more points at its end."""
    last, same = marks[-1], longer[len(marks) - 1]
    return same.continues(last) if isinstance(same, Stroke) else same == last
