"""Every tool by mouse events: what it puts into the Spec, in one step of undo that Escape takes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPointingDevice, QTabletEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.core.targets.painting import Blob, Stroke, TextMark
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.target.panel import TargetColumn
from ncsn_viz.ui.target.tools import TOOLS
from ncsn_viz.ui.widgets import theme

LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
SHIFT, PLAIN = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def column(qtbot):
    """The left column with a session behind it, wired as in the window; the canvas is a square of 240 pixels."""
    theme.apply(QApplication.instance())
    session = Session(replace(Spec(), target=Painted()), "cpu")
    made = TargetColumn()
    made.session = session
    made.edited.connect(session.edit)
    session.specChanged.connect(made.show_spec)
    made.undoAsked.connect(session.undo)
    made.redoAsked.connect(session.redo)
    made.show_spec(session.spec)
    qtbot.addWidget(made)
    made.resize(260, 1000)
    made.show()
    qtbot.waitExposed(made)
    yield made
    session.close()


def send(canvas, kind, place, button, buttons, modifiers=PLAIN):
    at = QPointF(*place)
    QApplication.sendEvent(canvas, QMouseEvent(kind, at, canvas.mapToGlobal(at), button, buttons, modifiers))


def drag(column, *points, button=LEFT, modifiers=PLAIN, release=True):
    """A drag through points of the plane."""
    places = [pixel(column, point) for point in points]
    send(column.canvas, QEvent.Type.MouseButtonPress, places[0], button, button, modifiers)
    for place in places[1:]:
        send(column.canvas, QEvent.Type.MouseMove, place, NONE, button, modifiers)
    if release:
        send(column.canvas, QEvent.Type.MouseButtonRelease, places[-1], button, NONE, modifiers)


def hover(column, point):
    send(column.canvas, QEvent.Type.MouseMove, pixel(column, point), NONE, NONE)


def pixel(column, point):
    place = column.canvas.to_pixel(point)
    return place.x(), place.y()


def turn(canvas, notches, modifiers=PLAIN):
    place = QPointF(canvas.rect().center())
    event = QWheelEvent(
        place, canvas.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), NONE, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def marks(column):
    return column.session.spec.target.strokes


def close(point, wanted):
    return point == pytest.approx(wanted, abs=1e-6)


def corners(mark):
    points = np.array(mark.points)
    return [*points.min(axis=0), *points.max(axis=0)]


@pytest.mark.parametrize("tool", [name for name in TOOLS if name not in ("curve", "eraser")])
def test_every_tool_is_one_step_is_seen_at_once_and_is_taken_back(qtbot, column, tool):
    column.tools.choose(tool)
    before = column.session.spec
    drag(column, (-3, -3), (0, 1), (2, 3), release=False)
    assert len(marks(column)) == 1
    during = Painted(strokes=marks(column)).weights()
    assert np.abs(column.canvas.shown - during / during.max()).max() < 1e-9
    qtbot.keyClick(column.canvas, Qt.Key.Key_Escape)
    assert column.session.spec == before
    drag(column, (-3, -3), (0, 1), (2, 3))
    after = column.session.spec
    assert len(after.target.strokes) == 1
    column.session.undo()
    assert column.session.spec == before
    column.session.redo()
    assert column.session.spec == after


def test_a_line_is_straight_and_with_shift_in_one_of_eight_directions(column):
    column.tools.choose("line")
    drag(column, (-3, -3), (0, 1), (2, 3))
    assert close(marks(column)[0].points[0], (-3, -3))
    assert close(marks(column)[0].points[1], (2, 3))
    drag(column, (0, 0), (5, 0.4), modifiers=SHIFT)
    assert close(marks(column)[1].points[1], (5, 0))
    drag(column, (0, 0), (-4, 3.8), modifiers=SHIFT)
    assert close(marks(column)[2].points[1], (-3.9, 3.9))


def test_shapes_span_their_corners(column):
    column.tools.choose("rectangle")
    drag(column, (-3, -2), (4, 1))
    assert close(corners(marks(column)[0]), [-3, -2, 4, 1])
    drag(column, (-3, -2), (4, 1), modifiers=SHIFT)
    assert close(corners(marks(column)[1]), [-3, -2, 4, 5])
    column.tools.choose("ellipse")
    drag(column, (-3, -2), (4, 1), button=RIGHT)
    ellipse = marks(column)[2]
    assert ellipse.tool == "eraser"
    assert close(corners(ellipse), [-3, -2, 4, 1])
    x, y = np.array(ellipse.points).T
    assert np.abs(((x - 0.5) / 3.5) ** 2 + ((y + 0.5) / 1.5) ** 2 - 1).max() < 1e-9
    assert all(mark.filled for mark in marks(column))


def test_a_free_shape_is_filled(column):
    column.tools.choose("free")
    drag(column, (-3, -3), (3, -3), (3, 3), (-3, 3))
    weights = column.session.spec.target.weights()
    assert weights[64, 64] == pytest.approx(marks(column)[0].strength)


def test_a_curve_runs_through_its_clicks_and_ends_at_a_key(qtbot, column):
    column.tools.choose("curve")
    clicked = [(-5.0, 0.0), (-2.0, 3.0), (1.0, -2.0), (4.0, 1.0)]
    for point in clicked:
        drag(column, point)
        hover(column, (point[0] + 0.5, point[1] + 0.5))
    qtbot.keyClick(column.canvas, Qt.Key.Key_Return)
    way = np.array(marks(column)[0].points)
    for point in clicked:
        assert np.hypot(*(way - point).T).min() < 1e-6
    assert close(way[-1], clicked[-1])
    assert np.hypot(*np.diff(way, axis=0).T).max() < 1  # smooth: no long straight pieces
    column.session.undo()
    assert marks(column) == ()
    drag(column, (0, 0))
    hover(column, (3, 3))
    qtbot.keyClick(column.canvas, Qt.Key.Key_Escape)
    assert marks(column) == ()
    hover(column, (1, 1))
    assert column.canvas.stroke is None


def test_undo_in_the_middle_of_a_curve_drops_it(column):
    column.tools.choose("curve")
    drag(column, (0, 0))
    hover(column, (3, 3))
    column.session.undo()
    assert column.canvas.stroke is None
    hover(column, (4, 3))
    assert marks(column) == ()


def test_another_tool_ends_the_curve(column):
    column.tools.choose("curve")
    drag(column, (0, 0))
    drag(column, (3, 3))
    column.tools.choose("brush")
    assert column.canvas.stroke is None
    assert len(marks(column)) == 1


def test_a_blob_is_moved_stretched_and_turned_by_its_handles(column):
    column.tools.choose("blob")
    drag(column, (1, 1))
    assert marks(column) == (Blob(mean=marks(column)[0].mean, std_1=1.0, std_2=1.0),)
    drag(column, (2, 1), (3, 3))  # the handle of its length
    blob = marks(column)[0]
    assert close((blob.std_1, blob.angle, blob.std_2), (np.hypot(2, 2), 45, 1))
    side = (1 - np.sqrt(0.5), 1 + np.sqrt(0.5))
    drag(column, side, (0, 2))
    blob = marks(column)[0]
    assert close((blob.std_1, blob.angle, blob.std_2), (np.hypot(2, 2), 45, np.hypot(1, 1)))
    drag(column, (1, 1), (-2, -3))
    assert close(marks(column)[0].mean, (-2, -3))
    assert len(marks(column)) == 1
    expected = Painted(strokes=marks(column)).weights()
    assert np.abs(column.canvas.shown - expected / expected.max()).max() < 1e-9
    for step in range(4):
        column.session.undo()
        assert len(marks(column)) == (step < 3)
    for _ in range(4):
        column.session.redo()
    assert close(marks(column)[0].mean, (-2, -3))


def test_escape_puts_a_pulled_handle_back(qtbot, column):
    column.tools.choose("blob")
    drag(column, (1, 1))
    before = column.session.spec
    drag(column, (1, 1), (4, 4), release=False)
    assert column.session.spec != before
    qtbot.keyClick(column.canvas, Qt.Key.Key_Escape)
    assert column.session.spec == before


def test_the_wheel_scales_the_chosen_mark_as_one_step(column):
    column.tools.choose("blob")
    drag(column, (1, 1))
    for _ in range(3):
        turn(column.canvas, 1)
    assert marks(column)[0].std_1 == pytest.approx(1.12**3)
    turn(column.canvas, 1, SHIFT)
    assert marks(column)[0].strength == pytest.approx(0.65)
    column.session.undo()
    assert marks(column)[0].std_1 == 1
    assert column.canvas.brush.size == 0.5


def test_the_form_of_the_mark_on_top(qtbot, column):
    assert not column.mark.isVisible()
    column.tools.choose("blob")
    drag(column, (1, 1))
    assert column.mark.isVisible()
    slider = column.mark.form.rows["std_2"].slider
    qtbot.mousePress(slider, LEFT, pos=QPoint(20, 9))
    for x in (25, 30, 35):
        qtbot.mouseMove(slider, QPoint(x, 9))
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(35, 9))
    assert marks(column)[0].std_2 != 1
    column.session.undo()
    assert marks(column)[0].std_2 == 1
    column.tools.choose("brush")
    drag(column, (-3, -3))
    assert not column.mark.isVisible()


def test_a_text_is_put_down_and_then_typed(qtbot, column):
    column.tools.choose("text")
    drag(column, (0, 0))
    field = column.mark.form.rows["text"].field
    qtbot.keyClicks(field, "Hi")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert isinstance(marks(column)[0], TextMark)
    assert marks(column)[0].text == "Hi"
    drag(column, (4, 4))
    assert marks(column)[1].text == "Hi"
    drag(column, (4, 4), (2, -4))
    assert close(marks(column)[1].centre, (2, -4))
    assert len(marks(column)) == 2


@pytest.mark.parametrize("tool", ["brush", "rectangle", "blob", "text"])
def test_symmetry_goes_into_new_marks(column, tool):
    column.tools.set_symmetry("both", 6)
    column.tools.choose(tool)
    drag(column, (1, 2), (4, 4))
    weights = column.session.spec.target.weights()
    assert weights.max() > 0
    assert np.abs(weights - weights[::-1]).max() < 1e-12
    assert np.abs(weights - weights[:, ::-1]).max() < 1e-12
    column.tools.set_symmetry("none", 6)
    drag(column, (-2, 3), (-3, 5))
    assert marks(column)[1].symmetry == "none"


def test_the_axes_of_symmetry_are_shown(column):
    column.canvas.point_at(None)
    plain = column.canvas.grab().toImage()
    column.tools.set_symmetry("turned", 5)
    assert column.canvas.grab().toImage() != plain
    assert column.tools.symmetry.isChecked()
    assert "× 5" in column.tools.symmetry.toolTip()


def test_keys_choose_tools(qtbot, column):
    for name, tool in TOOLS.items():
        qtbot.keyClick(column, tool.key)
        assert column.tools.buttons[name].isChecked()
        assert column.canvas.tool == name
    assert len({tool.key for tool in TOOLS.values()} | set("TPSRNHFL0123456789")) == len(TOOLS) + 18


def test_a_stroke_after_undo_has_its_full_strength(column):
    column.tools.choose("brush")
    for _ in range(3):
        drag(column, (0, 0), (3, 0))
    for _ in range(2):
        column.session.undo()
    drag(column, (0, 4), (3, 4))
    expected = column.session.spec.target.weights()
    assert np.abs(column.canvas.shown - expected / expected.max()).max() < 1e-9


def test_presets_and_clear_are_undone(qtbot, column):
    drag(column, (0, 0))
    painted = column.session.spec
    qtbot.mouseClick(column.presets.thumbs["moons"], LEFT)
    assert column.session.spec.target == Moons()
    drag(column, (0, 0))
    assert column.session.spec.target.base == Moons()
    qtbot.mouseClick(column.tools.clear, LEFT)
    assert column.session.spec.target == Painted()
    for _ in range(3):
        column.session.undo()
    assert column.session.spec == painted
    assert isinstance(marks(column)[0], Stroke)


def pen(column, kind, point, pressure):
    """What Qt sends for a tablet: the pen's event, then the mouse's."""
    at = QPointF(*pixel(column, point))
    device = QPointingDevice.primaryPointingDevice()
    event = QTabletEvent(kind, device, at, column.canvas.mapToGlobal(at), pressure, 0, 0, 0, 0, 0, PLAIN, LEFT, LEFT)
    QApplication.sendEvent(column.canvas, event)


def test_a_pen_paints_by_its_pressure(column):
    pen(column, QEvent.Type.TabletPress, (-4, 0), 0.25)
    send(column.canvas, QEvent.Type.MouseButtonPress, pixel(column, (-4, 0)), LEFT, LEFT)
    for x, pressure in ((-2, 0.5), (2, 0.75)):
        pen(column, QEvent.Type.TabletMove, (x, 0), pressure)
        send(column.canvas, QEvent.Type.MouseMove, pixel(column, (x, 0)), NONE, LEFT)
    pen(column, QEvent.Type.TabletRelease, (2, 0), 0)
    send(column.canvas, QEvent.Type.MouseButtonRelease, pixel(column, (2, 0)), LEFT, NONE)
    assert marks(column)[0].pressures == (0.25, 0.5, 0.75)
    assert marks(column)[0].strength == 0.6
    weights = column.session.spec.target.weights()
    assert weights[64, 40] < weights[64, 70]
    drag(column, (0, 4), (1, 4))
    assert marks(column)[1].pressures == ()
