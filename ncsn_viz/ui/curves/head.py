"""The head of a curve card: the title with a menu of all curves, and the switches of logarithmic axes."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.lab.snapshot import Curve
from ncsn_viz.ui.charts.card import GESTURES
from ncsn_viz.ui.curves import names
from ncsn_viz.ui.curves.names import ALL_TERMS
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.translate import menu_text, plain, rich, translate

ARROW = "  ▾"


class CurveHead(QWidget):
    """A title with a menu of the curves in `known`, and two switches. `chosen` carries another CurveView."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = CurveView()
        self.known: list[Curve | None] = []
        self._switches = True
        popup = QToolButton.ToolButtonPopupMode.InstantPopup
        self.title = theme.styled(QToolButton(self, popupMode=popup), "heading")
        self.title.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu = QMenu(self, toolTipsVisible=True)
        self.menu.aboutToShow.connect(self.fill)
        self.title.setMenu(self.menu)
        self.log_x = self._switch(self.tr("log x"), "log_x", self.tr(
            "A logarithmic axis of training steps: the beginning, where most happens, gets its room."))  # fmt: skip
        self.log_y = self._switch(self.tr("log y"), "log_y", self.tr(
            "A logarithmic axis of values: orders of magnitude show, but nothing that is not above 0."))  # fmt: skip
        self.show_view(self.view)

    def _switch(self, text: str, name: str, tip: str) -> QToolButton:
        button = theme.styled(QToolButton(self), "tiny")
        button.setText(text)
        button.setToolTip(plain(tip))
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda on: self.chosen.emit(replace(self.view, **{name: on})))
        return button

    def show_switches(self, shown: bool) -> None:
        """Show or hide the switches."""
        self._switches = shown
        self._lay_out()

    def show_view(self, view: CurveView) -> None:
        """Show `view` in the title and the switches."""
        self.view = view
        title = names.title(view.key)
        note = self.tr("The band: two standard errors of the points on which it is measured. Of several repeats: their "
                       "median, and a band from the least to the greatest. Click for another curve.")  # fmt: skip
        texts = (title, names.meaning(view.key), note, translate(GESTURES))
        self.title.setToolTip(rich("<b>{}</b><br>{}<br>{}<br>{}", *texts))
        self.title.setAccessibleName(title)
        self.log_x.setChecked(view.log_x)
        self.log_y.setChecked(view.log_y)
        self._lay_out()

    def fill(self) -> None:
        """Fill the menu with all curves in `known`; terms of losses are in a submenu."""
        self.menu.clear()
        menu = self.menu
        for key in names.available(self.known):
            if key == ALL_TERMS:
                menu = self.menu.addMenu(self.tr("Terms of the loss"))
                menu.setToolTipsVisible(True)
            action = menu.addAction(menu_text(names.title(key)))
            action.setToolTip(rich("{}", names.meaning(key)))
            action.setCheckable(True)
            action.setChecked(key == self.view.key)
            view = replace(self.view, key=key, log_y=names.is_logarithmic(key))
            action.triggered.connect(lambda _, view=view: self.chosen.emit(view))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        right = self.width() - theme.PAD + 2
        title = painting.width_of(names.short_title(self.view.key) + ARROW, painting.font(theme.LARGE, bold=True))
        room = right - title - 24 - sum(button.sizeHint().width() + 3 for button in (self.log_x, self.log_y))
        for button in (self.log_x, self.log_y):  # the title is more important
            button.setVisible(self._switches and room >= 0)
        for button in (self.log_y, self.log_x):
            if button.isHidden():
                continue
            size = button.sizeHint()
            right -= size.width()
            button.setGeometry(right, (self.height() - size.height()) // 2, size.width(), size.height())
            right -= 3
        left = theme.PAD - 5  # the text begins at PAD
        text, width = self._fitting_title(right - left - 12)
        self.title.setText(text)
        height = self.title.sizeHint().height()
        self.title.setGeometry(left, (self.height() - height) // 2, round(width) + 12, height)

    def _fitting_title(self, available: float) -> tuple[str, float]:
        """The title, shortened or elided to the `available` width, and its width."""
        bold = painting.font(theme.LARGE, bold=True)
        for name in (names.title(self.view.key), names.short_title(self.view.key)):
            if (width := painting.width_of(name + ARROW, bold)) <= available:
                return name + ARROW, width
        most = max(available - painting.width_of(ARROW, bold), 10.0)
        name = QFontMetricsF(bold).elidedText(name, Qt.TextElideMode.ElideRight, most)
        return name + ARROW, min(painting.width_of(name + ARROW, bold), available)
