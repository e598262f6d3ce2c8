"""Advice on the chosen lane: what will go wrong, and a button that sets it right."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ncsn_viz.lab.advice.advice import Advice, advice
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.translate import translate

QUIET = 250  # milliseconds without a stroke before a painting is judged: it takes some of them


class AdvicePanel(QWidget):
    """One sentence a piece of advice, warnings first; nothing while all is well.

    `fixAsked` carries the remedy, a function from a Spec to a Spec.
    """

    fixAsked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notes: list[Note] = []
        self.found: tuple[Advice, ...] = ()
        self._spec, self._index = Spec(), 0
        self._judged: Any = None
        self._hushed = False
        self._quiet = QTimer(self, interval=QUIET, singleShot=True)
        self._quiet.timeout.connect(self._judge)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.hide()

    def show_spec(self, spec: Spec, index: int) -> None:
        """Show the advice on the lane at `index`: at once, or after a pause while the target is being painted."""
        if (*_matter(spec, index), index) == self._judged and not self._quiet.isActive():
            return
        painted = spec.target != self._spec.target and self._judged is not None
        self._spec, self._index = spec, index
        if painted:
            self._quiet.start()
        elif not self._quiet.isActive():
            self._judge()

    def set_quiet(self, quiet: bool) -> None:
        """Say nothing while something worse is told, that these are causes of."""
        if quiet != self._hushed:
            self._hushed = quiet
            self.setVisible(bool(self.found) and not quiet)

    def _judge(self) -> None:
        spec, index = self._spec, self._index
        self._judged = (*_matter(spec, index), index)
        mine = [found for found in advice(spec) if found.lane == index]
        self.found = tuple(sorted(mine, key=lambda found: found.info))
        while len(self.notes) < len(self.found):
            self.notes.append(self._new_note(len(self.notes)))
        for place, note in enumerate(self.notes):
            note.show_advice(self.found[place] if place < len(self.found) else None)
        self.setVisible(bool(self.found) and not self._hushed)

    def _new_note(self, place: int) -> Note:
        note = Note(self)
        note.button.clicked.connect(lambda: self.fixAsked.emit(self.found[place].remedy))
        self._column.addWidget(note)
        return note


class Note(QWidget):
    """One sentence, and “Fix” where there is a remedy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info = False
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(self.tr("Fix"))
        self.button.setProperty("look", "tool")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.label)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._recolour()

    def _recolour(self) -> None:
        colors = theme.colors()
        color = f"color: {colors.soft if self._info else colors.warn}"
        if color != self.label.styleSheet():
            self.label.setStyleSheet(color)

    def show_advice(self, found: Advice | None) -> None:
        """Show a piece of advice, or nothing."""
        self.setVisible(found is not None)
        if found is None:
            return
        self._info = found.info
        self._recolour()
        self.label.setText(translate(found.sentence))
        self.button.setVisible(found.remedy is not None)
        self.button.setToolTip(self.tr("Change this lane: {0}. It can be undone.").format(translate(found.fix)))
        self.button.setAccessibleName(self.tr("Fix: {0}").format(translate(found.fix)))


def _matter(spec: Spec, index: int) -> tuple[Any, ...]:
    """What advice on a lane depends on."""
    return spec.target, spec.window, spec.particles, spec.lanes[index]
