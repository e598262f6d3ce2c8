"""Dark, light, or as the system: chosen in the menu and kept for the next start."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, QSettings, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu

from ncsn_viz.ui.widgets import icons, theme
from ncsn_viz.ui.widgets.assets import user_file
from ncsn_viz.ui.widgets.translate import plain, translate

KEY = "appearance"
DARK, LIGHT, SYSTEM = CHOICES = ("dark", "light", "system")
TITLES = {DARK: "Dark", LIGHT: "Light", SYSTEM: "As the system"}
HINTS = {
    DARK: "Light text on dark surfaces: densities and particles stand out most.",
    LIGHT: "Dark text on light surfaces, as for a projector in a bright room, or for print.",
    SYSTEM: "Dark or light as the desktop is, also when it changes; dark where it does not say.",
}


def settings_path() -> Path:
    """The file of the choice."""
    return user_file("settings.ini")


def settings() -> QSettings:
    """What is kept for the next start besides the experiment."""
    return QSettings(str(settings_path()), QSettings.Format.IniFormat)


def chosen() -> str:
    """The choice of the last session; dark without one, or where the file is broken."""
    found = settings().value(KEY)
    return found if found in CHOICES else DARK


def scheme_of(choice: str, app: QApplication) -> theme.Colors:
    """The colours of a choice."""
    light = choice == LIGHT or (choice == SYSTEM and app.styleHints().colorScheme() == Qt.ColorScheme.Light)
    return theme.LIGHT if light else theme.DARK


class Appearance(QObject):
    """The colour scheme of the application, and the menu in which it is chosen."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._app = cast("QApplication", QApplication.instance())
        self.choice = chosen()
        self.actions: dict[str, QAction] = {}
        self._app.styleHints().colorSchemeChanged.connect(self._follow)

    def put_into(self, parent: QMenu) -> None:
        """Insert a menu of the choices into another one, before its last entry."""
        menu, group = QMenu(translate("Appearance"), parent, toolTipsVisible=True), QActionGroup(self)
        for choice in CHOICES:
            action = QAction(translate(TITLES[choice]), group, checkable=True, checked=choice == self.choice)
            action.setToolTip(plain(translate(HINTS[choice])))
            action.triggered.connect(partial(self.choose, choice))
            self.actions[choice] = action
        menu.addActions(group.actions())
        last = parent.actions()[-1]
        parent.insertMenu(last, menu)
        parent.insertSeparator(last)

    def choose(self, choice: str, _checked: bool = True) -> None:
        """Apply and keep a choice."""
        self.choice = choice
        settings().setValue(KEY, choice)
        self.apply()

    def apply(self) -> None:
        """Recolour all widgets as chosen."""
        scheme = scheme_of(self.choice, self._app)
        if scheme is not theme.colors():
            theme.apply(self._app, scheme)
            icons.recolour(self._app.allWidgets())

    @Slot()
    def _follow(self) -> None:
        if self.choice == SYSTEM:
            self.apply()
