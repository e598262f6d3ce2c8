"""The window for a picture: mouse and key events, waiting with a deadline, and screenshots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import LaneSnapshot
from ncsn_viz.ui.bench import bench_window as bench
from ncsn_viz.ui.forms.section import Column

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
LARGE, SMALL = QSize(1500, 940), QSize(1280, 800)
OUTSIDE = QPoint(1590, 990)  # of the window, where the mouse is at first
TIMEOUT = 400.0  # seconds, enough for a busy machine
COLORS = 256  # of a picture; more hardly show, and make files three times as large


class Stage(bench.BenchWindow):
    """A window that shows and trains `spec` on the CPU."""

    def __init__(self, spec: Spec, size: QSize = LARGE) -> None:
        bench.application()
        QCursor.setPos(OUTSIDE)
        super().__init__(spec, "cpu")
        self.window.resize(size)
        self.window.move(0, 0)
        self.window.activateWindow()
        until(self.window.isActiveWindow)

    @property
    def lanes(self) -> tuple[LaneSnapshot, ...]:
        """The lanes of the last Snapshot."""
        return self.snapshot.lanes if self.snapshot is not None else ()

    @property
    def is_current(self) -> bool:
        """Whether the last Snapshot is of the present experiment."""
        return self.snapshot is not None and self.snapshot.spec == self.session.spec

    # -- mouse and keys -----------------------------------------------------------------------------------------

    def key(self, *keys: str) -> None:
        """Press keys, such as "Ctrl+D", one after the other."""
        for key in keys:
            QTest.keySequence(self.window, key)

    def click(self, widget: QWidget, point: QPoint | None = None, modifier: Qt.KeyboardModifier = NONE) -> None:
        """Click on a widget, by default in its middle."""
        QTest.mouseClick(widget, LEFT, modifier, point or widget.rect().center())

    def press(self, widget: QWidget, points: Sequence[QPoint], modifier: Qt.KeyboardModifier = NONE) -> None:
        """Press the left button at the first point and move to the others."""
        QTest.mousePress(widget, LEFT, modifier, points[0])
        for point in points[1:]:
            QTest.mouseMove(widget, point)

    def drag(self, widget: QWidget, points: Sequence[QPoint], modifier: Qt.KeyboardModifier = NONE) -> None:
        """Press, move, and release."""
        self.press(widget, points, modifier)
        QTest.mouseRelease(widget, LEFT, modifier, points[-1])

    def hover(self, widget: QWidget, point: QPoint) -> None:
        """Move the mouse to a point without a button."""
        QCursor.setPos(widget.mapToGlobal(point))

    def write(self, field: QLineEdit, text: str) -> None:
        """Replace the text of a field by typing."""
        self.click(field)
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        field.clearFocus()

    def choose(self, button: QToolButton | QPushButton, *path: str) -> None:
        """Open the menu of a button and click on the entries of `path`."""
        _entries(button.menu(), path)  # raises an error before the menu blocks
        picked: list[str] = []
        QTimer.singleShot(0, button, lambda: picked.extend(self.pick(button.menu(), *path)))  # while the menu is open
        self.click(button)
        until(lambda: bool(picked))

    def pick(self, menu: QMenu, *path: str) -> tuple[str, ...]:
        """Click on the entries of `path` in a menu that is open or opening, and in its submenus."""
        for entry in _entries(menu, path):
            until(menu.isVisible)
            QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(entry).center())
            if (inner := entry.menu()) is not None:
                menu = inner
        until(lambda: menu.isVisible() == (inner is not None))
        return path

    def context_menu(self, widget: QWidget, point: QPoint) -> None:
        """Open the context menu of a widget."""
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, widget.mapToGlobal(point))
        QApplication.sendEvent(widget, event)

    def scroll_to(self, widget: QWidget) -> None:
        """Scroll the column of a widget until it is visible."""
        for column in self.window.findChildren(Column):
            if column.isAncestorOf(widget):
                column.ensureWidgetVisible(widget, 0, 160)

    def point(self, widget: QWidget, x: float, y: float) -> QPoint:
        """The pixel at fractions of the width and height of a widget."""
        return QPoint(round(x * widget.width()), round(y * widget.height()))

    # -- waiting ------------------------------------------------------------------------------------------------

    def train(self, steps: int, *lanes: int) -> None:
        """Wait until every lane, or those of the given numbers, has trained for `steps` steps."""
        until(lambda: all(self.lanes[n].step >= steps for n in lanes or range(len(self.lanes))))

    def release(self) -> None:
        """Release the particles again."""
        if not self.session.spec.samples:
            self.key("P")
        self.key("R")
        until(lambda: self.lanes[0].progress < 0.3)

    def wait_for_progress(self, progress: float, lane: int = 0) -> None:
        """Wait until the sampler of a lane has done this fraction of its steps."""
        until(lambda: self.lanes[lane].progress >= progress)

    def wait_for_metrics(self) -> None:
        """Wait for new metrics of every lane."""
        before = [lane.metrics for lane in self.lanes]
        until(lambda: all(lane.metrics is not old for lane, old in zip(self.lanes, before, strict=True)))

    # -- the picture --------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Save the part of the screen that the window covers, with its open menus."""
        self.window.repaint()
        paints = len(self.paints.times)
        self.window.update()
        until(lambda: len(self.paints.times) > paints)
        box = self.window.geometry()
        shot = self.window.screen().grabWindow(0, box.x(), box.y(), box.width(), box.height()).toImage()
        reduced(shot).save(path, optimize=True)


def until(condition: Callable[[], bool]) -> None:
    """Process events until `condition()` is true. Raises TimeoutError."""
    bench.wait_until(condition, TIMEOUT)


def reduced(image: QImage) -> Image.Image:
    """An image of at most COLORS colours."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    data, size = bytes(image.constBits()), (image.width(), image.height())
    full = Image.frombuffer("RGB", size, data, "raw", "RGB", image.bytesPerLine(), 1)
    colors = full.quantize(COLORS, Image.Quantize.MEDIANCUT, kmeans=3)
    return full.quantize(palette=colors, dither=Image.Dither.FLOYDSTEINBERG)


def _entries(menu: QMenu, path: Sequence[str]) -> list[QAction]:
    """The entries whose texts begin with those of `path`, each in the menu of the one before. Raises LookupError."""
    found: list[QAction] = []
    for text in path:
        found += [action for action in menu.actions() if action.text().startswith(text)][:1]
        if not found or not found[-1].text().startswith(text):
            raise LookupError(f"no entry {text!r} in {[action.text() for action in menu.actions()]}")
        menu = found[-1].menu() or menu
    return found
