"""The right column: the settings of the chosen lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from ncsn_viz.core.nets import NETS
from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.lab.advice import Remedy
from ncsn_viz.lab.experiment import Edit, Experiment, LaneSpec, Spec
from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.advice.lane_notes import LaneNotes
from ncsn_viz.ui.forms.editor import Editor
from ncsn_viz.ui.forms.form import Form, KindForm
from ncsn_viz.ui.forms.section import Section, stack
from ncsn_viz.ui.lanes import linking
from ncsn_viz.ui.lanes.terms import LossTerms
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.controls import Label
from ncsn_viz.ui.widgets.formula import SymbolValues, TypesetFormula
from ncsn_viz.ui.widgets.translate import plain, translate

HEALTH_LINES = 4  # for the sentence on how training goes, so that nothing below it moves when it changes


class LaneColumn(Editor):
    """Objective, network, optimiser and sampler of the chosen lane. `edited` is that of Editor, `commanded` carries a
    Command, `remedyAsked` a Remedy.
    """

    commanded = Signal(object)
    remedyAsked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lane = Spec().lanes[0]  # the one that is shown
        self._snapshot: Snapshot | None = None  # the last one
        lane = self.lane
        self.title = Title()
        self.notes = LaneNotes()
        self.objective = KindForm(OBJECTIVES, lane.objective)
        self.loss_formula = TypesetFormula()
        self.terms = LossTerms()
        self.health = theme.styled(Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop), "soft")
        self.health.setMinimumHeight(HEALTH_LINES * self.health.fontMetrics().lineSpacing())
        self.health.hide()
        self.net = KindForm(NETS, lane.net)
        self.optimizer = Form(lane.optimizer)
        self.seed = Form(Experiment(), only=("seed", "repeats"))
        self.fairness = Form(Experiment().fairness)
        self.sampler = KindForm(SAMPLERS, lane.sampler)
        self.step_formula, self.step_values = TypesetFormula(), SymbolValues()
        self.source = Form(lane, only=("score_from",))
        self._place()
        self._wire()
        self.show_spec(Spec())

    def _place(self) -> None:
        self.objective.insert(self.loss_formula)
        self.sampler.insert(self.step_values)
        self.sampler.insert(self.step_formula)
        self.loss = Section(self.tr("Objective")).add(self.objective)
        self.now = Section(self.tr("Terms now")).add(self.terms, self.health)
        self.network = Section(self.tr("Network")).add(self.net)
        self.training = Section(self.tr("Optimiser")).add(self.optimizer, self.seed)
        self.sampling = Section(self.tr("Sampler")).add(self.sampler, self.source)
        self.fair = Section(self.tr("Alike in all lanes")).add(self.fairness)
        self.now.hide()
        parts = (self.loss, self.now, self.network, self.training, self.sampling, self.fair)
        stack(self, self.title, self.notes, *parts)

    def _wire(self) -> None:
        self.notes.restartAsked.connect(lambda: self.commanded.emit(RestartLane(self.lane.slot)))
        self.notes.fixAsked.connect(self._fix)
        self.wire(self.loss, self.objective, lambda new: self._linked(partial(edits.set_objective, objective=new)))
        self.wire(self.network, self.net, self._edit_of("net"))
        self.wire(self.training, self.optimizer, self._edit_of("optimizer"))
        self.wire(self.training, self.seed, lambda new: partial(replace, seed=new.seed, repeats=new.repeats))
        self.wire(self.fair, self.fairness, lambda new: partial(replace, fairness=new))
        self.wire(self.sampling, self.sampler, lambda new: self._linked(partial(edits.set_sampler, sampler=new)))
        self.wire(self.sampling, self.source, lambda new: self._lane_edit(score_from=new.score_from))

    def _edit_of(self, part: str) -> Callable[[Any], Edit]:
        return lambda new: self._lane_edit(**{part: new})

    def _lane_edit(self, **changes: Any) -> Edit:
        """An edit of the shown lane and of those that are linked with it."""
        return self._linked(partial(edits.change_lane, **changes))

    def _linked(self, edit: edits.LaneEdit) -> Edit:
        return edits.for_lane(self.lane.slot, linking.linked(edit))

    def _fix(self, remedy: Remedy) -> None:
        edit = linking.linked(lambda spec, _: remedy.edit(spec))
        self.begin_edit(self.loss)
        self.remedyAsked.emit(replace(remedy, edit=edits.for_lane(self.lane.slot, edit)))

    def show_spec(self, spec: Spec) -> None:
        """Show the chosen lane of an experiment; emits nothing."""
        lane = spec.lanes[spec.chosen]
        other = lane.slot != self.lane.slot
        if other:
            for section in (self.loss, self.network, self.training, self.sampling):
                section.clear_error()
        self.lane = lane
        self.title.show_lane(lane)
        for part in ("objective", "net", "optimizer", "sampler"):
            getattr(self, part).show_settings(getattr(lane, part))
        self.loss_formula.show_kind(lane.objective.kind, translate(lane.objective.title))
        self.seed.show_settings(Experiment(seed=spec.seed, repeats=spec.repeats))
        self.fairness.show_settings(spec.fairness)
        self.step_formula.show_kind(lane.sampler.kind, translate(lane.sampler.title))
        self.source.show_settings(lane)
        self.notes.show_spec(spec, spec.chosen)
        if other and self._snapshot is not None:
            self.show_snapshot(self._snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show terms, values and problems of the lane, or nothing where a Snapshot does not have it yet."""
        self._snapshot = snapshot
        index = snapshot.spec.lane_index(self.lane.slot)
        if index is None or index >= len(snapshot.lanes):
            for part in (self.now, self.health):
                part.hide()
            self.notes.show_lane(None, snapshot.spec, 0)
            return
        lane, mine = snapshot.lanes[index], snapshot.spec.lanes[index]
        self.notes.show_lane(lane, snapshot.spec, index)
        self.terms.show_lane(lane, mine.objective, theme.lane_color(mine.slot))
        self.now.setVisible(not self.terms.empty or bool(mine.objective.health_terms))
        self.step_values.show_values(mine.sampler.values(lane.sigma))
        self.health.setText(lane.health)
        self.health.setVisible(bool(mine.objective.health_terms))


class Title(QWidget):
    """The colour, letter, name and objective of the lane."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(20)
        self.words = ""
        self._color = theme.lane_color(0)

    def show_lane(self, lane: LaneSpec) -> None:
        """Show the title of a lane."""
        self.words = theme.lane_title(lane.slot, lane.name, translate(lane.objective.title))
        self._color = theme.lane_color(lane.slot)
        self.setToolTip(plain(self.words))
        self.setAccessibleName(self.words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = painting.smooth_painter(self)
        box = QRectF(self.rect())
        painting.dot(painter, 5, box.center().y(), self._color, 5)
        bold = painting.font(theme.LARGE, bold=True)
        painting.write(painter, box.adjusted(17, 0, 0, 0), self.words, bold, theme.colors().text)
