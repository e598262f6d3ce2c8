"""Curves: axes, bands, letters, the menu, hidden lanes, and values without a position on an axis."""

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import curve, difference, lane, pixels_of, spec
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.ui.curves import curve_painting, names
from ncsn_viz.ui.curves.axes import Axis, decades, spread, steps_axis, values_axis
from ncsn_viz.ui.curves.card import CurveCard, show_curve
from ncsn_viz.ui.curves.lines import lane_line, term_lines
from ncsn_viz.ui.widgets import painting, theme

LOSS = CurveView("loss")
LINEAR = CurveView("loss", log_y=False)


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = CurveCard(0)
    qtbot.addWidget(made)
    made.resize(420, 200)
    made.show()
    return made


def show(card, *curves, view=LOSS, hidden=()):
    wanted = show_curve(spec(max(len(curves), 1)), 0, view)
    card.show_lanes([lane(curve=each) for each in curves], replace(wanted, view=replace(wanted.view, hidden=hidden)))


def values_at(card, step):
    """The slot, step and value of every curve at its step nearest to `step`."""
    read = [(line.slot, *map(float, line.points[index])) for line, index in card.nearest(step)]
    return [(slot, card.x_axis.value(x), card.y_axis.value(y)) for slot, x, y in read]


def banded(values, low, high, copies=3):
    made = curve(loss=values)
    low, high = ({"loss": np.array(edge, np.float32)} for edge in (low, high))
    return replace(made, low=low, high=high, replicas=copies)


# -- axes -----------------------------------------------------------------------------------------------------------


def test_values_without_a_logarithm_are_skipped():
    values = curve(loss=[1, 0, -3, np.nan, np.inf, 0.01])
    assert lane_line(values, LOSS).points == pytest.approx(np.array([[0, 0], [100, -2]]), abs=1e-6)
    wanted = np.array([[0, 1], [20, 0], [40, -3], [100, 0.01]])
    assert lane_line(values, LINEAR).points == pytest.approx(wanted, abs=1e-6)
    steps = lane_line(values, CurveView("loss", log_x=True)).points[:, 0]  # there is no place for step 0
    assert steps == pytest.approx([2])
    assert len(lane_line(None, LOSS).points) == 0
    assert len(lane_line(curve(fisher=[1]), LOSS).points) == 0


def test_the_axes_hold_the_curves():
    line = lane_line(curve(loss=[3, 1, 0.02]), LOSS).points
    nothing = np.zeros(0)
    across, up = steps_axis([line[:, 0], nothing], False), values_axis([line[:, 1], nothing], True)
    assert (across.low, across.high) == (0, 40)
    assert up.low <= np.log10(0.02)
    assert up.high >= np.log10(3)
    flat = values_axis([np.zeros(2)], True)
    assert flat.high - flat.low == pytest.approx(1)
    signed = values_axis([np.array([-5.0, 3.0])], False)
    assert signed.low < -5
    assert signed.high > 3
    assert values_axis([np.array([0.1, 3.0])], False).low == 0
    assert steps_axis([np.array([1.3, 3.0])], True) == Axis(1.3, 3.0, True)
    for axis in (steps_axis([], True), values_axis([], True), values_axis([], False), values_axis([np.ones(3)], False)):
        assert axis.high > axis.low


def test_ticks_show_the_values_of_their_positions():
    for axis in (Axis(-2.2, 0.4, True), Axis(1.3, 3.9, True), Axis(2.0, 2.6, True), Axis(-3.0, 40.0, False)):
        ticks = axis.ticks(6, powers=False)
        assert 2 <= len(ticks) <= 14
        for place, text in ticks:
            assert axis.low <= place <= axis.high
            value = float(text.replace("−", "-").replace("\u202f", ""))
            assert value == pytest.approx(10**place if axis.log else place, rel=1e-6)
            assert axis.value_at(float(axis.fractions(np.array([place]))[0])) == pytest.approx(value, rel=1e-6)
    assert Axis(-2.2, 0.4, True).ticks(6, powers=True)[0] == (-2, "10⁻²")


def test_decades_are_thinned_out():
    assert decades(-2.2, 0.4, 10) == [-2, -1, 0]
    assert decades(-9, 9, 5) == [-8, -4, 0, 4, 8]


# -- drawing --------------------------------------------------------------------------------------------------------


def test_a_smaller_value_is_lower_and_a_later_step_further_right(card):
    show(card, curve(loss=np.geomspace(1, 0.001, 50)))
    seen = difference(pixels_of(card), theme.lane_color(0)) < 60
    rows, columns = np.nonzero(seen[36:-20, 46:-30])
    assert np.corrcoef(rows, columns)[0, 1] > 0.99
    start, end = card.area().to_pixels(card.lines[0].points)[[0, -1]]
    assert start[0] < end[0]
    assert start[1] < end[1]
    assert card.area().box.contains(*start)


def test_every_lane_has_its_colour_and_letters_do_not_touch(card):
    show(card, *(curve(loss=np.full(30, 0.5 + 0.01 * index)) for index in range(4)))
    pixels = pixels_of(card)
    for index in range(4):
        assert (difference(pixels, theme.lane_color(index)) < 120).sum() > 100
    placed = sorted(spread([50, 50.5, 51, 120], 0, 200, 12))
    assert np.diff(placed).min() >= 12
    assert np.diff(sorted(spread([5] * 30, 0, 100, 12))).min() > 0
    assert spread([80, 20], 0, 100, 12) == [80, 20]


def test_letters_stay_below_the_head(card):
    show(card, curve(loss=np.geomspace(0.001, 1, 50)))
    image = QImage(card.size(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    line = replace(card.lines[0], points=card.lines[0].points + (0, 5))  # it ends above the card
    painter = QPainter(image)
    curve_painting.paint_letters(painter, card.area(), [line])
    painter.end()
    rows, columns = np.nonzero(opacity(image))
    assert len(rows) > 20
    assert rows[columns > card.area().box.right() + 4].min() >= card.area().box.top()


def opacity(image):
    """The opacity of every pixel."""
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 3]


def test_a_band_surrounds_its_line(card):
    values = banded([1.0] * 20, [0.1] * 20, [3.0] * 20)
    assert lane_line(curve(loss=[1.0] * 20), LINEAR).band is None
    show(card, values, view=LINEAR)
    assert card.y_axis.high > 3
    (x, low), (_, high) = card.area().to_pixels(np.array([[190.0, 0.1], [190.0, 3.0]]))
    column = pixels_of(card)[:, int(x)]
    inside = column[35 : int(low) - 1]  # below the head and above the axis
    tinted = 35 + np.nonzero(np.abs(inside - column[int(high) - 4]).sum(-1) > 12)[0]
    assert tinted.min() == pytest.approx(high, abs=2)
    assert len(tinted) > 0.9 * (low - high)


def test_the_lower_edge_of_a_band_may_have_no_logarithm(card):
    show(card, banded([1.0, 0.5, 0.2], [0.5, -1.0, np.nan], [2.0, 2.0, 2.0]))
    assert np.isfinite(card.lines[0].band).all()
    assert card.lines[0].band[1, 0] < card.y_axis.low
    box, high = card.area().box, card.area().to_pixels(np.array([[30.0, np.log10(2.0)]]))[0, 1]
    column = pixels_of(card)[:, round(card.area().to_pixels(np.array([[30.0, 0.0]]))[0, 0])]
    inside = np.abs(column - column[round(high) - 4]).sum(-1) > 12
    assert inside[round(high) + 2 : round(box.bottom()) - 1].mean() > 0.9  # tinted down to the axis


def test_without_lines_the_card_shows_the_reason(card):
    show(card, None, curve(loss=[np.nan, -1]))
    assert written(card) == pytest.approx(painting.width_of(card.empty_text(), painting.font()), abs=4)
    assert values_at(card, 3) == []
    assert "log y" in card.empty_text()
    show(card, curve(loss=[1.0]), hidden=(0,))
    assert "hidden" in card.empty_text()
    show(card, None)
    assert "measured" in card.empty_text()
    assert written(card) == pytest.approx(painting.width_of(card.empty_text(), painting.font()), abs=4)


def written(card):
    """How wide the words in the middle of the card are, which has no axes."""
    box = card.area().box.toRect()
    seen = pixels_of(card)[box.top() : box.bottom(), box.left() : box.right()]
    columns = np.nonzero((np.abs(seen - seen[0, 0]).sum(-1) > 60).any(0))[0]
    return columns[-1] - columns[0]


def test_the_same_curves_are_not_prepared_again_and_updates_are_throttled(card, qtbot):
    first, second = curve(loss=[1, 0.1]), curve(loss=[1, 0.1, 0.01])
    show(card, first)
    kept = card.lines
    show(card, first)
    show(card, second)
    assert card.lines is kept
    qtbot.waitUntil(lambda: len(card.lines[0].points) == 3, timeout=2000)


@pytest.mark.parametrize("size", [(200, 110), (300, 150), (900, 400)])
@pytest.mark.parametrize("logs", [(False, True), (True, True), (True, False)])
def test_every_size_can_be_drawn(card, size, logs):
    card.resize(*size)
    values = curve(loss=np.geomspace(1e9, 1e-9, 400))
    show(card, values, view=CurveView("loss", *logs))
    box, pixels = card.area().box.toRect(), pixels_of(card)
    away = difference(pixels, theme.lane_color(0))[box.top() : box.bottom() + 2, box.left() : box.right() - 4]
    rows, columns = np.nonzero(away < 0.6 * np.median(away))  # a thin line is pale
    assert (columns.min(), columns.max()) == pytest.approx((0, away.shape[1]), abs=8)
    ends = rows[columns.argmin()], rows[columns.argmax()]  # it falls
    assert ends == pytest.approx((0, len(away)), abs=0.25 * len(away))
    if not card.head.log_x.isHidden():  # as in a narrow card
        assert card.head.title.geometry().right() < card.head.log_x.geometry().left()
        assert card.head.log_y.geometry().right() < card.width()


# -- reading and choosing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_y", [True, False])
def test_hovering_shows_the_nearest_values(card, qtbot, log_y):
    show(card, curve(loss=[1, 0.1, 0.01]), None, curve(loss=[2, 0.2, 0.02]), view=CurveView("loss", log_y=log_y))
    before = pixels_of(card)
    found = values_at(card, 19)
    assert [item[0] for item in found] == [0, 2]
    assert [item[1] for item in found] == [20, 20]
    assert [item[2] for item in found] == pytest.approx([0.1, 0.2])
    qtbot.mouseMove(card, QPoint(200, 90))
    assert np.abs(pixels_of(card) - before).max() > 60
    qtbot.mouseMove(card, QPoint(415, 90))  # beside the lines nothing is read
    assert np.array_equal(pixels_of(card), before)


def test_hidden_lanes_are_left_out_and_come_back(card):
    both = [curve(loss=[1, 0.1]), curve(loss=[100, 10])]
    show(card, *both, hidden=(1,))
    assert [line.slot for line in card.lines] == [0]
    assert card.y_axis.high < 1  # the axis is for what is shown
    show(card, *both)
    assert [line.slot for line in card.lines] == [0, 1]


def test_the_menu_offers_every_curve_and_the_switches_their_axis(card, qtbot):
    edits = []
    card.edited.connect(lambda edit, _: edits.append(edit))
    both = curve(
        loss=[1, 0.1],
        fisher_common=[1, 0.1],
        fisher=[1, 0.1],
        sliced_w2=[1, 2],
        log_z=[0, 1],
        **{"term trace": [-1, -2]},
    )
    show(card, both)
    card.head.fill()
    actions = {item.text(): item for item in card.head.menu.actions()}
    titles = {"Loss above its floor", "Error against the true score", "Error at each lane's own σ", "Sliced W₂"}
    assert titles | {"Log Z"} <= set(actions)
    assert actions["Loss above its floor"].isChecked()
    terms = actions["Terms of the loss"].menu().actions()
    assert [item.text() for item in terms] == ["Terms of the chosen lane", "Term: trace"]
    terms[1].trigger()
    chosen = edits[-1](spec(1)).view.curves
    assert chosen == (CurveView("term trace", log_y=False), CurveView("fisher_common"))
    actions["Sliced W₂"].trigger()
    assert edits[-1](spec(1)).view.curves[0].log_y
    for button, name in ((card.head.log_x, "log_x"), (card.head.log_y, "log_y")):
        before = getattr(card.view, name)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert getattr(edits[-1](spec(1)).view.curves[0], name) is not before
    show(card, both, view=chosen[0])
    assert card.head.title.text().startswith("Term: trace")
    assert values_at(card, 0)[0][2] == pytest.approx(-1)
    assert not card.head.log_y.isChecked()


def test_every_curve_has_a_name_and_a_meaning():
    for key in names.available([curve(loss=[1], mmd=[1], nll=[1], **{"term x": [1]})]):
        assert names.title(key)[0].isupper()
        assert len(names.meaning(key)) > 20


def test_the_title_is_shortened_on_a_narrow_card(card):
    show(card, curve(fisher_common=[1, 0.1]), view=CurveView("fisher_common"))
    assert card.head.title.text().startswith("Error against the true score")
    card.resize(250, 150)
    assert card.head.title.text().startswith("Score error")
    assert "true score" in card.head.title.toolTip()
    card.resize(140, 150)  # without the switches it still fits
    assert card.head.log_x.isHidden()
    assert card.head.title.text().startswith("Score error")


def test_the_terms_of_the_chosen_lane_apart(card, qtbot):
    terms = {"term trace": [-3.0, -4.0], "term norm": [2.0, 3.0]}
    first, second = curve(loss=[1, 0.5]), curve(loss=[1, 0.5], **terms)
    view = CurveView("terms", log_y=False)
    made = term_lines(second, view, 1, {"norm": "½‖s‖²"})
    assert [line.name for line in made] == ["trace", "½‖s‖²"]
    assert [line.points[-1, 1] for line in made] == [-4, 3]
    assert len({line.color for line in made}) == 2
    assert term_lines(None, view, 0, {}) == term_lines(first, view, 0, {}) == []
    wanted = show_curve(spec(2), 0, view)
    lanes = [lane(curve=first), lane(curve=second)]
    card.show_lanes(lanes, replace(wanted, view=replace(wanted.view, hidden=(1,))), 1)  # chosen is chosen
    assert [line.name for line in card.lines] == ["trace", "norm"]
    assert card.y_axis.low < -4
    assert card.y_axis.high > 3
    pixels = pixels_of(card)
    for line in card.lines:
        assert (difference(pixels, line.color) < 40).sum() > 30
    qtbot.mouseMove(card, QPoint(200, 90))  # a table right of it: the step, and a value in the shade of each term
    table = pixels_of(card)[34 + 4 :, 200 + 18 : 200 + 60]
    for row, line in enumerate(card.lines, start=1):
        assert (difference(table[15 * row : 15 * row + 15], line.color) < 60).sum() > 5
    card.show_lanes(lanes, wanted, 0)
    assert card.lines == []
    assert not any((difference(pixels_of(card), line.color) < 40).any() for line in made)
