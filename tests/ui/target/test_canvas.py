"""The canvas: strokes are told and seen at once, and nothing flickers until the engine has followed."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.core.targets.painting import Painting, Stroke
from ncsn_viz.core.targets.painting import draw_mark as draw
from ncsn_viz.ui.target.canvas import Canvas
from ncsn_viz.ui.widgets import theme

SIDE = 256


@pytest.fixture
def canvas(qtbot):
    widget = Canvas()
    qtbot.addWidget(widget)
    widget.resize(SIDE, SIDE)
    widget.show_target(Painted())
    widget.show()
    qtbot.waitExposed(widget)
    widget.notifications = []
    widget.stroked.connect(lambda stroke, finished: widget.notifications.append((stroke, finished)))
    return widget


def moons():
    return Moons().image((-8.0, 8.0), 128)


def paint(qtbot, canvas, *places, button=Qt.MouseButton.LeftButton, release=True):
    qtbot.mousePress(canvas, button, pos=QPoint(*places[0]))
    for place in places[1:]:
        move(canvas, place, button)
    if release:
        qtbot.mouseRelease(canvas, button, pos=QPoint(*places[-1]))


def move(canvas, place, button=Qt.MouseButton.NoButton):
    """QTest's own move tells no buttons."""
    at = QPointF(*place)
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, button,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def turn(canvas, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    place = QPointF(canvas.rect().center())
    event = QWheelEvent(
        place, canvas.mapToGlobal(place), QPoint(), QPoint(0, round(120 * notches)), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def pixel(canvas, x, y):
    ratio = canvas.devicePixelRatio()
    return canvas.grab().toImage().pixelColor(round(x * ratio), round(y * ratio)).getRgb()[:3]


def test_pixels_and_the_plane(canvas):
    assert canvas.to_plane(QPointF(0, 0)) == (-8, 8)
    assert canvas.to_plane(QPointF(SIDE, SIDE)) == (8, -8)
    canvas.show_target(canvas.target, (0.0, 1.0))
    assert canvas.to_plane(QPointF(SIDE / 4, SIDE / 4)) == (0.25, 0.75)
    canvas.resize(2 * SIDE, SIDE)
    assert canvas.to_plane(QPointF(SIDE, SIDE / 2)) == (0.5, 0.5)


def test_up_is_up(canvas):
    canvas.show_target(Painted(strokes=(Stroke(size=2, strength=1, points=((-7, 6.5),)),)))  # upper left
    assert sum(pixel(canvas, 15, 25)) > 300
    assert pixel(canvas, 15, SIDE - 25) == theme.empty().getRgb()[:3]
    assert pixel(canvas, SIDE - 15, 25) == theme.empty().getRgb()[:3]


def test_a_stroke_is_emitted_as_it_grows(qtbot, canvas):
    paint(qtbot, canvas, (64, 64), (128, 64), (192, 64))
    assert [finished for _, finished in canvas.notifications] == [False, False, False, True]
    assert [len(stroke.points) for stroke, _ in canvas.notifications] == [1, 2, 3, 3]
    stroke = canvas.notifications[-1][0]
    assert stroke == Stroke("brush", 0.5, 0.6, ((-4, 4), (0, 4), (4, 4)))


def test_the_right_button_erases_whatever_the_tool(qtbot, canvas):
    canvas.show_target(Moons())
    paint(qtbot, canvas, (64, 64), (128, 64), button=Qt.MouseButton.RightButton)
    assert {stroke.tool for stroke, _ in canvas.notifications} == {"eraser"}
    canvas.notifications.clear()
    canvas.set_tool("eraser")
    paint(qtbot, canvas, (64, 64))
    assert {stroke.tool for stroke, _ in canvas.notifications} == {"eraser"}


def test_a_stroke_is_seen_at_once(qtbot, canvas):
    before = pixel(canvas, 128, 84)
    paint(qtbot, canvas, (100, 84), (160, 84), release=False)
    assert sum(pixel(canvas, 128, 84)) > sum(before) + 200
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(160, 84))


def test_what_is_seen_is_what_will_be_painted(qtbot, canvas):
    canvas.show_brush(1.0, 0.8)
    canvas.show_target(Moons())
    paint(qtbot, canvas, (64, 64), (128, 200))
    expected = draw(moons().astype(float), (-8.0, 8.0), canvas.notifications[-1][0])
    assert np.allclose(canvas.shown, expected / expected.max(), atol=1e-6)
    assert canvas.target == Painted(base=Moons(), strokes=(canvas.notifications[-1][0],))


def test_a_second_stroke_adds_to_a_peak_that_is_known(qtbot, canvas):
    canvas.show_brush(1.0, 0.6)
    paint(qtbot, canvas, (64, 64))
    paint(qtbot, canvas, (192, 64))
    assert canvas.shown.max() == pytest.approx(1)
    assert canvas.shown[96, 96] == pytest.approx(canvas.shown[96, 32], rel=0.02)


def test_nothing_jumps_when_a_stroke_ends_or_the_target_is_shown_again(qtbot, canvas):
    paint(qtbot, canvas, (64, 64), (128, 64), release=False)
    during = canvas.shown
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(128, 64))
    assert canvas.shown is during
    canvas.show_target(Painted(strokes=(canvas.notifications[-1][0],)), (-8.0, 8.0))
    assert canvas.shown is during
    canvas.show_target(Moons())
    assert np.array_equal(canvas.shown, moons())


def test_the_picture_is_made_when_it_is_painted_and_only_once(qtbot, canvas, monkeypatch):
    made = []
    picture = Painted.image
    monkeypatch.setattr(Painted, "image", lambda *args: (made.append(1), picture(*args))[1])
    paint(qtbot, canvas, (64, 64), (100, 64), (128, 64), release=False)
    assert not made
    canvas.grab()
    canvas.point_at(QPointF(200, 200))
    canvas.grab()
    assert len(made) == 1
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(128, 64))
    canvas.grab()
    assert len(made) == 1


def test_a_long_painting_that_is_opened_is_drawn_in_pieces(qtbot, canvas, monkeypatch):
    drawn = []
    draw = Painting.draw
    monkeypatch.setattr(Painting, "draw", lambda self, mark: (drawn.append(mark), draw(self, mark))[1])
    strokes = tuple(Stroke(size=0.3, points=((0.05 * k - 7, -1), (0.05 * k - 7, 6))) for k in range(200))
    canvas.show_target(Painted(strokes=strokes))
    canvas.grab()
    assert 0 < len(drawn) < 50
    qtbot.waitUntil(lambda: len(drawn) == 200)
    qtbot.waitUntil(lambda: canvas._image is not None)
    assert pixel(canvas, 150, 100) == pixel(canvas, 60, 100)
    assert len(drawn) == 200  # each once


@pytest.mark.parametrize("resolution", [32, 128, 512])
def test_a_painting_shows_its_own_cells(canvas, resolution):
    stroke = Stroke(points=((-3, 2), (4, 1)))
    canvas.show_target(Painted(strokes=(stroke,), resolution=resolution))
    weights = canvas.target.weights() / canvas.target.weights().max()
    times = max(128 // resolution, 1)
    assert np.array_equal(canvas.shown, np.kron(weights, np.ones((times, times))))


def test_what_is_shown_of_another_square(canvas):
    stroke = Stroke(size=1, strength=1, points=((0, 0),))
    canvas.show_target(Painted(strokes=(stroke,)), (-16.0, 16.0))
    assert canvas.shown[64, 64] > 0.8
    assert canvas.shown[96:].max() == canvas.shown[:32].max() == 0
    canvas.show_target(canvas.target, (0.0, 8.0))
    assert canvas.shown[0, 0] > 0.9


def test_escape_takes_the_stroke_back(qtbot, canvas):
    canvas.show_target(Moons())
    before = canvas.shown.copy()
    paint(qtbot, canvas, (64, 64), (128, 64), release=False)
    assert not np.allclose(canvas.shown, before)
    with qtbot.waitSignal(canvas.cancelled):
        qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert np.allclose(canvas.shown, before)
    told = len(canvas.notifications)
    move(canvas, (200, 200), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
    assert len(canvas.notifications) == told
    assert canvas.stroke is None


def test_escape_without_a_stroke_is_left_to_others(qtbot, canvas):
    with qtbot.assertNotEmitted(canvas.cancelled):
        qtbot.keyClick(canvas, Qt.Key.Key_Escape)


def test_a_release_that_went_elsewhere_ends_the_stroke(qtbot, canvas):
    paint(qtbot, canvas, (64, 64), (128, 64), release=False)
    move(canvas, (130, 70))
    assert canvas.notifications[-1][1] is True
    assert canvas.stroke is None


def test_strokes_may_leave_the_canvas(qtbot, canvas):
    paint(qtbot, canvas, (10, 10), (-500, -500), (10, 240))
    assert len(canvas.notifications[-1][0].points) == 3


def test_a_stroke_that_is_too_long_goes_on_as_another(qtbot, canvas, monkeypatch):
    monkeypatch.setattr("ncsn_viz.core.targets.painting.strokes.MAX_POINTS", 3)
    paint(qtbot, canvas, (10, 10), (20, 10), (30, 10), (40, 10), (50, 10))
    finished = [stroke for stroke, done in canvas.notifications if done]
    assert [len(stroke.points) for stroke in finished] == [3, 2]


def test_the_wheel_changes_size_and_with_shift_strength(qtbot, canvas):
    sizes, strengths = [], []
    canvas.sizeChanged.connect(sizes.append)
    canvas.strengthChanged.connect(strengths.append)
    turn(canvas, 1)
    turn(canvas, -1, Qt.KeyboardModifier.ShiftModifier)
    assert sizes == [0.56]
    assert strengths == [0.55]
    turn(canvas, 200)
    turn(canvas, 200)
    turn(canvas, -200, Qt.KeyboardModifier.ShiftModifier)
    turn(canvas, -200, Qt.KeyboardModifier.ShiftModifier)
    assert sizes == [0.56, 10]
    assert strengths == [0.55, 0.01]
    qtbot.keyClick(canvas, Qt.Key.Key_BracketLeft)
    assert sizes[-1] < 10


def test_showing_a_brush_emits_nothing(qtbot, canvas):
    with qtbot.assertNotEmitted(canvas.sizeChanged), qtbot.assertNotEmitted(canvas.strengthChanged):
        canvas.show_brush(2.0, 0.3)
    assert (canvas.brush.size, canvas.brush.strength) == (2.0, 0.3)


def test_the_ring_is_as_large_as_the_brush(qtbot, canvas):
    canvas.show_brush(2.0, 0.5)  # 32 pixels
    move(canvas, (128, 60))
    picture = canvas.grab().toImage()
    brightness = {x: sum(picture.pixelColor(x, 60).getRgb()[:3]) for x in range(80, 120)}
    assert abs(max(brightness, key=brightness.get) - (128 - 32)) <= 1
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert canvas.cursor_at is None


def test_the_hint_is_there_while_the_canvas_is_empty(qtbot, canvas):
    assert canvas.empty
    canvas.point_at(None)
    hint = canvas.grab().toImage()
    paint(qtbot, canvas, (30, 30))
    assert not canvas.empty
    canvas.show_target(Moons())
    assert not canvas.empty
    canvas.show_target(Painted(resolution=64))
    canvas.point_at(None)
    assert canvas.grab().toImage() == hint
