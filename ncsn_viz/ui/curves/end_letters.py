"""The letters of lanes at the ends of their curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from ncsn_viz.ui.charts.axis import NumberAxis
from ncsn_viz.ui.curves.lines import CurveLine
from ncsn_viz.ui.curves.ranges import spread
from ncsn_viz.ui.widgets import painting, theme

LETTER = 14.0  # pixels, the side of a letter's square
GAP = 12.0  # pixels between two letters, one above the other
BEHIND = 6.0  # pixels between a line and its letter
DOT = 2.2  # pixels, the radius of the dot at the end of a line
WIDTH = 22  # pixels on the right of the chart


class EndLetters(NumberAxis):
    """The axis on the right: in place of numbers it has a letter for each line, and a dot where that ends.

    They stand at the last value that is shown; of a line that ends sooner than others, within the chart. Where newer
    values are hidden the dot is a ring: the line goes on. Of a line that leaves the view on the right the letter stands
    there.
    """

    def __init__(self) -> None:
        super().__init__("right", ticks=False, grid=True)  # with a grid it may paint over the view
        self.setWidth(WIDTH)
        self._lines: list[CurveLine] = []

    def show_ends(self, lines: Sequence[CurveLine]) -> None:
        """Show the letters of these lines."""
        self._lines = [line for line in lines if line.shown.any()]
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the letters, one below the other where lines end at the same height."""
        view = self.linkedView()
        box = view.mapRectToItem(self, view.boundingRect())
        (left, right), (bottom, top) = view.viewRange()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = []
        for line in self._lines:
            end = end_within(line, left, right)
            if end is None or not (view.autoRangeEnabled()[1] or bottom <= end[1] <= top):
                continue
            x = box.left() + (end[0] - left) / (right - left) * box.width()
            y = box.bottom() - (end[1] - bottom) / (top - bottom) * box.height()
            at.append((line, x, min(max(y, box.top()), box.bottom())))  # an outlier may be outside
            if end[2]:
                painting.dot(painter, *at[-1][1:], line.color, DOT)
                if line.ends_hidden:
                    painting.dot(painter, *at[-1][1:], theme.colors().card, DOT - 1)
        heights = spread([y for _, _, y in at], box.top() + LETTER / 2, box.bottom() - 4, GAP)
        for (line, x, _), y in zip(at, heights, strict=True):
            place = QRectF(x + BEHIND, y - LETTER / 2, LETTER, LETTER)
            if x < box.right() - 1:  # among other lines
                painter.fillRect(place.adjusted(-2, 1, -2, -1), theme.colors().card)
            painting.write(painter, place, line.name, painting.font(theme.SMALL, bold=True), theme.lane_ink(line.slot))


def end_within(line: CurveLine, left: float, right: float) -> tuple[float, float, bool] | None:
    """The right end of what is seen of a line between two positions, and whether the line ends there, or None."""
    shown = np.flatnonzero(line.shown)
    last = int(np.searchsorted(line.x[shown], right, "right")) - 1
    if last < 0:
        return None
    index = shown[last]
    if last + 1 < len(shown) and shown[last + 1] == index + 1:  # it goes on
        return right, float(np.interp(right, line.x[index : index + 2], line.y[index : index + 2])), False
    return (float(line.x[index]), float(line.y[index]), last + 1 == len(shown)) if line.x[index] >= left else None
