"""The noise ladder: where the particles are."""

import numpy as np
import pytest
from fake_snapshots import difference, lane, pixels_of, spec

from ncsn_viz.ui import theme
from ncsn_viz.ui.views.ladder import Ladder, heights

LEVELS = tuple(np.geomspace(10, 0.1, 10).tolist())


@pytest.fixture
def ladder(qtbot, qapp):
    theme.apply(qapp)
    made = Ladder()
    qtbot.addWidget(made)
    made.resize(800, made.height())
    made.show()
    return made


def test_heights_are_linear_in_the_logarithm():
    found = np.array(heights(LEVELS))
    assert np.diff(found) == pytest.approx(np.full(9, found[1] - found[0]))
    assert found[0] == 1
    assert found[-1] > 0.1
    assert heights((0.5,)) == [1.0]
    assert heights((1.0, 0.0))[0] == 1


def test_the_level_stands_out_and_is_said(ladder):
    ladder.show_lane(lane(levels=LEVELS, level=5, sigma=LEVELS[5], progress=0.55), spec(3), 2)
    assert ladder.words() == "σ = 0.774 · level 6/10"
    columns = np.nonzero((difference(pixels_of(ladder), theme.lane_color(2)) < 12).sum(0) > 8)[0]
    bar = columns[columns > 60]
    assert len(bar) > 20
    marker = np.nonzero((difference(pixels_of(ladder)[8:-8], theme.colors().text) < 60).all(0))[0]
    marker = marker[marker < 600]
    assert len(marker)
    assert bar.min() < marker.mean() < bar.max()  # 0.55 of the way is inside the sixth of ten levels


def test_a_single_level_shows_progress(ladder):
    widths = []
    for progress in (0.25, 0.5, 1.0):
        ladder.show_lane(lane(levels=(0.3,), sigma=0.3, progress=progress), spec(), 0)
        seen = (difference(pixels_of(ladder), theme.lane_color(0)) < 12)[:, 60:]
        widths.append(seen.any(0).sum())
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.1)
    assert widths[2] == pytest.approx(4 * widths[0], rel=0.1)
    assert ladder.words() == "σ = 0.3 · 100 %"


@pytest.mark.parametrize("width", [60, 200, 320])
def test_narrow_ladders_are_drawn_too(ladder, width):
    ladder.resize(width, ladder.height())
    ladder.show_lane(lane(levels=tuple(np.geomspace(10, 0.1, 100)), level=99, sigma=0.1, progress=1), spec(), 0)
    pixels_of(ladder)
