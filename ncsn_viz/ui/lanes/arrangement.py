"""How the cards of the lanes are arranged in rows, and where a dragged one would be dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.ui.widgets import painting, theme

CHROME = 60  # a card's height without its plot
MARK = 4  # pixels, the width of the drop mark
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


def plot_side(count: int, width: int, height: int, gap: int = theme.GAP) -> float:
    """The side of the largest square in each plot of `count` cards in `width` × `height`."""
    first = rectangles(count, width, height, gap)[0]
    return float(min(first.width(), first.height() - CHROME))


def _edges(index: int, count: int, length: int, gap: int) -> tuple[int, int]:
    """Start and end of the card at `index` of a row or column. All cards are equally large, as one image serves all."""
    size = (length + gap) // count - gap
    start = round(index * (length - size) / max(count - 1, 1))
    return start, start + size


def _use(count: int, columns: int, width: int, height: int, gap: int) -> tuple[float, int]:
    rows = math.ceil(count / columns)
    wide, high = (width + gap) / columns - gap, (height + gap) / rows - gap - CHROME
    return (min(wide, WIDE * high), columns)


class DropMark(QWidget):
    """A bar between two cards, where a dragged card would be dropped."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_at(self, rect: QRect) -> None:
        """Show it in `rect`, above everything."""
        self.setGeometry(rect)
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painting.fill_rounded(painting.smooth_painter(self), QRectF(self.rect()), theme.colors().accent, MARK / 2)


def index_at(cards: Sequence[QRect], at: QPoint) -> int:
    """The index of the card before which one dropped at the point `at` is inserted; their number is the end."""
    nearest = min(range(len(cards)), key=lambda index: _distance(cards[index], at))
    return nearest + (at.x() > cards[nearest].center().x())


def mark_at(cards: Sequence[QRect], index: int, at: QPoint, width: int) -> QRect:
    """The geometry of the mark before `index`, within `width`. Between two rows it is in that of the mouse at `at`."""
    before, after = cards[max(index - 1, 0)], cards[min(index, len(cards) - 1)]
    left = index < len(cards) and (index == 0 or _distance(after, at) <= _distance(before, at))
    card = after if left else before
    x = card.left() - (theme.GAP + MARK) // 2 if left else card.right() + 1 + (theme.GAP - MARK) // 2
    return QRect(min(max(x, 0), width - MARK), card.top(), MARK, card.height())


def _distance(card: QRect, at: QPoint) -> int:
    inside = QPoint(min(max(at.x(), card.left()), card.right()), min(max(at.y(), card.top()), card.bottom()))
    return (at - inside).manhattanLength()
