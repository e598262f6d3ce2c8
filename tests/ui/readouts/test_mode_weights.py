"""Mode weights: bars as high as their share."""

import numpy as np
import pytest
from fake_snapshots import difference, lane, pixels_of, snapshot

from ncsn_viz.ui.readouts.mode_weights import MOST, ModeWeightsCard
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = ModeWeightsCard()
    qtbot.addWidget(made)
    made.resize(260, 200)
    made.show()
    return made


def test_bars_are_as_high_as_their_share(card):
    shares = [(0.8, 0.2), (0.5, 0.5)]
    card.show_snapshot(snapshot([lane(mode_weights=share) for share in shares], mode_weights=(0.75, 0.25)))
    unit = card.bar(0, 0).height() / 0.8
    for number, share in enumerate(shares):
        for mode, value in enumerate(share):
            bar = card.bar(mode, number)
            assert bar.height() == pytest.approx(value * unit)
            assert bar.bottom() == pytest.approx(card.plot_box().bottom())
    assert card.bar(0, 0).right() <= card.bar(0, 1).left()
    assert card.bar(0, 1).right() < card.bar(1, 0).left()


def test_bars_are_painted_in_the_lanes_colours_with_the_truth_over_them(card):
    card.show_snapshot(snapshot([lane(mode_weights=(0.8, 0.2))] * 2, mode_weights=(0.75, 0.25)))
    pixels = pixels_of(card)
    for number in range(2):
        rows, columns = np.nonzero(difference(pixels, theme.lane_color(number)) < 6)
        high, low = card.bar(0, number), card.bar(1, number)
        assert len(rows) == pytest.approx(high.width() * high.height() + low.width() * low.height(), rel=0.15)
        assert columns.min() >= high.left() - 1
        assert rows.min() == pytest.approx(high.top(), abs=2)
    room = card.group(0)
    y = room.bottom() - room.height() * 0.75 / card.top()
    line = difference(pixels[int(y) - 1 : int(y) + 2, int(room.left()) : int(room.right())], theme.colors().text)
    assert (line.min(0) < 60).mean() > 0.4


def test_the_heaviest_modes_are_shown_and_their_number_noted(card):
    truth = tuple(np.arange(1, 16) / 120)
    card.show_snapshot(snapshot([lane(mode_weights=truth)], mode_weights=truth))
    assert card.shown() == list(range(5, 15))
    assert len(card.shown()) == MOST
    assert "10" in card._note()
    assert "15" in card._note()
    seen = (difference(pixels_of(card), theme.lane_color(0)) < 6).sum(0)  # in every column of pixels, how much of a bar
    heights = [seen[round(card.bar(place, 0).center().x())] for place in range(MOST)]
    assert heights == pytest.approx(np.arange(6, 16) / 15 * heights[-1], abs=2)
    assert heights[-1] > 80
    assert "mode 6" in card.tip_at(card.group(0).center().x())
    assert card.tip_at(-5) == ""


def test_no_modes_and_missing_weights(card):
    card.show_snapshot(snapshot([lane()]))
    assert card.shown() == []
    assert bars(card, 0) == bars(card, 1) == 0
    card._throttle.flush()
    card.show_snapshot(snapshot([lane(), lane(mode_weights=(np.nan, 0.5))], mode_weights=(0.5, 0.5)))
    card._throttle.flush()
    assert card.bar(0, 0).height() == 0
    assert card.bar(0, 1).height() == 0
    assert card.bar(1, 1).height() > 0
    assert bars(card, 0) == 0
    assert bars(card, 1) == pytest.approx(card.bar(1, 1).width() * card.bar(1, 1).height(), rel=0.15)


def bars(card, mark):
    """How many pixels have the colour of a lane."""
    return (difference(pixels_of(card), theme.lane_color(mark)) < 6).sum()
