"""Histories of training as curves over steps, one line a lane, and a band around it where a lane has repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QToolButton, QWidget

from ncsn_viz.lab.history import TERM
from ncsn_viz.lab.snapshot import Curve, Floats, LaneSnapshot
from ncsn_viz.lab.spec import CurveView, Spec
from ncsn_viz.ui import theme
from ncsn_viz.ui.views import curve_names, paint, paths
from ncsn_viz.ui.views.axes import Axis, spread, steps_axis, values_axis
from ncsn_viz.ui.views.camera import Array

EVERY = 200  # milliseconds
HEAD, FOOT, LEFT, RIGHT = 34, 22, 44, 24
LETTER_GAP = 12.0  # pixels between letters at the right end
BAND = 46  # opacity of the band, of 255


@dataclass(frozen=True)
class Line:
    """One lane's curve in the coordinates of the axes: `points` (k, 2), and `band` (k, 2), its lower and upper edge."""

    mark: int
    points: Array
    band: Array | None = None

    def edges(self, log: bool) -> list[Array]:
        """What of the band the axis has to hold; in logarithm no more than a decade below the line."""
        if self.band is None or not len(self.points):
            return []
        low = np.maximum(self.band[:, 0], self.points[:, 1].min() - 1) if log else self.band[:, 0]
        return [low, self.band[:, 1]]


class CurveCard(QFrame):
    """One curve of every lane, chosen from a menu. `edited` carries a function from Spec to Spec."""

    edited = Signal(object)

    def __init__(self, slot: int, parent: QWidget | None = None) -> None:
        """The card that shows what the view's curve number `slot` says."""
        super().__init__(parent)
        self.slot = slot
        self.view = CurveView()
        self.setProperty("look", "card")
        self.setMouseTracking(True)
        self.setMinimumSize(200, 110)
        self._next: tuple[list[Curve | None], list[int]] = ([], [])
        self._shown: tuple[list[Curve | None], list[int], CurveView] = ([], [], self.view)
        self.lines: list[Line] = []
        self.x_axis, self.y_axis = steps_axis([], False), values_axis([], True)
        self._mouse: QPointF | None = None
        self._make_head()
        self._pace = paint.Pace(self._write, EVERY, self)

    def _make_head(self) -> None:
        self.title = QToolButton(self)
        self.title.setProperty("look", "heading")
        self.title.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self.title.setMenu(self.menu)
        self.log_x = self._switch(self.tr("log x"), "log_x", self.tr(
            "A logarithmic axis of training steps: the beginning, where most happens, gets its room."))  # fmt: skip
        self.log_y = self._switch(self.tr("log y"), "log_y", self.tr(
            "A logarithmic axis of values: orders of magnitude show, but nothing that is not above 0."))  # fmt: skip
        self._say_title()

    def _switch(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("look", "tiny")
        button.setText(text)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda on: self._choose(replace(self.view, **{name: on})))
        return button

    def sizeHint(self) -> QSize:
        return QSize(420, 190)

    # --- what is shown ---

    def show_lanes(self, lanes: Sequence[LaneSnapshot], spec: Spec) -> None:
        """Show the curves of all lanes of `spec` that are not hidden."""
        pairs = [(lane.curve, each.mark) for lane, each in zip(lanes, spec.lanes, strict=False)]
        seen = [pair for pair in pairs if pair[1] not in spec.view.hidden]
        self._next = ([curve for curve, _ in seen], [mark for _, mark in seen])
        if spec.view.curves[self.slot] != self.view:
            self.view = spec.view.curves[self.slot]
            self._say_title()
        if (self._next[1], self.view) != self._shown[1:]:
            self._pace.hurry()
        else:
            self._pace.ask()

    def _write(self) -> None:
        curves, marks = self._next
        same = len(curves) == len(self._shown[0]) and all(a is b for a, b in zip(curves, self._shown[0], strict=True))
        if same and (marks, self.view) == self._shown[1:]:
            return
        self._shown = (curves, marks, self.view)
        self.lines = [usable(curve, self.view, mark) for curve, mark in zip(curves, marks, strict=True)]
        self.x_axis = steps_axis([line.points[:, 0] for line in self.lines], self.view.log_x)
        bands = [edge for line in self.lines for edge in line.edges(self.view.log_y)]
        self.y_axis = values_axis([*(line.points[:, 1] for line in self.lines), *bands], self.view.log_y)
        self.update(0, HEAD, self.width(), self.height() - HEAD)

    def _say_title(self) -> None:
        key = self.view.key
        self.title.setToolTip(
            f"<qt><b>{curve_names.title(key)}</b><br>{curve_names.meaning(key)}<br>"
            + self.tr("Of several repeats: their median, and a band from the least to the greatest. Click for another "
                      "curve.") + "</qt>"
        )  # fmt: skip
        self.log_x.setChecked(self.view.log_x)
        self.log_y.setChecked(self.view.log_y)
        self._place_head()

    def _fill(self) -> None:
        """The menu of all curves that there are now; terms of losses have a menu of their own."""
        self.menu.clear()
        terms = None
        for key in curve_names.available(self._next[0]):
            if key.startswith(TERM) and terms is None:
                terms = self.menu.addMenu(self.tr("Terms of the loss"))
                terms.setToolTipsVisible(True)
            where = terms if terms is not None and key.startswith(TERM) else self.menu
            action = where.addAction(curve_names.title(key))
            action.setToolTip(f"<qt>{curve_names.meaning(key)}</qt>")
            action.setCheckable(True)
            action.setChecked(key == self.view.key)
            wanted = replace(self.view, key=key, log_y=curve_names.is_logarithmic(key))
            action.triggered.connect(partial(self._choose, wanted))

    def _choose(self, view: CurveView, _checked: bool = False) -> None:
        self.edited.emit(partial(show_curve, slot=self.slot, view=view))

    # --- places ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_head()

    def _place_head(self) -> None:
        right = self.width() - theme.PAD + 2
        for button in (self.log_y, self.log_x):
            size = button.sizeHint()
            right -= size.width()
            button.setGeometry(right, (HEAD - 2 - size.height()) // 2 + 1, size.width(), size.height())
            right -= 3
        left = theme.PAD - 5  # the words stand at PAD
        text, wide = self._fitting(right - left - 12)
        self.title.setText(text)
        high = self.title.sizeHint().height()
        self.title.setGeometry(left, (HEAD - high) // 2, round(wide) + 12, high)

    def _fitting(self, room: float) -> tuple[str, float]:
        """The title as there is room for it, and how wide it is."""
        bold, arrow = paint.font(theme.LARGE, bold=True), "  ▾"
        for name in (curve_names.title(self.view.key), curve_names.short(self.view.key)):
            if (wide := paint.width_of(name + arrow, bold)) <= room:
                return name + arrow, wide
        most = max(room - paint.width_of(arrow, bold), 10.0)
        name = QFontMetricsF(bold).elidedText(name, Qt.TextElideMode.ElideRight, most)
        return name + arrow, min(paint.width_of(name + arrow, bold), room)

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
            paint.write(painter, self.plot_box(), self.nothing(), paint.font(), theme.colors().faint, where)
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
        c, small, box = theme.colors(), paint.font(theme.SMALL - 1), self.plot_box()
        line = QColor(c.line)
        for place, text in self.y_axis.ticks(box.height() / 22, powers=True):
            y = round(box.bottom() - (place - self.y_axis.low) / (self.y_axis.high - self.y_axis.low) * box.height())
            painter.fillRect(QRectF(box.left(), y, box.width(), 1), line)
            label = QRectF(2, y - 7, LEFT - 8, 14)
            paint.write(painter, label, text, small, c.faint, Qt.AlignmentFlag.AlignRight)
        for place, text in self.x_axis.ticks(box.width() / 72, powers=False):
            x = box.left() + (place - self.x_axis.low) / (self.x_axis.high - self.x_axis.low) * box.width()
            label = QRectF(x - 45, box.bottom() + 4, 90, 14)
            paint.write(painter, label, text, small, c.faint, Qt.AlignmentFlag.AlignHCenter)

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
                painter.setPen(QPen(QColor(theme.lane_color(line.mark)), 1))
                path = paths.polyline(points)
                # twice, a little apart: as bold as a pen of 1.4, which takes eight times as long
                painter.drawPath(path)
                painter.drawPath(path.translated(0, 0.45))
        painter.restore()

    def _paint_band(self, painter: QPainter, line: Line, band: Array) -> None:
        steps = line.points[:, 0]
        edge = np.concatenate([np.stack([steps, band[:, 0]], 1), np.stack([steps, band[:, 1]], 1)[::-1]])
        points = self.to_pixels(edge)
        color = QColor(theme.lane_color(line.mark))
        color.setAlpha(BAND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPath(paths.polyline(points))

    def _paint_letters(self, painter: QPainter) -> None:
        ends = [(line.mark, self.to_pixels(line.points[-1:])[0]) for line in self.lines if len(line.points)]
        box, bold = self.plot_box(), paint.font(theme.SMALL, bold=True)
        heights = spread([float(end[1]) for _, end in ends], box.top() + 4, box.bottom() - 4, LETTER_GAP)
        for (mark, end), y in zip(ends, heights, strict=True):
            color = theme.lane_color(mark)
            paint.dot(painter, float(end[0]), min(max(float(end[1]), box.top()), box.bottom()), color, 2.2)
            paint.write(painter, QRectF(box.right() + 7, y - 7, 14, 14), paint.letter(mark), bold, color)

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
        rows = [(self.tr("step {step}").format(step=paint.thousands(step)), c.soft)]
        for line, at in self._nearest(step):
            x, y = self.to_pixels(line.points[at : at + 1])[0]
            if box.top() <= y <= box.bottom():
                paint.dot(painter, float(x), float(y), theme.lane_color(line.mark), 3)
            rows.append((f"{paint.letter(line.mark)}  {self._words(line, at)}", theme.lane_color(line.mark)))
        self._paint_table(painter, rows)

    def _words(self, line: Line, at: int) -> str:
        value = paint.short(_number(float(line.points[at, 1]), self.y_axis), 3)
        if line.band is None:
            return value
        low, high = (paint.short(_number(float(edge), self.y_axis), 2) for edge in line.band[at])
        return f"{value}  ({low} … {high})"

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
        painter.drawRoundedRect(QRectF(round(max(left, 3.0)) + 0.5, top + 0.5, width, high), 4, 4)
        for row, (text, color) in enumerate(rows):
            place = QRectF(max(left, 3.0) + 8, top + 4 + 15 * row, width - 8, 15)
            paint.write(painter, place, text, small, color)

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
    return replace(spec, view=replace(spec.view, curves=curves))


def usable(curve: Curve | None, view: CurveView, mark: int = 0) -> Line:
    """A lane's line in the coordinates of the axes, without the values that have none: no step 0, nothing below 0."""
    if curve is None or view.key not in curve.values:
        return Line(mark, np.zeros((0, 2)))
    on_x, on_y = (_scaled(log) for log in (view.log_x, view.log_y))
    steps, values = on_x(curve.steps), on_y(curve.values[view.key])
    good = np.isfinite(values) & np.isfinite(steps)
    points = np.stack([steps[good], values[good]], axis=1)
    if view.key not in curve.low or curve.copies < 2:
        return Line(mark, points)
    low, high = (on_y(edge[view.key])[good] for edge in (curve.low, curve.high))
    floor = values[good].min(initial=0.0) - 10.0 if view.log_y else 0.0  # far below: the least has no logarithm
    band = np.stack([np.where(np.isfinite(low), low, floor), high], axis=1)
    return Line(mark, points, band)


def _scaled(log: bool) -> Callable[[Floats], Array]:
    def scale(values: Floats) -> Array:
        numbers: Array = np.asarray(values, dtype=float)
        good = np.isfinite(numbers) & ((numbers > 0) | (not log))
        found: Array = np.where(good, numbers, np.nan)
        return np.log10(found) if log else found

    return scale
