"""Asks which two columns of a table are x and y, with a preview of its rows and of the points."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QTableWidget, QTableWidgetItem, QWidget

from ncsn_viz.lab.storage import Columns, PointTable
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.controls import Combo, Label
from ncsn_viz.ui.widgets.translate import translate

ROWS = 8  # of the preview
MOST_COLUMNS = 40  # that the preview shows
PICTURE = 180  # pixels
ROW_HEIGHT = 24  # pixels
SIZE = (500, 540)  # pixels


class ColumnDialog(QDialog):
    """`chosen` carries the indices of the columns x and y after “Import”."""

    chosen = Signal(object)

    def __init__(self, table: PointTable, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Columns of points"))
        self.setModal(True)
        self.resize(*SIZE)
        self._table = table
        self.x_combo, self.y_combo = (self._combo(column) for column in table.columns)
        self.rows = _preview(table)
        self.picture = PointPicture()
        self.take = theme.styled(QPushButton(translate("Import")), "primary")
        self.take.setDefault(True)
        self.take.clicked.connect(self._accept)
        self._lay_out(name)
        self._show()

    @property
    def columns(self) -> Columns:
        """The columns that are chosen now."""
        return self.x_combo.currentData(), self.y_combo.currentData()

    def _combo(self, column: int) -> Combo:
        combo = Combo()
        for index in self._table.numeric:
            combo.addItem(self._table.name(index), index)
        combo.setCurrentIndex(self._table.numeric.index(column))
        combo.currentIndexChanged.connect(self._show)
        return combo

    def _lay_out(self, name: str) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 14, 16, 14)
        grid.setSpacing(theme.PAD)
        about = Label(translate("{0} has more than two columns of numbers. Which are the points?").format(name))
        about.setWordWrap(True)
        cancel = QPushButton(translate("Cancel"))
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (cancel, self.take):
            buttons.addWidget(button)
        grid.addWidget(about, 0, 0, 1, 3)
        for row, (axis, combo) in enumerate((("x", self.x_combo), ("y", self.y_combo)), 1):
            combo.setAccessibleName(translate("Column of {0}").format(axis))
            grid.addWidget(Label(axis), row, 0)
            grid.addWidget(combo, row, 1)
        grid.addWidget(self.picture, 1, 2, 3, 1)
        grid.setRowStretch(4, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.rows, 4, 0, 1, 3)
        grid.addLayout(buttons, 5, 0, 1, 3)

    def _show(self) -> None:
        """Mark the chosen columns and draw their points."""
        x, y = self.columns
        c = theme.colors()
        for row in range(self.rows.rowCount()):
            for column in range(self.rows.columnCount()):
                if (item := self.rows.item(row, column)) is not None:
                    item.setForeground(QColor(c.text if column in (x, y) else c.faint))
        self.picture.show_points([(row[x], row[y]) for row in self._table.values])
        self.take.setEnabled(x != y)

    def _accept(self) -> None:
        self.chosen.emit(self.columns)
        self.accept()


class PointPicture(QWidget):
    """Points in a square, as large as fits, with equal scales of both axes."""

    def __init__(self) -> None:
        super().__init__()
        self.points: list[tuple[float, float]] = []
        self.setFixedSize(PICTURE, PICTURE)

    def sizeHint(self) -> QSize:
        return QSize(PICTURE, PICTURE)

    def show_points(self, points: list[tuple[float, float]]) -> None:
        """Show `points`, those of them that are finite."""
        self.points = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = painting.smooth_painter(self)
        c, box = theme.colors(), QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(c.line), 1))
        painter.setBrush(QColor(c.control))
        painter.drawRoundedRect(box, 5, 5)
        if not self.points:
            return
        (x0, x1), (y0, y1) = ((min(values), max(values)) for values in zip(*self.points, strict=True))
        scale = (PICTURE - 24) / (max(x1 - x0, y1 - y0) or 1.0)
        for x, y in self.points:
            right, up = (x - (x0 / 2 + x1 / 2)) * scale, (y - (y0 / 2 + y1 / 2)) * scale
            painting.dot(painter, PICTURE / 2 + right, PICTURE / 2 - up, c.accent, 2.5)


def _preview(table: PointTable) -> QTableWidget:
    """The first rows as they are in the file."""
    width = min(max(map(len, table.head)), MOST_COLUMNS)
    rows = QTableWidget(min(len(table.head), ROWS), width)
    rows.setHorizontalHeaderLabels([table.name(column) for column in range(width)])
    rows.verticalHeader().hide()
    rows.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
    rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    rows.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    rows.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    for row, cells in enumerate(table.head[:ROWS]):
        for column in range(width):
            rows.setItem(row, column, QTableWidgetItem(cells[column].strip() if column < len(cells) else ""))
    rows.resizeColumnsToContents()
    return rows
