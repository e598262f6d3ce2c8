"""The terms of a loss, as they are now."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ncsn_viz.ui import theme
from ncsn_viz.ui.row import say
from ncsn_viz.ui.views import paint

LINE = 17  # height of a term
MOST = 12  # terms that are shown, evenly chosen where there are more
EVERY = 150  # milliseconds: faster than this nobody reads numbers
FORGET = 0.97  # how fast the scale of the bars shrinks


class Terms(QWidget):
    """One line a term: its name, a bar from 0 and its value. Negative values go left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._terms: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._scale = 0.0
        self._color = theme.colors().accent
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._pace = paint.Pace(self._take, EVERY, self)
        self.hide()

    def show_terms(self, terms: Mapping[str, float], color: str) -> None:
        """Show `terms` by name, with bars in `color`."""
        new = _chosen(terms)
        if new.keys() != self._next.keys() or color != self._color:
            self._scale = 0.0
            self._next, self._color = new, color
            self._pace.hurry()
        elif new != self._next:
            self._next = new
            self._pace.ask()

    def words(self) -> dict[str, str]:
        """The values as they stand there."""
        return {name: paint.short(value, 3) for name, value in self._terms.items()}

    def _take(self) -> None:
        resized = len(self._next) != len(self._terms)
        self._terms = self._next
        largest = max((abs(value) for value in self._terms.values() if math.isfinite(value)), default=0.0)
        self._scale = max(largest, FORGET * self._scale)
        if resized:
            self.setVisible(bool(self._terms))
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, LINE * len(self._next))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if not self._terms:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c, font = theme.colors(), paint.font(theme.SMALL)
        left = max(paint.width_of(say(name), font) for name in self._terms)
        left, right = min(left, 0.45 * self.width()), paint.width_of("−0.0000", font)
        signed = any(value < 0 for value in self._terms.values())
        for index, (name, value) in enumerate(self._terms.items()):
            line = QRectF(0, index * LINE, self.width(), LINE)
            paint.write(painter, line.adjusted(0, 0, left - line.width(), 0), say(name), font, c.soft)
            number = QRectF(line.right() - right, line.top(), right, LINE)
            paint.write(painter, number, paint.short(value, 3), font, c.text, Qt.AlignmentFlag.AlignRight)
            track = QRectF(left + 8, line.center().y() - 2.5, line.width() - left - right - 16, 5)
            self._paint_bar(painter, track, value, signed)
        painter.end()

    def _paint_bar(self, painter: QPainter, track: QRectF, value: float, signed: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colors().control))
        painter.drawRoundedRect(track, 2.5, 2.5)
        if not (self._scale > 0 and math.isfinite(value)):
            return
        zero = track.center().x() if signed else track.left()
        room = track.width() / 2 if signed else track.width()
        length = room * min(abs(value) / self._scale, 1.0)
        bar = QRectF(zero - length if value < 0 else zero, track.top(), length, track.height())
        painter.setBrush(QColor(self._color))
        painter.drawRoundedRect(bar, 2.5, 2.5)


def _chosen(terms: Mapping[str, float]) -> dict[str, float]:
    items = list(terms.items())
    if len(items) > MOST:
        items = [items[round(index * (len(items) - 1) / (MOST - 1))] for index in range(MOST)]
    return dict(items)
