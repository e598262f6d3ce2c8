"""The header of a lane's card: title and progress. It is dragged to move the lane, and renamed in place."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.controls import PlainLineEdit
from ncsn_viz.ui.widgets.translate import plain

HEIGHT = 31
DOT = 17  # pixels from the left edge of the dot to the title
CHAIN = 30  # width of the sign of a group


class Header(QWidget):
    """Dot, title, group and subtitle on the left, progress on the right; what does not fit is left out.

    `dragged`, `dropped` and `menuAsked` carry the point of the mouse on the screen, `renamed` the new name.
    """

    pressed = Signal()
    dragged = Signal(QPoint)
    dropped = Signal(QPoint)
    cancelled = Signal()
    menuAsked = Signal(QPoint)
    renamed = Signal(str)

    def __init__(self, letter: str, color: str) -> None:
        super().__init__()
        self.color = color
        self.texts: tuple[str, str, tuple[str, str]] = (letter, "", ("", ""))
        self.group = 0
        self.name = ""
        self.editor: NameField | None = None
        self._alarm = False
        self._press_point: QPoint | None = None
        self._dragging = False
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._update()

    def show_texts(self, title: str, subtitle: str, right: tuple[str, str], alarm: bool) -> None:
        """Show these texts; of the two on the `right`, which are an error if `alarm`, the more important first."""
        if (title, subtitle, right, alarm) != (*self.texts, self._alarm):
            self.texts, self._alarm = (title, subtitle, right), alarm
            self._update()

    def show_lane(self, name: str, group: int) -> None:
        """Show the group of a lane, or none for 0; `name` is what renaming begins with."""
        self.name = name
        if group != self.group:
            self.group = group
            self._update()

    def _update(self) -> None:
        title, subtitle, right = self.texts
        lines = ["  ".join((title, subtitle, *right)).strip()]
        if self.group:
            lines.append(self.tr("Linked in group {0}: an edit of one is an edit of all.").format(self.group))
        lines.append(self.tr("Drag: move this lane. Double click: rename it. Right click: everything else."))
        self.setToolTip(plain("\n".join(lines)))
        self.update()

    def fitting(self) -> tuple[str, str, str]:
        """Title, subtitle and the text on the right, as far as they fit."""
        title, subtitle, (first, second) = self.texts
        bold, small = painting.font(theme.LARGE, bold=True), painting.font(theme.NORMAL)
        room = self.width() - 2 * theme.PAD - DOT - painting.width_of(title, bold) - CHAIN * bool(self.group)
        both = " · ".join(filter(None, (first, second)))
        for left, right in ((subtitle, both), ("", both), ("", first)):
            gaps = 10 * bool(left) + 16 * bool(right)
            if painting.width_of(left, small) + painting.width_of(right, small) + gaps <= room:
                return title, left, right
        return title, "", ""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = painting.smooth_painter(self)
        c = theme.colors()
        title, subtitle, right = self.fitting()
        bold, normal = painting.font(theme.LARGE, bold=True), painting.font(theme.NORMAL)
        box = QRectF(self.rect()).adjusted(theme.PAD, 0, -theme.PAD, 0)
        painting.dot(painter, box.left() + 5, box.center().y(), self.color)
        painting.write(painter, box, right, normal, c.bad if self._alarm else c.soft, Qt.AlignmentFlag.AlignRight)
        if self.editor is not None:  # it covers the texts
            return
        box.setLeft(box.left() + DOT)
        room = box.width() - CHAIN * bool(self.group)
        painting.write(painter, QRectF(box.left(), 0, room, box.height()), title, bold, c.text)
        box.setLeft(box.left() + min(painting.width_of(title, bold), room) + 10)
        if self.group:
            paint_chain(painter, box.left() - 2, box.center().y(), self.group)
            box.setLeft(box.left() + CHAIN)
        if subtitle:
            painting.write(painter, box, subtitle, normal, c.soft)

    # --- the mouse ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press_point = event.globalPosition().toPoint()
            self.pressed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.globalPosition().toPoint()
        if self._press_point is None:
            return
        if not self._dragging and (at - self._press_point).manhattanLength() >= QApplication.startDragDistance():
            self._dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.grabKeyboard()  # for Escape
        if self._dragging:
            self.dragged.emit(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._end_drag():
            self.dropped.emit(event.globalPosition().toPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._end_drag():
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def _end_drag(self) -> bool:
        """End a drag. Whether there was one."""
        dragging, self._dragging, self._press_point = self._dragging, False, None
        if dragging:
            self.releaseKeyboard()
            self.unsetCursor()
        return dragging

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.rename()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menuAsked.emit(event.globalPos())

    # --- renaming ---

    def rename(self) -> None:
        """Open a line edit over the title."""
        self._end_drag()
        self.editor = NameField(self.name, self)
        self.editor.setGeometry(theme.PAD + DOT - 7, 3, min(240, self.width() - 2 * theme.PAD - DOT), HEIGHT - 6)
        self.editor.done.connect(self._renamed)
        self.editor.show()
        self.editor.setFocus()
        self.editor.selectAll()
        self.update()

    def _renamed(self, name: str) -> None:
        editor, self.editor = self.editor, None  # first: hiding takes its focus, and `done` is emitted again
        if editor is not None:
            editor.hide()
            editor.deleteLater()
            self.update()
            if name != self.name:
                self.renamed.emit(name)


class NameField(PlainLineEdit):
    """A line edit for a name. `done` carries the text after Enter or a loss of focus, the old name after Escape."""

    done = Signal(str)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._name = name
        self.setMaxLength(60)
        self.setAccessibleName(self.tr("Name of the lane"))
        tip = self.tr("Enter takes the name, Escape keeps the old one. An empty name becomes a letter.")
        self.setToolTip(plain(tip))
        self.returnPressed.connect(lambda: self.done.emit(self.text().strip()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.done.emit(self._name)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.done.emit(self.text().strip())


def paint_chain(painter: QPainter, x: float, y: float, group: int) -> None:
    """Draw two links of a chain, and the number of the group beside them."""
    c = theme.colors()
    painter.save()
    painter.setPen(QPen(QColor(c.soft), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.translate(QPointF(x + 7, y))
    painter.rotate(-40)
    painter.drawRoundedRect(QRectF(-7, -2.6, 8, 5.2), 2.6, 2.6)
    painter.drawRoundedRect(QRectF(-1, -2.6, 8, 5.2), 2.6, 2.6)
    painter.restore()
    painting.write(painter, QRectF(x + 16, y - 8, 12, 16), str(group), painting.font(theme.SMALL, bold=True), c.soft)
