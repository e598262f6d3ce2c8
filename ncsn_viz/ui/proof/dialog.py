"""The dialog of the proof: checks with known results, run in the background."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtWidgets
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QPushButton, QTableWidget, QVBoxLayout, QWidget

from ncsn_viz.lab.checks import CHECKS, Outcome
from ncsn_viz.lab.checks.base import ERRORS
from ncsn_viz.lab.checks.runner import CheckThread, Runnable
from ncsn_viz.lab.checks.table import number
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Label
from ncsn_viz.ui.widgets.timers import timer
from ncsn_viz.ui.widgets.translate import plain, translate

PATIENCE = 0.4  # seconds at closing for the check that is going on
INTERVAL = 100  # milliseconds between reads of the mailbox
CLAIM, EXPECTED, MEASURED, VERDICT, TIME = range(5)
WIDTHS = {EXPECTED: 90, MEASURED: 160, VERDICT: 110, TIME: 64}
ROW_HEIGHT = 40  # pixels, for a claim of two lines


class ProofDialog(QDialog):
    """A table with a row for each check, filled when it ends. Closing the dialog stops and joins their thread."""

    def __init__(self, parent: QWidget | None = None, checks: Sequence[Runnable] = CHECKS) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Proof"))
        self.setModal(False)
        self.resize(1040, 780)
        self.setStyleSheet(_sheet())
        self._checks = tuple(checks)
        self._outcomes: tuple[Outcome, ...] = ()
        self.table = self._make_table()
        self._items = [self._make_row(row, check) for row, check in enumerate(self._checks)]
        self.summary = theme.styled(Label(), "soft")
        self._lay_out()
        self._prover = CheckThread(self._checks)
        self._clock = timer(self, INTERVAL, self._take)
        self._show(())
        self._prover.start()
        self._clock.start()

    def done(self, result: int) -> None:
        """Stop the checks, however the dialog is closed."""
        self._clock.stop()
        self._prover.stop(PATIENCE)
        super().done(result)

    def _lay_out(self) -> None:
        title = theme.styled(Label(self.tr("The mathematics, measured")), "title")
        about = theme.styled(Label(self.tr(
            "Each line is a set-up whose answer is known. The program's own code measures it with several seeds. It "
            "agrees if it is within {0} standard errors and a tolerance; rest the pointer on a line for its source."
        ).format(ERRORS)), "soft")  # fmt: skip
        about.setWordWrap(True)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.summary, 1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(theme.PAD)
        for widget in (title, about, self.table):
            column.addWidget(widget, int(widget is self.table))
        column.addLayout(foot)

    def _make_table(self) -> QTableWidget:
        titles = [translate(title) for title in ("Claim", "Expected", "Measured ± error", "Verdict", "Time")]
        table = QTableWidget(len(self._checks), len(titles))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.setShowGrid(False)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = table.horizontalHeader()
        header.setSectionResizeMode(CLAIM, QHeaderView.ResizeMode.Stretch)
        for column, width in WIDTHS.items():
            header.resizeSection(column, width)
        for column, title in enumerate(titles):
            item = QtWidgets.QTableWidgetItem(title)
            item.setTextAlignment(_alignment(column))
            table.setHorizontalHeaderItem(column, item)
        return table

    def _make_row(self, row: int, check: Runnable) -> list[QtWidgets.QTableWidgetItem]:
        items = [
            QtWidgets.QTableWidgetItem(translate(check.what) if column == CLAIM else "") for column in range(TIME + 1)
        ]
        for column, item in enumerate(items):
            item.setToolTip(plain(translate(check.source)))
            item.setTextAlignment(_alignment(column))
            self.table.setItem(row, column, item)
        return items

    @Slot()
    def _take(self) -> None:
        if (outcomes := self._prover.outcomes.take()) is not None:
            self._show(outcomes)

    def _show(self, outcomes: tuple[Outcome, ...]) -> None:
        for row in range(len(self._outcomes), len(outcomes)):
            self._fill(row, outcomes[row])
        self._outcomes = outcomes
        if len(outcomes) == len(self._checks):
            self._clock.stop()
        else:
            self._write(len(outcomes), VERDICT, self.tr("measuring …"), theme.colors().accent)
        agree = sum(outcome.passed for outcome in outcomes)
        text = self.tr("{0} of {1} checks done: {2} agree, {3} differ")
        self.summary.setText(text.format(len(outcomes), len(self._checks), agree, len(outcomes) - agree))

    def _fill(self, row: int, outcome: Outcome) -> None:
        c = theme.colors()
        self._write(row, EXPECTED, number(outcome.expected), c.text)
        self._write(row, MEASURED, f"{number(outcome.measured)} ± {number(outcome.error)}", c.text)
        verdict, color = ("✓ " + self.tr("agrees"), c.good) if outcome.passed else ("✗ " + self.tr("differs"), c.bad)
        self._write(row, VERDICT, verdict, color)
        self._write(row, TIME, f"{outcome.seconds:.1f} s", c.faint)
        hint = "\n".join((self._result(outcome), self._rule(outcome), translate(outcome.source)))
        for item in self._items[row]:
            item.setToolTip(plain(hint))
        self.table.scrollToItem(self._items[row][CLAIM])

    def _result(self, outcome: Outcome) -> str:
        """How far it is off beside what is allowed, and of which variant that is; or why nothing was measured."""
        if outcome.note:
            return outcome.note
        text = self.tr("Off by {0} where {1} is allowed").format(number(outcome.difference), number(outcome.allowed))
        return f"{text} ({outcome.variant})" if outcome.variant else text

    def _rule(self, outcome: Outcome) -> str:
        allowed = [self.tr("{0} standard errors").format(outcome.errors)] if outcome.errors else []
        allowed += [f"{outcome.tolerance:g} ({translate(outcome.because)})"] if outcome.tolerance else []
        return self.tr("|measured − expected| ≤ {0}").format(" + ".join(allowed))

    def _write(self, row: int, column: int, text: str, color: str) -> None:
        item = self._items[row][column]
        item.setText(text)
        item.setForeground(QColor(color))


def _alignment(column: int) -> Qt.AlignmentFlag:
    numeric = column in (EXPECTED, MEASURED, TIME)
    side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _sheet() -> str:
    c = theme.colors()
    return f"""
QDialog {{ background: {c.panel}; }}
QTableWidget {{ background: {c.card}; border: 1px solid {c.line}; border-radius: {theme.RADIUS}px; color: {c.text}; }}
QTableWidget::item {{ padding: 0 8px; border-bottom: 1px solid {c.line}; }}
QHeaderView {{ background: {c.card}; border: none; }}
QHeaderView::section {{ background: {c.card}; color: {c.faint}; border: none; border-bottom: 1px solid {c.line};
    padding: 6px 8px; font-size: {theme.SMALL}px; font-weight: 600; }}
"""
