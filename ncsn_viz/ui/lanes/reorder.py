"""A lane on its way to another place: where it would be put, and the mark that shows it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.ui.widgets import theme

WIDE = 4  # pixels of the mark


class DropMark(QWidget):
    """A bar between two cards: what is dragged comes here."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_at(self, place: QRect) -> None:
        """Show it in `place`, above everything."""
        self.setGeometry(place)
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colors().accent))
        painter.drawRoundedRect(self.rect(), WIDE / 2, WIDE / 2)
        painter.end()


def place_at(cards: Sequence[QRect], at: QPoint) -> int:
    """Before which of `cards` something dropped at the point `at` comes; their number is the end."""
    nearest = min(range(len(cards)), key=lambda index: _away(cards[index], at))
    return nearest + (at.x() > cards[nearest].center().x())


def mark_at(cards: Sequence[QRect], place: int, at: QPoint, width: int) -> QRect:
    """Where the mark of a place stands, inside of `width`. Between two rows it is where the mouse is."""
    before, after = cards[max(place - 1, 0)], cards[min(place, len(cards) - 1)]
    left = place < len(cards) and (place == 0 or _away(after, at) <= _away(before, at))
    card = after if left else before
    x = card.left() - (theme.GAP + WIDE) // 2 if left else card.right() + 1 + (theme.GAP - WIDE) // 2
    return QRect(min(max(x, 0), width - WIDE), card.top(), WIDE, card.height())


def _away(card: QRect, at: QPoint) -> int:
    inside = QPoint(min(max(at.x(), card.left()), card.right()), min(max(at.y(), card.top()), card.bottom()))
    return (at - inside).manhattanLength()
