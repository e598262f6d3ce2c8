"""The legend of the curves: colour, letter and name of every lane; a click hides or shows its curves."""

from __future__ import annotations

import math
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.controls import flush
from ncsn_viz.ui.widgets.translate import plain, translate

HEIGHT = 24  # pixels
WIDEST, NARROWEST = 190, 84  # pixels of an entry


class Legend(QWidget):
    """A row of entries, or several rows. `edited` carries an Edit and None."""

    edited = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: list[LegendEntry] = []
        self._columns = 0  # or any number in one row
        self._grid = flush(QGridLayout(self), 2)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_columns(self, columns: int) -> None:
        """Place the entries in rows of `columns`, or all in one row for 0."""
        if columns != self._columns:
            self._columns = columns
            self._place()

    def _place(self) -> None:
        columns = self._columns or max(len(self.entries), 1)
        for column in range(self._grid.columnCount() + 1):
            self._grid.setColumnStretch(column, int(column == columns))  # behind the last entry of a row
        for index, entry in enumerate(self.entries):
            self._grid.addWidget(entry, *divmod(index, columns))
        self.setFixedHeight((HEIGHT + 2) * max(math.ceil(len(self.entries) / columns), 1) - 2)

    def show_spec(self, spec: Spec) -> None:
        """Show the lanes of `spec`, and which of them are hidden."""
        while len(self.entries) > len(spec.lanes):
            entry = self.entries.pop()
            self._grid.removeWidget(entry)
            entry.hide()
            entry.deleteLater()
            self._place()
        while len(self.entries) < len(spec.lanes):
            entry = LegendEntry(self)
            entry.clicked.connect(partial(self._toggle, entry))
            self.entries.append(entry)
            self._place()
            entry.show()
        for entry, lane in zip(self.entries, spec.lanes, strict=True):
            entry.show_lane(lane, lane.slot not in spec.view.hidden)

    def _toggle(self, entry: LegendEntry) -> None:
        self.edited.emit(partial(toggle_hidden, slot=entry.slot), None)


class LegendEntry(QAbstractButton):
    """One lane of the legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slot = 0
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_lane(self, lane: LaneSpec, shown: bool) -> None:
        """Show the name of a lane, and whether its curves are shown."""
        letter = theme.lane_letter(lane.slot)
        name = lane.name if lane.name != letter else translate(lane.objective.title)
        text = f"{letter}  {name}"
        if (text, lane.slot) != (self.text(), self.slot):
            self.slot = lane.slot
            self.setText(text)
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()
        self.setChecked(shown)
        state = self.tr("Click to hide its curves.") if shown else self.tr("Hidden: click to show its curves again.")
        self.setToolTip(plain(f"{text}\n{state}"))

    def sizeHint(self) -> QSize:
        return QSize(min(WIDEST, round(painting.width_of(self.text(), painting.font(theme.SMALL))) + 30), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), NARROWEST), HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = painting.smooth_painter(self)
        c, box, color = theme.colors(), QRectF(self.rect()), theme.lane_color(self.slot)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(QColor(c.accent), 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.card))
            painter.drawRoundedRect(box.adjusted(0.5, 1.5, -0.5, -1.5), 4, 4)
        if self.isChecked():
            painting.dot(painter, 12, box.center().y(), color, 4)
        else:  # a ring and crossed-out text, which do not depend on colours
            painter.setPen(QPen(QColor(color), 1.3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QRectF(8.5, box.center().y() - 3.5, 7, 7))
        font = painting.font(theme.SMALL)
        font.setStrikeOut(not self.isChecked())
        painting.write(painter, box.adjusted(21, 0, -6, 0), self.text(), font, c.soft if self.isChecked() else c.faint)


def toggle_hidden(spec: Spec, slot: int) -> Spec:
    """The Spec with the curves of a lane hidden, or shown if they are hidden."""
    hidden = spec.view.hidden
    hidden = tuple(each for each in hidden if each != slot) if slot in hidden else (*hidden, slot)
    return edits.view(spec, hidden=hidden)
