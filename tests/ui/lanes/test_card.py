"""The card of a lane: axes that are not flipped, arrows that point along the score, words that fit."""

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import REGION, bell, lane, particle_at, pixels_of, spec
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.lab.snapshot import DIVERGED, PAUSED, WAITING, FieldGrid, Status
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.lanes.card import LaneCard
from ncsn_viz.ui.plots.arrows import arrow_strokes, lattice_arrows
from ncsn_viz.ui.plots.grid_lookup import bilinear, cell_region
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.plots.ticks import multiples, nice_step
from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets.camera import Camera, inscribed_square


@pytest.fixture
def plot(qtbot, qapp):
    theme.apply(qapp)
    made = Plot("#56b4e9")
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.set_region(REGION)
    made.show()
    return made


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = LaneCard(0)
    qtbot.addWidget(made)
    made.resize(560, 460)
    made.show()
    return made


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


def test_images_over_nodes_reach_half_a_cell_beyond_them():
    assert cell_region(bell((0, 0), rows=5, columns=9)) == (-9.0, 9.0, -10.0, 10.0)


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


def test_arrows_point_along_the_score():
    camera = Camera(500, 400, (0.0, 0.0), 8.0)
    start, end = lattice_arrows(bell((3, 2), region=(-12.0, 12.0, -10.0, 10.0)), camera)
    assert len(start) > 300
    tail = np.array([camera.to_plane(*point) for point in start])
    tip = np.array([camera.to_plane(*point) for point in end])
    toward = (3, 2) - (tail + tip) / 2
    step = tip - tail
    cosine = (toward * step).sum(1) / np.linalg.norm(toward, axis=1) / np.linalg.norm(step, axis=1)
    assert cosine.min() > 0.999
    length = np.hypot(*(end - start).T)
    assert length.max() < 500 / 26
    assert length.min() > 0.2


def test_arrow_heads_are_at_the_tips():
    strokes = arrow_strokes(np.array([[10.0, 10.0]]), np.array([[20.0, 10.0]]))
    assert strokes.shape == (3, 4)
    assert strokes[0].tolist() == [10, 10, 20, 10]
    for side in strokes[1:]:
        assert side[:2].tolist() == [20, 10]
        assert 10 < side[2] < 20
    assert strokes[1, 3] + strokes[2, 3] == pytest.approx(20)
    assert strokes[1, 3] != pytest.approx(strokes[2, 3])


def test_a_drawn_arrow_has_its_head_in_the_direction_of_the_score(plot):
    plot.show_lane(lane(field=uniform(0.0, 1.0)), ("field",))  # straight up
    up = pixels_of(plot)
    plot.show_lane(lane(field=uniform(0.0, -1.0)), ("field",))
    down = pixels_of(plot)
    start, end = lattice_arrows(uniform(0.0, 1.0), plot.camera)
    nearest = np.abs(start - (250, 200)).sum(1).argmin()
    (x, top), bottom = end[nearest], start[nearest, 1]
    assert top < bottom
    assert width_near(up, x, top + 2.5) > width_near(up, x, bottom - 2.5)
    assert width_near(down, x, top + 2.5) < width_near(down, x, bottom - 2.5)


def uniform(x, y):
    score = np.tile(np.array([x, y], np.float32), (9, 9, 1))
    return FieldGrid(REGION, 0.1, score, np.zeros((9, 9), np.float32), np.zeros((9, 9), np.uint8))


def width_near(pixels, x, y):
    band = pixels[round(y) - 1 : round(y) + 2, round(x) - 7 : round(x) + 8].sum(-1)
    return (band.max(0) > band.min() + 40).sum()


def test_fields_with_nothing_usable_draw_nothing(plot):
    broken = uniform(np.nan, np.inf)
    start, _ = lattice_arrows(broken, plot.camera)
    assert len(start) == 0
    plot.show_lane(lane(field=uniform(0.0, 1.0)), ("density", "energy"))
    without = pixels_of(plot)
    plot.show_lane(lane(field=broken), ("field", "density", "energy"))
    assert np.array_equal(pixels_of(plot), without)
    start, end = lattice_arrows(uniform(0, 0), plot.camera)
    assert np.allclose(start, end)


def test_sampling_is_bilinear_and_knows_its_edge():
    field = bell((0, 0), rows=5, columns=9)
    assert np.isnan(bilinear(field.score, field.region, np.array([[np.nan, 0.0], [0.0, np.inf]]))).all()
    found = bilinear(field.score, field.region, np.array([[1.0, -3.0], [-8.0, 8.0], [20.0, 0.0]]))
    assert found[0] == pytest.approx(np.array([-1.0, 3.0]) / 0.64, rel=1e-5)
    assert found[1] == pytest.approx(np.array([8.0, -8.0]) / 0.64, rel=1e-5)
    assert np.isnan(found[2]).all()


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


def test_the_square_stays_in_view_and_resizing_does_not_creep(plot):
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


def test_the_cursor_is_told_in_plane_coordinates(plot, qtbot):
    with qtbot.waitSignal(plot.cursorMoved) as said:
        qtbot.mouseMove(plot, QPoint(*map(round, plot.to_pixel(3, 2))))
    assert said.args[0] == pytest.approx((3, 2), abs=0.05)


def test_the_header_says_who_it_is(card):
    card.show_lane(lane(), spec(), 0)
    title, subtitle, right = card.header.fitting()
    assert title == "A · NCSN"
    assert subtitle == "σ 10 → 0.1"
    assert right == "12\u202f480 steps · 3\u202f550/s"
    card.show_lane(lane(status=Status(PAUSED)), spec(), 0)
    assert card.header.fitting()[2] == "paused · 12\u202f480 steps"


def test_one_step_is_no_steps(card):
    card.show_lane(lane(status=Status(PAUSED), step=1), spec(), 0)
    assert card.header.fitting()[2] == "paused · 1 step"


def test_what_is_lost_is_told_where_little_else_fits(card):
    measures = {"fisher_data": 0.0213, "sliced_w2": float("nan"), "lost": 1.0}
    card.show_lane(lane(metrics=measures, mode_weights=(0.25,) * 4, from_grid=True), spec(), 0)
    card.resize(300, 400)
    QApplication.processEvents()
    assert [measure.label for measure, _ in card.footer.fitting()][-2:] == ["lost", "on grid"]


def test_a_lane_that_shows_the_truth_says_so(card):
    spec_of = spec()
    told = lane(field=bell((0.0, 0.0)))
    card.show_lane(told, spec_of, 0)
    assert "exact score" not in card._caption(told, spec_of)
    exact = replace(spec_of, lanes=(replace(spec_of.lanes[0], score_from="true"), *spec_of.lanes[1:]))
    assert card._caption(told, exact).startswith("exact score · at σ")


def test_buttons_stand_below_each_other_where_there_is_little_room(card):
    bad = lane(status=Status(DIVERGED, "The loss has reached 1e9."))
    for width, apart in ((700, False), (300, True)):
        card.resize(width, 600)
        card.show_lane(lane(), spec(), 0)
        card.show_lane(bad, spec(), 0)
        QApplication.processEvents()
        remedies = card.banner.remedies
        assert (remedies.fix.y() != remedies.button.y()) == apart
        for button in (remedies.fix, remedies.button):
            assert button.width() >= button.sizeHint().width()
            assert remedies.rect().contains(button.geometry())


@pytest.mark.parametrize("width", [130, 200, 300, 420, 700])
def test_words_that_do_not_fit_are_left_out_whole(card, width):
    measures = {"fisher_data": 0.0213, "sliced_w2": 0.031, "fisher_window": 12.4, "lost": 0.0}
    card.show_lane(lane(metrics=measures, mode_weights=(0.78, 0.22), from_grid=True), spec(), 0)
    card.resize(width, 400)
    QApplication.processEvents()
    shown = card.footer.fitting()
    assert all(at + measure.width() <= card.footer.width() for measure, at in shown)
    labels = [measure.label for measure in card.footer.metrics]
    assert [measure.label for measure, _ in shown] == [*labels[: len(shown) - 1], "on grid"]  # which is always told
    assert labels[:3] == ["score error", "sliced W₂", "mode weights"]
    if width == 700:
        assert [measure.value for measure, _ in shown][:3] == ["0.021", "0.031", "0.78 / 0.22"]
    footer = pixels_of(card.footer)
    written = np.nonzero((np.abs(footer - footer[2, 2]).sum(-1) > 120).any(0))[0]  # the columns with any ink in them
    places = [(at, at + measure.width()) for measure, at in shown]
    assert all(any(left - 1 <= x <= right + 1 for left, right in places) for x in written)
    assert all(((left <= written) & (written <= right)).sum() > 0.5 * (right - left) for left, right in places)


def test_a_diverged_lane_says_why_and_offers_a_way_on(card, qtbot):
    card.show_lane(lane(), spec(), 0)
    assert card.banner.isHidden()
    card.show_lane(lane(status=Status(DIVERGED, "The loss is no longer a number.")), spec(), 0)
    assert card.banner.isVisible()
    assert "no longer a number" in card.banner.remedies.label.text()
    assert card.plot.rect().contains(card.banner.geometry())
    with qtbot.waitSignal(card.commanded) as emitted:
        card.banner.remedies.button.click()
    assert emitted.args == [RestartLane(0)]
    with qtbot.waitSignal(card.remedyAsked) as emitted:
        card.banner.remedies.fix.click()
    (remedy,) = emitted.args
    assert remedy.edit(spec()).lanes[0].optimizer.learning_rate < spec().lanes[0].optimizer.learning_rate
    assert remedy.commands == (RestartLane(0),)
    assert remedy.fits(spec(2))
    card.show_lane(lane(status=Status(WAITING, "Nothing is painted yet.")), spec(), 0)
    assert card.banner.isVisible()
    assert not card.banner.remedies.button.isVisible()
    assert not card.banner.remedies.fix.isVisible()  # starting again would not help
    for words in ("Short.", "Nothing is painted yet: draw with the brush, or choose a preset. " * 3, "Short again."):
        card.show_lane(lane(status=Status(WAITING, words)), spec(), 0)
        label = card.banner.remedies.label
        QApplication.processEvents()
        assert label.height() >= label.heightForWidth(label.width())  # nothing is cut
        assert card.banner.height() < label.height() + 50
    card.show_lane(lane(), spec(), 0)
    assert card.banner.isHidden()


def test_a_click_anywhere_chooses(card, qtbot):
    other = edits.choose_lane(1)(spec(2))
    for part in (card, card.plot):
        with qtbot.waitSignal(card.edited) as emitted:
            qtbot.mouseClick(part, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
        edit, token = emitted.args
        assert (edit(other), token) == (spec(2), None)
    before = pixels_of(card)[200, 0]
    card.set_chosen(True)
    assert np.abs(pixels_of(card)[200, 0] - before).sum() > 60  # the border has the lane's colour


def test_the_last_words_are_never_lost(card, qtbot):
    for step in (1, 2, 3, 777):
        card.show_lane(lane(step=step), spec(), 0)
    qtbot.waitUntil(lambda: "777" in card.header.words[2][0], timeout=2000)


def test_ticks():
    assert [nice_step(value) for value in (0.9, 1, 1.2, 3, 7, 0.03)] == pytest.approx([1, 1, 2, 5, 10, 0.05])
    assert multiples(-1.2, 2.1, 0.5) == pytest.approx([-1, -0.5, 0, 0.5, 1, 1.5, 2])


def test_numbers_as_words():
    assert [number_text.short(value) for value in (0.0213, 0.5, 4.04, 220.4, 0, -0.031)] == [
        "0.021", "0.50", "4.0", "220", "0", "−0.031",
    ]  # fmt: skip
    assert number_text.short(float("nan")) == "–"
    assert number_text.short(1.234e7) == "1.2·10⁷"
    assert number_text.short(3e-6) == "3.0·10⁻⁶"
    assert number_text.thousands(1234567) == "1\u202f234\u202f567"
    assert number_text.power(-3) == "10⁻³"
