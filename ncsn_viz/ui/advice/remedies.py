"""What has gone wrong in a lane, its causes, and a button for a remedy, over its plot."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from ncsn_viz.lab.advice import LOST, Advice, Diagnosis, diagnose
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.lab.snapshot import DIVERGED, FAILED, WAITING, LaneSnapshot
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.controls import Label, flush
from ncsn_viz.ui.widgets.translate import plain, translate

MOST = 2  # causes that are shown
FRAME = 16  # pixels of a button beside its text
DOWN, ACROSS = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight


class RemedyButton(QPushButton):
    """A button for a remedy. It may be narrower than its text, which is then elided."""

    def __init__(self) -> None:
        super().__init__(self.tr("Mend it"))
        self.setToolTip(self.tr("Apply the remedy for what is said above."))

    def show_remedy(self, cause: Advice | None) -> None:
        """Say what the remedy of a cause does; hidden where there is none."""
        self.setVisible(cause is not None and cause.remedy is not None)
        if cause is not None and cause.remedy is not None:
            self.setText(translate(cause.fix))
            self.setToolTip(remedy_tip(cause))

    def minimumSizeHint(self) -> QSize:
        return QSize(48, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter, option = QStylePainter(self), QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.fontMetrics().elidedText(option.text, Qt.TextElideMode.ElideRight, self.width() - FRAME)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)


class Remedies(QWidget):
    """A sentence, its likely causes, buttons for the first remedy and to start again. `fixAsked` carries a Remedy."""

    fixAsked = Signal(object)
    restartAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.diagnosis: Diagnosis | None = None
        self.shown: object = None  # what the texts depend on
        self.label = Label(wordWrap=True)
        self.causes = theme.styled(Label(wordWrap=True, textFormat=Qt.TextFormat.RichText), "soft")
        self.fix = theme.styled(RemedyButton(), "primary")
        self.button = QPushButton(self.tr("Start again"))
        self.button.setToolTip(plain(self.tr("Train this lane anew, from fresh weights, with the same settings.")))
        self._buttons = buttons = flush(QBoxLayout(ACROSS), 6)
        buttons.setContentsMargins(0, 2, 0, 0)
        for button in (self.fix, self.button):
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        buttons.addStretch(1)
        self._column = column = flush(QVBoxLayout(self), 6)
        column.addWidget(self.label)
        column.addWidget(self.causes)
        column.addLayout(buttons)
        self.fix.clicked.connect(self._fix)
        self.button.clicked.connect(self.restartAsked)

    def show_lane(self, lane: LaneSnapshot, spec: Spec, index: int) -> bool:
        """Show what is wrong with the lane at `index` of `spec`. Whether anything is."""
        if index >= len(spec.lanes):
            return False
        lost = 0.0 if lane.status.state == FAILED else lane.metrics.get("lost", 0.0)
        shown = (lane.status, round(lost, 2), spec.lanes[index], spec.target, spec.particles, index)
        if shown != self.shown:
            self.shown = shown
            self._show(lane, diagnose(spec, index, lane) if lane.status.state == DIVERGED or lost > LOST else None)
        return self.diagnosis is not None or (lane.status.state in (WAITING, FAILED) and bool(lane.status.message))

    def _show(self, lane: LaneSnapshot, found: Diagnosis | None) -> None:
        self.diagnosis = found
        message = found.sentence if found else lane.status.message
        self.label.setText(translate(message) if message else self.tr("This lane has diverged."))
        causes = [translate(cause.sentence) for cause in found.causes[:MOST]] if found else []
        self.causes.setText("".join(f"<p style='margin: 0 0 5px 0'>{escape(cause)}</p>" for cause in causes))
        self.causes.setVisible(bool(causes))
        self.fix.show_remedy(found.first if found else None)
        self.button.setVisible(lane.status.state in (DIVERGED, FAILED))

    def fit(self, width: int, height: int) -> None:
        """Put the buttons below each other, and hide the causes, where else `width` × `height` would not suffice."""
        wide = sum(button.sizeHint().width() for button in (self.fix, self.button) if not button.isHidden())
        self._buttons.setDirection(DOWN if wide + self._buttons.spacing() > width else ACROSS)
        self._show_causes(bool(self.causes.text()))
        if self._column.totalHeightForWidth(width) > height:
            self._show_causes(False)

    def _show_causes(self, shown: bool) -> None:
        self.causes.setVisible(shown)
        self._column.invalidate()
        self.updateGeometry()  # else the layout around it has the height of the former text

    def _fix(self) -> None:
        if self.diagnosis is not None and self.diagnosis.first is not None:
            self.fixAsked.emit(self.diagnosis.first.remedy)


def remedy_tip(cause: Advice) -> str:
    """All that the remedy of a cause or of a piece of advice does."""
    assert cause.remedy is not None
    sentences = [translate(cause.fix) + "."]
    anew = any(isinstance(command, RestartLane) for command in cause.remedy.commands) or cause.knob.startswith("net.")
    if anew:
        sentences.append(translate("This lane then trains anew, from fresh weights."))
    elif cause.remedy.commands:
        sentences.append(translate("All particles are released again."))
    if cause.knob != "run":
        undone = "Undo brings back the settings and what was learned." if anew else "Undo brings the settings back."
        sentences.append(translate(undone))
    return plain(" ".join(sentences))
