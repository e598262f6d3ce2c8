"""The user's own presets: images to choose from, and a menu to rename and to remove them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import Target
from ncsn_viz.lab.storage import Preset, PresetStore
from ncsn_viz.ui.target.gallery import COLUMNS, WINDOW, Gallery, Thumb, target_image
from ncsn_viz.ui.widgets.assets import user_file
from ncsn_viz.ui.widgets.controls import Label
from ncsn_viz.ui.widgets.theme import styled

MOST_ERRORS = 3  # sentences
SHORT = 9  # characters of the caption below an image


class OwnPresets(Gallery):
    """`chosen` carries the target of a preset, `failed` a sentence about what went wrong."""

    failed = Signal(str)

    def __init__(self, store: PresetStore | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store or PresetStore(user_file("presets"))
        self._target: Target | None = None
        self.hint = styled(Label(self.tr("Your own: save what is on the canvas with the + above."), self), "faint")
        self.hint.setWordWrap(True)
        self.errors: list[str] = []
        self.refresh()

    def refresh(self) -> None:
        """Show the presets that are stored now."""
        presets, errors = self.store.presets()
        more = self.tr("{0} more could not be read.").format(len(errors) - MOST_ERRORS)
        self.errors = [*errors[:MOST_ERRORS], more] if len(errors) > MOST_ERRORS else errors
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
        self._do_named(self.tr("Save as a preset"), self._free_name(), lambda name: self.store.save(name, target))

    def rename(self, name: str) -> None:
        """Let the user type another name of a preset."""
        self._do_named(self.tr("Rename the preset"), name, lambda new: self.store.rename(name, new))

    def remove(self, name: str) -> None:
        """Delete a preset."""
        self._do(lambda: self.store.remove(name))

    def _do_named(self, title: str, name: str, change: Callable[[str], None]) -> None:
        """Let the user edit `name`, and do `change` with it."""
        new, agreed = QInputDialog.getText(self, title, self.tr("Name:"), QLineEdit.EchoMode.Normal, name)
        if agreed:
            self._do(lambda: change(new))

    def _do(self, change: Callable[[], None]) -> None:
        try:
            change()
        except ValidationError as error:
            self.failed.emit(f"{error}.")
        self.refresh()

    def _free_name(self) -> str:
        numbers = (self.tr("Preset {0}").format(k) for k in range(1, len(self.thumbs) + 2))
        return next(name for name in numbers if name not in self.thumbs)

    def _mark(self) -> None:
        for thumb in self.thumbs.values():
            thumb.setChecked(thumb.property("target") == self._target)

    def _thumb(self, preset: Preset) -> Thumb:
        short = preset.name if len(preset.name) <= SHORT else f"{preset.name[: SHORT - 1]}…"
        hint = self.tr("A preset of yours. Right click or F2: rename; Delete: remove.")
        target = preset.target
        thumb = OwnThumb(preset.name, hint, short, lambda: target_image(target, target.canvas or WINDOW))
        thumb.setProperty("target", target)
        thumb.clicked.connect(lambda: self.chosen.emit(target))
        thumb.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        thumb.customContextMenuRequested.connect(lambda at: self._menu(thumb, preset.name, at))
        thumb.renameAsked.connect(lambda: self.rename(preset.name))
        thumb.removeAsked.connect(lambda: self.remove(preset.name))
        return thumb

    def _menu(self, thumb: Thumb, name: str, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Rename …")).triggered.connect(lambda: self.rename(name))
        menu.addAction(self.tr("Remove")).triggered.connect(lambda: self.remove(name))
        menu.popup(thumb.mapToGlobal(at))


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
