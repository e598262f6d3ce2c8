"""The plot of a lane: layers at the right pixels, and a mouse that pans and zooms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import bell, lane, particle_at, pixels_of
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.snapshot import WAITING, Status
from ncsn_viz.ui.widgets.camera import inscribed_square


def brightest(pixels):
    """The centre (x, y) of the brightest pixels, away from the edges where the scale stands."""
    light = pixels.sum(-1)[30:-30, 40:-40]
    rows, columns = np.nonzero(light >= light.max() * 0.98)
    return columns.mean() + 40.5, rows.mean() + 30.5


@pytest.mark.parametrize("place", [(3.0, 2.0), (-4.0, -5.0), (-3.0, 5.0), (5.0, -1.0)])
def test_a_particle_is_where_the_plot_maps_it(plot, place):
    plot.show_lane(lane(particles=particle_at(*place)), ("particles",))
    x, y = brightest(pixels_of(plot))
    assert (x, y) == pytest.approx(plot.to_pixel(*place), abs=1.5)
    # and independently of the plot's own mapping: right of the middle is x > 0, above it is y > 0
    assert (x > 250) == (place[0] > 0)
    assert (y < 200) == (place[1] > 0)


@pytest.mark.parametrize("place", [(3.0, 2.0), (-4.0, -5.0)])
def test_the_peak_of_the_density_is_where_it_should_be(plot, place):
    plot.show_lane(lane(field=bell(place, rows=61, columns=101)), ("density",))
    x, y = brightest(pixels_of(plot))
    assert (x, y) == pytest.approx(plot.to_pixel(*place), abs=3)
    assert (x > 250) == (place[0] > 0)
    assert (y < 200) == (place[1] > 0)


def test_density_over_a_part_of_the_plane(plot):
    plot.show_lane(lane(field=bell((3, 2), region=(1.0, 5.0, 0.0, 3.0))), ("density",))
    assert brightest(pixels_of(plot)) == pytest.approx(plot.to_pixel(3, 2), abs=3)


def test_contours_surround_their_points(plot):
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = np.stack([3 + np.cos(angle), 2 + np.sin(angle)], axis=1).astype(np.float32)
    other = ring - (6, 5)
    empty = replace(bell((0, 0)), density=np.zeros((81, 81), np.uint8))
    before = drawn(plot, empty)
    after = drawn(plot, replace(empty, contours=(ring, other.astype(np.float32))))
    rows, columns = np.nonzero(np.abs(after - before).sum(-1) > 30)
    seen = np.array([plot.camera.to_plane(x + 0.5, y + 0.5) for x, y in zip(columns, rows, strict=True)])
    away = np.minimum(np.hypot(*(seen - (3, 2)).T), np.hypot(*(seen - (-3, -3)).T))
    assert len(seen) > 100
    assert away == pytest.approx(1, abs=0.12)  # and no stroke that joins the two


def drawn(plot, field):
    plot.show_lane(lane(field=field), ("energy",))
    return pixels_of(plot)


def test_layers_are_switched(plot):
    plot.show_lane(lane(field=bell((0, 0)), particles=particle_at(3, 2)), ())
    nothing = pixels_of(plot)
    for layer in ("density", "field", "particles", "trails"):
        plot.show_lane(lane(field=bell((0, 0)), particles=particle_at(3, 2)), (layer,))
        assert np.abs(pixels_of(plot) - nothing).max() > 50, layer
    assert np.abs(nothing[40:-40, 60:-60] - nothing[200, 250]).max() == 0


def test_only_new_parts_are_prepared_and_a_missing_field_keeps_the_old(plot):
    now = lane(field=bell((0, 0)), particles=particle_at(3, 2))
    density = plot.layers[0]
    assert density.update(now)
    assert not density.update(replace(now, step=1))
    assert not density.update(replace(now, field=None))
    assert density.update(replace(now, field=None, status=Status(WAITING, "Paint something.")))


def test_resizing_keeps_the_inscribed_square_in_view(plot):
    assert plot.region() == pytest.approx((-10, 10, -8, 8))
    for size in ((900, 300), (300, 700), (500, 400)):
        plot.resize(*size)
        QApplication.processEvents()
        plot.set_region(plot.region())  # as it comes back from the Spec
        x0, x1, y0, y1 = plot.region()
        assert min(x1 - x0, y1 - y0) == pytest.approx(16)
        assert x0 <= -8 + 1e-9
        assert y1 >= 8 - 1e-9
    assert inscribed_square((-10, 10, -8, 8)) == ((0, 0), 8)


def test_wheel_zooms_about_the_cursor(plot, qtbot):
    at = QPointF(400, 100)
    before = plot.camera.to_plane(at.x(), at.y())
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    with qtbot.waitSignal(plot.regionChanged) as said:
        QApplication.sendEvent(plot, wheel)
    assert plot.camera.half_extent < 8
    assert plot.camera.to_plane(at.x(), at.y()) == pytest.approx(before)
    assert said.args[0] == plot.region()
    qtbot.mouseDClick(plot, Qt.MouseButton.LeftButton)
    assert plot.camera.half_extent == 8
    plot.zoom(1e12, at)
    plot.zoom(1e-12, at)
    assert np.isfinite(plot.region()).all()


def test_dragging_moves_the_plane_with_the_mouse(plot, qtbot):
    under = plot.camera.to_plane(100, 100)
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(plot, QPoint(180, 160))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=QPoint(180, 160))
    assert plot.camera.to_plane(180, 160) == pytest.approx(under)


def test_the_cursor_is_emitted_in_plane_coordinates(plot, qtbot):
    with qtbot.waitSignal(plot.cursorMoved) as said:
        qtbot.mouseMove(plot, QPoint(*map(round, plot.to_pixel(3, 2))))
    assert said.args[0] == pytest.approx((3, 2), abs=0.05)
