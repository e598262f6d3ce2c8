"""Slow motion: the captions of one step, one after the other, and what goes on when."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.lab.snapshot.snapshot import DIVERGED, WAITING, Snapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.slow_motion.stages import Stage, stages
from ncsn_viz.ui.widgets import theme

MOVING = 0.55  # seconds for which what a stage shows is on its way
READING = 1.2  # seconds for a stage at least
LETTERS = 34.0  # that are read in a second
WIDE, TALL = 720, 84  # pixels: from this width on the words stand beside their title; how high it is below that
FRAME = 30  # milliseconds between two pictures of it


def toggle(spec: Spec, index: int) -> Spec:
    """Begin slow motion in the lane at `index`, or end it."""
    return edits.watch_no_more(spec) if spec.slow else edits.watch_step(spec, index)


class SlowCard(QFrame):
    """`edited` carries a function from Spec to Spec; `staged` a lane, a stage (empty for none) and its share done."""

    edited = Signal(object)
    staged = Signal(object, str, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Slow motion"))
        self.setToolTip(self.tr("One step in its parts, each with its own numbers; training and particles wait."))
        self.stages: list[Stage] = []
        self.place = 0
        self.playing = True
        self._spec = Spec()
        self._lane: int | None = None
        self._since = 0.0
        self._arrived = False  # whether what the stage shows has been drawn where it ends
        self._clock = QTimer(self, interval=FRAME)
        self._clock.timeout.connect(self._tick)
        self.title, self.words = QLabel(), QLabel()
        self.title.setProperty("look", "title")
        self.title.setMinimumWidth(150)
        self.words.setProperty("look", "soft")
        self.words.setWordWrap(True)
        self.back = self._button("◀", self.tr("The stage before  (←)"), lambda: self.go(-1))
        self.play = self._button("❚❚", self.tr("Hold this stage, or go on by itself  (Return)"), self.toggle_playing)
        self.forth = self._button("▶", self.tr("The next stage; after the last one, another step  (→)"), self.next)
        self.end = self._button("✕", self.tr("Go on as before slow motion  (Esc or M)"), self.finish)
        self._place()
        self.hide()

    def _place(self) -> None:
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(theme.PAD + 2, 4, theme.PAD, 4)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(0)
        buttons = QHBoxLayout()
        buttons.setSpacing(3)
        for button in (self.back, self.play, self.forth, self.end):
            buttons.addWidget(button)
        grid.addWidget(self.title, 0, 0)
        grid.addLayout(buttons, 0, 2)
        grid.setColumnStretch(1, 1)
        self._arrange(True)

    def _arrange(self, wide: bool) -> None:
        """The words beside their title, or below it where there is no room."""
        self._wide = wide
        self._grid.removeWidget(self.words)
        self._grid.addWidget(self.words, *((0, 1) if wide else (1, 0, 1, 3)))
        for row, share in enumerate((int(wide), int(not wide))):
            self._grid.setRowStretch(row, share)
        self.setFixedHeight(theme.STRIP_HEIGHT if wide else TALL)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (self.width() >= WIDE) != self._wide:
            self._arrange(not self._wide)

    def _button(self, sign: str, hint: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setProperty("look", "flat")
        button.setText(sign)
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.setFixedSize(30, 26)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(act)
        return button

    # -- showing ------------------------------------------------------------------------------------------------

    def show_spec(self, spec: Spec) -> None:
        """Be there while the Spec is in slow motion, and wait for its step."""
        if (spec.run.slow, spec.run.slow_steps) != (self._spec.run.slow, self._spec.run.slow_steps):
            self.stages, self.place, self.playing = [], 0, True
        self._spec = spec
        names = [lane.name for lane in spec.lanes]
        self._lane = names.index(spec.run.slow) if spec.slow else None
        if spec.slow == self.isHidden():
            self.setVisible(spec.slow)
            if spec.slow:
                self.setFocus()
        if not spec.slow:
            self.stages = []
            self._clock.stop()
        self._show()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Take the step that was asked for, once it is whole."""
        if self._lane is None or self.stages or self._lane >= len(snapshot.lanes):
            return
        lane = snapshot.lanes[self._lane]
        step = lane.step_trace
        if lane.status.state == WAITING and lane.status.message:  # for the first stroke: say so
            self.words.setText(lane.status.message)
        trained = step is not None and (step.training is not None or lane.status.state == DIVERGED)
        if step is None or not trained or step.particles is None or step.number != self._spec.run.slow_steps:
            return
        self.stages = stages(step, self._spec.lanes[self._lane].objective.symbols())
        self._begin(0)

    def _begin(self, place: int) -> None:
        self.place, self._since, self._arrived = place, perf_counter(), False
        self._clock.start()
        self._show()

    def _show(self) -> None:
        if self._lane is None:
            self.staged.emit(None, "", 1.0)
            return
        letter = theme.lane_letter(self._spec.lanes[self._lane].slot)
        if not self.stages:
            self.title.setText(f"{letter} · {self.tr('Slow motion')}")
            self.words.setText(self.tr("Waiting for the step …"))
            self.staged.emit(self._lane, "", 1.0)
            return
        stage = self.stages[self.place]
        self.title.setText(f"{letter} · {self.place + 1}/{len(self.stages)} · {stage.title}")
        self.words.setText(stage.words)
        self.words.setToolTip(stage.words)
        self.play.setText("❚❚" if self.playing else "↻" if self._at_end else "►")
        self.back.setEnabled(self.place > 0)
        self.staged.emit(self._lane, stage.key, self._share())

    @property
    def _at_end(self) -> bool:
        return self.place == len(self.stages) - 1

    def _share(self) -> float:
        part = min((perf_counter() - self._since) / MOVING, 1.0)
        return part * part * (3 - 2 * part)  # sets out and arrives gently

    def _tick(self) -> None:
        passed, stage = perf_counter() - self._since, self.stages[self.place]
        if not self._arrived:
            share = self._share()
            self._arrived = share >= 1  # however late this comes
            self.staged.emit(self._lane, stage.key, share)
        elif not self.playing:
            self._clock.stop()
        elif passed > max(READING, len(stage.words) / LETTERS):
            if self._at_end:
                self.playing = False
                self._show()
            else:
                self._begin(self.place + 1)

    # -- doing --------------------------------------------------------------------------------------------------

    def go(self, by: int) -> None:
        """Hold the stage that stands so many before or behind."""
        if self.stages and 0 <= self.place + by < len(self.stages):
            self.playing = False
            self._begin(self.place + by)

    def next(self) -> None:
        """Hold the next stage, or ask for another step."""
        if self._at_end:
            self._another()
        else:
            self.go(1)

    def toggle_playing(self) -> None:
        """Go on by itself, or stay; at the end, ask for another step."""
        if not self.playing and self._at_end:
            self._another()
        elif self.stages:
            self.playing = not self.playing
            self._clock.start()
            self._show()

    def finish(self) -> None:
        """Go on as before."""
        self.edited.emit(edits.watch_no_more)

    def _another(self) -> None:
        lane = self._lane
        if lane is not None and self.stages:
            self.edited.emit(lambda spec: edits.watch_step(spec, lane))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {
            Qt.Key.Key_Left: lambda: self.go(-1),
            Qt.Key.Key_Right: self.next,
            Qt.Key.Key_Return: self.toggle_playing,
            Qt.Key.Key_Enter: self.toggle_playing,
            Qt.Key.Key_Escape: self.finish,
        }
        act = keys.get(Qt.Key(event.key()))
        if act is None:
            super().keyPressEvent(event)
        else:
            act()
