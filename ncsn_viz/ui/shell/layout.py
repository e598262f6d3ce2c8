"""Where the parts of the window are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ncsn_viz.ui.forms.section import Column
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import flush

if TYPE_CHECKING:
    from ncsn_viz.ui.shell.window import Window


def arranged(window: Window) -> QWidget:
    """A widget with all parts: toolbar on top, target left, lanes in the middle, the chosen lane's settings right."""
    middle = flush(QHBoxLayout())
    middle.addWidget(Column(window.target))
    middle.addWidget(_centre(window), 1)
    right = flush(QVBoxLayout())
    right.addWidget(Column(window.lane), 1)
    right.addWidget(window.cursor_readout)
    middle.addLayout(right)
    everything = QWidget()
    rows = flush(QVBoxLayout(everything))
    rows.addWidget(window.toolbar)
    rows.addLayout(middle, 1)
    return everything


def _centre(window: Window) -> QWidget:
    """Tips and messages, the lanes, and what is below them."""
    centre = QWidget()
    centre.setObjectName("centre")
    column = QVBoxLayout(centre)
    column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
    column.setSpacing(theme.GAP)
    for part in (window.tips, window.notifications, window.lanes, window.ladder, window.slow, window.bottom_panel):
        column.addWidget(part, 1 if part is window.lanes else 0)
    return centre
