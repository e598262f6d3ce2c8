"""The table of metrics: one row a lane, one column a metric, the best of each marked."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ncsn_viz.lab.snapshot.snapshot import Snapshot
from ncsn_viz.ui.readouts.metrics_model import Index, MetricsModel, row_of
from ncsn_viz.ui.widgets import painting as paint
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.throttle import Throttle

EVERY = 400  # milliseconds
ROW, HEAD = 23, 26


class Table(QTableView):
    """The table as a card. A click on a row chooses its lane: `selected` carries its mark."""

    selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "table")
        self.setToolTip(
            self.tr("Every measure of every lane. A click on a heading sorts, one on a row chooses its lane.")
        )
        self.numbers = MetricsModel(self)
        self.setModel(self.numbers)
        self.setItemDelegate(Cell(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setMinimumSectionSize(ROW)
        header = self.horizontalHeader()
        header.setFixedHeight(HEAD)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.sectionClicked.connect(self.numbers.sort_by)
        self.clicked.connect(lambda index: self.selected.emit(self.numbers.rows[index.row()].mark))
        self.setAccessibleName(self.tr("Measures of all lanes"))
        self.chosen = 0
        self._next: tuple[Snapshot, int] | None = None
        self._pace = Throttle(self._write, EVERY, self)

    def show_snapshot(self, snapshot: Snapshot, chosen: int) -> None:
        """Show the metrics of all lanes; the one at `chosen` stands out."""
        hurried = self._next is None or self._next[1] != chosen
        self._next = (snapshot, chosen)
        if hurried:
            self._pace.flush()
        else:
            self._pace.request()

    def _write(self) -> None:
        assert self._next is not None
        snapshot, self.chosen = self._next
        truth = snapshot.target.mode_weights if snapshot.target else ()
        lanes = zip(snapshot.lanes, snapshot.spec.lanes, strict=False)
        self.numbers.show_rows([row_of(place, lane, spec, truth) for place, (lane, spec) in enumerate(lanes)])

    def copy(self) -> None:
        """Put the table on the clipboard."""
        QApplication.clipboard().setText(self.numbers.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)


class Cell(QStyledItemDelegate):
    """Paints a cell: a lane with its dot; the best number bold, with a star."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._table = table

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> Any:
        size = super().sizeHint(option, index)
        size.setWidth(size.width() + (26 if index.column() == 0 else 24))
        return size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, c = self._table.numbers, theme.colors()
        row = model.rows[index.row()]
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = option.state & QStyle.StateFlag.State_MouseOver
        if row.place == self._table.chosen or hovered:
            painter.fillRect(box, QColor(c.control))
        text = str(model.data(index))
        if index.column() == 0:
            paint.dot(painter, box.left() + 13, box.center().y(), theme.lane_color(row.mark), 4)
            paint.write(painter, box.adjusted(24, 0, -6, 0), text, paint.font(), c.text)
        else:
            winner = model.is_best(index)
            font = paint.font(theme.NORMAL, bold=winner)
            paint.write(painter, box.adjusted(4, 0, -8, 0), text, font, c.text if winner else c.soft,
                        Qt.AlignmentFlag.AlignRight)  # fmt: skip
            if winner:
                x = box.right() - 8 - paint.width_of(text, font) - 9
                _star(painter, x, box.center().y(), c.warn)
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
