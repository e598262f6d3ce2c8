"""A card with one curve of training for every lane, and a band around it for a lane with repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from ncsn_viz.lab.experiment import CurveView, Spec
from ncsn_viz.lab.snapshot import Curve, LaneSnapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.curves import curve_painting
from ncsn_viz.ui.curves.axes import steps_axis, values_axis
from ncsn_viz.ui.curves.curve_painting import PlotArea
from ncsn_viz.ui.curves.head import CurveHead
from ncsn_viz.ui.curves.lines import CurveLine, lane_line, term_lines
from ncsn_viz.ui.curves.names import ALL_TERMS
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.timers import Throttle

INTERVAL = 200  # milliseconds between updates
HEAD, FOOT, LEFT, RIGHT = 34, 22, 44, 24  # pixels around the lines


class CurveCard(QFrame):
    """One curve of every lane, chosen from a menu. `edited` carries an Edit and None."""

    edited = Signal(object, object)

    def __init__(self, index: int, parent: QWidget | None = None) -> None:
        """The card of `spec.view.curves[index]`."""
        super().__init__(parent)
        self.index = index
        self.view = CurveView()
        self.setProperty("look", "card")
        self.setMouseTracking(True)
        self.setMinimumSize(200, 110)
        self._symbols: Mapping[str, str] = {}  # of the terms of the chosen lane
        self._next: tuple[list[Curve | None], list[int]] = ([], [])
        self._shown: tuple[list[Curve | None], list[int], CurveView] = ([], [], self.view)
        self.lines: list[CurveLine] = []
        self.x_axis, self.y_axis = steps_axis([], False), values_axis([], True)
        self._mouse: QPointF | None = None
        self.head = CurveHead(self)
        self.head.chosen.connect(lambda view: self.edited.emit(partial(show_curve, index=index, view=view), None))
        self._throttle = Throttle(self._show, INTERVAL, self)

    def sizeHint(self) -> QSize:
        return QSize(420, 190)

    # --- what is shown ---

    def show_lanes(self, lanes: Sequence[LaneSnapshot], spec: Spec, chosen: int = 0) -> None:
        """Show the curves of all lanes of `spec` that are not hidden, or all terms of the lane at `chosen`."""
        if spec.view.curves[self.index] != self.view:
            self.view = spec.view.curves[self.index]
            self.head.show_view(self.view)
        pairs = [(lane.curve, each.slot) for lane, each in zip(lanes, spec.lanes, strict=False)]
        self.head.known = [curve for curve, _ in pairs]
        if self.view.key == ALL_TERMS:
            shown, self._symbols = pairs[chosen : chosen + 1], spec.lanes[chosen].objective.symbols()
        else:
            shown = [pair for pair in pairs if pair[1] not in spec.view.hidden]
        self._next = ([curve for curve, _ in shown], [slot for _, slot in shown])
        self._throttle.request(urgent=(self._next[1], self.view) != self._shown[1:])

    def _show(self) -> None:
        curves, slots = self._next
        same = len(curves) == len(self._shown[0]) and all(a is b for a, b in zip(curves, self._shown[0], strict=True))
        if same and (slots, self.view) == self._shown[1:]:
            return
        self._shown = (curves, slots, self.view)
        pairs = list(zip(curves, slots, strict=True))
        if self.view.key == ALL_TERMS:
            self.lines = [line for curve, slot in pairs for line in term_lines(curve, self.view, slot, self._symbols)]
        else:
            self.lines = [lane_line(curve, self.view, slot) for curve, slot in pairs]
        self.x_axis = steps_axis([line.points[:, 0] for line in self.lines], self.view.log_x)
        bands = [edge for line in self.lines for edge in line.band_edges(self.view.log_y)]
        self.y_axis = values_axis([*(line.points[:, 1] for line in self.lines), *bands], self.view.log_y)
        self.update(0, HEAD, self.width(), self.height() - HEAD)

    def area(self) -> PlotArea:
        """The rectangle of the lines, and its axes."""
        return PlotArea(QRectF(self.rect()).adjusted(LEFT, HEAD, -RIGHT, -FOOT), self.x_axis, self.y_axis)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.head.setGeometry(0, 1, self.width(), HEAD - 1)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = painting.smooth_painter(self)
        area = self.area()
        if any(len(line.points) for line in self.lines):
            curve_painting.paint_axes(painter, area)
            curve_painting.paint_lines(painter, area, self.lines)
            if self.view.key == ALL_TERMS:  # names of terms are too long for the right end
                curve_painting.paint_key(painter, area, self.lines)
            else:
                curve_painting.paint_letters(painter, area, self.lines)
            self._paint_values(painter, area)
        else:
            center = Qt.AlignmentFlag.AlignHCenter
            painting.write(painter, area.box, self.empty_text(), painting.font(), theme.colors().faint, center)

    def empty_text(self) -> str:
        """Why there is no line."""
        curves, key = self._shown[0], self.view.key
        if not curves and self._next[0] == []:
            return self.tr("Every lane is hidden")
        if self.view.log_y and any(curve is not None and key in curve.values for curve in curves):
            return self.tr("Nothing above 0: switch “log y” off")
        return self.tr("Nothing measured yet")

    # --- values at the mouse ---

    def nearest(self, step: float) -> list[tuple[CurveLine, int]]:
        """Every line that has points, and the index of the one nearest to `step`."""
        position = np.log10(max(step, 1.0)) if self.x_axis.log else step
        return [(line, int(np.abs(line.points[:, 0] - position).argmin())) for line in self.lines if len(line.points)]

    def _paint_values(self, painter: QPainter, area: PlotArea) -> None:
        box, c = area.box, theme.colors()
        if self._mouse is None or not box.contains(self._mouse):
            return
        step = self.x_axis.value_at((self._mouse.x() - box.left()) / box.width())
        painter.fillRect(QRectF(round(self._mouse.x()), box.top(), 1, box.height()), QColor(c.faint))
        rows = [(self.tr("step {step}").format(step=number_text.thousands(step)), "")]
        for line, index in self.nearest(step):
            x, y = area.to_pixels(line.points[index : index + 1])[0]
            if box.top() <= y <= box.bottom():
                painting.dot(painter, float(x), float(y), line.color, 3)
            rows.append((f"{line.name}  {self._value_text(line, index)}", line.color))
        curve_painting.paint_table(painter, rows, self._mouse, box, QRectF(self.rect()))

    def _value_text(self, line: CurveLine, index: int) -> str:
        value = number_text.short(self.y_axis.value(float(line.points[index, 1])), 3)
        if line.band is None:
            return value
        low, high = (number_text.short(self.y_axis.value(float(edge)), 2) for edge in line.band[index])
        return f"{value}  ({low} … {high})"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mouse = event.position()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        self._mouse = None
        self.update()


def show_curve(spec: Spec, index: int, view: CurveView) -> Spec:
    """The Spec with the curve `view` in the card at `index`."""
    curves = tuple(view if position == index else each for position, each in enumerate(spec.view.curves))
    return edits.view(spec, curves=curves)
