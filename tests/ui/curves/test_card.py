"""Cards of curves in the real widget: lines, gaps, zoom, values at the mouse, menu, export, theme."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import curve, difference, lane, pixels_of, spec
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.experiment import CurveView
from ncsn_viz.ui.curves import names
from ncsn_viz.ui.curves.card import CurveCard, show_curve
from ncsn_viz.ui.widgets import theme

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


def show(card, *curves, view=LOSS, hidden=(), chosen=0):
    wanted = show_curve(spec(max(len(curves), 1)), 0, view)
    lanes = [lane(curve=each) for each in curves]
    card.show_lanes(lanes, replace(wanted, view=replace(wanted.view, hidden=hidden)), chosen)
    card._throttle.flush()
    card.grab()  # an axis takes the room of its numbers when they have been drawn


def banded(values, low, high):
    low, high = ({"loss": np.array(edge, np.float32)} for edge in (low, high))
    return replace(curve(loss=values), low=low, high=high, replicas=3)


def pixel(card, step, value):
    """The pixel of the card at a step and a value."""
    view, chart = card.view, card.chart
    at = QPointF(np.log10(step) if view.log_x else step, np.log10(value) if view.log_y else value)
    return chart.mapTo(card, chart.mapFromScene(chart.view.mapViewToScene(at)))


def ink(card, lane=0):
    """Where the card has the colour of a lane, in rows and columns of pixels."""
    return difference(pixels_of(card), theme.lane_color(lane)) < 120


def box(card):
    """The rectangle of the lines in the card: left, top, right, bottom."""
    (left, right), (bottom, top) = card.chart.view.viewRange()
    ends = [card.chart.view.mapViewToScene(QPointF(*at)) for at in ((left, top), (right, bottom))]
    points = [card.chart.mapTo(card, card.chart.mapFromScene(at)) for at in ends]
    return points[0].x(), points[0].y(), points[1].x(), points[1].y()


def ranges(card):
    return np.array(card.chart.view.viewRange())


# -- lines and gaps -------------------------------------------------------------------------------------------------


def test_a_line_goes_through_its_values(card):
    show(card, curve(loss=np.geomspace(1, 0.001, 50)))
    seen = ink(card)
    for step, value in ((100, np.geomspace(1, 0.001, 50)[5]), (800, np.geomspace(1, 0.001, 50)[40])):
        at = pixel(card, step, value)
        assert seen[at.y() - 1 : at.y() + 2, at.x() - 1 : at.x() + 2].any()
    left, top, right, bottom = box(card)
    assert left <= pixel(card, 0, 1).x() < pixel(card, 980, 0.001).x() <= right
    assert top < pixel(card, 0, 1).y() < pixel(card, 980, 0.001).y() < bottom


@pytest.mark.parametrize("nothing", [-0.5, 0.0, np.nan, np.inf])
def test_a_line_and_its_band_break_where_there_is_no_position(card, nothing):
    values = np.full(60, 0.1)
    values[20:40] = nothing
    values[30] = 0.1  # alone between two gaps
    show(card, banded(values, values * 0.5, values * 2))
    bare = pixels_of(card)
    at = [pixel(card, 20 * index, 0.1) for index in (10, 19, 20, 30, 39, 40, 50)]
    _, top, _, bottom = box(card)
    background = theme.rgb(theme.colors().card)
    gap = bare[top + 2 : bottom - 2, at[1].x() + 3 : at[5].x() - 2].copy()
    gap[:, at[3].x() - 4 - at[1].x() - 3 : at[3].x() + 4 - at[1].x() - 3] = background
    grid = difference(gap, theme.colors().line) < 30
    assert (np.abs(gap - background).sum(-1)[~grid] < 6).all()  # neither line nor band
    seen = ink(card)
    for here in (at[0], at[3], at[6]):
        assert seen[here.y() - 1 : here.y() + 2, here.x() - 1 : here.x() + 2].any()
    assert card.chart.note.toPlainText().endswith("A 19")


def test_hidden_newest_values_are_told_and_the_end_is_a_ring(card):
    values = np.full(40, 0.1)
    show(card, curve(loss=values), curve(loss=values * 2))
    assert card.chart.note.toPlainText() == ""
    dot = pixels_of(card)[pixel(card, 780, 0.1).y(), pixel(card, 780, 0.1).x()]
    assert difference(dot, theme.lane_color(0)) < 60
    values[30:] = -1
    values[3] = 0
    show(card, curve(loss=values), curve(loss=np.full(40, 0.2)))
    assert card.chart.note.toPlainText() == "Hidden, not above 0: A 11, also the newest"
    at = pixel(card, 20 * 29, 0.1)
    assert difference(pixels_of(card)[at.y(), at.x()], theme.colors().card) < 80
    letters = difference(pixels_of(card), theme.lane_ink(0))[:, at.x() + 5 : at.x() + 19] < 60
    assert (np.nonzero(letters)[0] - at.y()).mean() == pytest.approx(0, abs=3)  # beside the last value shown
    show(card, curve(loss=values), view=LINEAR)
    assert card.chart.note.toPlainText() == ""


def test_a_note_that_is_too_long_is_shortened_and_whole_in_its_tip(card):
    card.resize(220, 150)
    show(card, *(curve(loss=[1, -1, 1, -1]) for _ in range(6)))
    assert card.chart.note.toPlainText().endswith("…")
    assert card.chart.note.toolTip().count("also the newest") == 6


def test_a_band_surrounds_its_line_and_reaches_the_axis_where_it_has_no_logarithm(card):
    show(card, banded([1.0, 0.5, 0.2], [0.5, -1.0, 0.1], [2.0, 2.0, 2.0]))
    _, _, _, bottom = box(card)
    (x, high), pixels = pixel(card, 20, 2.0).toTuple(), pixels_of(card)
    tint = pixels[high + 5, x]
    inside = np.abs(pixels[high + 3 : bottom - 2, x] - tint).sum(-1) < 40
    assert inside.mean() > 0.8
    assert np.abs(pixels[high - 4, x] - tint).sum() > 15


def test_every_lane_has_its_colour_and_letter(card):
    show(card, *(curve(loss=np.full(30, 0.5 + 0.01 * index)) for index in range(4)))
    pixels, right = pixels_of(card), box(card)[2]
    for index in range(4):
        assert (difference(pixels, theme.lane_color(index)) < 120).sum() > 100
        assert (difference(pixels[:, right + 4 :], theme.lane_ink(index)) < 60).sum() > 8


@pytest.mark.parametrize("size", [(200, 110), (300, 150), (900, 400)])
@pytest.mark.parametrize("logs", [(False, True), (True, True), (True, False)])
def test_every_size_can_be_drawn(card, size, logs):
    card.resize(*size)
    show(card, curve(loss=[np.nan, *np.geomspace(1e9, 1e-9, 400)]), view=CurveView("loss", *logs))
    left, top, right, bottom = box(card)
    away = difference(pixels_of(card), theme.lane_color(0))[top : bottom + 2, left : right - 4]
    rows, columns = np.nonzero(away < 0.6 * np.median(away))  # a thin line is pale
    assert (columns.min(), columns.max()) == pytest.approx((0, away.shape[1]), abs=8)
    ends = rows[columns < columns.min() + 5].min(), rows[columns > columns.max() - 5].max()  # it falls
    assert ends == pytest.approx((0, len(away)), abs=0.25 * len(away))
    if not card.head.log_x.isHidden():  # as in a narrow card
        assert card.head.title.geometry().right() < card.head.log_x.geometry().left()
        assert card.head.log_y.geometry().right() < card.width()


def test_without_lines_the_card_says_why(card):
    show(card, None)
    assert "measured" in card.text.text()
    assert "chart" not in card.__dict__  # nor is pyqtgraph wanted
    show(card, None, curve(loss=[np.nan, -1]))
    assert "log y" in card.text.text()
    show(card, curve(loss=[1.0]))
    assert card.draws
    assert not card.text.isVisible()
    show(card, curve(loss=[1.0]), hidden=(0,))
    assert "hidden" in card.text.text()
    assert not card.draws
    assert card.text.isVisible()
    show(card, curve(loss=[np.inf]), view=LINEAR)
    assert "finite" in card.text.text()


def test_the_same_curves_are_not_prepared_again_and_updates_are_throttled(card, qtbot):
    first, second = curve(loss=[1, 0.1]), curve(loss=[1, 0.1, 0.01])
    wanted = show_curve(spec(1), 0, LOSS)
    card.show_lanes([lane(curve=first)], wanted)
    kept, painted = card.lines, []
    filtered = Paints(painted)
    card.chart.viewport().installEventFilter(filtered)
    qtbot.waitUntil(lambda: bool(painted))
    qtbot.wait(10)
    painted.clear()
    card.show_lanes([lane(curve=first)], wanted)
    QApplication.processEvents()
    card.show_lanes([lane(curve=second)], wanted)
    assert card.lines is kept
    assert not painted
    qtbot.waitUntil(lambda: len(card.lines[0].values) == 3, timeout=2000)


class Paints(QObject):
    """Appends to `painted` for every paint of what it is installed on."""

    def __init__(self, painted):
        super().__init__()
        self.painted = painted

    def eventFilter(self, _, event):
        if event.type() == QEvent.Type.Paint:
            self.painted.append(event)
        return False


def test_lines_follow_the_theme(card, qapp):
    show(card, curve(loss=np.full(30, 0.5)))
    theme.apply(qapp, theme.LIGHT)
    qapp.processEvents()
    assert ink(card).sum() > 100
    assert difference(pixels_of(card)[60, 60], theme.LIGHT.card) == 0
    theme.apply(qapp, theme.DARK)
    qapp.processEvents()
    assert ink(card).sum() > 100
    assert difference(pixels_of(card)[60, 60], theme.DARK.card) == 0


# -- zoom -----------------------------------------------------------------------------------------------------------


def turn_wheel(card, at, delta):
    viewport = card.chart.viewport()
    event = QWheelEvent(
        QPointF(at), QPointF(viewport.mapToGlobal(at)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


@pytest.mark.parametrize("view", [LOSS, LINEAR, CurveView("loss", True, True)])
def test_new_values_move_the_view_unless_someone_has_zoomed(card, qtbot, view):
    values = [0.01, *np.geomspace(1, 0.1, 30)]
    show(card, curve(loss=values[:20]), view=view)
    before = ranges(card)
    show(card, curve(loss=values), view=view)
    followed = ranges(card)
    assert followed[0, 1] > before[0, 1]
    at = card.chart.viewport().rect().center()
    turn_wheel(card, at, 240)
    zoomed = ranges(card)
    assert np.all(np.diff(zoomed) < np.diff(followed))
    show(card, curve(loss=[*values, 50.0]), view=view)
    np.testing.assert_array_equal(ranges(card), zoomed)
    qtbot.mouseDClick(card.chart.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert ranges(card)[0, 1] > followed[0, 1]
    assert ranges(card)[1, 1] > followed[1, 1]
    show(card, curve(loss=[*values, 500.0]), view=view)
    assert ranges(card)[1, 1] >= (np.log10(500) if view.log_y else 500)


def test_letters_of_zoomed_curves_stand_where_these_leave_the_view(card):
    show(card, curve(loss=[1.0, 2.0, 4.0]), curve(loss=[100.0, 200.0, 400.0]), view=LINEAR)
    card.chart.view.setRange(xRange=(0, 30), yRange=(0, 5), padding=0)
    pixels, right = pixels_of(card), box(card)[2]
    rows = np.nonzero(difference(pixels[:, right + 4 :], theme.lane_ink(0)) < 60)[0]
    assert rows.mean() == pytest.approx(pixel(card, 30, 3.0).y(), abs=3)
    assert not (difference(pixels, theme.lane_ink(1)) < 60).any()  # it is not in view


def test_panning_shows_what_is_there_and_other_axes_the_whole(card, qtbot):
    show(card, curve(loss=np.geomspace(1, 0.001, 50)))
    before, viewport = ranges(card), card.chart.viewport()
    start = viewport.rect().center()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 20, 30, 40):
        qtbot.mouseMove(viewport, start + QPoint(step, 0))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    assert ranges(card)[0, 0] < before[0, 0]
    show(card, curve(loss=np.geomspace(1, 0.001, 50)), view=LINEAR)
    assert ranges(card)[0] == pytest.approx(before[0])
    assert ranges(card)[1, 1] > 1


# -- reading and choosing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_x", [True, False])
def test_hovering_shows_the_nearest_values_also_hidden_ones(card, qtbot, log_x):
    curves = curve(loss=[3, 1, -0.1, 0.01]), None, banded([4, 2, 0.2, 0.02], [3, 1, 0.1, 0.01], [5, 3, 0.3, 0.03])
    show(card, *curves, view=CurveView("loss", log_x=log_x))
    table, viewport = card.chart.table, card.chart.viewport()
    before = pixels_of(card)
    at = card.chart.mapFrom(card, pixel(card, 39, 1.0))
    qtbot.mouseMove(viewport, at)
    assert table.isVisible()
    text = table.text()
    assert "step 39" in text
    assert "A  −0.100, hidden" in text
    assert "C  0.200  (0.10 … 0.30)" in text
    assert theme.lane_color(2) in text
    assert card.rect().contains(table.geometry())
    assert np.abs(pixels_of(card) - before).max() > 60
    show(card, *(each and replace(each, values={"loss": 2 * each.values["loss"]}) for each in curves),
         view=CurveView("loss", log_x=log_x))  # fmt: skip
    assert "A  −0.200, hidden" in table.text()  # new values while the mouse rests
    qtbot.mouseMove(viewport, QPoint(viewport.width() - 3, at.y()))  # beside the lines nothing is read
    assert not table.isVisible()
    QApplication.sendEvent(card.chart, QEvent(QEvent.Type.Leave))
    assert card.chart._mouse is None


def test_hidden_lanes_are_left_out_and_come_back(card):
    both = [curve(loss=[1, 0.1]), curve(loss=[100, 10])]
    show(card, *both, hidden=(1,))
    assert [line.slot for line in card.lines] == [0]
    assert ranges(card)[1, 1] < 1  # the axis is for what is shown
    assert not (difference(pixels_of(card), theme.lane_ink(1)) < 40).any()
    show(card, *both)
    assert [line.slot for line in card.lines] == [0, 1]
    assert (difference(pixels_of(card), theme.lane_ink(1)) < 40).any()


def test_exported_values_are_all_that_was_measured(card):
    show(card, banded([1.0, -0.5, 0.25], [0.5, -1, 0.125], [2, 1, 0.5]), curve(loss=[3, np.inf]))
    rows = list(csv.reader(io.StringIO(card.chart.content("csv").decode())))
    assert rows == [
        ["A step", "A", "A from", "A to", "B step", "B"],
        ["0", "1", "0.5", "2", "0", "3"],
        ["20", "-0.5", "-1", "1", "20", "inf"],
        ["40", "0.25", "0.125", "0.5", "", ""],
    ]
    assert card.chart.file_name == "loss"
    for suffix in ("png", "svg"):
        assert len(card.chart.content(suffix)) > 2000


def test_what_fails_in_an_export_is_told(card, qtbot, monkeypatch, tmp_path):
    from ncsn_viz.ui.charts import export

    show(card, curve(loss=[1.0, 0.5]))
    monkeypatch.setattr(export, "path_to_save", lambda *_: tmp_path / "missing" / "loss.csv")
    with qtbot.waitSignal(card.failed) as signal:
        next(action for action in card.chart.menu().actions() if "CSV" in action.text()).trigger()
    assert "loss.csv" in signal.args[0]


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
    assert card.lines[0].values[0] == pytest.approx(-1)
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
    card.setMinimumSize(0, 0)
    card.resize(140, 150)  # without the switches it still fits
    assert card.head.log_x.isHidden()
    assert card.head.title.text().startswith("Score error")


def test_the_terms_of_the_chosen_lane_apart(card, qtbot):
    terms = {"term trace": [-3.0, -4.0], "term norm": [2.0, 3.0]}
    first, second = curve(loss=[1, 0.5]), curve(loss=[1, 0.5], **terms)
    view = CurveView("terms", log_y=False)
    show(card, first, second, view=view, hidden=(1,), chosen=1)  # chosen is chosen
    assert [line.name for line in card.lines] == ["trace", "norm"]
    assert ranges(card)[1, 0] < -4
    assert ranges(card)[1, 1] > 3
    pixels = pixels_of(card)
    for line in card.lines:
        assert (difference(pixels, line.color) < 40).sum() > 30
    key = card.chart.key
    assert [label.text for _, label in key.items] == ["trace", "norm"]
    qtbot.mouseMove(card.chart.viewport(), QPoint(200, 90))
    assert all(line.color in card.chart.table.text() for line in card.lines)
    many = {f"term σ = {index}": [float(index)] * 3 for index in range(30)}
    show(card, curve(loss=[1, 1, 1], **many), view=view)
    assert 2 <= len(key.items) < 10
    assert key.items[-1][1].text == "σ = 29"
    assert key.sceneBoundingRect().width() < card.chart.width()
    show(card, first, second, view=view)
    assert card.lines == []
    assert not card.draws
    show(card, first, view=LOSS)
    assert not key.items
