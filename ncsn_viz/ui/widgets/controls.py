"""Small controls that Qt lacks. Without focus they ignore the wheel; edits carry a token, one for each gesture."""

from __future__ import annotations

import itertools
from typing import Any, TypeVar

from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSizePolicy, QSlider, QToolButton, QWidget

from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.timers import timer
from ncsn_viz.ui.widgets.translate import plain, rich

ROW = 24  # pixels, the height of a row
COMBO_FRAME = 27  # pixels of a combo box beside its text
PAUSE = 800  # milliseconds after which the next key or wheel step is a new gesture
_tokens = itertools.count(1)
LayoutT = TypeVar("LayoutT", bound=QtWidgets.QLayout)


def fresh_token() -> int:
    """A new number for a gesture; edits with the same token become one step of undo."""
    return next(_tokens)


def flush(layout: LayoutT, spacing: int = 0) -> LayoutT:
    """`layout` without margins, with `spacing` pixels between its items."""
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout


def flat_button(text: str, tip: str, width: int, height: int, act: object) -> QToolButton:
    """A button without a frame that calls or emits `act`."""
    button = theme.styled(QToolButton(), "flat")
    button.setText(text)
    button.setToolTip(plain(tip))
    button.setFixedSize(width, height)
    button.clicked.connect(act)
    return button


class Label(QtWidgets.QLabel):
    """A label that shows its text as it is: Qt's own takes for HTML what looks like it."""

    def __init__(self, text: str = "", parent: QWidget | None = None, **properties: Any) -> None:
        super().__init__(text, parent, **{"textFormat": Qt.TextFormat.PlainText} | properties)


class Slider(QSlider):
    """A horizontal slider from 0 to `positions` that jumps to a click.

    `slid` carries the position and the token of the gesture, `settled` is emitted where the mouse is released.
    """

    slid = Signal(int, object)
    settled = Signal()

    def __init__(self, positions: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, positions)
        self.setSingleStep(positions // 100)
        self.setPageStep(positions // 10)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(40)
        self.setFixedHeight(18)
        self._token = 0
        self._pause = timer(self, PAUSE, once=True)
        self.valueChanged.connect(self._emit_slid)
        self.sliderReleased.connect(self.settled)

    def _emit_slid(self, value: int) -> None:
        if not self.isSliderDown() and not self._pause.isActive():
            self._token = fresh_token()
        self._pause.start()
        self.slid.emit(value, self._token)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._token = fresh_token()
            self.setSliderDown(True)
            self.setValue(self._position(event.position().x()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setValue(self._position(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.isSliderDown():
            self._pause.stop()
            self.setSliderDown(False)

    def _position(self, x: float) -> int:
        return round(self.maximum() * min(max((x - 6) / max(self.width() - 12, 1), 0.0), 1.0))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = painting.smooth_painter(self)
        c, middle = theme.colors(), self.height() / 2
        x = 6 + (self.width() - 12) * self.value() / max(self.maximum(), 1)
        for width, color in ((self.width(), c.control), (x, c.accent if self.isEnabled() else c.line)):
            painting.fill_rounded(painter, QRectF(0, middle - 2, width, 4), color, 2)
        if self.hasFocus() or self.underMouse():
            halo = QColor(c.accent)
            halo.setAlpha(110 if self.hasFocus() else 70)
            painter.setBrush(halo)
            painter.drawEllipse(QPointF(x, middle), 8, 8)
        painter.setPen(QPen(QColor(c.faint), 1))
        painter.setBrush(QColor(c.on_accent if self.isEnabled() else c.faint))
        painter.drawEllipse(QPointF(x, middle), 5.5, 5.5)


class Combo(QComboBox):
    """A combo box that may be narrower than its longest entry, which is then elided."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def showPopup(self) -> None:
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter, option = QtWidgets.QStylePainter(self), QtWidgets.QStyleOptionComboBox()
        width, mode = self.width() - COMBO_FRAME, Qt.TextElideMode.ElideRight
        self.initStyleOption(option)
        painter.drawComplexControl(QtWidgets.QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.fontMetrics().elidedText(option.currentText, mode, width)
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.colors().soft), 1.4, c=Qt.PenCapStyle.RoundCap))
        x, y = self.width() - 12.0, self.height() / 2
        painter.drawPolyline(QPolygonF([QPointF(x - 3.5, y - 1.5), QPointF(x, y + 2), QPointF(x + 3.5, y - 1.5)]))


class Toggle(QAbstractButton):
    """A switch that fills a row: its text on the left, the switch on the right."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(round(painting.width_of(self.text(), painting.font())) + 40, ROW)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = painting.smooth_painter(self)
        c, on = theme.colors(), self.isChecked()
        box, color = QRectF(self.rect()), c.text if self.underMouse() else c.soft
        painting.write(painter, box.adjusted(0, 0, -38, 0), self.text(), painting.font(), color)
        pill = QRectF(box.right() - 29.5, box.center().y() - 8, 29, 16)
        painter.setPen(QPen(QColor(c.accent if on or self.hasFocus() else c.line), 1))
        painter.setBrush(QColor(c.accent if on else c.control))
        painter.drawRoundedRect(pill, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.on_accent if on else c.soft))
        painter.drawEllipse(QPointF(pill.right() - 8 if on else pill.left() + 8, pill.center().y()), 5, 5)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(c.text), 1))
            painter.drawRoundedRect(pill.adjusted(-1.5, -1.5, 1.5, 1.5), 9.5, 9.5)


class PlainLineEdit(QLineEdit):
    """A line edit that leaves undo and redo to the window while its text has not been edited."""

    @property
    def edited(self) -> bool:
        """Whether the text has been edited."""
        return self.isModified()

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or self.edited or not isinstance(event, QKeyEvent):
            return super().event(event)
        if not any(event.matches(key) for key in (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)):
            return super().event(event)
        event.ignore()  # else it would be a key of this line, which has nothing to undo
        return True


class CommitLineEdit(PlainLineEdit):
    """A line edit that emits `committed` on Enter or when it loses the focus, and only if its text was changed.

    Enter leaves it, if the text was accepted. Escape puts the former text back and leaves it; undo puts it back, too.
    """

    committed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._committed, self._tip = "", ""
        self._just_focused = False
        self.setFixedHeight(ROW)
        self.editingFinished.connect(self._commit)

    @property
    def edited(self) -> bool:
        """Whether the text is not the valid one that was shown last."""
        return self.text() != self._committed

    def show_text(self, text: str) -> None:
        """Show `text`, a valid one."""
        self._committed = text
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)
        self.setModified(False)
        self.show_error("")

    def set_tip(self, tip: str) -> None:
        """Set the tool tip that is shown while there is no error."""
        self._tip = tip
        self.setToolTip(tip)

    def show_error(self, message: str, popup: bool = False) -> None:
        """Mark the text as wrong and show `message` as its tool tip, at once if `popup`; an empty message clears it."""
        bad = bool(message)
        message = rich("{}", message) if bad else ""  # rich text breaks its lines
        self.setToolTip(message or self._tip)
        if bad != bool(self.property("bad")):
            self.setProperty("bad", bad)
            self.style().unpolish(self)
            self.style().polish(self)
        if bad and popup and self.isVisible():
            QtWidgets.QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), message, self)

    def _commit(self) -> None:
        if self.isModified() and self.edited:
            self.setModified(False)
            self.committed.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        undo, escape = event.matches(QKeySequence.StandardKey.Undo), event.key() == Qt.Key.Key_Escape
        if undo or escape:
            self.show_text(self._committed)
            self.selectAll()
        else:
            super().keyPressEvent(event)
        entered = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.property("bad")
        if escape or entered:
            self.clearFocus()  # so that keys are those of the window again

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusInEvent(event)
        self._just_focused = event.reason() == Qt.FocusReason.MouseFocusReason

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self._just_focused and not self.hasSelectedText():
            self.selectAll()  # the click that brings the focus selects everything, the next ones place the cursor
        self._just_focused = False
