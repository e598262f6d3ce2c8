"""Values over training steps, thinned as they grow."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ncsn_viz.core.numerics import torch
from ncsn_viz.lab.checkpoint import Checkpoint, Entries
from ncsn_viz.lab.snapshot import Curve, Floats

LONGEST = 400  # points kept
FIRST_EVERY = 20  # training steps between points, at first
TERM = "term "  # before the name of a term of the loss
ERROR = "_error"  # behind the name of a value: its standard error, which a curve shows as a band
CHANCE_LEVEL = "_chance"  # behind the name of a value: what chance alone reaches
BAND = 2.0  # standard errors from a curve to the edge of its band
Row = tuple[int, Mapping[str, float]]


class History:
    """Values by step at a regular spacing, which doubles whenever the history gets too long."""

    def __init__(self) -> None:
        self.every = FIRST_EVERY
        self.rows: list[Row] = []
        self._curve: Curve | None = None
        self._new: list[Row] = []  # rows that the curve does not hold yet

    def due(self, step: int) -> bool:
        """Whether a value should be recorded after training step number `step`."""
        return step > 0 and step % self.every == 0 and (not self.rows or self.rows[-1][0] != step)

    def record(self, step: int, values: Mapping[str, float]) -> None:
        """Append the values after `step`."""
        self.rows.append((step, values))
        self._new.append((step, values))
        if len(self.rows) > LONGEST:
            self.every *= 2
            self.rows = [row for row in self.rows if row[0] % self.every == 0]
            self._curve = None

    def forget(self, name: str) -> None:
        """Drop all values of that name, and their standard errors."""
        dropped = (name, name + ERROR)
        self.rows = [(step, {key: row[key] for key in row if key not in dropped}) for step, row in self.rows]
        self._curve, self._new = None, []

    def last(self, name: str) -> float | None:
        """The newest value of that name."""
        return self.rows[-1][1].get(name) if self.rows else None

    def state_dict(self) -> Checkpoint:
        """The rows as tables: the steps (k,), and the values by name, with which of them there are, each (k, names)."""
        names = list(dict.fromkeys(name for _, row in self.rows for name in row))
        table = [[row.get(name, 0.0) for name in names] for _, row in self.rows]
        known = [[name in row for name in names] for _, row in self.rows]
        shape = (len(self.rows), len(names))
        return {
            "every": self.every,
            "names": names,
            "steps": torch.tensor([step for step, _ in self.rows], dtype=torch.int64),
            "values": torch.tensor(table, dtype=torch.float64).reshape(shape),
            "known": torch.tensor(known, dtype=torch.uint8).reshape(shape),
        }

    def load_state_dict(self, entries: Entries) -> None:
        """Continue these rows. Raises ValidationError."""
        names = entries.texts("names")
        steps = entries.tensor("steps", (None,), torch.int64).tolist()
        if sorted({*steps}) != steps or len(steps) > LONGEST + 1 or any(step < 0 for step in steps):
            raise entries.error("steps", f"must rise, at most {LONGEST + 1} of them")
        shape = (len(steps), len(names))
        values, known = entries.tensor("values", shape, torch.float64), entries.tensor("known", shape, torch.uint8)
        self.every = entries.integer("every", low=1)
        self.rows = [
            (step, {name: value for name, value, there in zip(names, row, present, strict=True) if there})
            for step, row, present in zip(steps, values.tolist(), known.tolist(), strict=True)
        ]
        self._curve, self._new = None, []

    def curve(self) -> Curve:
        """The history as arrays; the same object until something is recorded."""
        if self._curve is None:
            self._curve = _as_curve(self.rows)
        elif self._new:
            self._curve = _extended(self._curve, _as_curve(self._new))
        self._new = []
        return self._curve


class IrregularHistory(History):
    """Values at irregular steps, as live metrics are computed. Of two at one step the newer is kept."""

    def record(self, step: int, values: Mapping[str, float]) -> None:
        """Append the values after `step`, which never falls; when there are too many, every other one is dropped."""
        if self.rows and self.rows[-1][0] == step:
            self.rows.pop()
            self._curve = None
        self.rows.append((step, values))
        self._new.append((step, values))
        if len(self.rows) > LONGEST:
            self.rows = self.rows[::2]
            self._curve = None


def _as_curve(rows: list[Row]) -> Curve:
    names = dict.fromkeys(name for _, values in rows for name in values)
    columns = {name: np.array([_entry(values.get(name)) for _, values in rows], dtype=np.float32) for name in names}
    values = {name: column for name, column in columns.items() if not name.endswith(ERROR)}
    half = {name: BAND * columns[name + ERROR] for name in values if name + ERROR in columns}
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        low, high = ({name: values[name] + sign * half[name] for name in half} for sign in (-1, 1))
    return Curve(np.array([step for step, _ in rows], dtype=np.float32), values, low, high)


def _entry(value: float | None) -> float:
    """NaN for what was not measured, ∞ for what was measured and is no finite number."""
    if value is None:
        return math.nan
    return value if math.isfinite(value) else math.inf


def _extended(curve: Curve, more: Curve) -> Curve:
    """The curve with more steps appended: a tenth of the time of making it again."""
    missing = [np.full(len(part.steps), np.nan, dtype=np.float32) for part in (curve, more)]

    def joined(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> dict[str, Floats]:
        names = dict.fromkeys((*one, *other))
        return {name: np.concatenate([one.get(name, missing[0]), other.get(name, missing[1])]) for name in names}

    low, high = joined(curve.low, more.low), joined(curve.high, more.high)
    return Curve(np.concatenate([curve.steps, more.steps]), joined(curve.values, more.values), low, high)
