"""A toolbar that always fits: buttons without room move into a menu at its end."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QMenu, QSpacerItem, QToolButton, QWidget

from ncsn_viz.ui.widgets import theme

ALWAYS = 100  # the rank of widgets that are never moved
HEIGHT = 46  # pixels
SPACE, GAP = 4, 14  # pixels between two buttons, and between two groups


class OverflowToolBar(QFrame):
    """Widgets side by side, each with a rank; in a narrow window, those of the lowest ranks move into the menu `more`.

    A button is in the menu with its action or its own menu; any other widget is hidden.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "bar")
        self.setFixedHeight(HEIGHT)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.PAD + 2, 0, theme.PAD + 2, 0)
        self._row.setSpacing(SPACE)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # no least width
        self._ranks: dict[QWidget, int] = {}
        self._gaps: list[QSpacerItem] = []  # each after a group
        self._groups: dict[QWidget, int] = {}
        self._disused: set[QWidget] = set()
        self._essential: set[QWidget] = set()
        self._only_essential = False
        self._fitted: object = None  # the width of the bar and those of the widgets for which it was fitted last
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

    def put(self, widget: QWidget, rank: int = ALWAYS, essential: bool = False) -> None:
        """Append a widget; an `essential` one stays where only those are shown."""
        self._ranks[widget] = rank
        self._groups[widget] = len(self._gaps)
        if essential:
            self._essential.add(widget)
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def gap(self) -> None:
        """Append a gap between two groups; a group that is hidden has none."""
        self._gaps.append(QSpacerItem(GAP, 0))
        self._row.addItem(self._gaps[-1])

    def stretch(self) -> None:
        """Append `more`, and the space that takes the remaining width."""
        self._row.addWidget(self.more)
        self._row.addStretch(1)

    def want(self, widget: QWidget, wanted: bool) -> None:
        """Set whether a widget is in the row or the menu at all."""
        (self._disused.discard if wanted else self._disused.add)(widget)

    def show_only_essential(self, only: bool) -> None:
        """Keep only the essential widgets in the row, and all others in the menu; or show all that fit."""
        self._only_essential = only
        self.fit()

    def fit(self) -> None:
        """Show the widgets that fit, and hide the others."""
        wanted = [widget for widget in self._ranks if widget not in self._disused]
        fitting = [widget for widget in wanted if widget in self._essential or not self._only_essential]
        widths = {widget: max(widget.sizeHint().width(), widget.minimumWidth()) for widget in (*fitting, self.more)}
        if (state := (self.width(), wanted, widths)) == self._fitted:
            return
        self._fitted = state
        kept = set(fitting)
        for widget in sorted(fitting, key=self._ranks.__getitem__):
            if self._needed(kept, widths, len(kept) < len(wanted)) <= self.width() or self._ranks[widget] >= ALWAYS:
                break
            kept.remove(widget)
        for widget in sorted(set(fitting) - kept, key=self._ranks.__getitem__, reverse=True):
            if self._needed(kept | {widget}, widths, len(kept) + 1 < len(wanted)) <= self.width():
                kept.add(widget)  # a small widget may fit where a large one does not
        for widget in self._ranks:
            if widget.isHidden() == (widget in kept):
                widget.setVisible(widget in kept)
        shown = {self._groups[widget] for widget in kept}
        for group, gap in enumerate(self._gaps):
            gap.changeSize(GAP if group in shown else 0, 0)
        self._row.invalidate()
        self.more.setVisible(any(self._offers(widget) for widget in wanted if widget not in kept))

    def left_out(self) -> list[QWidget]:
        """The buttons in the menu, in the order of the row."""
        return [each for each in self._ranks if each.isHidden() and each not in self._disused and self._offers(each)]

    def _needed(self, kept: set[QWidget], widths: Mapping[QWidget, int], with_more: bool) -> float:
        parts = [widths[widget] for widget in kept] + [widths[self.more]] * with_more
        margins = self._row.contentsMargins()
        gaps = len(self._gaps)
        return sum(parts) + SPACE * (len(parts) + gaps + 1) + GAP * gaps + margins.left() + margins.right()

    def _offers(self, widget: QWidget) -> bool:
        return isinstance(widget, QToolButton)

    def _fill(self) -> None:
        for action in self._menu.actions():  # clear() would delete them, although the menu does not own them
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
