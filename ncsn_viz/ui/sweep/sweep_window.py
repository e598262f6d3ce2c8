"""The window of a sweep: its runs in a table, a figure of one measure, and any run as an experiment."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSplitter, QTableView, QVBoxLayout, QWidget

from ncsn_viz.lab.sweep.panels import SweepResults, caption
from ncsn_viz.ui.sweep.chart import SweepChart
from ncsn_viz.ui.sweep.runs_model import RunsFilter, RunsModel
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Combo, Label
from ncsn_viz.ui.widgets.translate import plain, translate

SIZE = (1240, 620)  # pixels
ROW = 23  # pixels
WIDEST = 260  # pixels of a column at first


class SweepWindow(QWidget):
    """Shows SweepResults.

    `experimentAsked` carries the Spec of a run, `reloadAsked` the folder, `failed` a sentence.
    """

    experimentAsked = Signal(object)
    reloadAsked = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.resize(*SIZE)
        self.results: SweepResults | None = None
        self.runs = RunsModel(self)
        self.shown = RunsFilter(self.runs)
        self.summary = theme.styled(Label(), "soft")
        self.filter = QLineEdit(placeholderText=self.tr("Filter, like: status=ok sigma<0.3"), clearButtonEnabled=True)
        self.filter.setToolTip(plain(self.tr(
            "Every word must fit: a condition on a column with =, !=, <, >, <= or >=, or a text in any cell."
        )))  # fmt: skip
        self.filter.textChanged.connect(self._filter)
        self.table = self._make_table()
        self.measure = Combo()
        self.measure.setAccessibleName(self.tr("Measure in the figure"))
        self.measure.currentIndexChanged.connect(self._show_panel)
        self.chart = SweepChart()
        self.chart.failed.connect(self.failed)
        self.reload = QPushButton(self.tr("Reload"))
        self.reload.setToolTip(plain(self.tr("Read the folder again: a sweep may be going on.  (F5)")))
        self.reload.clicked.connect(self._reload)
        self.open = theme.styled(QPushButton(self.tr("Open run as experiment")), "primary")
        self.open.setToolTip(plain(self.tr(
            "Let the chosen run learn in the window, from its own seed. Also by a double click on it. Undo brings the "
            "present experiment back."
        )))  # fmt: skip
        self.open.clicked.connect(self._open_chosen)
        QShortcut(QKeySequence(Qt.Key.Key_F5), self).activated.connect(self._reload)
        self._lay_out()

    def show_results(self, results: SweepResults) -> None:
        """Show what a folder has now; what is chosen, sorted and filtered stays."""
        chosen, measure, first = self._chosen_run(), self.measure.currentData(), self.results is None
        self.results = results
        self.setWindowTitle(self.tr("Sweep {0}").format(results.path.resolve().name))
        self.runs.show_results(results)
        self._fill_measures(measure)
        if first:
            self.table.resizeColumnsToContents()
            for column in range(len(self.runs.names)):
                self.table.setColumnWidth(column, min(self.table.columnWidth(column), WIDEST))
        self._choose(chosen)
        self._filter(self.filter.text())

    def _make_table(self) -> QTableView:
        table = theme.styled(QTableView(), "table")
        table.setModel(self.shown)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW)
        table.setAccessibleName(self.tr("Runs of the sweep"))
        table.doubleClicked.connect(self._open)
        table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        return table

    def _lay_out(self) -> None:
        left, right, split = QWidget(), QWidget(), QSplitter(Qt.Orientation.Horizontal)
        for side, widgets in ((left, (self.filter, self.table)), (right, (self.measure, self.chart))):
            column = QVBoxLayout(side)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(theme.PAD)
            for widget in widgets:
                column.addWidget(widget)
            split.addWidget(side)
        split.setSizes([SIZE[0] // 2, SIZE[0] // 2])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(theme.PAD)
        split.setStyleSheet("QSplitter::handle { background: transparent; }")
        foot = QHBoxLayout()
        foot.addWidget(self.summary, 1)
        foot.addWidget(self.reload)
        foot.addWidget(self.open)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 14, 16, 14)
        whole.setSpacing(theme.PAD)
        whole.addWidget(split, 1)
        whole.addLayout(foot)

    # -- the figure ---------------------------------------------------------------------------------------------

    def _fill_measures(self, chosen: str | None) -> None:
        assert self.results is not None
        self.measure.blockSignals(True)
        self.measure.clear()
        for name, panel in self.results.panels.items():
            self.measure.addItem(translate(panel.title), name)
        self.measure.setCurrentIndex(max(0, self.measure.findData(chosen)))
        self.measure.blockSignals(False)
        self._show_panel()

    @Slot()
    def _show_panel(self) -> None:
        name = self.measure.currentData()
        if self.results is not None and name is not None:
            self.chart.show_panel(self.results.panels[name])

    # -- the table ----------------------------------------------------------------------------------------------

    @Slot(str)
    def _filter(self, text: str) -> None:
        self.shown.set_text(text)
        if self.results is not None:
            said = caption(self.results.plan, self.results.rows)
            hidden = self.runs.rowCount() - self.shown.rowCount()
            self.summary.setText(said + (self.tr("; {0} filtered out").format(hidden) if hidden else ""))
        self._enable()

    def _enable(self) -> None:
        self.open.setEnabled(self._chosen_run() is not None)

    def _chosen_run(self) -> int | None:
        rows = self.table.selectionModel().selectedRows()
        return self.runs.run(self.shown.mapToSource(rows[0]).row()) if rows else None

    def _choose(self, run: int | None) -> None:
        for row in range(self.shown.rowCount()):
            if self.runs.run(self.shown.mapToSource(self.shown.index(row, 0)).row()) == run:
                self.table.selectRow(row)

    @Slot()
    def _open_chosen(self) -> None:
        if self.results is not None and (run := self._chosen_run()) is not None:
            self.experimentAsked.emit(self.results.plan.spec(run))

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.table.selectRow(index.row())
        self._open_chosen()

    @Slot()
    def _reload(self) -> None:
        if self.results is not None:
            self.reloadAsked.emit(self.results.path)
