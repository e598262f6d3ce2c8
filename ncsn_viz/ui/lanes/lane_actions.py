"""The menu of a lane: rename, restart, duplicate, remove, move, another kind of a part, link, layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from ncsn_viz.core.knobs import Kind, carry_over
from ncsn_viz.core.nets import NETS
from ncsn_viz.core.objectives import OBJECTIVES
from ncsn_viz.core.samplers import SAMPLERS
from ncsn_viz.lab.experiment import MOST_GROUPS, LaneSpec, Spec
from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.lanes import linking
from ncsn_viz.ui.lanes.layer_menu import Act, add_checkable, layer_menu
from ncsn_viz.ui.widgets.translate import menu_text, plain, translate

KINDS: dict[str, tuple[str, Sequence[type[Kind]]]] = {
    "objective": ("Objective", OBJECTIVES),
    "net": ("Network", NETS),
    "sampler": ("Sampler", SAMPLERS),
}


class LaneActions(QObject):
    """The menu of a lane. `edited` carries an Edit and None, `commanded` a Command, `renameAsked` a slot.

    `pictureAsked` carries the slot of a lane and the kind of a file, png or svg.
    """

    edited = Signal(object, object)
    commanded = Signal(object)
    renameAsked = Signal(int)
    pictureAsked = Signal(int, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.menu: QMenu | None = None

    def show_menu(self, spec: Spec, slot: int, at: QPoint) -> None:
        """Open the menu of the lane in `slot` at a point of the screen; nothing where it has been removed."""
        if (index := spec.lane_index(slot)) is not None:
            if self.menu is not None:
                self.menu.deleteLater()
            self.menu = self.made(spec, index)
            self.menu.popup(at)

    def made(self, spec: Spec, index: int) -> QMenu:
        """The menu of the lane at `index` of `spec`."""
        slot, count = spec.lanes[index].slot, len(spec.lanes)
        menu = QMenu(self._parent, toolTipsVisible=True)
        self._add(menu, self.tr("Rename …"), "F2", lambda _: self.renameAsked.emit(slot))
        restart = self._add(menu, self.tr("Start again"), "", lambda _: self.commanded.emit(RestartLane(slot)))
        restart.setToolTip(plain(self.tr("Train this lane anew, from fresh weights; the others go on.")))
        menu.addSeparator()
        self._add(menu, self.tr("Duplicate"), "Ctrl+D", self._editing(slot, edits.duplicate_lane), edits.can_add(spec))
        self._add(menu, self.tr("Remove"), "Ctrl+Backspace", self._editing(slot, edits.remove_lane), count > 1)
        menu.addSeparator()
        left, right = (self._editing(slot, partial(edits.shift_lane, by=by)) for by in (-1, 1))
        self._add(menu, self.tr("Move left"), "Ctrl+Left", left, index > 0)
        self._add(menu, self.tr("Move right"), "Ctrl+Right", right, index < count - 1)
        menu.addSeparator()
        for part, (title, kinds) in KINDS.items():
            menu.addMenu(self._kinds(menu, spec.lanes[index], part, self.tr(title), kinds))
        menu.addSeparator()
        menu.addMenu(self._groups(menu, spec, index))
        menu.addMenu(layer_menu(menu, spec, index, lambda edit: self.edited.emit(edit, None)))
        menu.addSeparator()
        pixels, lines = (self._asking(slot, suffix) for suffix in ("png", "svg"))
        tip = self.tr("The lane as it is now, twice as large.")
        self._add(menu, self.tr("Save picture as PNG …"), "", pixels).setToolTip(plain(tip))
        flat = "surface" not in spec.layers_of(spec.lanes[index])
        tip = self.tr("Lines and text sharp at any size; a surface is one of pixels.")
        self._add(menu, self.tr("Save picture as SVG …"), "", lines, flat).setToolTip(plain(tip))
        return menu

    def _kinds(self, parent: QMenu, lane: LaneSpec, part: str, title: str, kinds: Sequence[type[Kind]]) -> QMenu:
        """Every kind of a part of the lane, the present one checked."""
        menu = QMenu(title, parent, toolTipsVisible=True)
        choice, present = QActionGroup(menu), type(getattr(lane, part))
        for kind in kinds:
            act = self._editing(lane.slot, linking.linked(partial(with_kind, part=part, kind=kind)))
            add_checkable(menu, translate(kind.title), translate(kind.about), kind is present, act, choice)
        return menu

    def _groups(self, parent: QMenu, spec: Spec, index: int) -> QMenu:
        menu = QMenu(self.tr("Link"), parent, toolTipsVisible=True)
        choice, lane = QActionGroup(menu), spec.lanes[index]
        tip = self.tr("In a group, an edit of one lane's network, optimiser or sampler is an edit of all; of its "
                      "objective, where the others have the same knob. Joining changes nothing yet.")  # fmt: skip
        for group in range(MOST_GROUPS + 1):
            act = self._editing(lane.slot, partial(edits.change_lane, group=group))
            add_checkable(menu, self._group_text(group, spec), tip, lane.group == group, act, choice)
        return menu

    def _group_text(self, group: int, spec: Spec) -> str:
        if group == 0:
            return self.tr("Alone")
        members = menu_text(", ".join(lane.name for lane in spec.lanes if lane.group == group))
        text = self.tr("Group {0}").format(group)
        return f"{text}  ({members})" if members else text

    def _asking(self, slot: int, suffix: str) -> Act:
        return lambda _: self.pictureAsked.emit(slot, suffix)

    def _editing(self, slot: int, edit: edits.LaneEdit) -> Act:
        return lambda _: self.edited.emit(edits.for_lane(slot, edit), None)

    def _add(self, menu: QMenu, text: str, key: str, act: Act, enabled: bool = True) -> QAction:
        action = menu.addAction(text)
        if key:  # shown only: the keys belong to the window and the card
            action.setText(f"{text}\t{QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)}")
        action.setEnabled(enabled)
        action.triggered.connect(act)
        return action


def with_kind(spec: Spec, index: int, part: str, kind: type[Kind]) -> Spec:
    """Another kind of objective, network or sampler in a lane. Raises ValidationError.

    An objective and a sampler bring what fits them.
    """
    own = getattr(spec.lanes[index], part)
    if isinstance(own, kind):
        return spec
    other = carry_over(own, kind)
    if part == "objective":
        return edits.set_objective(spec, index, other)
    return edits.set_sampler(spec, index, other) if part == "sampler" else edits.change_lane(spec, index, net=other)
