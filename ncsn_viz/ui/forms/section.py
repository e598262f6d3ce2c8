"""The columns at the sides of the window, and their sections."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ncsn_viz.ui.widgets import painting
from ncsn_viz.ui.widgets.controls import Label, flush
from ncsn_viz.ui.widgets.theme import colors, styled
from ncsn_viz.ui.widgets.timers import timer

WIDTH = 260  # pixels of a column
EDGE = 10  # pixels on its left and right
INSIDE = WIDTH - 2 * EDGE  # pixels for its widgets
ERROR_TIME = 7000  # milliseconds for which an error is shown


class Column(QScrollArea):
    """A column around `content` that scrolls vertically only; its width does not depend on the content."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = content
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.set_width(WIDTH)

    def set_width(self, width: int) -> None:
        """Make the column `width` pixels wide, with or without a scroll bar."""
        self.setFixedWidth(width)
        self._content.setFixedWidth(width - EDGE + 2)


class Section(QWidget):
    """A heading with widgets below it; a click on the heading hides or shows them."""

    def __init__(self, title: str, parent: QWidget | None = None, folds: bool = True) -> None:
        super().__init__(parent)
        self.heading = Heading(title, folds)
        self.body = QWidget()
        self.error_label = styled(Label(), "bad")
        self.error_label.setWordWrap(True)
        self.error_label.hide()
        self._error_timer = timer(self, ERROR_TIME, self.clear_error, once=True)
        self._body_layout = flush(QVBoxLayout(self.body), 4)
        column = flush(QVBoxLayout(self), 6)
        self._heading_layout = QHBoxLayout()
        self._heading_layout.setSpacing(2)
        self._heading_layout.addWidget(self.heading, 1)
        column.addLayout(self._heading_layout)
        column.addWidget(self.error_label)
        column.addWidget(self.body)
        self.heading.foldToggled.connect(self.body.setHidden)
        self.foldToggled = self.heading.foldToggled

    @property
    def folded(self) -> bool:
        """Whether only the heading is shown."""
        return self.heading.folded

    def set_folded(self, folded: bool) -> None:
        """Hide or show everything below the heading."""
        self.heading.set_folded(folded)

    def add(self, *widgets: QWidget) -> Section:
        """Append widgets."""
        for widget in widgets:
            self._body_layout.addWidget(widget)
        return self

    def add_corner(self, *widgets: QWidget) -> Section:
        """Append small widgets to the right of the heading."""
        for widget in widgets:
            self._heading_layout.addWidget(widget)
        return self

    def show_error(self, message: str) -> None:
        """Show an error above the widgets for some seconds."""
        self.error_label.setText(message)
        self.error_label.show()
        self._error_timer.start()

    def clear_error(self) -> None:
        """Hide the error."""
        self._error_timer.stop()
        self.error_label.hide()


class Heading(Label):
    """The heading of a section, with an arrow while the mouse is over it or the section is folded."""

    foldToggled = Signal(bool)

    def __init__(self, title: str, folds: bool) -> None:
        super().__init__(title.upper())
        self._folds, self.folded = folds, False
        styled(self, "section")
        self.setFixedHeight(18)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if folds:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setAccessibleName(title)
            self.setToolTip(self.tr("Click to fold this section away or to unfold it (Return)."))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._folds and event.button() == Qt.MouseButton.LeftButton:
            self.set_folded(not self.folded)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.set_folded(not self.folded)
        else:
            super().keyPressEvent(event)

    def set_folded(self, folded: bool) -> None:
        """Fold or unfold; emits `foldToggled` where that changes."""
        if self._folds and folded != self.folded:
            self.folded = folded
            self.foldToggled.emit(folded)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._folds or not (self.folded or self.underMouse() or self.hasFocus()):
            return
        painter = painting.smooth_painter(self)
        painter.setPen(
            QPen(QColor(colors().accent if self.hasFocus() else colors().soft), 1.6, c=Qt.PenCapStyle.RoundCap)
        )
        painter.translate(self.width() - 12.0, self.height() / 2)
        painter.rotate(-90 if self.folded else 0)
        painter.drawPolyline(QPolygonF([QPointF(-3.5, -1.75), QPointF(0, 1.75), QPointF(3.5, -1.75)]))


def stack(parent: QWidget, *widgets: QWidget) -> None:
    """Lay `widgets` out in `parent` from top to bottom, as the content of a column."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(EDGE, 10, 2, 14)
    column.setSpacing(14)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
