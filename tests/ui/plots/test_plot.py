"""The plot of a lane: layers at the right pixels, and a mouse that pans and zooms."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from fake_snapshots import bell, lane, particle_at, pixels_of
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.lab.snapshot import WAITING, Status
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.plots.view import LARGEST_EXTENT, LEAST_EXTENT
from ncsn_viz.ui.widgets.camera import inscribed_square

LEFT = Qt.MouseButton.LeftButton


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
    assert density.show_lane(now)
    assert not density.show_lane(replace(now, step=1))
    assert not density.show_lane(replace(now, field=None))
    assert density.show_lane(replace(now, field=None, status=Status(WAITING, "Paint something.")))


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


def turn_wheel(plot, at, delta):
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), wheel)


def test_wheel_zooms_about_the_cursor_and_a_double_click_goes_home(plot, qtbot):
    at = QPointF(400, 100)
    before = plot.to_plane(at)
    with qtbot.waitSignal(plot.regionChanged) as said:
        turn_wheel(plot, at, 240)
    assert plot.camera.half_extent == pytest.approx(8 * 1.0015**-240, rel=0.01)
    assert plot.to_plane(at) == pytest.approx(before)
    assert said.args[0] == plot.region()
    qtbot.mouseDClick(plot.viewport(), LEFT)
    assert (plot.camera.center, plot.camera.half_extent) == (pytest.approx((0, 0)), pytest.approx(8))


def test_the_extent_has_limits_and_there_the_centre_rests(plot):
    for factor, limit in ((1e12, LARGEST_EXTENT), (1e-12, LEAST_EXTENT)):
        plot.zoom(factor, QPointF(250, 200))
        assert plot.camera.half_extent == pytest.approx(limit)
        center, region = plot.camera.center, plot.region()
        turn_wheel(plot, QPointF(400, 100), -240 if factor > 1 else 240)
        assert plot.camera.center == pytest.approx(center)
        assert plot.region() == pytest.approx(region)
    plot.set_region((-3e9, 3e9, -3e9, 3e9))
    assert plot.camera.half_extent == pytest.approx(LARGEST_EXTENT)


def drag(qtbot, plot, button, *places):
    qtbot.mousePress(plot.viewport(), button, pos=QPoint(*places[0]))
    for place in places[1:]:
        qtbot.mouseMove(plot.viewport(), QPoint(*place))
        yield
    qtbot.mouseRelease(plot.viewport(), button, pos=QPoint(*places[-1]))


def test_dragging_moves_the_plane_with_the_mouse(plot, qtbot):
    under = plot.camera.to_plane(100, 100)
    for moved in enumerate(drag(qtbot, plot, LEFT, (100, 100), (140, 130), (180, 160))):
        assert plot.viewport().cursor().shape() == Qt.CursorShape.ClosedHandCursor, moved
    assert plot.camera.to_plane(180, 160) == pytest.approx(under)
    assert plot.camera.half_extent == pytest.approx(8)
    assert plot.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor
    plot.resize(300, 400)  # a smaller plot still shows the square, not what was beside it
    assert plot.camera.half_extent == pytest.approx(8)


def test_a_small_movement_is_a_click(plot, qtbot):
    region = plot.region()
    [*drag(qtbot, plot, LEFT, (100, 100), (102, 101))]
    assert plot.region() == region


def test_the_right_button_zooms_or_asks_for_the_menu(plot, qtbot):
    asked = []
    plot.menuAsked.connect(asked.append)
    [*drag(qtbot, plot, Qt.MouseButton.RightButton, (100, 100), (100, 150), (100, 180))]
    assert plot.camera.half_extent > 8
    assert not asked
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.RightButton, pos=QPoint(60, 70))
    assert asked == [plot.viewport().mapToGlobal(QPoint(60, 70))]


def test_shift_and_click_choose_the_reference_point_and_a_click_on_it_removes_it(plot, qtbot):
    chosen = []
    plot.referenceChosen.connect(chosen.append)
    shift, at = Qt.KeyboardModifier.ShiftModifier, QPoint(300, 120)
    qtbot.mouseClick(plot.viewport(), LEFT, shift, pos=at)
    assert chosen == [plot.to_plane(QPointF(at))]
    plot.show_lane(lane(field=replace(bell((0, 0)), reference=chosen[0])), ())
    qtbot.mouseClick(plot.viewport(), LEFT, shift, pos=at + QPoint(4, -3))
    assert chosen[1:] == [None]


def test_lanes_of_any_size_that_stand_anywhere_show_the_same_square(plot, qtbot):
    """pyqtgraph would align the views that overlap, pixel by pixel."""
    sizes = ((300, 200), (240, 420), (500, 400))
    others = [Plot("#e69f00") for _ in sizes]
    for other, size in zip(others, sizes, strict=True):
        qtbot.addWidget(other)
        other.resize(*size)
        other.move(40, 30)
        other.show()
        other.follow(plot)
    plots = [plot, *others]
    for moved in plots:
        moved.zoom(0.7, QPointF(40, 50))
        moved.view.translateBy(x=0.5, y=-1.5)
        assert len({(each.camera.center, each.camera.half_extent) for each in plots}) == 1
        others[0].resize(330, 500)
        assert len({(each.camera.center, each.camera.half_extent) for each in plots}) == 1
    plot.unlink()
    others[1].unlink()
    others[1].zoom(0.7, QPointF(40, 50))
    assert others[1].camera.half_extent < plot.camera.half_extent


def test_numbers_stand_beside_their_ticks_on_both_axes(plot):
    plot.show_lane(lane(), ())
    with_numbers = pixels_of(plot)
    for axis in plot.axes:
        axis.setVisible(False)
    plot.still.invalidate()
    ink = np.abs(with_numbers - pixels_of(plot)).sum(-1) > 150
    for value in (-5.0, 0.0, 5.0):
        x, y = (round(at) for at in plot.to_pixel(value, value))
        assert ink[378:394, x - 10 : x + 10].sum() > 10
        assert ink[y - 7 : y + 7, 5:30].sum() > 10
        assert ink[399, x - 1 : x + 1].any()
        assert ink[y - 1 : y + 1, 1].any()
    assert not ink[100:300, 100:400].any()


def test_modes_are_numbered_where_they_are(plot):
    places = ((3.0, 2.0), (-4.0, -5.0))
    plot.show_lane(lane(), ("modes",))
    without = pixels_of(plot)
    plot.mode_numbers.show_modes(places)
    ink = np.abs(pixels_of(plot) - without).sum(-1) > 60
    assert [text.toPlainText() for text in plot.mode_numbers.texts] == ["1", "2"]
    for place in places:
        x, y = (round(at) for at in plot.to_pixel(*place))
        assert ink[y - 6 : y + 7, x - 6 : x + 7].sum() > 20
        ink[y - 9 : y + 10, x - 9 : x + 10] = False
    assert not ink.any()
    plot.zoom(0.5, QPointF(*plot.to_pixel(3, 2)))  # the number stays at its mode, and as large
    ink = np.abs(pixels_of(plot) - without).sum(-1) > 60
    x, y = (round(at) for at in plot.to_pixel(3, 2))
    assert ink[y - 6 : y + 7, x - 6 : x + 7].sum() > 20
    plot.show_lane(lane(), ())
    assert not plot.mode_numbers.isVisible()
    plot.show_lane(lane(), ("modes",))
    for one in (places[:1], ()):  # a single mode needs no number
        plot.mode_numbers.show_modes(one)
        assert plot.mode_numbers.texts == []


def test_numbers_stand_at_their_places_in_the_users_coordinates(plot):
    """The canvas from −8 to 8 holds 5.5e6 … 5.5e6 + 3.2: a unit of it is .2 of theirs."""
    for scale, offset in ((1.0, (0.0, 0.0)), (0.2, (5_500_001.6, -40.0))):
        plot.set_coordinates(Coordinates(scale, *offset))
        pixels_of(plot)
        for axis, (low, high), shift in zip(plot.axes, plot.view.viewRange(), offset, strict=True):
            ((spacing, values),) = axis.tickValues(low, high, 400)
            texts = axis.tickStrings(values, axis.scale, spacing)
            numbers = [float(text.replace("\u202f", "").replace("−", "-")) for text in texts]
            assert numbers == pytest.approx([scale * value + shift for value in values], abs=1e-6)
            assert len(numbers) >= 2


def test_the_cursor_is_emitted_in_plane_coordinates(plot, qtbot):
    with qtbot.waitSignal(plot.cursorMoved) as said:
        qtbot.mouseMove(plot.viewport(), QPoint(*map(round, plot.to_pixel(3, 2))))
    assert said.args[0] == pytest.approx((3, 2), abs=0.05)


def test_a_picture_is_saved_as_it_is_seen_and_twice_as_large(plot):
    plot.show_lane(lane(field=bell((-3, -2)), particles=particle_at(3, 2)), ("density", "field", "particles"), "at σ")
    seen = pixels_of(plot)
    for scale, suffix in ((2, "png"), (1, "svg")):
        image = QImage.fromData(plot.content(suffix)).convertToFormat(QImage.Format.Format_RGB32)
        if suffix == "png":
            assert (image.width(), image.height()) == (1000, 800)
        image = image.scaled(500 * scale, 400 * scale)
        for place in ((3, 2), (-3, -2), (6.4, 0.1)):
            x, y = (round(at) for at in plot.to_pixel(*place))
            found = np.array(QColor(image.pixel(scale * x, scale * y)).getRgb()[:3])
            assert np.abs(found - seen[y, x]).max() <= 40, (suffix, place)
    assert np.array_equal(pixels_of(plot), seen)  # what was cached for the file is not what is shown


def test_an_svg_has_lines_and_letters(plot):
    plot.show_lane(lane(field=bell((0, 0))), ("field",), "at σ = 0.1")
    root = ElementTree.fromstring(plot.content("svg"))
    kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert kinds.count("polyline") + kinds.count("line") + kinds.count("path") > 300  # the arrows
    words = " ".join("".join(root.itertext()).split())
    for word in ("at", "σ", "= 0.1", "−5"):  # Qt writes the letters of each font by themselves
        assert word in words
    assert "image" not in kinds
