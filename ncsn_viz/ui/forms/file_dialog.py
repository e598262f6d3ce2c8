"""The dialog in which the user chooses a file: the system's own, or Qt's in the colours of the scheme."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, QStandardPaths
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QFileDialog, QHeaderView, QToolButton, QTreeView, QWidget

from ncsn_viz.ui.widgets import icons, theme

SIZE = QSize(860, 520)  # pixels of Qt's dialog
_visited: list[Path] = []  # the folder in which a file was chosen last
SPREAD = 64  # of 255, between the darkest and the brightest pixel of a silhouette, at most


def path_to_open(parent: QWidget, title: str, kinds: str) -> Path | None:
    """The file that the user chooses, or None."""
    return _path(file_dialog(parent, title, kinds))


def path_to_save(parent: QWidget, title: str, kinds: str, name: str) -> Path | None:
    """The path that the user chooses for a new file, `name` at first, or None."""
    dialog = file_dialog(parent, title, kinds, saves=True)
    dialog.selectFile(name)
    return _path(dialog)


def file_dialog(parent: QWidget, title: str, kinds: str, saves: bool = False) -> QFileDialog:
    """A dialog for one of `kinds` of files, with every date in full and icons that are visible on dark ground."""
    dialog = QFileDialog(parent, title, str(start_folder()), kinds)
    accepts, modes = QFileDialog.AcceptMode, QFileDialog.FileMode
    dialog.setAcceptMode(accepts.AcceptSave if saves else accepts.AcceptOpen)
    dialog.setFileMode(modes.AnyFile if saves else modes.ExistingFile)
    for button in dialog.findChildren(QToolButton):  # none where the system has a dialog of its own
        if is_silhouette(button.icon().pixmap(icons.SIZE, icons.SIZE)):
            button.setIcon(tinted(button.icon()))
    for view in dialog.findChildren(QTreeView):
        header = view.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        dialog.resize(SIZE)
    return dialog


def start_folder() -> Path:
    """Where a dialog begins: the folder in which a file was chosen last, at first that of the user's documents."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    there = [folder for folder in (*_visited, Path(documents)) if folder.is_dir()]
    return there[0] if there else Path.home()


def is_silhouette(pixmap: QPixmap) -> bool:
    """Whether the opaque pixels are about equally bright: of other icons one colour would leave a blot."""
    image = pixmap.toImage()
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    bright = [pixel.lightness() for pixel in pixels if pixel.alpha() > 127]
    return not bright or max(bright) - min(bright) < SPREAD


def tinted(icon: QIcon) -> QIcon:
    """An icon of one colour in that of text."""
    result, c = QIcon(), theme.colors()
    for mode, color in ((QIcon.Mode.Normal, c.text), (QIcon.Mode.Disabled, c.faint)):
        for size in icon.availableSizes() or [QSize(icons.SIZE, icons.SIZE)]:
            result.addPixmap(icons.in_color(icon.pixmap(size, QIcon.Mode.Normal), color), mode)
    return result


def _path(dialog: QFileDialog) -> Path | None:
    agreed = dialog.exec()
    names = dialog.selectedFiles()
    dialog.deleteLater()
    if not (agreed and names):
        return None
    _visited[:] = [Path(names[0]).parent]
    return Path(names[0])
