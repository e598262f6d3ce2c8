"""Slow motion: the stages of one recorded step, one after the other."""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.experiment.commands import RecordStep
from ncsn_viz.lab.snapshot import DIVERGED, FAILED, WAITING, Snapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.slow_motion.stages import Stage, stages
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Label, flat_button
from ncsn_viz.ui.widgets.timers import timer
from ncsn_viz.ui.widgets.translate import plain

MOVING = 0.55  # seconds for which the drawing of a stage moves
READING = 1.2  # seconds for a stage at least
LETTERS = 34.0  # characters that are read in a second
WIDE, TALL = 720, 84  # pixels: from this width on the text is beside the title; the height of the card below it
FRAME = 30  # milliseconds between two frames


class SlowMotionCard(QFrame):
    """Title and text of the present stage, and buttons.

    `edited` carries an Edit and None, `commanded` a Command; `staged` the index of the lane or None, the key of a stage
    (empty for none) and the fraction of its motion that is done.
    """

    edited = Signal(object, object)
    commanded = Signal(object)
    staged = Signal(object, str, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.styled(self, "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Slow motion"))
        tip = self.tr("One step in its parts, each with its own numbers; training and particles wait.")
        self.setToolTip(plain(tip))
        self.stages: list[Stage] = []
        self.stage_index = 0
        self.playing = True
        self.number = 0  # of the record that is shown or expected
        self._lane: int | None = None  # the index of the lane in slow motion
        self._name, self._letter = "", ""  # of that lane
        self._since = 0.0  # when the present stage began
        self._arrived = False  # whether the end of its motion has been drawn
        self._clock = timer(self, FRAME, self._tick)
        self.title, self.words = theme.styled(Label(), "title"), theme.styled(Label(), "soft")
        self.title.setMinimumWidth(150)
        self.words.setWordWrap(True)
        self.back, self.play, self.forth, self.end = (flat_button(sign, hint, 30, 26, act) for sign, hint, act in (
            ("◀", self.tr("The stage before  (←)"), lambda: self.go(-1)),
            ("❚❚", self.tr("Hold this stage, or go on by itself  (Return)"), self.toggle_playing),
            ("▶", self.tr("The next stage; after the last one, another step  (→)"), self.next),
            ("✕", self.tr("Go on as before slow motion  (Esc or M)"), self.finish),
        ))  # fmt: skip
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
            button.setAccessibleName(button.toolTip())
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

    # -- showing ------------------------------------------------------------------------------------------------

    def show_spec(self, spec: Spec) -> None:
        """Show the card in slow motion, hide it else. Where slow motion begins, a record is requested."""
        before, self._name = self._name, spec.playback.slow_motion
        names = [lane.name for lane in spec.lanes]
        self._lane = names.index(self._name) if self._name else None
        if self._lane is None:
            self.stages = []
            self._clock.stop()
        else:
            self._letter = theme.lane_letter(spec.lanes[self._lane].slot)
        if spec.slow_motion == self.isHidden():
            self.setVisible(spec.slow_motion)
            if spec.slow_motion:
                self.setFocus()
        if self._name and self._name != before:
            self._record()
        else:
            self._show()

    def _record(self) -> None:
        """Request another record, and wait for it."""
        self.number += 1
        self._clock.stop()
        self.stages, self.stage_index, self.playing = [], 0, True
        self._show()
        self.commanded.emit(RecordStep(self.number))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Begin to show the record that was requested, once it is complete."""
        if self._lane is None or self.stages or self._lane >= len(snapshot.lanes):
            return
        lane = snapshot.lanes[self._lane]
        step = lane.step_trace
        if lane.status.state in (WAITING, FAILED) and lane.status.message:
            self.words.setText(lane.status.message)
        if step is None or step.number != self.number or step.particles is None:
            return
        if step.training is not None or lane.status.state == DIVERGED:
            self.stages = stages(step, snapshot.spec.lanes[self._lane].objective.symbols())
            self._begin(0)

    def _begin(self, index: int) -> None:
        self.stage_index, self._since, self._arrived = index, perf_counter(), False
        self._clock.start()
        self._show()

    def _show(self) -> None:
        if self._lane is None:
            self.staged.emit(None, "", 1.0)
            return
        if not self.stages:
            self.title.setText(f"{self._letter} · {self.tr('Slow motion')}")
            self.words.setText(self.tr("Waiting for the step …"))
            self.staged.emit(self._lane, "", 1.0)
            return
        stage = self.stages[self.stage_index]
        self.title.setText(f"{self._letter} · {self.stage_index + 1}/{len(self.stages)} · {stage.title}")
        self.words.setText(stage.words)
        self.words.setToolTip(plain(stage.words))
        self.play.setText("❚❚" if self.playing else "↻" if self._at_end else "►")
        self.back.setEnabled(self.stage_index > 0)
        self.staged.emit(self._lane, stage.key, self._fraction())

    @property
    def _at_end(self) -> bool:
        return self.stage_index == len(self.stages) - 1

    def _fraction(self) -> float:
        time = min((perf_counter() - self._since) / MOVING, 1.0)
        return time * time * (3 - 2 * time)  # smoothstep

    def _tick(self) -> None:
        stage = self.stages[self.stage_index]
        if not self._arrived:
            fraction = self._fraction()
            self._arrived = fraction >= 1  # however late this is called
            self.staged.emit(self._lane, stage.key, fraction)
        elif not self.playing:
            self._clock.stop()
        elif perf_counter() - self._since > max(READING, len(stage.words) / LETTERS):
            if self._at_end:
                self.playing = False
                self._show()
            else:
                self._begin(self.stage_index + 1)

    # -- control ------------------------------------------------------------------------------------------------

    def go(self, by: int) -> None:
        """Hold the stage that is `by` after the present one, if there is one."""
        if self.stages and 0 <= self.stage_index + by < len(self.stages):
            self.playing = False
            self._begin(self.stage_index + by)

    def next(self) -> None:
        """Hold the next stage; after the last one, record another step."""
        if self._at_end:
            self._record()
        else:
            self.go(1)

    def toggle_playing(self) -> None:
        """Proceed by itself, or hold the stage; at the end, record another step."""
        if not self.playing and self._at_end:
            self._record()
        elif self.stages:
            self.playing = not self.playing
            self._clock.start()
            self._show()

    def finish(self) -> None:
        """End slow motion."""
        self.edited.emit(edits.end_slow_motion, None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key
        keys = {key.Key_Left: lambda: self.go(-1), key.Key_Right: self.next, key.Key_Return: self.toggle_playing,
                key.Key_Enter: self.toggle_playing, key.Key_Escape: self.finish}  # fmt: skip
        if (act := keys.get(key(event.key()))) is None:
            super().keyPressEvent(event)
        else:
            act()
