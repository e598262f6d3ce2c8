"""The files that were opened and saved last, in a menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QMenu, QWidget

from ncsn_viz.ui.widgets.translate import menu_text, plain, translate

KEY = "recent"
MOST = 8


class RecentFiles(QObject):
    """Paths, the latest first, kept in the user's settings. `chosen` carries the one to open."""

    chosen = Signal(object)

    def __init__(self, settings: Callable[[], QSettings], parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        self.menu = QMenu(translate("Open again"), parent, toolTipsVisible=True)
        self.menu.aboutToShow.connect(self._fill)

    def paths(self) -> list[Path]:
        """Those that are still there."""
        found = self._settings().value(KEY)
        texts = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        paths = [Path(text) for text in texts if isinstance(text, str) and text]
        return [path for path in paths[:MOST] if _is_there(path)]

    def add(self, path: Path) -> None:
        """Put a path first."""
        others = [other for other in self.paths() if other != path.absolute()]
        self._settings().setValue(KEY, [str(each) for each in (path.absolute(), *others)][:MOST])

    def _fill(self) -> None:
        self.menu.clear()
        for path in self.paths():
            action = self.menu.addAction(menu_text(path.name))
            action.setToolTip(plain(str(path)))
            action.triggered.connect(partial(self._choose, path))
        if self.menu.isEmpty():
            self.menu.addAction(translate("Nothing yet")).setEnabled(False)

    def _choose(self, path: Path, _checked: bool = False) -> None:
        self.chosen.emit(path)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
