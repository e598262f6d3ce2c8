"""A plot in the real widget: zoom, pan, menu, export."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.ui.charts import export
from ncsn_viz.ui.charts.axis import NumberAxis, log_text, tick_text
from ncsn_viz.ui.charts.chart import Chart
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def chart(qtbot):
    theme.apply(QApplication.instance())
    chart = Chart()
    qtbot.addWidget(chart)
    chart.resize(400, 240)
    chart.plot(np.arange(11.0), np.arange(11.0) ** 2, name="squares")
    chart.show()
    qtbot.waitExposed(chart)
    return chart


def ranges(chart):
    return np.array(chart.getViewBox().viewRange())


def pixel(chart, x, y):
    """The pixel of the widget at the point (x, y) of the plot."""
    return chart.mapFromScene(chart.view.mapViewToScene(QPointF(x, y)))


def turn_wheel(chart, at, delta):
    event = QWheelEvent(
        QPointF(at), QPointF(chart.mapToGlobal(at)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chart.viewport(), event)


def test_wheel_zooms_about_the_mouse_and_a_double_click_shows_everything(chart, qtbot):
    before = ranges(chart)
    turn_wheel(chart, pixel(chart, 5, 50), 240)
    zoomed = ranges(chart)
    assert np.all(np.diff(zoomed) < 0.9 * np.diff(before))
    # x' = c + f (x − c) with one f for both ends, where c is the point under the mouse
    for axis, center in enumerate((5, 50)):
        factors = (zoomed[axis] - center) / (before[axis] - center)
        assert factors[0] == pytest.approx(factors[1], rel=0.05)
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=pixel(chart, 5, 50))
    qtbot.mouseDClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=pixel(chart, 5, 50))
    np.testing.assert_allclose(ranges(chart), before, rtol=1e-6)


def test_left_button_pans_by_what_the_mouse_moves(chart, qtbot):
    start, before, view = pixel(chart, 5, 50), ranges(chart), chart.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 20, 30, 40):
        qtbot.mouseMove(view, start + QPoint(step, 0))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    per_pixel = np.diff(before[0])[0] / chart.view.width()
    np.testing.assert_allclose(ranges(chart)[0], before[0] - 40 * per_pixel, atol=1.5 * per_pixel)


def test_menu_changes_the_mouse_and_says_so(chart):
    texts = [action.text() for action in chart.menu().actions() if action.text()]
    assert texts[:2] == ["Show everything", "Zoom by a frame"]
    chart.menu().actions()[1].trigger()
    assert chart.view.state["mouseMode"] == chart.view.RectMode
    assert chart.menu().actions()[1].text() == "Move by the mouse"


def test_exported_values_are_those_of_the_curve_also_on_log_axes(chart):
    chart.setLogMode(x=False, y=True)
    rows = list(csv.reader(io.StringIO(chart.content("csv").decode())))
    assert rows[0][:2] == ["squares_x", "squares_y"]
    np.testing.assert_allclose([[float(cell) for cell in row[:2]] for row in rows[1:]],
                               np.stack([np.arange(11), np.arange(11) ** 2], axis=1))  # fmt: skip


def test_png_is_twice_as_large_as_on_the_screen_and_has_the_curve_in_it(chart):
    chart.getPlotItem().listDataItems()[0].setPen("#ff00ff", width=3)
    image = QImage.fromData(chart.content("png"))
    assert abs(image.width() - 2 * chart.width()) <= 4
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    assert {"#ff00ff", theme.colors().card} <= colors


def test_svg_has_the_curve_in_pixels(chart):
    chart.getPlotItem().listDataItems()[0].setPen("#ff00ff")
    root = ET.fromstring(chart.content("svg"))
    space = "{http://www.w3.org/2000/svg}"
    drawn = [group for group in root.iter(f"{space}g") if group.get("stroke") == "#ff00ff"]
    coordinates = [child.get("d") or child.get("points") for group in drawn for child in group if len(child.attrib) > 1]
    curve = max(coordinates, key=len)
    points = [[float(number) for number in pair.strip("MLZ").split(",")] for pair in curve.split()]
    expected = [chart.view.mapViewToScene(QPointF(x, x * x)).toTuple() for x in range(11)]
    np.testing.assert_allclose(points, expected, atol=1.5)
    assert not any(
        "vector-effect" in element.attrib for element in root.iter(f"{space}path") if element.get("d") == curve
    )


def test_a_folder_that_is_not_there_gets_a_sentence(chart, tmp_path, monkeypatch, qtbot):
    monkeypatch.setattr(export, "path_to_save", lambda *_: tmp_path / "missing" / "plot.png")
    with qtbot.waitSignal(chart.failed) as signal:
        chart.menu().actions()[4].trigger()
    assert signal.args == ["“plot.png” could not be written: No such file or directory."]


def test_export_writes_what_content_says_and_adds_the_suffix(chart, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "path_to_save", lambda *_: tmp_path / "curve")
    chart.menu().actions()[6].trigger()
    assert (tmp_path / "curve.csv").read_bytes() == chart.content("csv")


def ticks(low, high, size=200.0, log=False):
    """The positions and texts of the ticks of an axis without a line."""
    axis = NumberAxis("bottom", ticks=False)
    axis.setLogMode(log)
    return [
        (at, text)
        for spacing, values in axis.tickValues(low, high, size)
        for at, text in zip(values, axis.tickStrings(values, 1.0, spacing), strict=True)
    ]


@pytest.mark.parametrize(
    ("low", "high"), [(-2.2, 0.4), (-9, 9), (1.3, 2.9), (2.0, 2.6), (2.1, 2.11), (-3.31, -3.309), (-300, 300)]
)
def test_ticks_of_a_log_axis_show_the_values_of_their_positions(qapp, low, high):
    found = ticks(low, high, log=True)
    assert 2 <= len(found) <= 10
    assert len({text for _, text in found}) == len(found)
    for at, text in found:
        assert low <= at <= high
        power = re.fullmatch(f"(?:(.+)·)?10([{SUPERSCRIPT}]+)", text)
        number, exponent = (power[1] or "1", power[2]) if power else (text, "0")
        value = np.log10(float(number.translate(DIGITS))) + float(exponent.translate(DIGITS))
        assert value == pytest.approx(at, abs=1e-3 * (high - low))


SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
DIGITS = {ord(sup): digit for sup, digit in zip(SUPERSCRIPT, "0123456789-", strict=True)} | {0x202F: None}


def test_ticks_of_a_log_axis_are_powers_or_round_numbers(qapp):
    assert [text for _, text in ticks(-3.2, 1.2, log=True)] == ["10⁻³", "10⁻²", "0.1", "1", "10"]
    assert [text for _, text in ticks(-2.2, -0.9, log=True)] == ["0.01", "0.02", "0.05", "0.1"]
    assert [text for _, text in ticks(0.1, 0.2, log=True)] == ["1.3", "1.4", "1.5"]
    assert [text for _, text in ticks(0, 7600)] == ["0", "2 000",
                                                    "4 000", "6 000"]  # fmt: skip


def test_a_grid_is_behind_the_curves_and_numbers_have_no_ticks(qtbot):
    axes = {"left": NumberAxis("left", ticks=False, grid=True), "bottom": NumberAxis("bottom", ticks=False)}
    made = Chart(axes=axes)
    qtbot.addWidget(made)
    made.resize(400, 240)
    made.plot([0.0, 10.0], [5.0, 5.0], pen={"color": "#ff00ff", "width": 3})
    made.setYRange(0, 10, padding=0)
    made.grab()
    image = made.grab().toImage()
    row = pixel(made, 5, 5).y()
    colors = {image.pixelColor(pixel(made, x, 5).x(), y).name() for x in (3, 7) for y in range(row - 1, row + 2)}
    assert "#ff00ff" in colors  # no grid line over it
    line, below = theme.colors().line, pixel(made, 0, 0).y() + 2
    grid = [y for y in range(image.height()) if image.pixelColor(pixel(made, 5, 5).x(), y).name() == line]
    assert 2 <= len(grid) <= 8
    assert not any(image.pixelColor(x, below).name() == line for x in range(image.width()))


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.05, 2, "0.05"),
        (-2.0, 0, "−2"),
        (12e3, 0, "12\N{NARROW NO-BREAK SPACE}000"),
        (-1e-17, 1, "0"),
        (2.5, 1, "2.5"),
        (4.9e-4, 7, "0.0004900"),
        (2e7, -6, "2.0·10⁷"),
        (0.0, -3, "0"),
    ],
)
def test_tick_text(value, decimals, text):
    assert tick_text(value, decimals) == text


@pytest.mark.parametrize(("exponent", "text"), [(-3, "10⁻³"), (0, "1"), (1, "10"), (4, "10⁴"), (np.log10(0.2), "0.2")])
def test_log_text(exponent, text):
    assert log_text(exponent) == text
