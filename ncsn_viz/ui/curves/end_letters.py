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
    values are hidden the dot is a ring: the line goes on.
    """

    def __init__(self) -> None:
        super().__init__("right", ticks=False, grid=True)  # with a grid it may paint over the view
        self.setWidth(WIDTH)
        self._ends: list[tuple[CurveLine, Any]] = []

    def show_ends(self, lines: Sequence[CurveLine]) -> None:
        """Show the letters of these lines."""
        self._ends = [(line, np.flatnonzero(line.shown)) for line in lines if line.shown.any()]
        self.update()

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the letters, one below the other where lines end at the same height."""
        view = self.linkedView()
        box = view.mapRectToItem(self, view.boundingRect())
        (left, right), (bottom, top) = view.viewRange()
        at = []
        for line, shown in self._ends:
            for index in shown[(line.x[shown] >= left) & (line.x[shown] <= right)][-1:]:
                x = box.left() + (line.x[index] - left) / (right - left) * box.width()
                y = box.bottom() - (line.y[index] - bottom) / (top - bottom) * box.height()
                at.append((line, x, min(max(y, box.top()), box.bottom())))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line, x, y in at:
            painting.dot(painter, x, y, line.color, DOT)
            if line.ends_hidden:
                painting.dot(painter, x, y, theme.colors().card, DOT - 1)
        heights = spread([y for _, _, y in at], box.top() + LETTER / 2, box.bottom() - 4, GAP)
        for (line, x, _), y in zip(at, heights, strict=True):
            place = QRectF(x + BEHIND, y - LETTER / 2, LETTER, LETTER)
            if x < box.right() - 1:  # among other lines
                painter.fillRect(place.adjusted(-2, 1, -2, -1), theme.colors().card)
            painting.write(painter, place, line.name, painting.font(theme.SMALL, bold=True), theme.lane_ink(line.slot))
