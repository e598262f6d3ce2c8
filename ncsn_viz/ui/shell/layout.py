"""Where the parts of the window are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from ncsn_viz.ui.forms.section import Column
from ncsn_viz.ui.widgets import theme

if TYPE_CHECKING:
    from ncsn_viz.ui.shell.window import Window

LayoutT = TypeVar("LayoutT", bound=QBoxLayout)


def arranged(window: Window) -> QWidget:
    """A widget with all parts: toolbar on top, target left, lanes in the middle, the chosen lane's settings right."""
    middle = _flush(QHBoxLayout())
    middle.addWidget(Column(window.target))
    middle.addWidget(_centre(window), 1)
    right = _flush(QVBoxLayout())
    right.addWidget(Column(window.lane), 1)
    right.addWidget(window.cursor_readout)
    middle.addLayout(right)
    everything = QWidget()
    rows = _flush(QVBoxLayout(everything))
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


def _flush(layout: LayoutT) -> LayoutT:
    """`layout` without margins and gaps."""
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    return layout
