"""The menu of one lane's layers: those of all lanes, or its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from ncsn_viz.lab.experiment import Edit, Spec, map_of
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.layer_texts import LAYERS, MAPS
from ncsn_viz.ui.widgets.translate import plain, translate

Act = Callable[[bool], None]  # what an action does, given whether it is checked


def layer_menu(parent: QMenu, spec: Spec, index: int, edit: Callable[[Edit], None]) -> QMenu:
    """Layers of the lane at `index`. The first change in it makes them the lane's own."""
    menu = QMenu(translate("Layers of this lane"), parent, toolTipsVisible=True)
    lane, choice = spec.lanes[index], QActionGroup(menu)
    layers = spec.layers_of(lane)

    def editing(change: edits.LaneEdit) -> Act:
        return lambda _: edit(edits.for_lane(lane.slot, change))

    tip = translate("Show what the buttons above say. Without it, they leave this lane alone.")
    own = editing(partial(edits.own_layers, own=not lane.own_layers))
    add_checkable(menu, translate("As all lanes"), tip, not lane.own_layers, own)
    menu.addSeparator()
    for name, shown in MAPS.items():
        act = editing(partial(edits.choose_own_map, name=name))
        add_checkable(menu, translate(shown.text), translate(shown.hint), name == map_of(layers), act, choice)
        menu.actions()[-1].setEnabled(edits.map_offered(spec, name))
    menu.addSeparator()
    for name, shown in LAYERS.items():
        if name != "negatives" or lane.objective.chains is not None:
            act = editing(partial(edits.toggle_own_layer, layer=name))
            add_checkable(menu, translate(shown.text), translate(shown.hint), name in layers, act)
    return menu


def add_checkable(menu: QMenu, text: str, tip: str, on: bool, act: Act, choice: QActionGroup | None = None) -> None:
    """Add a checkable action to `menu`, one of a `choice` if there is one."""
    action = menu.addAction(text)
    action.setToolTip(plain(tip))
    action.setCheckable(True)
    action.setChecked(on)
    if choice is not None:
        action.setActionGroup(choice)
    action.triggered.connect(act)
