"""Histories of training as curves over steps, one line a lane, in logarithm."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from ncsn_viz.lab.snapshot import Curve, LaneSnapshot
from ncsn_viz.ui import theme
from ncsn_viz.ui.views import paint, paths
from ncsn_viz.ui.views.camera import Array
from ncsn_viz.ui.views.plot import multiples, nice_step

EVERY = 200  # milliseconds
HEAD, FOOT, LEFT, RIGHT = 34, 22, 40, 24
LETTER_GAP = 12.0  # pixels between letters at the right end
DROP = 0.02  # of the least values that may lie below the axis: a lucky dip must not squeeze the rest


class CurveCard(QFrame):
    """The curve named `key` of every lane. Values that have no logarithm are left out."""

    def __init__(self, title: str, key: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.key, self.hint = title, key, hint
        self.setProperty("look", "card")
        self.setMouseTracking(True)
        self.setMinimumSize(200, 110)
        self._next: list[Curve | None] = []
        self._curves: list[Curve | None] = []
        self.lines: list[Array] = []  # a lane each: (k, 2) of step and log₁₀ value
        self.span = (0.0, 1.0)  # of steps
        self.decades = (-3.0, 0.0)  # of log₁₀ values
        self._mouse: QPointF | None = None
        self._pace = paint.Pace(self._write, EVERY, self)

    def sizeHint(self) -> QSize:
        return QSize(420, 190)

    def show_lanes(self, lanes: Sequence[LaneSnapshot]) -> None:
        """Show the curves of all lanes."""
        self._next = [lane.curve for lane in lanes]
        self._pace.ask()

    def _write(self) -> None:
        old, new = self._curves, self._next
        if len(old) == len(new) and all(a is b for a, b in zip(old, new, strict=True)):
            return
        self._curves = self._next
        self.lines = [usable(curve, self.key) for curve in self._curves]
        self.span, self.decades = reach(self.lines)
        self.update()

    def plot_box(self) -> QRectF:
        """Where the lines are."""
        return QRectF(self.rect()).adjusted(LEFT, HEAD, -RIGHT, -FOOT)

    def to_pixels(self, line: Array) -> Array:
        """Pixels (k, 2) of points (k, 2) of step and log₁₀ value."""
        box, (x0, x1), (y0, y1) = self.plot_box(), self.span, self.decades
        x = box.left() + (line[:, 0] - x0) / (x1 - x0) * box.width()
        y = box.bottom() - (line[:, 1] - y0) / (y1 - y0) * box.height()
        return np.stack([x, y], axis=1)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_head(painter)
        if any(len(line) for line in self.lines):
            self._paint_axes(painter)
            self._paint_lines(painter)
            self._paint_letters(painter)
            self._paint_reading(painter)
        else:
            where = Qt.AlignmentFlag.AlignHCenter
            words = self.tr("Nothing measured yet")
            paint.write(painter, self.plot_box(), words, paint.font(), theme.colors().faint, where)
        painter.end()

    def _paint_head(self, painter: QPainter) -> None:
        c, bold, small = theme.colors(), paint.font(theme.LARGE, bold=True), paint.font(theme.SMALL)
        head = QRectF(theme.PAD, 0, self.width() - 2 * theme.PAD, HEAD - 2)
        paint.write(painter, head, self.title, bold, c.text)
        head.setLeft(head.left() + paint.width_of(self.title, bold) + 12)
        if head.width() > paint.width_of(self.hint, small):
            paint.write(painter, head, self.hint, small, c.faint, Qt.AlignmentFlag.AlignRight)

    def _paint_axes(self, painter: QPainter) -> None:
        c, small, box = theme.colors(), paint.font(theme.SMALL - 1), self.plot_box()
        line = QColor(c.line)
        for exponent in decade_ticks(self.decades, box.height()):
            y = round(self._y(exponent))
            painter.fillRect(QRectF(box.left(), y, box.width(), 1), line)
            label = QRectF(2, y - 7, LEFT - 8, 14)
            paint.write(painter, label, paint.power(exponent), small, c.faint, Qt.AlignmentFlag.AlignRight)
        step = nice_step((self.span[1] - self.span[0]) / max(1.0, box.width() / 72))
        for value in multiples(*self.span, step):
            x = box.left() + (value - self.span[0]) / (self.span[1] - self.span[0]) * box.width()
            label = QRectF(x - 45, box.bottom() + 4, 90, 14)
            paint.write(painter, label, paint.thousands(value), small, c.faint, Qt.AlignmentFlag.AlignHCenter)

    def _y(self, log_value: float) -> float:
        return float(self.to_pixels(np.array([[self.span[0], log_value]]))[0, 1])

    def _paint_lines(self, painter: QPainter) -> None:
        painter.save()
        painter.setClipRect(self.plot_box().adjusted(-1, -1, 2, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index, line in enumerate(self.lines):
            if len(line):
                points = self.to_pixels(line)
                painter.setPen(QPen(QColor(theme.lane_color(index)), 1))
                path = paths.polyline(points)
                # twice, a little apart: as bold as a pen of 1.4, which takes eight times as long
                painter.drawPath(path)
                painter.drawPath(path.translated(0, 0.45))
        painter.restore()

    def _paint_letters(self, painter: QPainter) -> None:
        ends = [(index, self.to_pixels(line[-1:])[0]) for index, line in enumerate(self.lines) if len(line)]
        box, bold = self.plot_box(), paint.font(theme.SMALL, bold=True)
        heights = spread([float(end[1]) for _, end in ends], box.top() + 4, box.bottom() - 4, LETTER_GAP)
        for (index, end), y in zip(ends, heights, strict=True):
            color = theme.lane_color(index)
            paint.dot(painter, float(end[0]), min(max(float(end[1]), box.top()), box.bottom()), color, 2.2)
            paint.write(painter, QRectF(box.right() + 7, y - 7, 14, 14), paint.letter(index), bold, color)

    # --- reading values ---

    def values_at(self, step: float) -> list[tuple[int, float, float]]:
        """The lane, step and value that every curve has nearest to `step`."""
        found = []
        for index, line in enumerate(self.lines):
            if len(line):
                at = int(np.abs(line[:, 0] - step).argmin())
                found.append((index, float(line[at, 0]), 10.0 ** float(line[at, 1])))
        return found

    def _paint_reading(self, painter: QPainter) -> None:
        box = self.plot_box()
        if self._mouse is None or not box.contains(self._mouse):
            return
        c = theme.colors()
        step = self.span[0] + (self._mouse.x() - box.left()) / box.width() * (self.span[1] - self.span[0])
        painter.fillRect(QRectF(round(self._mouse.x()), box.top(), 1, box.height()), QColor(c.faint))
        read = self.values_at(step)
        for index, at, value in read:
            x, y = self.to_pixels(np.array([[at, math.log10(value)]]))[0]
            if box.top() <= y <= box.bottom():
                paint.dot(painter, float(x), float(y), theme.lane_color(index), 3)
        rows = [(self.tr("step {step}").format(step=paint.thousands(step)), c.soft)]
        rows += [
            (f"{paint.letter(index)}  {paint.short(value, 3)}", theme.lane_color(index)) for index, _, value in read
        ]
        self._paint_table(painter, rows)

    def _paint_table(self, painter: QPainter, rows: list[tuple[str, str]]) -> None:
        small, box, c = paint.font(theme.SMALL), self.plot_box(), theme.colors()
        width = max(paint.width_of(text, small) for text, _ in rows) + 16
        high = 15 * len(rows) + 8
        assert self._mouse is not None
        left = self._mouse.x() + 10
        if left + width > self.width() - 4:
            left = self._mouse.x() - 10 - width
        top = max(4.0, min(box.top(), self.height() - high - 4.0))
        painter.setPen(QColor(c.line))
        painter.setBrush(QColor(c.panel))
        painter.drawRoundedRect(QRectF(round(left) + 0.5, top + 0.5, width, high), 4, 4)
        for row, (text, color) in enumerate(rows):
            paint.write(painter, QRectF(left + 8, top + 4 + 15 * row, width - 8, 15), text, small, color)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        self._mouse = None
        self.update()


def usable(curve: Curve | None, key: str) -> Array:
    """Steps and log₁₀ values (k, 2) of the curve named `key`, without those that have no logarithm."""
    if curve is None or key not in curve.values:
        return np.zeros((0, 2))
    steps, values = np.asarray(curve.steps, float), np.asarray(curve.values[key], float)
    good = np.isfinite(values) & (values > 0) & np.isfinite(steps)
    return np.stack([steps[good], np.log10(values[good])], axis=1)


def reach(lines: Sequence[Array]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The spans of steps and of log₁₀ values that the axes show: at least one decade, in quarters."""
    full = [line for line in lines if len(line)]
    if not full:
        return (0.0, 1.0), (-3.0, 0.0)
    steps = np.concatenate([line[:, 0] for line in full])
    low = min(float(np.quantile(line[:, 1], DROP)) for line in full) - 0.1
    high = max(float(line[:, 1].max()) for line in full) + 0.05
    low, high = math.floor(low * 4) / 4, math.ceil(high * 4) / 4
    if high - low < 1:
        low, high = low - (1 - (high - low)) / 2, high + (1 - (high - low)) / 2
    first = min(0.0, float(steps.min()))
    return (first, max(float(steps.max()), first + 1)), (low, high)


def decade_ticks(decades: tuple[float, float], height: float) -> list[int]:
    """Whole exponents in the range, thinned out so that their labels do not touch."""
    every = max(1, math.ceil((decades[1] - decades[0]) * 20 / max(height, 1)))
    inside = range(math.ceil(decades[0]), math.floor(decades[1]) + 1)
    return [exponent for exponent in inside if exponent % every == 0]


def spread(wanted: Sequence[float], low: float, high: float, gap: float) -> list[float]:
    """Places near `wanted`, in the same order, at least `gap` apart where [low, high] has room for that."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    placed = [0.0] * len(wanted)
    least = low
    for index in order:
        placed[index] = least = max(wanted[index], least)
        least += gap
    most = high
    for index in reversed(order):
        placed[index] = most = min(placed[index], most)
        most -= gap
    return placed
