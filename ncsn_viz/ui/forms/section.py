"""What the columns at the window's sides are made of."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ncsn_viz.ui.widgets import theme

WIDTH = 260  # of a column
EDGE = 10  # on its left and right
INSIDE = WIDTH - 2 * EDGE  # what its widgets have
TOLD = 7000  # milliseconds for which a complaint stays


class Column(QScrollArea):
    """A column of fixed width around `content`. It scrolls up and down, never sideways."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content.setFixedWidth(EDGE + INSIDE + 2)  # the scroll bar takes nothing from it when it comes
        self.setWidget(content)
        self.setWidgetResizable(True)


class Section(QWidget):
    """A heading with widgets below it; a click on the heading folds them away."""

    def __init__(self, title: str, parent: QWidget | None = None, folds: bool = True) -> None:
        super().__init__(parent)
        self.heading = Heading(title, folds)
        self.body = QWidget()
        self.complaint = QLabel()
        self.complaint.setProperty("look", "bad")
        self.complaint.setWordWrap(True)
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.hide()
        self._hush = QTimer(self, interval=TOLD, singleShot=True)
        self._hush.timeout.connect(self.calm)
        self._inside = QVBoxLayout(self.body)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._head = QHBoxLayout()
        self._head.setSpacing(2)
        self._head.addWidget(self.heading, 1)
        column.addLayout(self._head)
        column.addWidget(self.complaint)
        column.addWidget(self.body)
        if folds:
            self.heading.toggled = self._fold

    def add(self, *widgets: QWidget) -> Section:
        """Put widgets below what is there."""
        for widget in widgets:
            self._inside.addWidget(widget)
        return self

    def add_corner(self, *widgets: QWidget) -> Section:
        """Put small widgets to the right of the heading."""
        for widget in widgets:
            self._head.addWidget(widget)
        return self

    def complain(self, sentence: str) -> None:
        """Say above the widgets, for some seconds, why an edit was not taken."""
        self.complaint.setText(sentence)
        self.complaint.show()
        self._hush.start()

    def calm(self) -> None:
        """Take the complaint back."""
        self._hush.stop()
        self.complaint.hide()

    def _fold(self, folded: bool) -> None:
        self.body.setVisible(not folded)


class Heading(QLabel):
    """The heading of a section, with an arrow while the mouse is over it or the section is folded."""

    def __init__(self, title: str, folds: bool) -> None:
        super().__init__(title.upper())
        self.toggled = _nothing
        self._folds, self._folded = folds, False
        self.setProperty("look", "section")
        self.setFixedHeight(18)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if folds:
            self.setToolTip(self.tr("Click to fold this section away or to unfold it."))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._folds and event.button() == Qt.MouseButton.LeftButton:
            self._folded = not self._folded
            self.toggled(self._folded)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._folds or not (self._folded or self.underMouse()):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.colors().soft), 1.4, c=Qt.PenCapStyle.RoundCap))
        painter.translate(self.width() - 12.0, self.height() / 2)
        painter.rotate(-90 if self._folded else 0)
        painter.drawPolyline(QPolygonF([QPointF(-3.5, -1.75), QPointF(0, 1.75), QPointF(3.5, -1.75)]))
        painter.end()


def _nothing(folded: bool) -> None:
    """What a heading does that does not fold."""


def stack(parent: QWidget, *widgets: QWidget) -> None:
    """The widgets of a column, from top to bottom."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(EDGE, 10, 2, 14)
    column.setSpacing(14)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
