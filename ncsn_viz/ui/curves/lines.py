"""Training histories as lines, and where these have gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from PySide6.QtGui import QColor

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.lab.snapshot import Curve, Floats
from ncsn_viz.lab.training.history import TERM
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Array
from ncsn_viz.ui.widgets.translate import translate

DIMMEST = 0.6  # the opacity of a lane's last term
Mask = np.ndarray[Any, np.dtype[np.bool_]]
BELOW = 1e-10  # of the least value: the lower edge of a band, on a logarithmic axis, where it is not above 0


@dataclass(frozen=True, eq=False)
class CurveLine:
    """A line of the lane in `slot`: `values` (k,) measured after `steps` (k,), and on which axes they are drawn.

    `low` and `high` (k,) are the edges of its band, if it has one. The line breaks where there is no position on the
    axes: at values that are not finite or, on a logarithmic axis, not above 0.
    """

    slot: int
    name: str
    color: str
    steps: Array
    values: Array
    low: Array | None = None
    high: Array | None = None
    log_x: bool = False
    log_y: bool = False

    @cached_property
    def shown(self) -> Mask:
        """Which of the values have a position (k,)."""
        return np.isfinite(self.x) & np.isfinite(self.y)

    @cached_property
    def x(self) -> Array:
        """The positions of the steps (k,)."""
        return positions(self.steps, self.log_x)

    @cached_property
    def y(self) -> Array:
        """The positions of the values (k,), NaN where there is none."""
        return positions(self.values, self.log_y)

    @cached_property
    def band(self) -> tuple[Array, Array] | None:
        """The positions of the band's edges (k,), NaN in the gaps of the line.

        In logarithm a lower edge that is not above 0 is far below everything that is drawn: the band reaches the axis.
        """
        if self.low is None or self.high is None:
            return None
        low = self.low
        if self.log_y:
            least = np.min(self.values, where=self.shown, initial=1.0)
            low = np.where(low > 0, low, least * BELOW)
        edges = [positions(edge, self.log_y) for edge in (low, self.high)]
        known = self.shown & np.isfinite(edges).all(axis=0)
        return np.where(known, edges[0], np.nan), np.where(known, edges[1], np.nan)

    @property
    def hidden(self) -> int:
        """How many values have no position."""
        return int((~self.shown).sum())

    @property
    def ends_hidden(self) -> bool:
        """Whether the newest value has none."""
        return bool(len(self.shown)) and not self.shown[-1]

    def alone(self) -> list[int]:
        """The indices of values with gaps on both sides, through which no line goes."""
        around = np.pad(self.shown, 1)
        return [*map(int, np.flatnonzero(self.shown & ~around[:-2] & ~around[2:]))]

    def band_outlines(self) -> list[Array]:
        """The outlines of the band (m, 2) each, one between two gaps."""
        if self.band is None:
            return []
        low, high = (np.stack([self.x, edge], axis=1) for edge in self.band)
        ends = np.flatnonzero(np.diff(np.pad(np.isfinite(self.band[0]), 1)))
        return [np.concatenate([low[a:b], high[a:b][::-1]]) for a, b in ends.reshape(-1, 2)]

    def extent(self) -> list[Array]:
        """The positions of values that the axis contains: of the line, and its band; in logarithm a decade below."""
        line = self.y[self.shown]
        if self.band is None or not len(line):
            return [line]
        low, high = (edge[np.isfinite(edge)] for edge in self.band)
        return [line, np.maximum(low, line.min() - 1) if self.log_y else low, high]


def lane_line(curve: Curve | None, view: CurveView, slot: int = 0) -> CurveLine:
    """The line of a lane: all that was measured of the curve in `view`."""
    none = np.zeros(0)
    found = CurveLine(slot, theme.lane_letter(slot), theme.lane_color(slot), none, none, None, None,
                      view.log_x, view.log_y)  # fmt: skip
    if curve is None or view.key not in curve.values:
        return found
    known = measured(curve, view.key)
    columns = (curve.steps, *(each.get(view.key) for each in (curve.values, curve.low, curve.high)))
    steps, values, low, high = (None if each is None else np.asarray(each[known], dtype=float) for each in columns)
    assert steps is not None
    assert values is not None
    return replace(found, steps=steps, values=values, low=low, high=high)


def measured(curve: Curve, key: str) -> Mask:
    """At which steps (k,) the value was measured, also where it came out as no number.

    A NaN is no measurement at a step at which there is one of something else; else there would be no such step.
    """
    found: Mask = ~np.isnan(curve.values[key])
    others = np.zeros(len(curve.steps), bool)
    for name, values in curve.values.items():
        if name != key:
            others |= ~np.isnan(values)
    return found | ~others


def term_lines(curve: Curve | None, view: CurveView, slot: int, symbols: Mapping[str, str]) -> list[CurveLine]:
    """One line for each term of a lane's loss, named by its symbol, from bright to dim in the lane's colour."""
    names = [name for name in curve.values if name.startswith(TERM)] if curve is not None else []
    lines = []
    for index, name in enumerate(names):
        line = lane_line(curve, replace(view, key=name), slot)
        share = index / max(len(names) - 1, 1)
        term = name.removeprefix(TERM)
        lines.append(replace(line, name=translate(symbols.get(term, term)), color=_shade(slot, share)))
    return lines


def _shade(slot: int, share: float) -> str:
    """The lane's colour, from nearly that of text (share 0) to dim (share 1), mixed with the background."""
    c = theme.colors()
    opacity = 1 - (1 - DIMMEST) * share
    strong = 0.55 * max(0.0, 1 - 2.2 * share)  # only in the first lines
    mixed = [
        round((own + (end - own) * strong) * opacity + under * (1 - opacity))
        for own, under, end in zip(*map(theme.rgb, (theme.lane_color(slot), c.card, c.text)), strict=True)
    ]
    return QColor(*mixed).name()


def positions(values: Floats | Array, log: bool) -> Array:
    """The positions of values on an axis, NaN where there is none."""
    numbers: Array = np.asarray(values, dtype=float)
    valid = np.isfinite(numbers) & ((numbers > 0) | (not log))
    result: Array = np.where(valid, numbers, np.nan)
    return np.log10(result) if log else result
