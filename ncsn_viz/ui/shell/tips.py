"""A few sentences for somebody who sees the window for the first time: one line, one at a time, gone for good by ×."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from ncsn_viz.ui.shell import appearance
from ncsn_viz.ui.widgets.translate import translate

KEY = "tips_seen"
TIPS = (
    "Paint into the target on the left, or choose a preset: every field follows while it learns.",
    "Each lane learns the same target with another objective. Click one: its settings are on the right.",
    "Point into a lane to read field and truth there, lower right. Wheel: zoom. Drag: move. Double click: back.",
    "Rest the mouse on anything: it says what it means, in which unit, and what goes wrong at its ends.",
    "Nothing here can be broken: Ctrl+Z takes back every stroke, slider and lane.",
)


class Tips(QFrame):
    """Hidden until it is started."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "tip")
        self.place = 0
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.count = QLabel()
        self.count.setProperty("look", "faint")
        self.next = self._button("›", translate("The next tip."), self._next)
        self.close_button = self._button("×", translate("No more tips. They are in the file menu."), self.finish)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.setSpacing(6)
        row.addWidget(self.label, 1)
        for widget in (self.count, self.next, self.close_button):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def _button(self, text: str, tip: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setProperty("look", "flat")
        button.setFixedSize(24, 24)
        button.clicked.connect(act)
        return button

    def put_into(self, menu: QMenu) -> None:
        """Put an entry that starts the tips above the last one of a menu."""
        action = QAction(translate("Tips"), menu)
        action.setToolTip(translate("What can be done here, in a few sentences."))
        action.triggered.connect(lambda: self.start())
        menu.insertAction(menu.actions()[-1], action)

    def start_once(self) -> None:
        """Start, unless somebody has seen them all or closed them before."""
        if _settings().value(KEY) != "yes":
            self.start()

    def start(self) -> None:
        """Show the first one."""
        self.place = 0
        self._show()
        self.show()

    def finish(self) -> None:
        """Hide, and do not come again by itself."""
        _settings().setValue(KEY, "yes")
        self.hide()

    def _next(self) -> None:
        self.place += 1
        if self.place < len(TIPS):
            self._show()
        else:
            self.finish()

    def _show(self) -> None:
        self.label.setText(translate(TIPS[self.place]))
        self.count.setText(f"{self.place + 1}/{len(TIPS)}")


def _settings() -> QSettings:
    return QSettings(str(appearance.settings_path()), QSettings.Format.IniFormat)
