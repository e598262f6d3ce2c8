"""The head of a card of curves: what is shown, from a menu, and on which axes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.lab.snapshot.snapshot import Curve
from ncsn_viz.ui.curves import names
from ncsn_viz.ui.curves.names import ALL_TERMS
from ncsn_viz.ui.widgets import painting, theme

ARROW = "  ▾"


class CurveHead(QWidget):
    """A title with a menu of the curves in `known`, and two switches. `chosen` carries another CurveView."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = CurveView()
        self.known: list[Curve | None] = []
        self.title = QToolButton(self)
        self.title.setProperty("look", "heading")
        self.title.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.title.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self.fill)
        self.title.setMenu(self.menu)
        self.log_x = self._switch(self.tr("log x"), "log_x", self.tr(
            "A logarithmic axis of training steps: the beginning, where most happens, gets its room."))  # fmt: skip
        self.log_y = self._switch(self.tr("log y"), "log_y", self.tr(
            "A logarithmic axis of values: orders of magnitude show, but nothing that is not above 0."))  # fmt: skip
        self.show_view(self.view)

    def _switch(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("look", "tiny")
        button.setText(text)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda on: self.chosen.emit(replace(self.view, **{name: on})))
        return button

    def show_view(self, view: CurveView) -> None:
        """Show what is chosen."""
        self.view = view
        note = self.tr(
            "Of several repeats: their median, and a band from the least to the greatest. Click for another curve."
        )
        title = names.title(view.key)
        self.title.setToolTip(f"<qt><b>{title}</b><br>{names.meaning(view.key)}<br>{note}</qt>")
        self.title.setAccessibleName(title)
        self.log_x.setChecked(view.log_x)
        self.log_y.setChecked(view.log_y)
        self._place()

    def fill(self) -> None:
        """Put all curves that there are now into the menu; terms of losses have a menu of their own."""
        self.menu.clear()
        where = self.menu
        for key in names.available(self.known):
            if key == ALL_TERMS:
                where = self.menu.addMenu(self.tr("Terms of the loss"))
                where.setToolTipsVisible(True)
            action = where.addAction(names.title(key))
            action.setToolTip(f"<qt>{names.meaning(key)}</qt>")
            action.setCheckable(True)
            action.setChecked(key == self.view.key)
            wanted = replace(self.view, key=key, log_y=names.is_logarithmic(key))
            action.triggered.connect(partial(self._choose, wanted))

    def _choose(self, view: CurveView, _checked: bool = False) -> None:
        self.chosen.emit(view)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        right = self.width() - theme.PAD + 2
        for button in (self.log_y, self.log_x):
            size = button.sizeHint()
            right -= size.width()
            button.setGeometry(right, (self.height() - size.height()) // 2, size.width(), size.height())
            right -= 3
        left = theme.PAD - 5  # the words stand at PAD
        text, wide = self._fitting(right - left - 12)
        self.title.setText(text)
        high = self.title.sizeHint().height()
        self.title.setGeometry(left, (self.height() - high) // 2, round(wide) + 12, high)

    def _fitting(self, room: float) -> tuple[str, float]:
        """The title as there is room for it, and how wide it is."""
        bold = painting.font(theme.LARGE, bold=True)
        for name in (names.title(self.view.key), names.short(self.view.key)):
            if (wide := painting.width_of(name + ARROW, bold)) <= room:
                return name + ARROW, wide
        most = max(room - painting.width_of(ARROW, bold), 10.0)
        name = QFontMetricsF(bold).elidedText(name, Qt.TextElideMode.ElideRight, most)
        return name + ARROW, min(painting.width_of(name + ARROW, bold), room)
