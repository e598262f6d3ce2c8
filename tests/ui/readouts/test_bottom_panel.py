"""The bottom panel: the pages of curves and table, and the legend."""

from dataclasses import replace

import pytest
from fake_snapshots import curve, difference, lane, pixels_of, snapshot
from PySide6.QtCore import Qt

from ncsn_viz.ui.readouts.bottom_panel import BottomPanel
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def below(qtbot, qapp):
    theme.apply(qapp)
    made = BottomPanel()
    qtbot.addWidget(made)
    made.resize(960, 200)
    made.show()
    return made


class Bench:
    """A stand-in for the window: it applies every edit and shows what comes of it."""

    def __init__(self, below, lanes):
        self.below = below
        self.seen = snapshot(lanes)
        self.spec = self.seen.spec
        below.edited.connect(self.edit)
        self.show()

    def edit(self, edit, _):
        self.spec = edit(self.spec)
        self.show()

    def show(self):
        self.below.show_spec(self.spec)
        self.below.show_snapshot(self.seen, 0, self.spec)


LANES = [lane(curve=curve(loss=[1, 0.1], fisher=[2, 0.2]), metrics={"sliced_w2": value}) for value in (0.5, 0.1, 0.3)]


def click(qtbot, widget):
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_the_switch_changes_the_page_and_is_part_of_the_spec(below, qtbot):
    bench = Bench(below, LANES)
    assert below.curves[0].isVisible()
    assert not below.table.isVisible()
    click(qtbot, below.tabs["table"])
    assert bench.spec.view.below == "table"
    assert below.table.isVisible()
    assert below.copy.isVisible()
    assert not below.legend.isVisible()
    assert below.table.metrics.rowCount() == 3
    click(qtbot, below.tabs["curves"])
    assert below.curves[1].isVisible()


def test_the_legend_hides_lanes_and_shows_them_again(below, qtbot):
    bench = Bench(below, LANES)
    assert [entry.text()[0] for entry in below.legend.entries] == ["A", "B", "C"]
    click(qtbot, below.legend.entries[1])
    assert bench.spec.view.hidden == (1,)
    for card in below.curves:
        assert [line.slot for line in card.lines] == [0, 2]
    assert not below.legend.entries[1].isChecked()
    entry = below.legend.entries[1]
    hidden = (difference(pixels_of(entry), theme.lane_color(1)) < 60).sum()
    click(qtbot, entry)
    assert bench.spec.view.hidden == ()
    assert (difference(pixels_of(entry), theme.lane_color(1)) < 60).sum() > hidden
    assert [line.slot for line in below.curves[0].lines] == [0, 1, 2]


def test_the_legend_follows_the_lanes(below):
    bench = Bench(below, LANES)
    bench.spec = replace(bench.spec, lanes=(bench.spec.lanes[2], replace(bench.spec.lanes[0], name="near")))
    bench.show()
    assert len(below.legend.entries) == 2
    assert [entry.text() for entry in below.legend.entries] == ["C  NCSN", "A  near"]
    assert [entry.slot for entry in below.legend.entries] == [2, 0]
