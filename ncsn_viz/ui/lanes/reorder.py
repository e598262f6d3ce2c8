"""Dragging a lane to another index: where it would be dropped, and the mark that shows it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.ui.widgets import painting, theme

WIDE = 4  # width of the mark in pixels


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
        painting.fill_rounded(painting.smooth_painter(self), QRectF(self.rect()), theme.colors().accent, WIDE / 2)


def index_at(cards: Sequence[QRect], at: QPoint) -> int:
    """The index of the card before which one dropped at the point `at` is inserted; their number is the end."""
    nearest = min(range(len(cards)), key=lambda index: _distance(cards[index], at))
    return nearest + (at.x() > cards[nearest].center().x())


def mark_at(cards: Sequence[QRect], index: int, at: QPoint, width: int) -> QRect:
    """The geometry of the mark before `index`, within `width`. Between two rows it is in that of the mouse at `at`."""
    before, after = cards[max(index - 1, 0)], cards[min(index, len(cards) - 1)]
    left = index < len(cards) and (index == 0 or _distance(after, at) <= _distance(before, at))
    card = after if left else before
    x = card.left() - (theme.GAP + WIDE) // 2 if left else card.right() + 1 + (theme.GAP - WIDE) // 2
    return QRect(min(max(x, 0), width - WIDE), card.top(), WIDE, card.height())


def _distance(card: QRect, at: QPoint) -> int:
    inside = QPoint(min(max(at.x(), card.left()), card.right()), min(max(at.y(), card.top()), card.bottom()))
    return (at - inside).manhattanLength()
