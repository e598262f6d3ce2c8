"""Histories as lines in the coordinates of their axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QColor

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import Curve
from ncsn_viz.lab.training.history import TERM
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Array
from ncsn_viz.ui.widgets.translate import translate

DIM = 0.6  # the strength of a lane's last term


@dataclass(frozen=True)
class Line:
    """One curve: `points` (k, 2), and `band` (k, 2), its lower and upper edge; whose it is, and how it looks."""

    mark: int
    points: Array
    band: Array | None = None
    name: str = ""
    color: str = ""

    def edges(self, log: bool) -> list[Array]:
        """What of the band the axis has to hold; in logarithm no more than a decade below the line."""
        if self.band is None or not len(self.points):
            return []
        low = np.maximum(self.band[:, 0], self.points[:, 1].min() - 1) if log else self.band[:, 0]
        return [low, self.band[:, 1]]


def usable(curve: Curve | None, view: CurveView, mark: int = 0) -> Line:
    """A lane's line, without the values that an axis has no place for: no step 0, nothing below 0 in logarithm."""
    name, color = theme.lane_letter(mark), theme.lane_color(mark)
    if curve is None or view.key not in curve.values:
        return Line(mark, np.zeros((0, 2)), None, name, color)
    on_x, on_y = (_scaled(log) for log in (view.log_x, view.log_y))
    steps, values = on_x(curve.steps), on_y(curve.values[view.key])
    good = np.isfinite(values) & np.isfinite(steps)
    points = np.stack([steps[good], values[good]], axis=1)
    if view.key not in curve.low or curve.replicas < 2:
        return Line(mark, points, None, name, color)
    low, high = (on_y(edge[view.key])[good] for edge in (curve.low, curve.high))
    floor = values[good].min(initial=0.0) - 10.0 if view.log_y else 0.0  # far below: the least has no logarithm
    band = np.stack([np.where(np.isfinite(low), low, floor), high], axis=1)
    return Line(mark, points, band, name, color)


def of_terms(curve: Curve | None, view: CurveView, mark: int, symbols: Mapping[str, str]) -> list[Line]:
    """Every term of a lane's loss as a line of its own, from bright to dim in the lane's colour, by its symbol."""
    names = [name for name in curve.values if name.startswith(TERM)] if curve is not None else []
    lines = []
    for place, name in enumerate(names):
        line = usable(curve, replace(view, key=name), mark)
        share = place / max(len(names) - 1, 1)
        term = name.removeprefix(TERM)
        lines.append(replace(line, name=translate(symbols.get(term, term)), color=_shade(mark, share)))
    return lines


def _shade(mark: int, share: float) -> str:
    """The lane's colour between nearly white (0) and dim (1), as far as the background allows."""
    color, back = QColor(theme.lane_color(mark)), QColor(theme.colors().card)
    strength = 1 - (1 - DIM) * share
    light = 0.55 * max(0.0, 1 - 2.2 * share)  # only the first ones
    mixed = [
        round((own + (255 - own) * light) * strength + under * (1 - strength))
        for own, under in zip(color.getRgb()[:3], back.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*mixed).name()


def _scaled(log: bool) -> Callable[[Floats], Array]:
    def scale(values: Floats) -> Array:
        numbers: Array = np.asarray(values, dtype=float)
        good = np.isfinite(numbers) & ((numbers > 0) | (not log))
        found: Array = np.where(good, numbers, np.nan)
        return np.log10(found) if log else found

    return scale
