"""The curves of one lane: the median over the histories of its replicas, and its live metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ncsn_viz.lab.checkpoint import Checkpoint, Entries
from ncsn_viz.lab.snapshot import Curve, Floats
from ncsn_viz.lab.training.history import CHANCE_LEVEL, ERROR, History, IrregularHistory

# live metrics that the histories record themselves
RECORDED = tuple(name + end for name in ("fisher_data", "fisher_common") for end in ("", ERROR))


class Curves:
    """Combines histories into one Curve; the same object until one of them has a new value."""

    def __init__(self) -> None:
        self._live = IrregularHistory()
        self._sources: tuple[object, ...] = ()  # of the present curve
        self._curve = Curve(np.zeros(0, np.float32), {})

    def state_dict(self) -> Checkpoint:
        """The live metrics recorded so far."""
        return self._live.state_dict()

    def load_state_dict(self, entries: Entries) -> None:
        """Continue these live metrics. Raises ValidationError."""
        self._live.load_state_dict(entries)

    def record_live(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record live metrics after training step number `step`."""
        kept = {
            name: value for name, value in metrics.items() if name not in RECORDED and not name.endswith(CHANCE_LEVEL)
        }
        if step > 0 and kept:
            self._live.record(step, kept)

    def curve(self, histories: Sequence[History]) -> Curve:
        """The median over `histories` with its band, and the live metrics.

        It is made again when the last history has a new value: replicas record one after the other.
        """
        live, sources = self._live.curve(), (len(histories), histories[-1].curve(), self._live.curve())
        if [*map(id, sources)] != [*map(id, self._sources)]:
            self._sources, self._curve = sources, merged(median(histories), live)
        return self._curve


def median(histories: Sequence[History]) -> Curve:
    """The median of every value over `histories`, with a band from the least to the greatest.

    At each step over the values recorded so far; where spacings differ, at the widest. The band of a single one is two
    standard errors of its evaluation points.
    """
    curves = [history.curve() for history in histories]
    if len(curves) == 1:
        return curves[0]
    widest = max(history.every for history in histories)
    steps = np.unique(np.concatenate([curve.steps for curve in curves])).astype(np.float32)
    steps = steps[steps % widest == 0]
    names = list(dict.fromkeys(name for curve in curves for name in curve.values))
    table = np.sort(np.stack([at(steps, curve.steps, curve.values, names) for curve in curves]), axis=0)
    known = np.isfinite(table).sum(0)  # of each column; what is not finite comes last
    rows = np.maximum([0 * known, (known - 1) // 2, known // 2, known - 1], 0)
    low, less, more, high = np.take_along_axis(table, rows, axis=0)
    values, lows, highs = (dict(zip(names, found, strict=True)) for found in (0.5 * (less + more), low, high))
    return Curve(steps, values, lows, highs, len(curves))


def at(steps: Floats, known: Floats, values: Mapping[str, Floats], names: Sequence[str]) -> Floats:
    """The values of these `names` at `steps`, of a curve with values at the steps `known`: (names, steps); else NaN."""
    found = np.full((len(names), len(steps)), np.nan, dtype=np.float32)
    if not len(known):
        return found
    index = np.searchsorted(known, steps).clip(max=len(known) - 1)
    hit = known[index] == steps
    for row, name in zip(found, names, strict=True):
        if name in values:
            row[hit] = values[name][index[hit]]
    return found


def merged(one: Curve, other: Curve) -> Curve:
    """Two curves with different names as one, over the steps of both."""
    if not len(other.steps):
        return one
    steps = np.union1d(one.steps, other.steps).astype(np.float32)

    def spread(known: Floats, values: Mapping[str, Floats]) -> dict[str, Floats]:
        names = list(values)
        return dict(zip(names, at(steps, known, values, names), strict=True))

    values, low, high = (
        spread(one.steps, of_one) | spread(other.steps, of_other)
        for of_one, of_other in ((one.values, other.values), (one.low, other.low), (one.high, other.high))
    )
    return Curve(steps, values, low, high, one.replicas)
