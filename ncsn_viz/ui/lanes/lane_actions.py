"""What is done with whole lanes from their cards: moved, renamed, copied, linked, removed, started again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from ncsn_viz.core.knobs import Kind
from ncsn_viz.core.nets import NETS, EnergyMLP
from ncsn_viz.core.objectives import OBJECTIVES, Objective
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.lab.experiment.lane_spec import MOST_GROUPS
from ncsn_viz.lab.experiment.spec import Spec, with_lane
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.forms.form import carry_over
from ncsn_viz.ui.lanes import linking
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.lanes.layer_menu import layer_menu
from ncsn_viz.ui.widgets.translate import translate

KINDS: dict[str, tuple[str, Sequence[type[Kind]]]] = {
    "objective": ("Objective", OBJECTIVES),
    "net": ("Network", NETS),
    "sampler": ("Sampler", SAMPLERS),
}


class LaneActions(QObject):
    """Listens to a grid of lanes and edits. `edit` applies a function to the Spec, or says why it cannot be."""

    def __init__(self, grid: LaneGrid, spec: Callable[[], Spec], edit: Callable[[edits.Edit], None]) -> None:
        super().__init__(grid)
        self._grid, self._spec, self._edit = grid, spec, edit
        self.menu: QMenu | None = None
        grid.moveAsked.connect(lambda mark, other: edit(edits.for_lane(mark, partial(edits.move_before, mark=other))))
        grid.shiftAsked.connect(lambda mark, by: edit(edits.for_lane(mark, partial(edits.shift_lane, by=by))))
        grid.renamed.connect(lambda mark, name: edit(edits.for_lane(mark, partial(edits.rename_lane, name=name))))
        grid.menuAsked.connect(self.show_menu)

    def show_menu(self, mark: int, at: QPoint) -> None:
        """Open the menu of the lane with that mark at a point of the screen."""
        spec = self._spec()
        index = edits.lane_index(spec, mark)
        if index is not None:  # else it has just been removed
            if self.menu is not None:
                self.menu.deleteLater()
            self.menu = self.made(spec, index)
            self.menu.popup(at)

    def made(self, spec: Spec, index: int) -> QMenu:
        """The menu of the lane at `index` of `spec`."""
        mark = spec.lanes[index].slot
        menu = QMenu(self._grid)
        menu.setToolTipsVisible(True)
        count = len(spec.lanes)
        self._add(menu, self.tr("Rename …"), "F2", lambda _: self._rename(mark))
        self._add(menu, self.tr("Start again"), "", self._doing(edits.restart_lane, mark)).setToolTip(
            self.tr("Train this lane anew, from fresh weights; the others go on.")
        )
        menu.addSeparator()
        self._add(menu, self.tr("Duplicate"), "Ctrl+D", self._doing(edits.duplicate_lane, mark), edits.can_add(spec))
        self._add(menu, self.tr("Remove"), "Ctrl+Backspace", self._doing(edits.remove_lane, mark), count > 1)
        menu.addSeparator()
        left, right = (partial(edits.shift_lane, by=by) for by in (-1, 1))
        self._add(menu, self.tr("Move left"), "Ctrl+Left", self._doing(left, mark), index > 0)
        self._add(menu, self.tr("Move right"), "Ctrl+Right", self._doing(right, mark), index < count - 1)
        menu.addSeparator()
        for part, (title, kinds) in KINDS.items():
            menu.addMenu(self._kinds(menu, index, spec, part, self.tr(title), kinds))
        menu.addSeparator()
        menu.addMenu(self._groups(menu, index, spec))
        menu.addMenu(layer_menu(menu, spec, index, self._edit))
        return menu

    def _kinds(
        self, parent: QMenu, index: int, spec: Spec, part: str, title: str, kinds: Sequence[type[Kind]]
    ) -> QMenu:
        """Every kind of a part of the lane, the present one checked."""
        menu = QMenu(title, parent)
        menu.setToolTipsVisible(True)
        choice = QActionGroup(menu)
        now, mark = type(getattr(spec.lanes[index], part)), spec.lanes[index].slot
        for kind in kinds:
            action = self._add(
                menu, translate(kind.title), "", self._doing(partial(with_kind, part=part, kind=kind), mark)
            )
            action.setToolTip(f"<qt>{translate(kind.about)}</qt>")
            action.setCheckable(True)
            action.setChecked(kind is now)
            action.setActionGroup(choice)
        return menu

    def _groups(self, parent: QMenu, index: int, spec: Spec) -> QMenu:
        menu = QMenu(self.tr("Link"), parent)
        menu.setToolTipsVisible(True)
        choice, mark = QActionGroup(menu), spec.lanes[index].slot
        for group in range(MOST_GROUPS + 1):
            text = self._group_words(group, spec)
            action = self._add(menu, text, "", self._doing(partial(edits.group_lane, group=group), mark))
            action.setCheckable(True)
            action.setChecked(spec.lanes[index].group == group)
            action.setActionGroup(choice)
            action.setToolTip(
                self.tr("In a group, an edit of one lane's network, optimiser or sampler is an edit of all; of its "
                        "objective, where the others have the same knob. Joining changes nothing yet.")
            )  # fmt: skip
        return menu

    def _group_words(self, group: int, spec: Spec) -> str:
        if group == 0:
            return self.tr("Alone")
        members = ", ".join(lane.name for lane in spec.lanes if lane.group == group)
        words = self.tr("Group {0}").format(group)
        return f"{words}  ({members})" if members else words

    def _doing(self, edit: edits.LaneEdit, mark: int) -> Callable[[bool], None]:
        return lambda _: self._edit(edits.for_lane(mark, edit))

    def _rename(self, mark: int) -> None:
        for card in self._grid.cards:
            if card.mark == mark:
                card.header.rename()

    def _add(self, menu: QMenu, text: str, key: str, act: Callable[[bool], None], enabled: bool = True) -> QAction:
        action = menu.addAction(text)
        if key:  # shown only: the keys are the window's and the card's own
            action.setText(f"{text}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}")
        action.setEnabled(enabled)
        action.triggered.connect(act)
        return action


def with_kind(spec: Spec, index: int, part: str, kind: type[Kind]) -> Spec:
    """Another kind of objective, network or sampler in a lane, and where it is linked. Raises BadValue.

    An objective that needs an energy brings an energy network with it: the lane starts anew in any case.
    """
    lane = spec.lanes[index]
    if isinstance(getattr(lane, part), kind):
        return spec
    change: dict[str, Any] = {part: carry_over(getattr(lane, part), kind)}
    if issubclass(kind, Objective) and kind.needs_energy and not lane.net.gives_energy:
        change["net"] = carry_over(lane.net, EnergyMLP)
    return linking.spread(spec, with_lane(spec, index, replace(lane, **change)), index)
