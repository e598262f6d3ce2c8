"""Training histories as lines in the coordinates of their axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QColor

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.lab.snapshot import Curve, Floats
from ncsn_viz.lab.training.history import TERM
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Array
from ncsn_viz.ui.widgets.translate import translate

DIMMEST = 0.6  # the opacity of a lane's last term


@dataclass(frozen=True)
class CurveLine:
    """A line of the lane in `slot`: `points` (k, 2), its `band` (k, 2), lower and upper edge, its name and colour."""

    slot: int
    points: Array
    band: Array | None = None
    name: str = ""
    color: str = ""

    def band_edges(self, log: bool) -> list[Array]:
        """The edges of the band that the axis contains; in logarithm at most a decade below the line."""
        if self.band is None or not len(self.points):
            return []
        low = np.maximum(self.band[:, 0], self.points[:, 1].min() - 1) if log else self.band[:, 0]
        return [low, self.band[:, 1]]


def lane_line(curve: Curve | None, view: CurveView, slot: int = 0) -> CurveLine:
    """The line of a lane, without values that are not finite or, on a logarithmic axis, not positive."""
    name, color = theme.lane_letter(slot), theme.lane_color(slot)
    if curve is None or view.key not in curve.values:
        return CurveLine(slot, np.zeros((0, 2)), None, name, color)
    steps, values = _positions(curve.steps, view.log_x), _positions(curve.values[view.key], view.log_y)
    known = np.isfinite(values) & np.isfinite(steps)
    points = np.stack([steps[known], values[known]], axis=1)
    if view.key not in curve.low:
        return CurveLine(slot, points, None, name, color)
    low, high = (_positions(edge[view.key], view.log_y)[known] for edge in (curve.low, curve.high))
    floor = values[known].min(initial=0.0) - 10.0 if view.log_y else 0.0  # instead of a lower edge without a logarithm
    band = np.stack([np.where(np.isfinite(low), low, floor), high], axis=1)
    return CurveLine(slot, points, band, name, color)


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


def _positions(values: Floats, log: bool) -> Array:
    """The positions of values on an axis, NaN where there is none."""
    numbers: Array = np.asarray(values, dtype=float)
    valid = np.isfinite(numbers) & ((numbers > 0) | (not log))
    result: Array = np.where(valid, numbers, np.nan)
    return np.log10(result) if log else result
