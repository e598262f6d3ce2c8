"""Dropping and grabbing by mouse, and the particle that is followed."""

from __future__ import annotations

import pytest
from fake_snapshots import lane, snapshot, spec
from PySide6.QtCore import QPoint, Qt

from ncsn_viz.lab.experiment import Particles
from ncsn_viz.lab.experiment.commands import DropParticles, HoldParticle, LetGo, MoveParticle
from ncsn_viz.ui.actions.particle_gesture import DRAG, DROP, GRAB, LET_GO, gesture_command

LEFT, CTRL, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def drag(qtbot, plot, places, modifier=NONE):
    qtbot.mousePress(plot.viewport(), LEFT, modifier, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(plot.viewport(), place)
    qtbot.mouseRelease(plot.viewport(), LEFT, modifier, pos=places[-1])


def test_a_click_with_ctrl_drops_where_it_was(two_lanes, qtbot):
    plot = two_lanes.cards[1].plot
    qtbot.mouseClick(plot.viewport(), LEFT, CTRL, pos=QPoint(70, 90))
    particles = spec(2).particles
    assert two_lanes.commands == [DropParticles(plot.camera.to_plane(70, 90), particles.handful, particles.scatter)]


def test_a_drag_with_ctrl_grabs_and_lets_go_and_the_plane_stays(two_lanes, qtbot):
    plot = two_lanes.cards[0].plot
    camera, read = plot.camera, []
    plot.cursorMoved.connect(read.append)
    drag(qtbot, plot, [QPoint(50, 50), QPoint(52, 50), QPoint(80, 60), QPoint(120, 90)], CTRL)
    start, held, moved = (camera.to_plane(*place) for place in ((50, 50), (80, 60), (120, 90)))
    assert two_lanes.commands == [HoldParticle(0, start, held), MoveParticle(moved), LetGo()]
    assert plot.camera == camera
    assert read[-3:] == [None] * 3  # and nothing is read under the cursor meanwhile


def test_the_hand_works_without_ctrl_in_every_lane_and_leaves_again(two_lanes, qtbot):
    two_lanes.set_hand_tool(True)
    two_lanes.show_snapshot(snapshot([lane(), lane(), lane()]), 0)  # a lane that comes later has it, too
    plot = two_lanes.cards[2].plot
    qtbot.mouseClick(plot.viewport(), LEFT, pos=QPoint(40, 40))
    qtbot.mouseDClick(plot.viewport(), LEFT, pos=QPoint(40, 40))
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=QPoint(40, 40))  # the second of two clicks drops, and does not zoom
    assert [type(command) for command in two_lanes.commands] == [DropParticles, DropParticles]
    two_lanes.set_hand_tool(False)
    camera = plot.camera
    drag(qtbot, plot, [QPoint(50, 50), QPoint(90, 50)])
    assert len(two_lanes.commands) == 2
    assert plot.camera != camera


# -- commands and edits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gesture", "command"),
    [
        (DROP, DropParticles((3.0, 1e4), 50, 0.1)),
        (GRAB, HoldParticle(1, (-1e4, 1.0), (3.0, 1e4))),
        (DRAG, MoveParticle((3.0, 1e4))),
        (LET_GO, LetGo()),
    ],
)
def test_every_gesture_is_a_command_at_points_within_reach(gesture, command):
    particles = Particles(handful=50, scatter=0.1)
    assert gesture_command(1, gesture, (-1e9, 1.0), (3.0, 1e9), particles) == command


def test_clicks_drop_as_many_as_the_experiment_says(two_lanes, qtbot):
    two_lanes.show_spec(spec(2, particles=Particles(handful=7, scatter=0.5)))
    qtbot.mouseClick(two_lanes.cards[0].plot.viewport(), LEFT, CTRL, pos=QPoint(70, 90))
    assert (two_lanes.commands[0].count, two_lanes.commands[0].spread) == (7, 0.5)


def test_a_held_particle_is_shown(two_lanes, qtbot):
    drag(qtbot, two_lanes.cards[1].plot, [QPoint(50, 50), QPoint(80, 60)], CTRL)
    first = spec(2)
    held = [edit(first).view.layers for edit in two_lanes.edits]
    shown = (*first.view.layers, "followed")
    assert held.count(shown) == 1
    edit = two_lanes.edits[held.index(shown)]
    assert edit(edit(first)) == edit(first)
    assert edit(spec(1)) == spec(1)  # the lane has been removed
