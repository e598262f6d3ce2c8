"""A few sentences for the first start, one at a time; × ends them for good."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from ncsn_viz.ui.shell.appearance import settings
from ncsn_viz.ui.widgets.controls import Label, flat_button
from ncsn_viz.ui.widgets.theme import styled
from ncsn_viz.ui.widgets.translate import translate

KEY = "tips_seen"
TIPS = (
    "Each lane trains a network on samples of the density on the left: it learns in which direction the density rises "
    "(arrows), and particles (dots) follow the arrows until they look like new samples.",
    "Paint into the target on the left, or choose a preset: every field follows while it learns.",
    "Each lane learns with another objective. “All controls” shows the settings of the one that you click.",
    "Point into a lane: arrows compare field and truth there. Wheel: zoom. Drag: move. Double click: back.",
    "Rest the mouse on anything: it says what it means, in which unit, and what goes wrong at its ends.",
    "Ctrl+Z takes back every stroke, setting and lane; a lane that was started again has learned what it had before.",
)


class Tips(QFrame):
    """Hidden until it is started."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        styled(self, "tip")
        self.index = 0
        self.label = Label()
        self.label.setWordWrap(True)
        self.count = styled(Label(), "faint")
        self.next = flat_button("›", translate("The next tip."), 24, 24, self._next)
        hint = translate("No more tips. They are in the file menu.")
        self.close_button = flat_button("×", hint, 24, 24, self.finish)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.setSpacing(6)
        row.addWidget(self.label, 1)
        for widget in (self.count, self.next, self.close_button):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.label.ensurePolished()
        self.label.setText("\n")
        self.label.setMinimumHeight(self.label.sizeHint().height())  # two lines for every tip: the lanes do not jump
        self.hide()

    def put_into(self, menu: QMenu) -> None:
        """Insert an entry that starts the tips before the last one of a menu."""
        action = QAction(translate("Tips"), menu, toolTip=translate("What can be done here, in a few sentences."))
        action.triggered.connect(lambda: self.start())
        menu.insertAction(menu.actions()[-1], action)

    def start_once(self) -> None:
        """Start, unless the user has seen all tips or closed them before."""
        if settings().value(KEY) != "yes":
            self.start()

    def start(self) -> None:
        """Show the first tip."""
        self.index = 0
        self._show()
        self.show()

    def finish(self) -> None:
        """Hide, also at the next start."""
        settings().setValue(KEY, "yes")
        self.hide()

    def _next(self) -> None:
        self.index += 1
        if self.index < len(TIPS):
            self._show()
        else:
            self.finish()

    def _show(self) -> None:
        self.label.setText(translate(TIPS[self.index]))
        self.count.setText(f"{self.index + 1}/{len(TIPS)}")
