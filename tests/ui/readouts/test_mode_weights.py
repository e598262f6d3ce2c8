"""Mode weights: bars as high as their share."""

import csv
import io
from itertools import pairwise

import numpy as np
import pytest
from fake_snapshots import difference, lane, pixels_of, snapshot
from PySide6.QtCore import QPoint, QPointF, Qt

from ncsn_viz.ui.readouts.mode_weights import MOST, ModeWeightsCard, shown_modes
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = ModeWeightsCard()
    qtbot.addWidget(made)
    made.resize(260, 200)
    made.show()
    return made


def show(card, shares, truth):
    card.show_snapshot(snapshot([lane(mode_weights=share) for share in shares], mode_weights=truth))
    card._throttle.flush()


def pixel(card, x, weight):
    chart = card.chart
    return chart.mapTo(card, chart.mapFromScene(chart.view.mapViewToScene(QPointF(x, weight))))


def columns(card, number):
    """How many pixels of a lane's colour each column has."""
    return (difference(pixels_of(card), theme.lane_color(number)) < 6).sum(0)


def test_bars_are_as_high_as_their_share_in_the_lanes_colours(card):
    shares = [(0.8, 0.2), (0.5, 0.5)]
    show(card, shares, (0.75, 0.25))
    unit = pixel(card, 0, 0).y() - pixel(card, 0, 1).y()
    for number, share in enumerate(shares):
        seen = columns(card, number)
        middle = pixel(card, 0.5, 0).x()
        assert [seen[:middle].max(), seen[middle:].max()] == pytest.approx([value * unit for value in share], abs=4)
    left, right = (np.flatnonzero(columns(card, number)) for number in range(2))
    groups = [left[left < middle], right[right < middle], left[left > middle], right[right > middle]]
    for one, other in pairwise(groups):
        assert one.max() < other.min()  # a lane beside the other, a mode beside the other
    at = pixel(card, 0, 0.75).y()
    line = difference(pixels_of(card)[at - 2 : at + 3, groups[0].min() : groups[1].max()], theme.colors().text)
    assert 0.4 < (line.min(0) < 60).mean() < 0.9  # dashed


def test_the_heaviest_modes_are_shown_and_their_number_noted(card, qtbot):
    truth = tuple(np.arange(1, 16) / 120)
    card.resize(330, 200)
    show(card, [truth], truth)
    assert shown_modes(truth) == list(range(5, 15))
    assert card.note.text() == f"heaviest {MOST} of 15"
    assert card.note.isVisible()
    card.resize(190, 200)
    assert not card.note.isVisible()  # there is no room for it
    card.resize(330, 200)
    seen = columns(card, 0)
    heights = [seen[pixel(card, place, 0).x()] for place in range(MOST)]
    assert heights == pytest.approx(np.arange(6, 16) / 15 * heights[-1], abs=3)
    assert heights[-1] > 80
    assert card.chart.axes["bottom"]._tickLevels[0][0] == (0, "6")
    assert "mode 6: true 0.050\nA  0.050" in card.chart.tip_at(card.chart.mapFrom(card, pixel(card, 0, 0.01)))
    assert card.chart.tip_at(QPoint(-50, 20)) == ""
    rows = list(csv.reader(io.StringIO(card.chart.content("csv").decode())))  # of all modes
    assert rows[0] == ["mode", "true", "A"]
    assert [row[0] for row in rows[1:]] == [str(mode) for mode in range(1, 16)]
    np.testing.assert_allclose([[float(cell) for cell in row[1:]] for row in rows[1:]],
                               np.stack([truth, truth], axis=1), rtol=1e-6)  # fmt: skip


def test_no_modes_and_missing_weights(card):
    show(card, [()], ())
    assert "no separate modes" in card.text.text()
    assert not card.draws
    assert "chart" not in card.__dict__
    show(card, [(), (np.nan, 0.5)], (0.5, 0.5))
    assert card.draws
    assert not columns(card, 0).any()
    seen, middle = columns(card, 1), pixel(card, 0.5, 0).x()
    assert not seen[:middle].any()
    assert seen[middle:].max() == pytest.approx(pixel(card, 0, 0).y() - pixel(card, 0, 0.5).y(), abs=4)
    show(card, [(0.5, 0.5)], (0.5, 0.5))  # a lane has gone
    assert columns(card, 0).any()
    assert not columns(card, 1).any()


def test_the_axis_does_not_follow_every_change(card):
    tops = []
    for share in (0.5, 0.52, 0.48, 0.5):
        show(card, [(share, 1 - share)], (0.5, 0.5))
        tops.append(card.chart.view.viewRange()[1][1])
    assert len(set(tops)) == 1
    show(card, [(0.9, 0.1)], (0.5, 0.5))
    assert card.chart.view.viewRange()[1][1] >= 0.9
    show(card, [(0.1,) * 10], (0.1,) * 10)
    assert card.chart.view.viewRange()[1][1] < 0.2


def test_a_double_click_shows_all_bars_again(card, qtbot):
    show(card, [(0.5, 0.5)], (0.5, 0.5))
    before = card.chart.view.viewRange()
    card.chart.view.scaleBy((0.5, 0.5))
    show(card, [(0.48, 0.52)], (0.5, 0.5))
    assert card.chart.view.viewRange() != before
    qtbot.mouseDClick(card.chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 60))
    assert card.chart.view.viewRange() == before


def test_bars_follow_the_theme(card, qapp):
    show(card, [(0.5, 0.5)], (0.5, 0.5))
    theme.apply(qapp, theme.LIGHT)
    qapp.processEvents()
    assert columns(card, 0).sum() > 100
    theme.apply(qapp, theme.DARK)
