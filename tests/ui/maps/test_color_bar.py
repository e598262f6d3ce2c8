"""The colour bars show the colours of their scales, with ticks where their values are, one bar for all lanes alike."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from fake_snapshots import bell, lane, pixels_of, spec
from ui.maps.test_color_scale import flat

from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.ui.lanes.grid import LaneGrid, shared_bars
from ncsn_viz.ui.maps.color_bar import EDGE, LONGEST, ColorBar, ColorBars
from ncsn_viz.ui.maps.color_scale import scale_for
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def bars(qtbot, qapp):
    theme.apply(qapp)
    made = ColorBars()
    qtbot.addWidget(made)
    made.resize(600, made.height())
    made.show()
    return made


@pytest.mark.parametrize(("name", "largest"), [("density", 1.0), ("curl", 5.0), ("error", 10.0), ("energy_map", 100.0)])
def test_colours_run_from_one_end_to_the_other(bars, name, largest):
    scale = scale_for(name, largest)
    bars.show_bars((ColorBar(scale, "what it is"),))
    row = pixels_of(bars)[6]
    for share in (0.02, 0.25, 0.5, 0.75, 0.98):
        seen, wanted = row[round(EDGE + share * LONGEST)], scale.colors()[round(share * 255)][:3]
        assert np.abs(seen - wanted).max() <= 6, share


def test_ticks_stand_below_their_colours(bars):
    scale = scale_for("density", 1.0)
    bars.show_bars((ColorBar(scale, ""),))
    without = pixels_of(bars)[13].copy()  # below the bar, above the numbers
    marked = np.nonzero(np.abs(without - without[-1]).sum(-1) > 60)[0]
    assert [round(EDGE + position * LONGEST) for position, _ in scale.ticks()] == pytest.approx(list(marked), abs=1)


def test_lanes_share_one_bar_where_they_share_a_scale(qtbot, qapp):
    theme.apply(qapp)
    grid = LaneGrid()
    qtbot.addWidget(grid)
    density = lane(field=bell((0, 0)))
    grid.show_snapshot(Snapshot(spec(2), (density, density)), 0)
    (bar,) = grid.color_bars.bars
    assert bar.scale.name == "density"
    assert bar.caption
    grid.show_snapshot(Snapshot(spec(2, layers=("field",)), (density, density)), 0)
    assert grid.color_bars.bars == ()
    grid.show_snapshot(Snapshot(spec(2, layers=("curl",)), (flat("curl", 0.3), flat("curl", -3.0))), 0)
    (bar,) = grid.color_bars.bars
    assert (bar.scale.name, bar.scale.top) == ("curl", 5.0)


@pytest.mark.parametrize(
    ("captions", "wanted"),
    [(["p / max p"] * 2, "p / max p"), (["of particles,\nh = 1", "of particles,\nh = 2"], "of particles"),
     (["of particles,\nh = 1"] * 2, "of particles,\nh = 1"), (["one", "other", "one"], "A, C: one · B: other")],
)  # fmt: skip
def test_captions_of_lanes_with_one_scale_are_joined(captions, wanted):
    scale = scale_for("density", 1.0)
    cards = [SimpleNamespace(slot=slot, color_bar=lambda text=text: ColorBar(scale, text))
             for slot, text in enumerate(captions)]  # fmt: skip
    assert shared_bars(cards) == (ColorBar(scale, wanted),)
