"""The user's own presets: pictures to choose from, and a menu to rename and to remove them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QStandardPaths, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QInputDialog, QLabel, QLineEdit, QMenu, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import Target
from ncsn_viz.lab.storage import Preset, PresetStore
from ncsn_viz.ui.target.gallery import COLUMNS, WINDOW, Gallery, Thumb, picture_of

SHORT = 9  # letters below a picture


class OwnPresets(Gallery):
    """`chosen` carries the target of a preset, `told` a sentence of what went wrong."""

    told = Signal(str)

    def __init__(self, shelf: PresetStore | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shelf = shelf or PresetStore(folder())
        self._target: Target | None = None
        self.hint = QLabel(self.tr("Your own: save what is on the canvas with the + above."), self)
        self.hint.setProperty("look", "faint")
        self.hint.setWordWrap(True)
        self.troubles: list[str] = []
        self.show_shelf()

    def show_shelf(self) -> None:
        """Show what lies on the shelf now."""
        presets, self.troubles = self.shelf.presets()
        self.show_thumbs({preset.name: self._thumb(preset) for preset in presets})
        self.hint.setVisible(not presets)
        self.grid.removeWidget(self.hint)
        if not presets:
            self.grid.addWidget(self.hint, 0, 0, 1, COLUMNS)
        self._mark()

    def show_target(self, target: Target) -> None:
        """Mark the preset that `target` is."""
        if target is not self._target:
            self._target = target
            self._mark()

    def ask_name(self, target: Target) -> None:
        """Save a target under a name that the user types."""
        name, agreed = QInputDialog.getText(
            self, self.tr("Save as a preset"), self.tr("Name:"), QLineEdit.EchoMode.Normal, self._free_name()
        )
        if agreed:
            self._do(lambda: self.shelf.save(name, target))

    def rename(self, name: str) -> None:
        """Let the user call a preset something else."""
        new, agreed = QInputDialog.getText(
            self, self.tr("Rename the preset"), self.tr("Name:"), QLineEdit.EchoMode.Normal, name
        )
        if agreed:
            self._do(lambda: self.shelf.rename(name, new))

    def remove(self, name: str) -> None:
        """Forget a preset."""
        self._do(lambda: self.shelf.remove(name))

    def _do(self, change: Callable[[], None]) -> None:
        try:
            change()
        except ValidationError as error:
            self.told.emit(f"{error}.")
        self.show_shelf()

    def _free_name(self) -> str:
        numbers = (self.tr("Preset {0}").format(k) for k in range(1, len(self.thumbs) + 2))
        return next(name for name in numbers if name not in self.thumbs)

    def _mark(self) -> None:
        for thumb in self.thumbs.values():
            thumb.setChecked(thumb.property("target") == self._target)

    def _thumb(self, preset: Preset) -> Thumb:
        short = preset.name if len(preset.name) <= SHORT else f"{preset.name[: SHORT - 1]}…"
        hint = self.tr("A preset of yours. Right click or F2: rename; Delete: remove.")
        thumb = OwnThumb(preset.name, hint, short, lambda: _picture(preset.target))
        thumb.setProperty("target", preset.target)
        thumb.clicked.connect(lambda: self.chosen.emit(preset.target))
        thumb.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        thumb.customContextMenuRequested.connect(lambda place: self._menu(thumb, preset.name, place))
        thumb.renameAsked.connect(lambda: self.rename(preset.name))
        thumb.removeAsked.connect(lambda: self.remove(preset.name))
        return thumb

    def _menu(self, thumb: Thumb, name: str, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Rename …")).triggered.connect(lambda: self.rename(name))
        menu.addAction(self.tr("Remove")).triggered.connect(lambda: self.remove(name))
        menu.popup(thumb.mapToGlobal(place))


class OwnThumb(Thumb):
    """A thumbnail that F2 renames and Delete removes."""

    renameAsked = Signal()
    removeAsked = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2:
            self.renameAsked.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removeAsked.emit()
        else:
            super().keyPressEvent(event)


def _picture(target: Target) -> QImage:
    return picture_of(target, target.canvas or WINDOW)


def folder() -> Path:
    """Where own presets lie."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(place) / "presets"
