"""Dropping and grabbing by mouse, and the particle that is followed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import difference, lane, pixels_of, snapshot, spec
from PySide6.QtCore import QPoint, Qt

from ncsn_viz.lab.experiment import Particles
from ncsn_viz.lab.experiment.commands import DropParticles, HoldParticle, LetGo, MoveParticle
from ncsn_viz.lab.snapshot import TrackedParticle
from ncsn_viz.ui.actions import particle_edits
from ncsn_viz.ui.actions.particle_gesture import DRAG, DROP, GRAB, LET_GO
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.plots.arrows import LONGEST, PREFERRED, SHORTEST, ArrowScale, nice_factor
from ncsn_viz.ui.plots.tracked_particle_layer import TrackedParticleLayer
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera

LEFT, CTRL, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def grid(qtbot, qapp):
    theme.apply(qapp)
    made = LaneGrid()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show_snapshot(snapshot([lane(), lane()]), 0)
    made.show()
    made.commands, made.edits = [], []
    made.commanded.connect(made.commands.append)
    made.edited.connect(lambda edit, _: made.edits.append(edit))
    return made


def drag(qtbot, plot, places, modifier=NONE):
    qtbot.mousePress(plot, LEFT, modifier, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(plot, place)
    qtbot.mouseRelease(plot, LEFT, modifier, pos=places[-1])


def test_a_click_with_ctrl_drops_where_it_was(grid, qtbot):
    plot = grid.cards[1].plot
    qtbot.mouseClick(plot, LEFT, CTRL, pos=QPoint(70, 90))
    particles = spec(2).particles
    assert grid.commands == [DropParticles(plot.camera.to_plane(70, 90), particles.handful, particles.scatter)]


def test_a_drag_with_ctrl_grabs_and_lets_go_and_the_plane_stays(grid, qtbot):
    plot = grid.cards[0].plot
    camera, read = plot.camera, []
    plot.cursorMoved.connect(read.append)
    drag(qtbot, plot, [QPoint(50, 50), QPoint(52, 50), QPoint(80, 60), QPoint(120, 90)], CTRL)
    start, held, moved = (camera.to_plane(*place) for place in ((50, 50), (80, 60), (120, 90)))
    assert grid.commands == [HoldParticle(0, start, held), MoveParticle(moved), LetGo()]
    assert plot.camera == camera
    assert read[-3:] == [None] * 3  # and nothing is read under the cursor meanwhile


def test_the_hand_works_without_ctrl_in_every_lane_and_leaves_again(grid, qtbot):
    grid.take_hand(True)
    grid.show_snapshot(snapshot([lane(), lane(), lane()]), 0)  # a lane that comes later has it, too
    plot = grid.cards[2].plot
    qtbot.mouseClick(plot, LEFT, pos=QPoint(40, 40))
    qtbot.mouseDClick(plot, LEFT, pos=QPoint(40, 40))
    qtbot.mouseRelease(plot, LEFT, pos=QPoint(40, 40))  # the second of two quick clicks drops, and does not zoom
    assert [type(command) for command in grid.commands] == [DropParticles, DropParticles]
    grid.take_hand(False)
    camera = plot.camera
    drag(qtbot, plot, [QPoint(50, 50), QPoint(90, 50)])
    assert len(grid.commands) == 2
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
    assert particle_edits.gesture_command(1, gesture, (-1e9, 1.0), (3.0, 1e9), particles) == command


def test_clicks_drop_as_many_as_the_experiment_says(grid, qtbot):
    grid.show_spec(spec(2, particles=Particles(handful=7, scatter=0.5)))
    qtbot.mouseClick(grid.cards[0].plot, LEFT, CTRL, pos=QPoint(70, 90))
    assert (grid.commands[0].count, grid.commands[0].spread) == (7, 0.5)


def test_a_held_particle_is_shown(grid, qtbot):
    drag(qtbot, grid.cards[1].plot, [QPoint(50, 50), QPoint(80, 60)], CTRL)
    first = spec(2)
    held = [edit(first).view.layers for edit in grid.edits]
    shown = (*first.view.layers, "followed")
    assert held.count(shown) == 1
    edit = grid.edits[held.index(shown)]
    assert edit(edit(first)) == edit(first)
    assert edit(spec(1)) == spec(1)  # the lane has been removed


# -- what is drawn --------------------------------------------------------------------------------------------------


def followed(start=(1.0, 1.0), drift=(2.0, 0.0), noise=(0.0, 2.5), **changes):
    start, drift, noise = (np.array(part, np.float32) for part in (start, drift, noise))
    end = start + drift + noise
    way = np.stack([start - 3, start - 1, start, end])
    return TrackedParticle(
        **{"index": 3, "path": way, "start": start, "end": end, "drift": drift, "noise": noise} | changes
    )


def test_arrows_go_tip_to_tail_and_their_sum_ends_where_the_particle_is():
    layer, camera, seen = TrackedParticleLayer("#56b4e9"), Camera(400, 400), followed()
    layer.prepare(seen)
    whole, drift, noise = layer.arrows(seen, camera)
    assert [part[0].name() for part in (whole, drift, noise)] == [theme.SUM, theme.DRIFT, theme.NOISE]
    assert np.allclose(drift[1], camera.to_pixels(np.array([1.0, 1.0])))
    assert np.allclose(drift[2], noise[1])
    assert np.allclose(noise[2], whole[2])
    assert np.allclose(whole[2], camera.to_pixels(np.array([3.0, 3.5])))  # 25 pixels a unit: no need to magnify
    assert noise[2][1] < noise[1][1]  # up in the plane is up on the screen


def test_small_steps_are_magnified_alike():
    layer, camera, seen = TrackedParticleLayer("#56b4e9"), Camera(400, 400), followed(drift=(0.02, 0), noise=(0, 0.01))
    layer.prepare(seen)
    whole, drift, noise = layer.arrows(seen, camera)
    lengths = [math.dist(tail, tip) for _, tail, tip in (drift, noise, whole)]
    factor = lengths[0] / (0.02 * camera.scale)
    assert factor == pytest.approx(100)
    assert lengths[1] == pytest.approx(lengths[0] / 2)
    assert layer.legend_lines(seen)[-1][1].endswith("× 100")


def test_the_factor_stays_while_arrows_are_neither_short_nor_long():
    scale = ArrowScale()
    factors = set()
    for length in np.random.default_rng(0).rayleigh(0.05, 300):
        scale.measure(float(length))
        factors.add(scale.fit(25.0))
    assert len(factors) <= 2
    assert SHORTEST <= 0.06 * 25 * scale.factor <= LONGEST
    scale.measure(math.nan)
    assert scale.fit(25.0) in factors
    for wanted in (0.01, 1, 3.3, 70, 4e5):
        assert nice_factor(wanted) in (1, 2, 5, 50, 100, 500_000)
    assert SHORTEST < PREFERRED < LONGEST


def test_inertia_and_refusal_are_drawn_as_such():
    layer, camera = TrackedParticleLayer("#56b4e9"), Camera(400, 400)
    seen = followed(inertia=np.array([0.5, 0.5], np.float32), rejected=True)
    layer.prepare(seen)
    assert len(layer.arrows(seen, camera)) == 4
    assert layer.arrows(seen, camera)[0][0].alpha() < 255
    assert [words for _, words in layer.legend_lines(seen)][-1].startswith("refused")
    before = replace(followed(), drift=None, noise=None)
    layer.prepare(before)
    assert layer.arrows(before, camera) == []


def test_the_ring_and_both_arrows_are_seen(grid):
    grid.show_snapshot(snapshot([lane(tracked=followed()), lane()]), 0)  # its Spec does not ask for the layer
    plot = grid.cards[0].plot
    assert (difference(pixels_of(plot), theme.DRIFT) < 40).sum() == 0
    plot.show_lane(lane(), ())
    nothing = pixels_of(plot)
    plot.show_lane(lane(tracked=followed()), ("followed",))
    pixels = pixels_of(plot)
    for color, (x, y) in ((theme.DRIFT, (2.0, 1.0)), (theme.NOISE, (3.0, 2.25))):
        rows, columns = np.nonzero(difference(pixels, color)[:-60, :-60] < 60)
        assert len(rows) > 20
        assert (columns.mean(), rows.mean()) == pytest.approx(plot.to_pixel(x, y), abs=6)
    lost = followed()
    lost.path[:] = np.nan
    plot.show_lane(lane(tracked=lost), ("followed",))  # whose place nobody knows: neither arrows, nor a legend
    assert np.array_equal(pixels_of(plot), nothing)
