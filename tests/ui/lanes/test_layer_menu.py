"""Layers of one lane alone: its menu, and what it does to the Spec."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import ContrastiveDivergence
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.lanes.layer_menu import layer_menu
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def menu(qtbot, qapp):
    theme.apply(qapp)
    parent = QMenu()
    qtbot.addWidget(parent)
    spec = [Spec(lanes=(LaneSpec(), LaneSpec(objective=ContrastiveDivergence(), net=EnergyMLP())))]

    def do(edit):
        spec[0] = edit(spec[0])

    def made(index=0):
        actions = layer_menu(parent, spec[0], index, do).actions()
        return {action.text(): action for action in actions if action.text()}

    made.spec = spec
    return made


def layers(menu):
    return [menu.spec[0].layers_of(lane) for lane in menu.spec[0].lanes]


def test_a_change_makes_the_layers_the_lanes_own_and_the_others_keep_theirs(menu):
    common = menu.spec[0].view.layers
    assert menu()["As all lanes"].isChecked()
    assert menu()["Field"].isChecked()
    menu()["Field"].trigger()
    assert layers(menu) == [tuple(name for name in common if name != "field"), common]
    assert not menu()["As all lanes"].isChecked()
    menu()["3D"].trigger()
    menu()["Curl"].trigger()
    assert layers(menu)[0][0] == "curl"
    assert "surface" in layers(menu)[0]
    assert menu(1)["Density"].isChecked()
    menu.spec[0] = edits.toggle_layer(menu.spec[0], "streamlines")  # for all lanes: for all others, now
    assert ["streamlines" in names for names in layers(menu)] == [False, True]


def test_back_to_what_all_lanes_show(menu):
    menu()["Trails"].trigger()
    menu()["As all lanes"].trigger()
    assert layers(menu)[0] == menu.spec[0].view.layers
    menu()["As all lanes"].trigger()  # off: its own, to begin with what it shows
    assert menu.spec[0].lanes[0].own_layers
    assert layers(menu)[0] == menu.spec[0].view.layers


def test_negatives_are_offered_where_there_are_some(menu):
    assert "Negatives" not in menu(0)
    assert "Negatives" in menu(1)


def test_the_menu_of_a_lane_holds_its_layers(qtbot):
    from ui.shell.test_window import end, open_window

    window = open_window(qtbot, Spec(), start=False)
    try:
        card = window.lanes.cards[1]
        place = QPoint(80, 80)
        qtbot.mouseClick(card.plot.viewport(), Qt.MouseButton.RightButton, pos=place)
        (inner,) = [action.menu() for action in window.lane_actions.menu.actions() if "Layers" in action.text()]
        {action.text(): action for action in inner.actions()}["Contours"].trigger()
        assert "energy" in window.session.spec.layers_of(window.session.spec.lanes[1])
        assert "energy" not in window.session.spec.layers_of(window.session.spec.lanes[0])
        window.lane_actions.menu.close()
    finally:
        end(window)
