"""A row of buttons that always fits: what there is no room for moves into a menu at its end."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QMenu, QToolButton, QWidget

from ncsn_viz.ui.widgets import theme

ALWAYS = 100  # the rank of what never leaves the row
HEIGHT = 46
SPACE, GAP = 4, 14  # between two buttons, and between two groups


class OverflowToolBar(QFrame):
    """Widgets side by side, each with a rank: where room is short, the lowest leave first and are in `more` instead.

    A button leaves with its action or its menu; any other widget is just hidden.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "bar")
        self.setFixedHeight(HEIGHT)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.PAD + 2, 0, theme.PAD + 2, 0)
        self._row.setSpacing(SPACE)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it is the row that gives way
        self._ranks: dict[QWidget, int] = {}
        self._gaps = 0
        self._unwanted: set[QWidget] = set()
        self.more = QToolButton()
        self.more.setText("⋯")
        self.more.setToolTip(self.tr("What this row has no room for."))
        self.more.setAccessibleName(self.tr("More"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill)
        self.more.setMenu(self._menu)
        self.more.hide()

    def put(self, widget: QWidget, rank: int = ALWAYS) -> None:
        """The next widget of the row."""
        self._ranks[widget] = rank
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def gap(self) -> None:
        """Room between two groups."""
        self._gaps += GAP
        self._row.addSpacing(GAP)

    def stretch(self) -> None:
        """Where the room that is left over goes; in front of it stands `more`."""
        self._row.addWidget(self.more)
        self._row.addStretch(1)

    def want(self, widget: QWidget, wanted: bool) -> None:
        """Whether a widget is of any use now; if not, it is neither in the row nor in the menu."""
        (self._unwanted.discard if wanted else self._unwanted.add)(widget)

    def fit(self) -> None:
        """Show what there is room for."""
        wanted = [widget for widget in self._ranks if widget not in self._unwanted]
        kept = set(wanted)
        for widget in sorted(wanted, key=self._ranks.__getitem__):
            if self._needed(kept, len(kept) < len(wanted)) <= self.width() or self._ranks[widget] >= ALWAYS:
                break
            kept.remove(widget)
        for widget in sorted(set(wanted) - kept, key=self._ranks.__getitem__, reverse=True):
            if self._needed(kept | {widget}, len(kept) + 1 < len(wanted)) <= self.width():
                kept.add(widget)  # a small one fits where a large one had to go
        for widget in self._ranks:
            if widget.isHidden() == (widget in kept):
                widget.setVisible(widget in kept)
        self.more.setVisible(any(self._offers(widget) for widget in wanted if widget not in kept))

    def left_out(self) -> list[QWidget]:
        """The buttons that are in the menu now, in the order of the row."""
        hidden = (widget for widget in self._ranks if widget.isHidden() and widget not in self._unwanted)
        return [widget for widget in hidden if self._offers(widget)]

    def _needed(self, kept: set[QWidget], with_more: bool) -> float:
        parts = [widget.sizeHint().width() for widget in kept] + [self.more.sizeHint().width()] * with_more
        margins = self._row.contentsMargins()
        return sum(parts) + SPACE * (len(parts) + self._gaps // GAP + 1) + self._gaps + margins.left() + margins.right()

    def _offers(self, widget: QWidget) -> bool:
        return isinstance(widget, QToolButton)

    def _fill(self) -> None:
        for action in self._menu.actions():  # clear() would destroy them, although they are not the menu's own
            self._menu.removeAction(action)
        for widget in self.left_out():
            assert isinstance(widget, QToolButton)
            if (menu := widget.menu()) is not None:
                entry: QAction = menu.menuAction()
                entry.setText(widget.text().removesuffix("▾").strip())
                self._menu.addAction(entry)
            else:
                self._menu.addAction(widget.defaultAction())

    def minimumSizeHint(self) -> QSize:
        return QSize(320, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
