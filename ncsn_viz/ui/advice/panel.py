"""Advice on the chosen lane: what will go wrong, and a button that applies the remedy."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ncsn_viz.lab.advice import Advice, advice
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Label, flush
from ncsn_viz.ui.widgets.timers import Debounce
from ncsn_viz.ui.widgets.translate import plain, translate

QUIET = 250  # milliseconds without a change of the target before the rules run: on a painting they take long
LATEST = 2000  # … and after the first of such changes, at the latest


class AdvicePanel(QWidget):
    """One sentence a piece of advice, warnings first; hidden without advice. `fixAsked` carries a Remedy."""

    fixAsked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notes: list[Note] = []
        self.found: tuple[Advice, ...] = ()
        self._shown = (Spec(), 0)  # the Spec and the index of the lane
        self._evaluated: Any = None  # what `found` depends on
        self._silenced = False
        self._soon = Debounce(self._evaluate, QUIET, LATEST, self)
        self._column = flush(QVBoxLayout(self), 8)
        self.hide()

    def show_spec(self, spec: Spec, index: int) -> None:
        """Show the advice on the lane at `index`: at once, or after a pause while the target is being painted."""
        if _relevant(spec, index) == self._evaluated and not self._soon.pending:
            return
        painted = spec.target != self._shown[0].target and self._evaluated is not None
        self._shown = (spec, index)
        if painted:
            self._soon.request()
        elif not self._soon.pending:
            self._evaluate()

    def set_silent(self, silent: bool) -> None:
        """Hide the advice while a diagnosis is shown, of which it gives the causes."""
        if silent != self._silenced:
            self._silenced = silent
            self.setVisible(bool(self.found) and not silent)

    def _evaluate(self) -> None:
        spec, index = self._shown
        self._evaluated = _relevant(spec, index)
        mine = [found for found in advice(spec) if found.lane == index]
        self.found = tuple(sorted(mine, key=lambda found: found.info))
        while len(self.notes) < len(self.found):
            self.notes.append(self._new_note(len(self.notes)))
        for number, note in enumerate(self.notes):
            note.show_advice(self.found[number] if number < len(self.found) else None)
        self.setVisible(bool(self.found) and not self._silenced)

    def _new_note(self, number: int) -> Note:
        note = Note(self)
        note.button.clicked.connect(lambda: self.fixAsked.emit(self.found[number].remedy))
        self._column.addWidget(note)
        return note


class Note(QWidget):
    """One sentence, and a button where there is a remedy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info = False
        self.label = Label(wordWrap=True)
        self.button = theme.styled(QPushButton(), "tool")
        column = flush(QVBoxLayout(self), 4)
        column.addWidget(self.label)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._recolour()

    def _recolour(self) -> None:
        color = f"color: {theme.colors().soft if self._info else theme.colors().warn}"
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
        self.button.setText(translate(found.fix))
        tip = self.tr("{0}, in this lane. Undo brings the settings back.").format(translate(found.fix))
        self.button.setToolTip(plain(tip))


def _relevant(spec: Spec, index: int) -> tuple[Any, ...]:
    """What advice on a lane depends on."""
    return spec.target, spec.window, spec.particles, spec.lanes[index], index
