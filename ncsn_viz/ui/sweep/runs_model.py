"""The table of runs: a row a run, sorted by numbers where there are some, filtered by conditions or words."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.sweep.outcome import OK, columns, number
from ncsn_viz.lab.sweep.panels import SweepResults, column_title, knob_name
from ncsn_viz.lab.sweep.sweep_file import STEPS
from ncsn_viz.lab.sweep.values import is_number, value_label
from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets.translate import plain, translate

DIGITS = 4  # of a number in a cell; its tip has all
CONDITION = re.compile(r"(?P<name>[^<>=!]+)(?P<sign><=|>=|!=|<|>|=)(?P<value>.*)")
SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip
Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole


class RunsModel(QAbstractTableModel):
    """The rows of runs.csv without columns of which nothing is known. UserRole sorts: a number, or a text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.results: SweepResults | None = None
        self.names: list[str] = []
        self.cells: list[Mapping[str, str]] = []

    def show_results(self, results: SweepResults) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self.results = results
        self.cells = [results.rows[run] for run in sorted(results.rows)]
        known = [name for name in columns(results.plan) if any(cells[name] for cells in self.cells)]
        ends = ("message", "device")  # what is longest, and what is least
        hidden = {STEPS} - set(results.plan.sweep.vary)
        self.names = sorted((name for name in known if name not in hidden), key=lambda name: name in ends)
        self.endResetModel()

    def run(self, row: int) -> int:
        """The number of the run in a row."""
        return int(self.cells[row]["run"])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The number of runs."""
        return 0 if parent.isValid() else len(self.cells)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The number of columns of which anything is known."""
        return 0 if parent.isValid() else len(self.names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        """The name of a column, and as its tip what it is."""
        if orientation != Qt.Orientation.Horizontal or self.results is None:
            return None
        plan, name = self.results.plan, self.names[section]
        if role == ROLE.DisplayRole:
            return knob_name(plan, name)
        if role == ROLE.ToolTipRole and name in self.results.panels:
            title, unit = column_title(plan, name)
            return plain(f"{translate(title)} ({unit})" if unit else translate(title))
        return plain(name) if role == ROLE.ToolTipRole else None

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        """What a cell shows, in which colour, and by what it is sorted."""
        name = self.names[index.column()]
        text = self.cells[index.row()][name]
        value = number(text)
        if role == ROLE.DisplayRole:
            return self._label(index.row(), name) or _shown(text, value)
        if role == ROLE.UserRole:
            return text if math.isnan(value) else value
        if role == ROLE.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if math.isnan(value) else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == ROLE.ForegroundRole and name == "status" and text != OK:
            return QColor(theme.colors().bad)
        return plain(text) if role == ROLE.ToolTipRole and text else None

    def _label(self, row: int, name: str) -> str:
        """How a varied knob without numbers is called; empty for other columns."""
        assert self.results is not None
        value = self.results.plan.combinations[self.run(row)].get(name)
        return "" if value is None or is_number(value) else value_label(value)


class RunsFilter(QSortFilterProxyModel):
    """Sorts numbers before texts, unknown cells last in both orders, and lets through what fits a text.

    Every word of it must fit a run: a condition like `status=ok`, `sigma<0.2` or `fisher_common>=1`, whose name is the
    end of a column's, or a text that is in one of its cells.
    """

    def __init__(self, source: RunsModel) -> None:
        super().__init__(source)
        self._words: list[str] = []
        self._runs = source
        self.setSourceModel(source)

    def set_text(self, text: str) -> None:
        """Let through what fits the text."""
        self.beginFilterChange()
        self._words = text.split()
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:  # noqa: ARG002
        """Whether every word fits."""
        return all(fits(word, self._runs.cells[row]) for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        """Numbers by their size, then texts, then what is not known."""
        ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
        return _sort_key(left, ascending) < _sort_key(right, ascending)


def fits(word: str, cells: Mapping[str, str]) -> bool:
    """Whether a run fits a word of a filter."""
    found = CONDITION.fullmatch(word)
    names = [name for name in cells if found and (name == found["name"] or name.endswith(f".{found['name']}"))]
    if not found or not names:
        return any(word.casefold() in text.casefold() for text in cells.values())
    compare = SIGNS[found["sign"]]
    return any(_holds(compare, cells[name], found["value"]) for name in names)


def _holds(compare: Callable[[Any, Any], bool], text: str, value: str) -> bool:
    one, other = number(text), number(value)
    if math.isnan(one) or math.isnan(other):
        return compare in (operator.eq, operator.ne) and compare(text.casefold(), value.casefold())
    return compare(one, other)


def _sort_key(index: Index, ascending: bool) -> tuple[int, float, str]:
    value = index.data(ROLE.UserRole)
    if isinstance(value, str):
        return (1 if value else 2 if ascending else -1), 0.0, value.casefold()
    return 0, value, ""


def _shown(text: str, value: float) -> str:
    if math.isnan(value):
        return text
    if math.isinf(value):
        return "∞"
    return text if len(text) <= DIGITS + 2 else number_text.short(value, DIGITS)
