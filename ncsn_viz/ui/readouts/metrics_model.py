"""The model of the table of metrics: rows, columns, the best values and the order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment import LaneSpec
from ncsn_viz.lab.metrics import CHANCE_LEVEL, ERROR, METRICS, LaneNumbers
from ncsn_viz.lab.snapshot import Curve, LaneSnapshot
from ncsn_viz.ui.readouts.footer import value_text, with_error
from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets.translate import plain, rich, translate

BANDS = {"fisher_data": "fisher", "fisher_common": "fisher_common"}  # metrics with a curve for every repeat
Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole


@dataclass(frozen=True)
class LaneRow:
    """A lane in the table: its index and slot in the Spec, its title, metrics and their ranges over repeats."""

    index: int
    slot: int
    title: str
    values: dict[str, float]
    ranges: dict[str, tuple[float, float]]


class MetricsModel(QAbstractTableModel):
    """One row for each lane, one column for each metric."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[LaneRow] = []
        self.columns: list[str] = []
        self.bests: dict[str, set[int]] = {}  # indices of lanes, by column
        self.sorted_by: tuple[str, bool] | None = None  # the column, and whether ascending

    def show_rows(self, rows: list[LaneRow], own_errors: bool = False) -> None:
        """Replace the rows. `own_errors`: the score error at each lane's own σ in place of that at the common one."""
        known = {name for row in rows for name in row.values}
        left_out = {"fisher_common"} if own_errors else {name for name in METRICS if METRICS[name].own_sigma}
        columns = [name for name in METRICS if name in known - left_out]
        reset = columns != self.columns or len(rows) != len(self.rows)
        if reset:
            self.beginResetModel()
        self.columns, self.rows = columns, self._in_order(rows)
        values, ranges = {row.index: row.values for row in rows}, {row.index: row.ranges for row in rows}
        self.bests = {name: METRICS[name].best(values, ranges) for name in columns}
        if reset:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(columns)))

    def sort_by(self, column: int) -> None:
        """Sort by a column: ascending, then descending, then in the order of the lanes again."""
        name = self.columns[column - 1] if column else ""
        now = self.sorted_by
        self.sorted_by = None if not name or now == (name, False) else (name, now is None or now[0] != name)
        self.layoutAboutToBeChanged.emit()
        self.rows = self._in_order(self.rows)
        self.layoutChanged.emit()

    def _in_order(self, rows: list[LaneRow]) -> list[LaneRow]:
        rows = sorted(rows, key=lambda row: row.index)
        if self.sorted_by is None:
            return rows
        name, ascending = self.sorted_by
        known = [row for row in rows if math.isfinite(row.values.get(name, math.nan))]
        known.sort(key=lambda row: row.values[name], reverse=not ascending)
        return known + [row for row in rows if row not in known]  # unknown values come last in both orders

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1 + len(self.columns)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role == ROLE.DisplayRole:
            return row.title if column == 0 else cell_text(self.columns[column - 1], row)
        if role == ROLE.TextAlignmentRole and column:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == ROLE.ToolTipRole:
            return plain(self._tip(row, self.columns[column - 1]) if column else row.title)
        if role == ROLE.AccessibleTextRole and self.is_best(index):
            return translate("{0}, the best").format(self.data(index))
        return None

    def _tip(self, row: LaneRow, name: str) -> str:
        lines = [f"{row.title}: {_title(name)} {cell_text(name, row)}"]
        if row.index in self.bests.get(name, ()):
            lines.append(translate("The best of all lanes, or not clearly worse."))
        if (chance := row.values.get(name + CHANCE_LEVEL)) is not None:
            text = translate("Of as many samples of the target itself, 95 % stay below {0}.")
            lines.append(text.format(value_text(name, chance, 3)))
        if name in row.ranges:
            low, high = (number_text.short(edge, 3) for edge in row.ranges[name])
            lines.append(translate("Over all repeats: {0} … {1}.").format(low, high))
        return "\n".join(lines)

    def is_best(self, index: Index) -> bool:
        """Whether the value at `index` is the best of its column."""
        column = index.column()
        return column > 0 and self.rows[index.row()].index in self.bests[self.columns[column - 1]]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == ROLE.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignBottom)
        name = self.columns[section - 1] if section else ""
        if role == ROLE.DisplayRole:
            return self._heading(name)
        if role == ROLE.ToolTipRole:
            return _heading_tip(name)
        return None

    def _heading(self, name: str) -> str:
        if not name:
            return translate("lane")
        arrow = "" if self.sorted_by is None or self.sorted_by[0] != name else "↑ " if self.sorted_by[1] else "↓ "
        return arrow + _in_two_lines(_title(name))

    def text(self) -> str:
        """The table as text with tabs, with all digits; standard errors have columns of their own."""
        known = {name for row in self.rows for name in row.values}
        columns = [each for name in self.columns for each in (name, name + ERROR, name + CHANCE_LEVEL)
                   if each in known]  # fmt: skip
        lines = [[translate("lane"), *map(_column_title, columns)]]
        for row in self.rows:
            values = (row.values.get(name, math.nan) for name in columns)
            lines.append([row.title, *(f"{value:.6g}" if math.isfinite(value) else "" for value in values)])
        return "\n".join("\t".join(line) for line in lines) + "\n"


def lane_row(index: int, lane: LaneSnapshot, spec: LaneSpec, truth: tuple[float, ...]) -> LaneRow:
    """The row of the lane at `index`; `truth` are the true mode weights."""
    numbers = LaneNumbers(spec.objective.sigmas(), lane.mode_weights, truth)
    known = {name: metric.known(numbers) for name, metric in METRICS.items() if metric.known is not None}
    values = {name: value for name, value in (known | dict(lane.metrics)).items() if value is not None}
    title = theme.lane_title(spec.slot, spec.name, translate(spec.objective.title))
    bands = {name: last_band(lane.curve, key) for name, key in BANDS.items()}
    return LaneRow(index, spec.slot, title, values, {name: band for name, band in bands.items() if band is not None})


def last_band(curve: Curve | None, key: str) -> tuple[float, float] | None:
    """The range of a curve over all repeats at its last measurement; None without repeats."""
    if curve is None or curve.replicas < 2 or key not in curve.low:
        return None
    low, high = curve.low[key], curve.high[key]
    known = np.nonzero(np.isfinite(low) & np.isfinite(high))[0]
    return (float(low[known[-1]]), float(high[known[-1]])) if len(known) else None


def cell_text(name: str, row: LaneRow) -> str:
    """The value of a metric as the table shows it, with its standard error where that is known."""
    return with_error(name, row.values)


def _in_two_lines(title: str) -> str:
    """A title of several words in two lines of about the same length, as columns are only as wide as their numbers."""
    words = title.split(" ")
    ends = range(1, len(words))
    end = min(ends, key=lambda end: max(map(len, (" ".join(words[:end]), " ".join(words[end:])))), default=0)
    return f"{' '.join(words[:end])}\n{' '.join(words[end:])}" if end else title


def _title(name: str) -> str:
    return translate(METRICS[name].title)


def _column_title(name: str) -> str:
    if name in METRICS:
        return _title(name)
    if name.endswith(CHANCE_LEVEL):
        return translate("chance of {0}").format(_title(name.removesuffix(CHANCE_LEVEL)))
    return translate("± of {0}").format(_title(name.removesuffix(ERROR)))


def _heading_tip(name: str) -> str:
    if not name:
        return rich("{}", translate("The lanes as they stand above. Click to have them in that order."))
    metric = METRICS[name]
    lines = [translate(metric.meaning), translate(BETTER[metric.better])]
    return rich("<b>{}</b><br>{}", _title(name), "\n".join(filter(None, lines)))


BETTER = {
    "": "No value of it is better than another. Click to sort.",
    "least": "The least is the best. A star marks it, and all that are not clearly worse: by two standard errors of "
             "the difference, where there are any. Click to sort.",
    "zero": "The nearest to 0 is the best. A star marks it, and all that are not clearly worse: by two standard errors "
            "of the difference, where there are any. Click to sort.",
}  # fmt: skip
