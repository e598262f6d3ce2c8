"""The stage of a picture: the real window, hands for its mouse and keys, patience with a deadline, and a camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot.snapshot import LaneSnapshot
from ncsn_viz.ui.bench import stage as bench
from ncsn_viz.ui.forms.section import Column

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
LARGE, SMALL = QSize(1500, 940), QSize(1280, 800)
OUTSIDE = QPoint(1590, 990)  # of the window, where the mouse rests
PATIENCE = 400.0  # seconds until a scene is given up, on a busy machine
COLORS = 256  # of a picture; more are hardly seen, and cost three times as much room


class Stage(bench.Stage):
    """A window of a size that shows and learns `spec` on the CPU."""

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
        """What the lanes showed last."""
        return self.snapshot.lanes if self.snapshot is not None else ()

    @property
    def answered(self) -> bool:
        """Whether what is shown is the experiment as it is now."""
        return self.snapshot is not None and self.snapshot.spec == self.session.spec

    # -- hands --------------------------------------------------------------------------------------------------

    def key(self, *keys: str) -> None:
        """Press keys, such as "Ctrl+D", one after the other."""
        for key in keys:
            QTest.keySequence(self.window, key)

    def click(self, widget: QWidget, place: QPoint | None = None, modifier: Qt.KeyboardModifier = NONE) -> None:
        """Click on a widget, in its middle if nowhere else."""
        QTest.mouseClick(widget, LEFT, modifier, place or widget.rect().center())

    def press(self, widget: QWidget, places: Sequence[QPoint], modifier: Qt.KeyboardModifier = NONE) -> None:
        """Press the left button at the first of some places, and move to the others in turn."""
        QTest.mousePress(widget, LEFT, modifier, places[0])
        for place in places[1:]:
            QTest.mouseMove(widget, place)

    def drag(self, widget: QWidget, places: Sequence[QPoint], modifier: Qt.KeyboardModifier = NONE) -> None:
        """Press, move, and let go."""
        self.press(widget, places, modifier)
        QTest.mouseRelease(widget, LEFT, modifier, places[-1])

    def hover(self, widget: QWidget, place: QPoint) -> None:
        """Take the mouse to a place, without a button."""
        QCursor.setPos(widget.mapToGlobal(place))

    def write(self, field: QLineEdit, text: str) -> None:
        """Type a text in place of what a field holds."""
        self.click(field)
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        field.clearFocus()

    def choose(self, button: QToolButton | QPushButton, *path: str) -> None:
        """Open the menu of a button by a click, and click through its entries."""
        _entries(button.menu(), path)  # or it would open, and wait forever
        picked: list[str] = []
        QTimer.singleShot(0, button, lambda: picked.extend(self.pick(button.menu(), *path)))  # while the menu waits
        self.click(button)
        until(lambda: bool(picked))

    def pick(self, menu: QMenu, *path: str) -> tuple[str, ...]:
        """Click through the entries of a menu that is open, or opening, and of the menus in it."""
        for entry in _entries(menu, path):
            until(menu.isVisible)
            QTest.mouseClick(menu, LEFT, NONE, menu.actionGeometry(entry).center())
            if (inner := entry.menu()) is not None:
                menu = inner
        until(lambda: menu.isVisible() == (inner is not None))
        return path

    def menu(self, widget: QWidget, place: QPoint) -> None:
        """Ask for the menu of a widget, as the right button does."""
        asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
        QApplication.sendEvent(widget, asked)

    def show(self, widget: QWidget) -> None:
        """Scroll the column of a widget until it is seen."""
        for column in self.window.findChildren(Column):
            if column.isAncestorOf(widget):
                column.ensureWidgetVisible(widget, 0, 160)

    def place(self, widget: QWidget, x: float, y: float) -> QPoint:
        """The pixel at a share of a widget's width and height."""
        return QPoint(round(x * widget.width()), round(y * widget.height()))

    # -- patience -----------------------------------------------------------------------------------------------

    def learned(self, steps: int, *lanes: int) -> None:
        """Let every lane learn for so many steps, or those at some places."""
        until(lambda: all(self.lanes[n].step >= steps for n in lanes or range(len(self.lanes))))

    def released(self) -> None:
        """Move the particles, from their start."""
        if not self.session.spec.samples:
            self.key("P")
        self.key("R")
        until(lambda: self.lanes[0].progress < 0.3)

    def moved(self, progress: float, lane: int = 0) -> None:
        """Let the particles of a lane come so far on their way."""
        until(lambda: self.lanes[lane].progress >= progress)

    def measured(self) -> None:
        """Wait until every lane has been measured as it is now."""
        before = [lane.metrics for lane in self.lanes]
        until(lambda: all(lane.metrics is not old for lane, old in zip(self.lanes, before, strict=True)))

    # -- the camera ---------------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write what is on the screen where the window is, with its open menus."""
        self.window.repaint()
        paints = len(self.paints.times)
        self.window.update()
        until(lambda: len(self.paints.times) > paints)
        box = self.window.geometry()
        shot = self.window.screen().grabWindow(0, box.x(), box.y(), box.width(), box.height()).toImage()
        reduced(shot).save(path, optimize=True)


def until(condition: Callable[[], bool]) -> None:
    """Let the window go on until `condition` holds. Raises TimeoutError."""
    bench.until(condition, PATIENCE)


def reduced(image: QImage) -> Image.Image:
    """An image in as few colours as a picture needs."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    data, size = bytes(image.constBits()), (image.width(), image.height())
    whole = Image.frombuffer("RGB", size, data, "raw", "RGB", image.bytesPerLine(), 1)
    colors = whole.quantize(COLORS, Image.Quantize.MEDIANCUT, kmeans=3)
    return whole.quantize(palette=colors, dither=Image.Dither.FLOYDSTEINBERG)


def _entries(menu: QMenu, path: Sequence[str]) -> list[QAction]:
    """The entries that begin with the words of `path`, each in the menu of the one before. Raises LookupError."""
    found: list[QAction] = []
    for text in path:
        found += [action for action in menu.actions() if action.text().startswith(text)][:1]
        if not found or not found[-1].text().startswith(text):
            raise LookupError(f"no entry {text!r} in {[action.text() for action in menu.actions()]}")
        menu = found[-1].menu() or menu
    return found
