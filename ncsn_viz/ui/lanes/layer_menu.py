"""The menu of one lane's layers: those of all lanes, or its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from ncsn_viz.lab.experiment import Edit, Spec, map_of
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.layer_texts import LAYERS, MAPS, LayerText
from ncsn_viz.ui.widgets.translate import translate


def layer_menu(parent: QMenu, spec: Spec, index: int, edit: Callable[[Edit], None]) -> QMenu:
    """Layers of the lane at `index`. The first change in it makes them the lane's own."""
    menu = QMenu(translate("Layers of this lane"), parent)
    menu.setToolTipsVisible(True)
    lane = spec.lanes[index]
    of = partial(edits.for_lane, lane.slot)
    layers = spec.layers_of(lane)
    shared = menu.addAction(translate("As all lanes"))
    shared.setCheckable(True)
    shared.setChecked(not lane.own_layers)
    shared.setToolTip(translate("Show what the buttons above say. Without it, they leave this lane alone."))
    shared.triggered.connect(lambda on: edit(of(partial(edits.own_layers, own=not on))))
    menu.addSeparator()
    choice = QActionGroup(menu)
    for name, shown in MAPS.items():
        action = _add(menu, shown, name == map_of(layers))
        action.setActionGroup(choice)
        action.triggered.connect(partial(_do, edit, of(partial(edits.choose_own_map, name=name))))
    menu.addSeparator()
    for name, shown in LAYERS.items():
        if name == "negatives" and lane.objective.chains is None:
            continue
        action = _add(menu, shown, name in layers)
        action.triggered.connect(partial(_do, edit, of(partial(edits.toggle_own_layer, layer=name))))
    return menu


def _add(menu: QMenu, shown: LayerText, on: bool) -> QAction:
    action = menu.addAction(translate(shown.text))
    action.setCheckable(True)
    action.setChecked(on)
    action.setToolTip(translate(shown.hint))
    return action


def _do(edit: Callable[[Edit], None], what: Edit, _on: bool = False) -> None:
    edit(what)
