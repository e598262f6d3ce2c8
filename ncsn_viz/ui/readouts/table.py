"""The table of metrics: one row for each lane, one column for each metric, the best value of each marked."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPolygonF
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.readouts.metrics_model import Index, MetricsModel, lane_row
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.timers import Throttle
from ncsn_viz.ui.widgets.translate import plain

STAR = 20  # pixels beside a value, for the star
INTERVAL = 400  # milliseconds between updates
ROW, HEAD = 23, 38  # pixels, heights: of a row, of headings in two lines


class MetricsTable(QTableView):
    """The table of metrics. A click on a row emits `selected` with the slot of its lane."""

    selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "table")
        tip = self.tr("Every measure of every lane. A click on a heading sorts, one on a row chooses its lane.")
        self.setToolTip(plain(tip))
        self.metrics = MetricsModel(self)
        self.setModel(self.metrics)
        self.setItemDelegate(MetricsDelegate(self))
        self.setSelectionBehavior(self.SelectionBehavior.SelectRows)
        self.setSelectionMode(self.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setMinimumSectionSize(ROW)
        header = self.horizontalHeader()
        header.setFixedHeight(HEAD)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignBottom)
        header.setSectionResizeMode(header.ResizeMode.ResizeToContents)
        header.sectionClicked.connect(self.metrics.sort_by)
        self.clicked.connect(lambda index: self.selected.emit(self.metrics.rows[index.row()].slot))
        self.setAccessibleName(self.tr("Measures of all lanes"))
        self.chosen = 0
        self._next: tuple[Snapshot, int, bool] | None = None
        self._throttle = Throttle(self._show, INTERVAL, self)

    def show_snapshot(self, snapshot: Snapshot, chosen: int, own_errors: bool = False) -> None:
        """Show the metrics of all lanes, errors at the common σ or `own_errors`; the one at `chosen` is highlighted."""
        urgent = self._next is None or self._next[1:] != (chosen, own_errors)
        self._next = (snapshot, chosen, own_errors)
        self._throttle.request(urgent=urgent)

    def _show(self) -> None:
        assert self._next is not None
        snapshot, self.chosen, own_errors = self._next
        truth = snapshot.target.mode_weights if snapshot.target else ()
        lanes = zip(snapshot.lanes, snapshot.spec.lanes, strict=False)
        rows = [lane_row(index, lane, spec, truth) for index, (lane, spec) in enumerate(lanes)]
        self.metrics.show_rows(rows, own_errors)

    def copy(self) -> None:
        """Copy the table to the clipboard."""
        QApplication.clipboard().setText(self.metrics.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)


class MetricsDelegate(QStyledItemDelegate):
    """Paints a cell: a lane with its dot; the best value bold, with a star."""

    def __init__(self, table: MetricsTable) -> None:
        super().__init__(table)
        self._table = table

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> Any:
        size = super().sizeHint(option, index)
        size.setWidth(size.width() + (26 if index.column() == 0 else STAR))
        return size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, c = self._table.metrics, theme.colors()
        row = model.rows[index.row()]
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = option.state & QStyle.StateFlag.State_MouseOver
        if row.index == self._table.chosen or hovered:
            painter.fillRect(box, QColor(c.control))
        text = str(model.data(index))
        if index.column() == 0:
            painting.dot(painter, box.left() + 13, box.center().y(), theme.lane_color(row.slot), 4)
            painting.write(painter, box.adjusted(24, 0, -6, 0), text, painting.font(), c.text)
        else:
            best = model.is_best(index)
            font = painting.font(theme.NORMAL, bold=best)
            painting.write(painter, box.adjusted(4, 0, -8, 0), text, font, c.text if best else c.soft,
                           Qt.AlignmentFlag.AlignRight)  # fmt: skip
            if best:
                _star(painter, box.right() - 17 - painting.width_of(text, font), box.center().y(), c.warn)
        painter.restore()


def _star(painter: QPainter, x: float, y: float, color: str) -> None:
    points = QPolygonF()
    for corner in range(10):
        radius = 4.6 if corner % 2 == 0 else 1.9
        angle = math.pi * (corner / 5 - 0.5)
        points.append(QRectF(x + radius * math.cos(angle), y + radius * math.sin(angle), 0, 0).topLeft())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawPolygon(points)
