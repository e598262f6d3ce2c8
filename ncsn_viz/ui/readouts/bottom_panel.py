"""The panel below the lanes or beside them: curves and mode weights, the table of metrics, or the race."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.curves.card import CurveCard
from ncsn_viz.ui.curves.legend import Legend
from ncsn_viz.ui.race.card import RaceCard
from ncsn_viz.ui.readouts.error_sigma import ErrorSigma
from ncsn_viz.ui.readouts.mode_weights import ModeWeightsCard
from ncsn_viz.ui.readouts.table import MetricsTable
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import flush
from ncsn_viz.ui.widgets.translate import plain

HEIGHT = 170  # pixels of the cards below the lanes
WIDTH = 330  # pixels of the panel beside the lanes
ROOM_FOR_MODES = 600  # pixels of a row that has room for the mode weights
LEGEND_COLUMNS = 2  # of the legend there
MOST = 16777215  # pixels, Qt's largest size of a widget
PAGES = ("curves", "table", "race")


class BottomPanel(QWidget):
    """A bar with page buttons, a legend, and the cards.

    `edited` carries an Edit and None, `commanded` a Command, `failed` what went wrong in an export.
    """

    edited = Signal(object, object)
    commanded = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves = [CurveCard(0), CurveCard(1)]
        self.modes = ModeWeightsCard()
        self.race = RaceCard()
        self.table = MetricsTable()
        self.error_sigma = ErrorSigma()
        self.legend = Legend()
        self.pages = QStackedWidget()
        self.tabs = {
            "curves": self._tab(self.tr("Curves"), "curves", self.tr("Curves of training, and the mode weights.")),
            "table": self._tab(self.tr("Table"), "table", self.tr(
                "Every measure of every lane, the best of each marked. Click a heading to sort.")),
            "race": self._tab(self.tr("Race"), "race", self.tr(
                "Samplers at equal cost on the chosen lane: how near they come with so many score evaluations.")),
        }  # fmt: skip
        tip = self.tr("Copy the table as text with tabs, for a spreadsheet (Ctrl+C in the table).")
        self.copy = _tiny_button(self.tr("Copy"), tip)
        self.copy.clicked.connect(self.table.copy)
        self._measures = True
        self._lay_out()
        self.set_beside(False)
        for card in self.curves:
            card.edited.connect(self.edited)
            card.failed.connect(self.failed)
        for chart in (self.modes, self.race):
            chart.failed.connect(self.failed)
        self.race.edited.connect(self.edited)
        self.race.commanded.connect(self.commanded)
        self.legend.edited.connect(self.edited)
        self.error_sigma.edited.connect(self.edited)
        self.table.selected.connect(lambda slot: self.edited.emit(edits.choose_lane(slot), None))

    def _tab(self, text: str, page: str, tip: str) -> QToolButton:
        button = _tiny_button(text, tip)
        button.setCheckable(True)
        button.clicked.connect(lambda: self.edited.emit(partial(edits.view, below=page), None))
        return button

    def _lay_out(self) -> None:
        bar = flush(QHBoxLayout(), 4)
        bar.setContentsMargins(2, 0, 0, 0)
        self._tab_group = QButtonGroup(self)
        for tab in self.tabs.values():
            self._tab_group.addButton(tab)
            bar.addWidget(tab)
        bar.addSpacing(8)
        bar.addWidget(self.error_sigma)
        bar.addStretch(1)
        bar.addWidget(self.copy)
        self._bar = bar
        cards = QWidget()
        self._cards = flush(QBoxLayout(QBoxLayout.Direction.LeftToRight, cards), theme.GAP)
        for card, share in zip((*self.curves, self.modes), (4, 4, 3), strict=True):
            self._cards.addWidget(card, share)
        self.pages.addWidget(cards)
        self.pages.addWidget(self.table)
        self.pages.addWidget(self.race)
        self._column = flush(QVBoxLayout(self), 4)
        self._column.addLayout(bar)
        self._column.addWidget(self.pages)

    def set_beside(self, beside: bool) -> None:
        """Stack the cards in a column of WIDTH beside the lanes, or put them into a row of HEIGHT below them."""
        direction = QBoxLayout.Direction
        self._cards.setDirection(direction.TopToBottom if beside else direction.LeftToRight)
        (self._bar if beside else self._column).removeWidget(self.legend)
        if beside:
            self._column.insertWidget(1, self.legend)
        else:
            self._bar.insertWidget(self._bar.indexOf(self.error_sigma), self.legend)
        self.legend.set_columns(LEGEND_COLUMNS if beside else 0)
        self.pages.setMinimumHeight(0 if beside else HEIGHT)
        self.pages.setMaximumHeight(MOST if beside else HEIGHT)
        self.setMinimumWidth(WIDTH if beside else 0)
        self.setMaximumWidth(WIDTH if beside else MOST)
        self._show_modes()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_modes()

    def _show_modes(self) -> None:
        """Show the mode weights among the measures, unless there is no room for them in the row."""
        in_a_row = self._cards.direction() == QBoxLayout.Direction.LeftToRight
        self.modes.setVisible(self._measures and not (in_a_row and self.width() < ROOM_FOR_MODES))

    def show_measures(self, shown: bool) -> None:
        """Show the mode weights, the table, the legend and the switches of the curves; or only the curves."""
        self._measures = shown
        self._show_modes()
        for tab in self.tabs.values():
            tab.setVisible(shown)
        for card in self.curves:
            card.head.show_switches(shown)

    def page(self, spec: Spec) -> str:
        """The page that is shown."""
        return spec.view.below if self._measures else PAGES[0]

    def show_spec(self, spec: Spec) -> None:
        """Show the chosen page and the lanes of `spec`."""
        page = self.page(spec)
        self.tabs[page].setChecked(True)
        self.pages.setCurrentIndex(PAGES.index(page))
        self.legend.setVisible(page == "curves" and self._measures)
        self.copy.setVisible(page == "table")
        self.error_sigma.setVisible(page == "table")
        self.error_sigma.show_spec(spec)
        self.legend.show_spec(spec)
        self.race.show_spec(spec)

    def show_snapshot(self, snapshot: Snapshot, chosen: int, spec: Spec) -> None:
        """Show a snapshot as the view of the present `spec` requests, whose edits may be newer."""
        if self.page(spec) == "table":
            self.table.show_snapshot(snapshot, chosen, spec.view.own_errors)
            return
        if self.page(spec) == "race":
            self.race.show_lanes(snapshot.lanes, snapshot.spec, chosen)
            return
        view = replace(snapshot.spec.view, curves=spec.view.curves, hidden=spec.view.hidden)
        for card in self.curves:
            card.show_lanes(snapshot.lanes, replace(snapshot.spec, view=view), chosen)
        self.modes.show_snapshot(snapshot)


def _tiny_button(text: str, tip: str) -> QToolButton:
    button = theme.styled(QToolButton(), "tiny")
    button.setText(text)
    button.setToolTip(plain(tip))
    return button
