"""The curves of one lane: the histories of its repeats as one, and its live measures beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import Curve
from ncsn_viz.lab.training.history import History, Irregular

SAID_ELSEWHERE = ("fisher_data",)  # live measures whose history is a curve of its own


class Curves:
    """Makes one Curve of several histories; the same object as long as none of them has anything new."""

    def __init__(self) -> None:
        self._live = Irregular()
        self._watched: tuple[int, Curve, Curve] | None = None
        self._curve = Curve(np.zeros(0, np.float32), {})

    def note(self, step: int, measures: Mapping[str, float]) -> None:
        """Keep live measures as they are after training step number `step`."""
        kept = {name: value for name, value in measures.items() if name not in SAID_ELSEWHERE}
        if step > 0 and kept:
            self._live.record(step, kept)

    def curve(self, histories: Sequence[History]) -> Curve:
        """The median over `histories` with its band, and the live measures.

        The last history is the one to wait for: repeats take their turns, and half a round is no news.
        """
        watched = (len(histories), histories[-1].curve(), self._live.curve())
        old = self._watched
        if old is None or watched[0] != old[0] or watched[1] is not old[1] or watched[2] is not old[2]:
            self._watched, self._curve = watched, beside(median(histories), watched[2])
        return self._curve


def median(histories: Sequence[History]) -> Curve:
    """The median of every value over `histories`, from the least to the greatest of them; one alone has no band.

    At each step over those that have come so far; where spacings differ, at the widest.
    """
    curves = [history.curve() for history in histories]
    if len(curves) == 1:
        return curves[0]
    widest = max(history.every for history in histories)
    steps = np.unique(np.concatenate([curve.steps for curve in curves])).astype(np.float32)
    steps = steps[steps % widest == 0]
    names = list(dict.fromkeys(name for curve in curves for name in curve.values))
    table = np.sort(np.stack([at(steps, curve.steps, curve.values, names) for curve in curves]), axis=0)
    known = np.isfinite(table).sum(0)  # of each column; what is NaN comes last
    low, less, more, high = (_pick(table, place) for place in (0 * known, (known - 1) // 2, known // 2, known - 1))
    values, lows, highs = (dict(zip(names, rows, strict=True)) for rows in (0.5 * (less + more), low, high))
    return Curve(steps, values, lows, highs, len(curves))


def _pick(table: Floats, place: np.ndarray[Any, np.dtype[np.intp]]) -> Floats:
    """The entry at `place` of every column of `table` (k, …)."""
    found: Floats = np.take_along_axis(table, np.maximum(place, 0)[None], axis=0)[0]
    return found


def at(steps: Floats, known: Floats, values: Mapping[str, Floats], names: Sequence[str]) -> Floats:
    """The values of that name at `steps`, of a curve that knows them at the steps `known`: (names, steps), or NaN."""
    found = np.full((len(names), len(steps)), np.nan, dtype=np.float32)
    if not len(known):
        return found
    place = np.searchsorted(known, steps).clip(max=len(known) - 1)
    hit = known[place] == steps
    for row, name in zip(found, names, strict=True):
        if name in values:
            row[hit] = values[name][place[hit]]
    found[~np.isfinite(found)] = np.nan
    return found


def beside(one: Curve, other: Curve) -> Curve:
    """Two curves of different names as one, over the steps of both."""
    if not len(other.steps):
        return one
    steps = np.union1d(one.steps, other.steps).astype(np.float32)

    def spread(known: Floats, values: Mapping[str, Floats]) -> dict[str, Floats]:
        names = list(values)
        return dict(zip(names, at(steps, known, values, names), strict=True))

    values = spread(one.steps, one.values) | spread(other.steps, other.values)
    return Curve(steps, values, spread(one.steps, one.low), spread(one.steps, one.high), one.copies)
