"""Histories of training as curves over steps, one line a lane, and a band around it where a lane has repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from ncsn_viz.lab.experiment import CurveView, Spec
from ncsn_viz.lab.snapshot.snapshot import Curve, LaneSnapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.curves.axes import Axis, spread, steps_axis, values_axis
from ncsn_viz.ui.curves.head import CurveHead
from ncsn_viz.ui.curves.lines import Line, of_terms, usable
from ncsn_viz.ui.curves.names import ALL_TERMS
from ncsn_viz.ui.widgets import number_text, painting, paths, theme
from ncsn_viz.ui.widgets.camera import Array
from ncsn_viz.ui.widgets.throttle import Throttle

EVERY = 200  # milliseconds
HEAD, FOOT, LEFT, RIGHT = 34, 22, 44, 24
LETTER_GAP = 12.0  # pixels between letters at the right end
BAND = 46  # opacity of the band, of 255


class CurveCard(QFrame):
    """One curve of every lane, chosen from a menu. `edited` carries an Edit and None."""

    edited = Signal(object, object)

    def __init__(self, slot: int, parent: QWidget | None = None) -> None:
        """The card that shows what the view's curve number `slot` says."""
        super().__init__(parent)
        self.slot = slot
        self.view = CurveView()
        self.setProperty("look", "card")
        self.setMouseTracking(True)
        self.setMinimumSize(200, 110)
        self._symbols: Mapping[str, str] = {}  # of the terms of the chosen lane
        self._next: tuple[list[Curve | None], list[int]] = ([], [])
        self._shown: tuple[list[Curve | None], list[int], CurveView] = ([], [], self.view)
        self.lines: list[Line] = []
        self.x_axis, self.y_axis = steps_axis([], False), values_axis([], True)
        self._mouse: QPointF | None = None
        self.head = CurveHead(self)
        self.head.chosen.connect(lambda view: self.edited.emit(partial(show_curve, slot=slot, view=view), None))
        self._pace = Throttle(self._write, EVERY, self)

    def sizeHint(self) -> QSize:
        return QSize(420, 190)

    # --- what is shown ---

    def show_lanes(self, lanes: Sequence[LaneSnapshot], spec: Spec, chosen: int = 0) -> None:
        """Show the curves of all lanes of `spec` that are not hidden, or all terms of the lane at `chosen`."""
        if spec.view.curves[self.slot] != self.view:
            self.view = spec.view.curves[self.slot]
            self.head.show_view(self.view)
        pairs = [(lane.curve, each.slot) for lane, each in zip(lanes, spec.lanes, strict=False)]
        self.head.known = [curve for curve, _ in pairs]
        if self.view.key == ALL_TERMS:
            seen, self._symbols = pairs[chosen : chosen + 1], spec.lanes[chosen].objective.symbols()
        else:
            seen = [pair for pair in pairs if pair[1] not in spec.view.hidden]
        self._next = ([curve for curve, _ in seen], [mark for _, mark in seen])
        if (self._next[1], self.view) != self._shown[1:]:
            self._pace.flush()
        else:
            self._pace.request()

    def _write(self) -> None:
        curves, marks = self._next
        same = len(curves) == len(self._shown[0]) and all(a is b for a, b in zip(curves, self._shown[0], strict=True))
        if same and (marks, self.view) == self._shown[1:]:
            return
        self._shown = (curves, marks, self.view)
        pairs = list(zip(curves, marks, strict=True))
        if self.view.key == ALL_TERMS:
            self.lines = [line for curve, mark in pairs for line in of_terms(curve, self.view, mark, self._symbols)]
        else:
            self.lines = [usable(curve, self.view, mark) for curve, mark in pairs]
        self.x_axis = steps_axis([line.points[:, 0] for line in self.lines], self.view.log_x)
        bands = [edge for line in self.lines for edge in line.edges(self.view.log_y)]
        self.y_axis = values_axis([*(line.points[:, 1] for line in self.lines), *bands], self.view.log_y)
        self.update(0, HEAD, self.width(), self.height() - HEAD)

    # --- places ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.head.setGeometry(0, 1, self.width(), HEAD - 1)

    def plot_box(self) -> QRectF:
        """Where the lines are."""
        return QRectF(self.rect()).adjusted(LEFT, HEAD, -RIGHT, -FOOT)

    def to_pixels(self, points: Array) -> Array:
        """Pixels (k, 2) of points (k, 2) in the coordinates of the axes."""
        box = self.plot_box()
        x = box.left() + self.x_axis.shares(points[:, 0]) * box.width()
        y = box.bottom() - self.y_axis.shares(points[:, 1]) * box.height()
        return np.stack([x, y], axis=1)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if any(len(line.points) for line in self.lines):
            self._paint_axes(painter)
            self._paint_lines(painter)
            self._paint_letters(painter)
            self._paint_reading(painter)
        else:
            where = Qt.AlignmentFlag.AlignHCenter
            painting.write(painter, self.plot_box(), self.nothing(), painting.font(), theme.colors().faint, where)
        painter.end()

    def nothing(self) -> str:
        """Why there is no line to be seen."""
        curves, key = self._shown[0], self.view.key
        if not curves and self._next[0] == []:
            return self.tr("Every lane is hidden")
        if self.view.log_y and any(curve is not None and key in curve.values for curve in curves):
            return self.tr("Nothing above 0: switch “log y” off")
        return self.tr("Nothing measured yet")

    def _paint_axes(self, painter: QPainter) -> None:
        c, small, box = theme.colors(), painting.font(theme.SMALL - 1), self.plot_box()
        line = QColor(c.line)
        for place, text in self.y_axis.ticks(box.height() / 22, powers=True):
            y = round(box.bottom() - (place - self.y_axis.low) / (self.y_axis.high - self.y_axis.low) * box.height())
            painter.fillRect(QRectF(box.left(), y, box.width(), 1), line)
            label = QRectF(2, max(y - 7, box.top()), LEFT - 8, 14)  # the uppermost one below the head's buttons
            painting.write(painter, label, text, small, c.faint, Qt.AlignmentFlag.AlignRight)
        for place, text in self.x_axis.ticks(box.width() / 72, powers=False):
            x = box.left() + (place - self.x_axis.low) / (self.x_axis.high - self.x_axis.low) * box.width()
            label = QRectF(x - 45, box.bottom() + 4, 90, 14)
            painting.write(painter, label, text, small, c.faint, Qt.AlignmentFlag.AlignHCenter)

    def _paint_lines(self, painter: QPainter) -> None:
        painter.save()
        painter.setClipRect(self.plot_box().adjusted(-1, -1, 2, 2))
        for line in self.lines:
            if line.band is not None and len(line.points):
                self._paint_band(painter, line, line.band)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for line in self.lines:
            if len(line.points):
                points = self.to_pixels(line.points)
                painter.setPen(QPen(QColor(line.color), 1))
                path = paths.polyline(points)
                # twice, a little apart: as bold as a pen of 1.4, which takes eight times as long
                painter.drawPath(path)
                painter.drawPath(path.translated(0, 0.45))
        painter.restore()

    def _paint_band(self, painter: QPainter, line: Line, band: Array) -> None:
        steps = line.points[:, 0]
        edge = np.concatenate([np.stack([steps, band[:, 0]], 1), np.stack([steps, band[:, 1]], 1)[::-1]])
        points = self.to_pixels(edge)
        color = QColor(line.color)
        color.setAlpha(BAND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # a pale edge needs none, and it takes a third
        painter.drawPath(paths.polyline(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_letters(self, painter: QPainter) -> None:
        """Whose line it is at its right end; the names of terms are too long for that."""
        if self.view.key == ALL_TERMS:
            self._paint_key(painter)
            return
        ends = [(line, self.to_pixels(line.points[-1:])[0]) for line in self.lines if len(line.points)]
        box, bold = self.plot_box(), painting.font(theme.SMALL, bold=True)
        heights = spread([float(end[1]) for _, end in ends], box.top() + 4, box.bottom() - 4, LETTER_GAP)
        for (line, end), y in zip(ends, heights, strict=True):
            painting.dot(painter, float(end[0]), min(max(float(end[1]), box.top()), box.bottom()), line.color, 2.2)
            painting.write(painter, QRectF(box.right() + 7, y - 7, 14, 14), line.name, bold, line.color)

    def _paint_key(self, painter: QPainter) -> None:
        """Which term has which shade, in one row along the upper edge; of many only some, evenly chosen."""
        small, box, c = painting.font(theme.SMALL - 1), self.plot_box(), theme.colors()
        lines = [line for line in self.lines if len(line.points)]
        each = max(painting.width_of(line.name, small) for line in lines) + 24
        count = max(1, min(len(lines), int(box.width() // each)))
        chosen = [lines[round(place * (len(lines) - 1) / max(count - 1, 1))] for place in range(count)]
        left = box.right() - count * each
        painter.fillRect(QRectF(left - 4, box.top(), count * each + 4, 15), QColor(c.card))
        for number, line in enumerate(chosen):
            x, y = left + number * each, box.top() + 1
            painter.fillRect(QRectF(x, y + 6, 10, 2), QColor(line.color))
            painting.write(painter, QRectF(x + 14, y, each - 16, 13), line.name, small, c.soft)

    # --- reading values ---

    def values_at(self, step: float) -> list[tuple[int, float, float]]:
        """The mark, step and value that every curve has nearest to `step`."""
        found = []
        for line, at in self._nearest(step):
            x, y = (float(value) for value in line.points[at])
            found.append((line.mark, _number(x, self.x_axis), _number(y, self.y_axis)))
        return found

    def _nearest(self, step: float) -> list[tuple[Line, int]]:
        wanted = np.log10(max(step, 1.0)) if self.x_axis.log else step
        return [(line, int(np.abs(line.points[:, 0] - wanted).argmin())) for line in self.lines if len(line.points)]

    def _paint_reading(self, painter: QPainter) -> None:
        box = self.plot_box()
        if self._mouse is None or not box.contains(self._mouse):
            return
        c = theme.colors()
        step = self.x_axis.number((self._mouse.x() - box.left()) / box.width())
        painter.fillRect(QRectF(round(self._mouse.x()), box.top(), 1, box.height()), QColor(c.faint))
        rows = [(self.tr("step {step}").format(step=number_text.thousands(step)), c.soft)]
        for line, at in self._nearest(step):
            x, y = self.to_pixels(line.points[at : at + 1])[0]
            if box.top() <= y <= box.bottom():
                painting.dot(painter, float(x), float(y), line.color, 3)
            rows.append((f"{line.name}  {self._words(line, at)}", line.color))
        self._paint_table(painter, rows)

    def _words(self, line: Line, at: int) -> str:
        value = number_text.short(_number(float(line.points[at, 1]), self.y_axis), 3)
        if line.band is None:
            return value
        low, high = (number_text.short(_number(float(edge), self.y_axis), 2) for edge in line.band[at])
        return f"{value}  ({low} … {high})"

    def _paint_table(self, painter: QPainter, rows: list[tuple[str, str]]) -> None:
        small, box, c = painting.font(theme.SMALL), self.plot_box(), theme.colors()
        width = max(painting.width_of(text, small) for text, _ in rows) + 16
        high = 15 * len(rows) + 8
        assert self._mouse is not None
        left = self._mouse.x() + 10
        if left + width > self.width() - 4:
            left = self._mouse.x() - 10 - width
        top = max(4.0, min(box.top(), self.height() - high - 4.0))
        painter.setPen(QColor(c.line))
        painter.setBrush(QColor(c.panel))
        painter.drawRoundedRect(QRectF(round(max(left, 3.0)) + 0.5, top + 0.5, width, high), 4, 4)
        for row, (text, color) in enumerate(rows):
            place = QRectF(max(left, 3.0) + 8, top + 4 + 15 * row, width - 8, 15)
            painting.write(painter, place, text, small, color)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        self._mouse = None
        self.update()


def _number(place: float, axis: Axis) -> float:
    return 10.0**place if axis.log else place


def show_curve(spec: Spec, slot: int, view: CurveView) -> Spec:
    """The experiment with another curve in one of the two cards."""
    curves = tuple(view if place == slot else each for place, each in enumerate(spec.view.curves))
    return edits.view(spec, curves=curves)
