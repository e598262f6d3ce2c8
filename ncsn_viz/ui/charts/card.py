"""A card with a chart, which is made when there is something to draw, and a sentence until then."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Label, flush
from ncsn_viz.ui.widgets.timers import Throttle

if TYPE_CHECKING:
    from ncsn_viz.ui.charts.chart import Chart

HEAD = 34  # pixels
GESTURES = "Wheel: zoom. Drag: move. Double click: show everything again. Right click: copy, or save picture or values."


class ChartCard(QFrame):
    """A head above a chart or a sentence, and a place on their left. `failed` says what went wrong in an export."""

    failed = Signal(str)

    def __init__(self, head: QWidget, interval: int, parent: QWidget | None = None) -> None:
        """A card that calls `_show` at most every `interval` milliseconds."""
        super().__init__(parent)
        self._throttle = Throttle(self._show, interval, self)
        self.setProperty("look", "card")
        head.setFixedHeight(HEAD)
        self.text = theme.styled(Label(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True), "faint")
        self.text.setContentsMargins(theme.PAD, 0, theme.PAD, 0)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.text)
        self.beside = flush(QVBoxLayout())
        body = flush(QHBoxLayout())
        body.addLayout(self.beside)
        body.addWidget(self._stack, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(2, 0, 2, 2)  # the corners are round
        rows.setSpacing(0)
        rows.addWidget(head)
        rows.addLayout(body, 1)

    def make_chart(self) -> Chart:
        """The chart, which is wanted for the first time; pyqtgraph is imported no sooner."""
        raise NotImplementedError

    def _show(self) -> None:
        """Show what was asked for last, unless it is shown."""
        raise NotImplementedError

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_stack"):
            self._throttle.request(urgent=True)

    @cached_property
    def chart(self) -> Chart:
        """The chart."""
        chart = self.make_chart()
        chart.failed.connect(self.failed)
        chart.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # there is nothing that keys do
        self._stack.addWidget(chart)
        return chart

    @property
    def draws(self) -> bool:
        """Whether the chart is shown."""
        return self._stack.currentIndex() == 1

    def show_chart(self) -> None:
        """Show the chart."""
        self._stack.setCurrentWidget(self.chart)

    def show_text(self, text: str) -> None:
        """Show a sentence in place of the chart."""
        self.text.setText(text)
        self._stack.setCurrentWidget(self.text)
