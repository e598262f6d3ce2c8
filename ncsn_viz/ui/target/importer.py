"""Imports images and points from files, drops and the clipboard, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QEvent, QMimeData, QObject, Qt, QThreadPool, Signal, Slot
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.storage import PointTable, mark_import, session_files
from ncsn_viz.ui.forms.file_dialog import path_to_open
from ncsn_viz.ui.target.column_dialog import ColumnDialog

MAX_SIDE = 1024  # pixels of a pasted image: a mark has fewer anyway
Window = tuple[float, float]


class Importer(QObject):
    """`ready` carries a mark, `failed` a sentence, `experimentFound` the path of an experiment or a session.

    `noticed` carries what was not as it seemed in a file that was imported. Where it is unclear which columns of a
    table are the points, a dialog asks.
    """

    ready = Signal(object)
    failed = Signal(str)
    noticed = Signal(str)
    experimentFound = Signal(object)
    _unclear = Signal(object, str, object)

    def __init__(self, widget: QWidget, window: Callable[[], Window]) -> None:
        """Imports what is dropped on `widget` or pasted there; `window` returns the square of the canvas."""
        super().__init__(widget)
        self._widget, self._window = widget, window
        self.dialog: ColumnDialog | None = None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._unclear.connect(self._ask_columns)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)
        QShortcut(QKeySequence.StandardKey.Paste, widget).activated.connect(self.paste)

    def open_file_dialog(self) -> None:
        """Let the user choose a file."""
        every = " ".join(f"*.{suffix}" for group in mark_import.SUFFIXES.values() for suffix in group)
        title = self.tr("Import an image or points")
        kinds = self.tr("Images and points ({0});;All files (*)").format(every)
        if (path := path_to_open(self._widget, title, kinds)) is not None:
            self.import_file(path)

    def import_file(self, path: Path) -> None:
        """Import a file; the path of an experiment or a session is emitted."""
        if path.suffix.lower() in (".json", session_files.SUFFIX):
            self.experimentFound.emit(path)
        else:
            self._start(lambda: mark_import.source(path), path.name)

    def paste(self) -> None:
        """Import from the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        if data is None or not self.import_mime_data(data):  # None: an empty clipboard
            self.failed.emit(self.tr("The clipboard holds no image, no file and no rows of numbers."))

    def import_mime_data(self, data: QMimeData) -> bool:
        """Import a file, an image or rows of numbers. Whether `data` has any of them."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self.import_file(files[0])
        elif data.hasImage():
            content, name = _png(QImage(data.imageData())), self.tr("pasted image")
            self._start(lambda: mark_import.source_of(content, name), name)
        elif data.hasText() and data.text().strip():
            text = data.text()
            self._start(lambda: _table(text), self.tr("pasted points"))
        else:
            return False
        return True

    def close(self, timeout: float = 0.3) -> bool:
        """Wait until nothing is read any more, at most `timeout` seconds. Whether that is so."""
        return self._pool.waitForDone(round(1e3 * timeout))

    def _start(self, find: Callable[[], mark_import.Source], name: str) -> None:
        """Find what there is to import, and import it where it is clear what that is."""
        window = self._window()

        def work() -> None:
            found = find()
            if isinstance(found, PointTable) and not found.clear:
                self._unclear.emit(found, name, window)
            else:
                self._emit(mark_import.imported(found, name, window))

        self._run(work)

    @Slot(object, str, object)
    def _ask_columns(self, table: PointTable, name: str, window: Window) -> None:
        self.dialog = dialog = ColumnDialog(table, name, self._widget)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._forget_dialog)
        dialog.chosen.connect(
            lambda columns: self._run(lambda: self._emit(mark_import.imported(table, name, window, columns)))
        )
        dialog.open()

    @Slot()
    def _forget_dialog(self) -> None:
        self.dialog = None

    def _emit(self, found: mark_import.Imported) -> None:
        self.ready.emit(found.mark)
        if found.notes:
            self.noticed.emit(f"{found.mark.name}: {'; '.join(found.notes)}.")

    def _run(self, work: Callable[[], None]) -> None:
        """Do it in the other thread, and emit why it fails."""

        def guarded() -> None:
            try:
                work()
            except ValidationError as error:
                self.failed.emit(self.tr("Nothing was imported. {0}.").format(str(error)))
            except Exception as error:  # a file may be broken in unforeseen ways
                self.failed.emit(self.tr("Nothing was imported. {0}: {1}").format(type(error).__name__, str(error)))

        self._pool.start(guarded)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accept drags of files, images and text, and their drops."""
        if isinstance(event, QDropEvent):  # a QDragEnterEvent is one, too
            kind, data = event.type(), event.mimeData()
            enters = kind == QEvent.Type.DragEnter and (data.hasUrls() or data.hasImage() or data.hasText())
            if enters or (kind == QEvent.Type.Drop and self.import_mime_data(data)):
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                return True
        return super().eventFilter(watched, event)


def _table(text: str) -> PointTable:
    if len(text) > mark_import.MAX_BYTES:
        raise ValidationError(f"The pasted text is longer than {mark_import.MAX_BYTES // 2**20} MB")
    try:
        return mark_import.from_text(text)
    except ValidationError as error:
        raise ValidationError(f"The pasted text {error}") from None


def _png(image: QImage) -> bytes:
    if max(image.width(), image.height()) > MAX_SIDE:
        mode, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(MAX_SIDE, MAX_SIDE, mode, smooth)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub has the wrong type
    return bytes(buffer.data().data())
