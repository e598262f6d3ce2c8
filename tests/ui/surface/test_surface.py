"""The 3D view of lanes: its layer, view angle, particles and cursor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import REGION, bell, difference, lane, pixels_of, snapshot, spec
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.experiment import LaneSpec
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.lanes.grid import LaneGrid
from ncsn_viz.ui.maps.color_scale import scale_for
from ncsn_viz.ui.surface import axes
from ncsn_viz.ui.surface.height_field import LIFT, Projection, ViewAngle
from ncsn_viz.ui.surface.texture import NODES, TOP, surface_texture
from ncsn_viz.ui.widgets import theme

SOLID = ("density", "particles", "surface")


@pytest.fixture
def grid(qtbot, qapp):
    theme.apply(qapp)
    made = LaneGrid()
    qtbot.addWidget(made)
    made.resize(900, 520)
    made.set_region(REGION)
    made.show()
    return made


def solid(count=2, layers=SOLID, sample=None):
    lanes = [lane(field=bell((0, 0)), sample=sample) for _ in range(count)]
    made = snapshot(lanes)
    return replace(made, spec=spec(count, layers=layers))


def test_heights_are_the_energy_on_one_scale_for_all():
    field = bell((0, 0), rows=161, columns=161)
    heights = surface_texture(field, REGION, None, False).heights
    at = np.linspace(-8, 8, 2 * NODES)
    energy = (at[None] ** 2 + at[:, None] ** 2) / (2 * 0.8**2)
    wanted = np.log1p(np.minimum(energy, TOP)) / np.log1p(TOP)
    assert np.abs(heights - wanted).max() < 0.01


def test_colours_are_those_of_the_map_where_it_is_bright_and_stone_where_it_is_dark():
    field = bell((0, 0))
    colors = surface_texture(field, REGION, scale_for("density", 1), False).colors
    peak = theme.density_colors()[255][:3].astype(float)
    assert colors[NODES // 2, NODES // 2] == pytest.approx(peak, abs=12)
    assert colors[0, 0] == pytest.approx(theme.colors().stone, abs=40)
    assert (
        np.abs(
            surface_texture(field, REGION, None, True).colors - surface_texture(field, REGION, None, False).colors
        ).max()
        > 50
    )


def test_lines_are_at_the_heights_of_the_contours():
    from ncsn_viz.lab.inspection.contours import CONTOURS
    from ncsn_viz.ui.surface.texture import _lines

    energy = np.tile(np.linspace(0, 20, 2001, dtype=np.float32), (3, 1))
    marked = energy[1][_lines(energy)[1] > 0.5]
    for level in CONTOURS[:6]:
        assert np.abs(marked - level).min() < 0.006
    assert np.abs(marked[:, None] - CONTOURS).min(1).max() < 0.02


def test_the_layer_switches_between_plane_and_surface(grid):
    grid.show_snapshot(solid(), 0)
    assert all(card.surface.isVisible() for card in grid.cards)
    one = grid.cards[0]
    assert one.surface.geometry() == one.plot.rect()
    grid.show_snapshot(solid(layers=("density",)), 0)
    assert not any(card.surface.isVisible() for card in grid.cards)


def test_one_lane_alone_may_be_a_surface(grid):
    made = solid(layers=("density",))
    mine = replace(made.spec.lanes[1], own_layers=True, layers=SOLID)
    grid.show_snapshot(replace(made, spec=replace(made.spec, lanes=(made.spec.lanes[0], mine))), 0)
    assert [card.surface.isVisible() for card in grid.cards] == [False, True]


def test_dragging_turns_all_surfaces_and_is_an_edit_once_it_settles(grid, qtbot):
    grid.show_snapshot(solid(), 0)
    surface = grid.cards[0].surface
    before = pixels_of(surface)
    qtbot.mousePress(surface, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
    qtbot.mouseMove(surface, QPoint(200, 170))
    qtbot.mouseRelease(surface, Qt.MouseButton.LeftButton, pos=QPoint(200, 170))
    angles = []
    grid.edited.connect(lambda edit, _: angles.append(ViewAngle(*edit(spec()).view.view_angle)))
    angle = surface.view_angle
    qtbot.waitUntil(lambda: angle in angles, timeout=2000)
    assert angles.count(angle) == 1
    assert grid.cards[1].surface.view_angle == angle
    assert surface.view_angle.azimuth == pytest.approx(ViewAngle().azimuth - 20)  # the front goes with the mouse
    assert surface.view_angle.elevation == pytest.approx(ViewAngle().elevation + 8)
    assert np.abs(pixels_of(surface) - before).max() > 50
    grid.set_view_angle((surface.view_angle.azimuth, surface.view_angle.elevation))  # as it comes back from the Spec
    assert grid.cards[1].surface.view_angle == angle
    grid.set_view_angle((10.0, 20.0))
    assert {card.surface.view_angle for card in grid.cards} == {ViewAngle(10, 20)}
    qtbot.mouseDClick(surface, Qt.MouseButton.LeftButton)
    assert grid.cards[1].surface.view_angle == ViewAngle()


def test_the_front_follows_the_mouse():
    """What is nearest to the viewer moves to the right when it is dragged to the right."""
    from ncsn_viz.ui.surface.height_field import Projection

    front = np.array([[0.0, -1.0]])
    before = Projection(ViewAngle(0, 40), 400, 400).project(front, 0.0)[0, 0]
    after = Projection(ViewAngle(0, 40).turned(-20, 0), 400, 400).project(front, 0.0)[0, 0]
    assert after > before


def test_arrow_keys_turn_the_surface(grid, qtbot):
    grid.show_snapshot(solid(1), 0)
    qtbot.keyClick(grid.cards[0].surface, Qt.Key.Key_Up)
    assert grid.cards[0].surface.view_angle.elevation > ViewAngle().elevation


def test_the_wheel_shows_a_smaller_part_of_the_plane_in_every_lane(grid):
    grid.show_snapshot(solid(), 0)
    surface, at = grid.cards[0].surface, QPointF(30, 40)
    wheel = QWheelEvent(at, at, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(surface, wheel)
    assert grid.cards[1].plot.camera.half_extent == surface.plot.camera.half_extent < 8
    assert surface.plot.camera.center == pytest.approx((0, 0))  # about the middle


def test_particles_ride_on_the_surface_and_hidden_ones_are_not_seen(grid):
    place = np.array([[2.0, -3.0], [100.0, 0.0]], np.float32)
    grid.show_snapshot(solid(1, sample=None), 0)
    surface = grid.cards[0].surface
    without = pixels_of(surface)
    grid.show_snapshot(solid(1, sample=place), 0)
    changed = np.abs(pixels_of(surface) - without).sum(-1) > 40
    rows, columns = np.nonzero(changed)
    assert 2 <= len(rows) <= 40  # the one in view only
    frame, square = surface._rendered, surface.to_square(place[:1].astype(float))
    at = frame.projection.project(square, surface._height_field.height_at(*square.T) + LIFT)[0]
    share = surface.width() / frame.pixels.shape[1]
    assert (columns.mean() + 0.5, rows.mean() + 0.5) == pytest.approx((at[0] * share, at[1] * share), abs=1.5)
    grid.set_view_angle((0.0, 5.0))
    flat = pixels_of(surface)
    deep = np.array([[0.0, 0.0]], np.float32)  # at the bottom of the well, seen from the side
    grid.show_snapshot(solid(1, sample=deep), 0)
    assert np.abs(pixels_of(surface) - flat).max() == 0


def test_only_what_has_changed_is_rendered_again(grid):
    seen = solid(1, sample=np.zeros((5, 2), np.float32))
    grid.show_snapshot(seen, 0)
    surface = grid.cards[0].surface
    surface.grab()
    frame, relief = surface._rendered, surface._height_field
    lanes = (replace(seen.lanes[0], sample=np.ones((5, 2), np.float32)),)
    grid.show_snapshot(replace(seen, lanes=lanes), 0)
    surface.grab()
    assert surface._rendered is frame
    grid.set_view_angle((5.0, 50.0))
    surface.grab()
    assert surface._rendered is not frame
    assert surface._height_field is relief
    grid.show_snapshot(replace(seen, lanes=(replace(seen.lanes[0], field=bell((1, 1))),)), 0)
    surface.grab()
    assert surface._height_field is not relief


def test_the_cursor_is_the_visible_point_of_the_plane(grid, qtbot):
    grid.show_snapshot(solid(2), 0)
    surface = grid.cards[1].surface
    surface.grab()
    frame, square = surface._rendered, np.array([[0.3, -0.4]])
    at = frame.projection.project(square, surface._height_field.height_at(*square.T))[0]
    share = surface.width() / frame.pixels.shape[1]
    heard = []  # the first word may be of where the pointer was when the surface came under it
    grid.cursorMoved.connect(heard.append)
    qtbot.mouseMove(surface, QPoint(round(at[0] * share), round(at[1] * share)))
    qtbot.waitUntil(lambda: bool(heard) and heard[-1] == pytest.approx((2.4, -3.2), abs=0.3))


def test_a_lane_without_a_field_is_empty(grid):
    grid.show_snapshot(Snapshot(spec(1, layers=SOLID), (lane(),)), 0)
    surface, nothing = grid.cards[0].surface, QColor(*map(int, theme.density_colors()[0]))
    middle = slice(100, -100), slice(200, -200)  # away from the bar of colours
    assert difference(pixels_of(surface), nothing)[middle].max() == 0
    assert surface._rendered is None
    grid.show_snapshot(solid(1), 0)
    assert (difference(pixels_of(surface), nothing)[middle] > 60).mean() > 0.5


def test_the_engine_sends_a_bounded_sample_only_for_surfaces():
    from ncsn_viz.lab.engine.engine import Engine
    from ncsn_viz.lab.engine.lane_snapshot import SURFACE_PARTICLES
    from ncsn_viz.lab.experiment import Particles, Spec

    engine = Engine("cpu")
    base = Spec(lanes=(LaneSpec(),), particles=Particles(count=1500))
    engine.apply(base)
    assert engine.snapshot().lanes[0].sample is None
    engine.apply(replace(base, view=replace(base.view, layers=SOLID)))
    sample = engine.snapshot().lanes[0].sample
    assert sample.shape == (SURFACE_PARTICLES, 2)
    assert np.array_equal(sample, engine.lanes[0].particles.state.x[:SURFACE_PARTICLES].numpy())
    engine.evaluate_now(0)
    before = engine.lanes[0].field_cache.present
    assert before is not None
    engine.apply(replace(engine.spec, view=replace(engine.spec.view, view_angle=(3.0, 50.0))))
    assert engine.lanes[0].field_cache.present is before  # another angle needs no evaluation


@pytest.mark.parametrize("elevation", [10, 30, 60])
@pytest.mark.parametrize("top", [5.0, 1000.0, 1e6])
def test_numbers_of_heights_do_not_touch(monkeypatch, elevation, top):
    rows = []
    monkeypatch.setattr(axes.painting, "write", lambda _painter, box, *_: rows.append(box.top()))
    image = QImage(360, 350, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    axes._paint_heights(painter, Projection(replace(ViewAngle(), elevation=elevation), 360, 350), axes.CORNERS[0], top)
    painter.end()
    assert len(rows) > 2
    assert np.diff(sorted(rows[:-1])).min() >= axes.NUMBER_HEIGHT  # the last is the letter E
