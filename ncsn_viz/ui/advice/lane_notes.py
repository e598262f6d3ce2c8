"""Notes on the chosen lane, one at a time in a place of fixed height: what is wrong, what will be, or what it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ncsn_viz.lab.advice import Advice, advice, diagnose
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.snapshot import DIVERGED, FAILED, LaneSnapshot
from ncsn_viz.ui.advice.remedies import RemedyButton
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.controls import Label, flat_button, flush
from ncsn_viz.ui.widgets.timers import Debounce
from ncsn_viz.ui.widgets.translate import plain, translate

QUIET = 250  # milliseconds without a change of the target before the rules run: on a painting they take long
LATEST = 2000  # … and after the first of such changes, at the latest
HEIGHT = 150  # pixels: seven lines of text and a row of buttons
BAR = 12  # pixels for the coloured bar at the left
INFO, WARNING, BAD = "soft", "warn", "bad"  # colours of the theme


@dataclass(frozen=True)
class Note:
    """A sentence or a few, and the cause or the piece of advice in it, which may have a remedy."""

    text: str
    tone: str = INFO
    cause: Advice | None = None

    @property
    def fix(self) -> str:
        """What the remedy does, in a few words."""
        return self.cause.fix if self.cause else ""


class LaneNotes(QFrame):
    """Shows what has gone wrong in a lane, else advice, else what its objective does.

    `fixAsked` carries a Remedy; `restartAsked`: the lane is to start again.
    """

    fixAsked = Signal(object)
    restartAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.styled(self, "card")
        self.setFixedHeight(HEIGHT)
        self.notes: tuple[Note, ...] = ()
        self.number = 0  # of the note that is shown
        self._spec, self._index = Spec(), 0  # what is advised on
        self._advice: tuple[Advice, ...] = ()
        self._evaluated: Any = None  # what the advice depends on
        self._problems: tuple[Note, ...] = ()
        self._diagnosed: Any = None  # what the problems depend on
        self._soon = Debounce(self._evaluate, QUIET, LATEST, self)
        self._make_parts()

    def _make_parts(self) -> None:
        self.label = Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.label)
        scroll.setStyleSheet("background: transparent")  # it is the card's
        self.fix = theme.styled(RemedyButton(), "primary")
        self.fix.clicked.connect(self._fix)
        self.restart = QPushButton(self.tr("Start again"))
        self.restart.setToolTip(plain(self.tr("Train this lane anew, from fresh weights, with the same settings.")))
        self.restart.clicked.connect(self.restartAsked)
        self.restart.hide()
        self.count = theme.styled(Label(), "soft")
        self.next = flat_button("›", self.tr("The next note on this lane"), 22, 22, self._show_next)
        column = QVBoxLayout(self)
        column.setContentsMargins(BAR, 8, 6, 8)
        column.setSpacing(4)
        column.addWidget(scroll, 1)
        row = flush(QHBoxLayout(), 6)
        for button in (self.fix, self.restart):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.count)
        row.addWidget(self.next)
        column.addLayout(row)

    # -- what is shown ------------------------------------------------------------------------------------------

    def show_spec(self, spec: Spec, index: int) -> None:
        """Take advice on the lane at `index`: at once, or after a pause while the target is being painted."""
        if _relevant(spec, index) == self._evaluated and not self._soon.pending:
            return
        painted = spec.target != self._spec.target and self._evaluated is not None
        self._spec, self._index = spec, index
        if painted:
            self._soon.request()
        elif not self._soon.pending:
            self._evaluate()

    def show_lane(self, lane: LaneSnapshot | None, spec: Spec, index: int) -> None:
        """Show what is wrong with `lane`, the one at `index` of `spec`; None where nothing is known of it."""
        lost = round(lane.metrics.get("lost", 0.0), 2) if lane else 0.0
        failure = spec.lanes[index].objective.failure(lane.terms) if lane else ""
        shown = lane and (lane.status, lost, failure, spec.lanes[index], spec.target, spec.particles, index)
        if shown != self._diagnosed:
            self._diagnosed = shown
            self._problems = tuple(_problems(lane, spec, index)) if lane else ()
            self.restart.setVisible(lane is not None and (lane.status.state in (DIVERGED, FAILED) or bool(failure)))
            self._show()

    def _evaluate(self) -> None:
        self._evaluated = _relevant(self._spec, self._index)
        mine = [found for found in advice(self._spec) if found.lane == self._index]
        self._advice = tuple(sorted(mine, key=lambda found: found.info))
        self._show()

    def _show(self) -> None:
        objective = self._spec.lanes[self._index].objective
        advised = tuple(_note(found, found.sentence, INFO if found.info else WARNING) for found in self._advice)
        notes = self._problems or advised or (Note(translate(objective.about)),)
        if [note.fix for note in notes] != [note.fix for note in self.notes]:
            self.number = 0
        self.notes = notes
        self._show_note()

    def _fix(self) -> None:
        cause = self.notes[self.number].cause
        if cause is not None and cause.remedy is not None:
            self.fixAsked.emit(cause.remedy)

    def _show_next(self) -> None:
        self.number = (self.number + 1) % len(self.notes)
        self._show_note()

    def _show_note(self) -> None:
        note = self.notes[self.number]
        if note.text != self.label.text():
            self.label.setText(note.text)
        self.label.setAccessibleName(note.text)
        self.fix.show_remedy(note.cause)
        self.count.setText(f"{self.number + 1}/{len(self.notes)}")
        for part in (self.count, self.next):
            part.setVisible(len(self.notes) > 1)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        tone = self.notes[self.number].tone if self.notes else INFO
        if tone == INFO:
            return
        painter = painting.smooth_painter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(theme.colors(), tone)))
        painter.drawRoundedRect(4, 8, 3, self.height() - 16, 1.5, 1.5)


def _problems(lane: LaneSnapshot, spec: Spec, index: int) -> Iterator[Note]:
    """A note a likely cause of what has gone wrong in the lane, if anything has."""
    if lane.status.state == FAILED:
        yield Note(translate(lane.status.message), BAD)
    elif (found := diagnose(spec, index, lane)) is not None:
        tone, sentence = BAD if found.bad else WARNING, translate(found.sentence)
        yield from (_note(cause, f"{sentence} {translate(cause.sentence)}", tone) for cause in found.causes)
        if not found.causes:
            yield Note(sentence, tone)


def _note(found: Advice, text: str, tone: str) -> Note:
    return Note(translate(text), tone, found)


def _relevant(spec: Spec, index: int) -> tuple[Any, ...]:
    """What advice on a lane depends on."""
    return spec.target, spec.window, spec.particles, spec.lanes[index], index
