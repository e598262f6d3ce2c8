"""The figure of a sweep: lines with bands, bars over names, heat maps; as a PNG file."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtGui import QImage

from ncsn_viz.lab.sweep.panels import SweepAxis, SweepLine, SweepPanel
from ncsn_viz.lab.sweep.summary import Quartiles
from ncsn_viz.ui.sweep import figure
from ncsn_viz.ui.sweep.chart import SweepChart
from ncsn_viz.ui.widgets import theme


def point(median, lower=None, upper=None):
    return Quartiles(median, median / 2 if lower is None else lower, 2 * median if upper is None else upper, 3)


NUMBERS = SweepAxis("sigma", ("1", "0.01", "0.1"), (1.0, 0.01, 0.1))
NAMES = SweepAxis("objective", ("sliced", "implicit"), None)
LINES = SweepPanel(
    "score <error>", "1/length²", NUMBERS,
    (SweepLine("one & two", (point(0.1), point(1.0), point(10.0))), SweepLine("b", (point(3.0), None, point(5.0)))),
)  # fmt: skip


@pytest.fixture
def chart(qtbot, qapp):
    theme.apply(qapp)
    made = SweepChart()
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    return made


def lines(chart):
    """The points (x, y) of every line, as they were given."""
    items = [item for item in chart.getPlotItem().items if isinstance(item, pg.PlotDataItem)]
    return [list(zip(*item.getOriginalDataset(), strict=True)) for item in items]


def bands(chart):
    """The bounds of every band, in the coordinates of the view: left, low, right, high."""
    items = [item for item in chart.getPlotItem().items if isinstance(item, pg.FillBetweenItem)]
    return [pytest.approx(item.path().boundingRect().getCoords(), abs=1e-6) for item in items]


def test_lines_with_bands_on_logarithmic_axes(chart):
    chart.show_panel(LINES)
    assert lines(chart) == [[(0.01, 1.0), (0.1, 10.0), (1.0, 0.1)], [(0.1, 5.0), (1.0, 3.0)]]  # from left to right
    assert bands(chart) == [
        (-2, math.log10(0.05), 0, math.log10(20)),
        (-1, math.log10(1.5), 0, 1),
    ]
    first, second = chart.getPlotItem().titleLabel.text.split("<br>")
    assert first == "score &lt;error> (1/length²)"
    assert "●</span>&nbsp;one &amp; two" in second
    assert "■</span>&nbsp;b" in second
    assert chart.axes["bottom"]._tickLevels == [[(0.0, "1"), (-2.0, "0.01"), (-1.0, "0.1")]]
    low, high = chart.view.viewRange()[1]
    assert low < math.log10(0.05) < math.log10(20) < high


def test_what_is_infinite_or_unknown_is_not_drawn(chart):
    one = SweepLine("", (point(math.inf, 5, math.inf), point(2.0, 1, math.inf), point(1.5)))
    chart.show_panel(replace(LINES, lines=(one,)))
    assert lines(chart) == [[(0.01, 2.0), (0.1, 1.5)]]
    assert bands(chart) == []
    assert "<br>" not in chart.getPlotItem().titleLabel.text


def test_bars_over_names_stand_side_by_side(chart):
    made = (SweepLine("a", (point(1.0), point(1.5))), SweepLine("b", (point(1.2), point(1.3))))
    chart.show_panel(SweepPanel("t", "", NAMES, made))
    found = lines(chart)
    assert found[0] == [(-0.125, 0.5), (-0.125, 2.0), (0.875, 0.75), (0.875, 3.0)]  # the quartiles
    assert found[1] == [(-0.125, 1.0), (0.875, 1.5)]  # the medians
    assert found[3] == [(0.125, 1.2), (1.125, 1.3)]
    assert chart.axes["bottom"]._tickLevels == [[(0, "sliced"), (1, "implicit")]]


def test_a_heat_map_has_a_cell_a_setting_with_its_number(chart):
    made = tuple(SweepLine(f"row {n}", (point(1.0 + n), point(math.inf if n == 8 else 20.0 + n))) for n in range(9))
    chart.show_panel(SweepPanel("t", "", NAMES, made))
    (image,) = (item for item in chart.getPlotItem().items if isinstance(item, pg.ImageItem))
    colors, table = image.image, theme.error_colors()
    assert colors.shape == (9, 2, 4)
    assert (colors[0, 0] == table[0]).all()
    assert (colors[7, 1] == table[255]).all()  # the greatest
    assert (colors[8, 1] == table[255]).all()  # an infinite one is no less
    middle = math.log10(5) / math.log10(27)
    assert (colors[4, 0] == table[int(255 * middle)]).all()
    texts = {(item.pos().x(), item.pos().y()): item.toPlainText() for item in chart.getPlotItem().items
             if isinstance(item, pg.TextItem)}  # fmt: skip
    assert len(texts) == 18
    assert (texts[0, 2], texts[1, 8]) == ("3.0", "∞")
    assert chart.axes["left"]._tickLevels[0][3] == (3, "row 3")
    assert chart.view.yInverted()
    chart.show_panel(LINES)  # and back
    assert not chart.view.yInverted()
    assert chart.axes["left"]._tickLevels is None


def test_it_follows_the_theme(chart, qapp):
    chart.show_panel(LINES)
    theme.apply(qapp, theme.LIGHT)
    qapp.processEvents()
    pens = [item.opts["pen"].color().name() for item in chart.getPlotItem().items if isinstance(item, pg.PlotDataItem)]
    theme.apply(qapp)
    assert pens == list(theme.LIGHT.lanes[:2])


def test_the_figure_is_a_picture_of_all_panels(qapp):
    rows = tuple(SweepLine(f"row {n}", (point(1.0 + n), point(20.0 + n))) for n in range(40))
    picture = QImage.fromData(figure.as_png([LINES] + [SweepPanel("t", "", NAMES, rows)], "so many runs"))
    assert picture.width() == 2 * figure.SIZE[0]
    assert picture.height() == 40 * figure.ROW + 40
    pixels = np.frombuffer(picture.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint32)
    assert len(np.unique(pixels[::7])) > 100
