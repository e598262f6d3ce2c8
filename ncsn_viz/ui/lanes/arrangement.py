"""How the cards of the lanes are arranged in rows."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect

from ncsn_viz.ui.widgets import theme

CHROME = 60  # a card's height without its plot
WIDE = 1.25  # the preferred ratio of a plot's width to its height


def rectangles(count: int, width: int, height: int, gap: int = theme.GAP) -> list[QRect]:
    """The geometries of `count` cards in `width` × `height` that make their plots as large as possible."""
    if count == 0:
        return []
    columns = max(range(1, count + 1), key=lambda wanted: _use(count, wanted, width, height, gap))
    rows = math.ceil(count / columns)
    full, rest = divmod(count, rows)
    placed = []
    for row in range(rows):
        in_row = full + (row < rest)
        top, bottom = _edges(row, rows, height, gap)
        for column in range(in_row):
            left, right = _edges(column, in_row, width, gap)
            placed.append(QRect(left, top, right - left, bottom - top))
    return placed


def _edges(index: int, count: int, length: int, gap: int) -> tuple[int, int]:
    """Start and end of the card at `index` of a row or column. All cards are equally large, as one image serves all."""
    size = (length + gap) // count - gap
    start = round(index * (length - size) / max(count - 1, 1))
    return start, start + size


def _use(count: int, columns: int, width: int, height: int, gap: int) -> tuple[float, int]:
    rows = math.ceil(count / columns)
    wide, high = (width + gap) / columns - gap, (height + gap) / rows - gap - CHROME
    return (min(wide, WIDE * high), columns)
