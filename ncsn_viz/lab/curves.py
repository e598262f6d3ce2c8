"""The curves of one lane: the histories of its repeats as one, and its live measures beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ncsn_viz.lab.history import History, Irregular
from ncsn_viz.lab.snapshot import Curve, Floats

SAID_ELSEWHERE = ("fisher_data",)  # live measures whose history is a curve of its own
Doubles = np.ndarray[Any, np.dtype[np.float64]]


class Curves:
    """Makes one Curve of several histories; the same object as long as none of them has anything new."""

    def __init__(self) -> None:
        self._live = Irregular()
        self._parts: tuple[Curve, ...] = ()
        self._curve = Curve(np.zeros(0, np.float32), {})

    def note(self, step: int, measures: Mapping[str, float]) -> None:
        """Keep live measures as they are after training step number `step`."""
        kept = {name: value for name, value in measures.items() if name not in SAID_ELSEWHERE}
        if step > 0 and kept:
            self._live.record(step, kept)

    def curve(self, histories: Sequence[History]) -> Curve:
        """The median over `histories` with its band, and the live measures."""
        parts = (*(history.curve() for history in histories), self._live.curve())
        if len(parts) != len(self._parts) or any(a is not b for a, b in zip(parts, self._parts, strict=True)):
            self._parts, self._curve = parts, beside(median(histories), parts[-1])
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
    names = dict.fromkeys(name for curve in curves for name in curve.values)
    tables = {name: np.stack([at(steps, curve, name) for curve in curves]) for name in names}
    values, low, high = (
        {name: _columns(table, what) for name, table in tables.items()} for what in (np.nanmedian, np.nanmin, np.nanmax)
    )
    return Curve(steps, values, low, high, len(curves))


def _columns(table: Doubles, what: Callable[..., Any]) -> Floats:
    """`what` of the finite values in every column of `table`; NaN where there is none."""
    finite = np.isfinite(table)
    some = finite.any(0)
    found = np.full(table.shape[1], np.nan, dtype=np.float32)
    found[some] = what(np.where(finite, table, np.nan)[:, some], axis=0)
    return found


def at(steps: Floats, curve: Curve, name: str) -> Doubles:
    """The values of a curve at `steps` (k,), NaN where it has none."""
    found = np.full(len(steps), np.nan)
    if name in curve.values and len(curve.steps):
        place = np.searchsorted(curve.steps, steps).clip(max=len(curve.steps) - 1)
        hit = curve.steps[place] == steps
        found[hit] = curve.values[name][place[hit]]
    return found


def beside(one: Curve, other: Curve) -> Curve:
    """Two curves of different names as one, over the steps of both."""
    if not len(other.steps):
        return one
    steps = np.union1d(one.steps, other.steps).astype(np.float32)

    def spread(curve: Curve, values: Mapping[str, Floats]) -> dict[str, Floats]:
        inner = Curve(curve.steps, values)
        return {name: at(steps, inner, name).astype(np.float32) for name in values}

    values = spread(one, one.values) | spread(other, other.values)
    return Curve(steps, values, spread(one, one.low), spread(one, one.high), one.copies)
