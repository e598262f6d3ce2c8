"""Maps: one scale for all lanes, and a bar on which every colour stands for the value that is written there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import REGION, bell, lane, pixels_of, spec

from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.lab.snapshot import DIVERGED, Status
from ncsn_viz.ui.actions.layer_texts import MAPS as SHOWN
from ncsn_viz.ui.plots.color_scale import (
    NORMS,
    LogEnergyNorm,
    LogNorm,
    PowerNorm,
    SharedColorScales,
    SignedSqrtNorm,
    fade_weights,
    scale_for,
)
from ncsn_viz.ui.plots.plot import Plot
from ncsn_viz.ui.widgets import theme


def with_map(name, values):
    field = bell((0, 0), rows=21, columns=21)
    return lane(field=replace(field, maps={name: np.asarray(values, np.float32)}))


def flat(name, value):
    return with_map(name, np.full((21, 21), value))


@pytest.fixture
def plot(qtbot, qapp):
    theme.apply(qapp)
    made = Plot("#56b4e9")
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.set_region(REGION)
    made.show()
    return made


def test_every_map_has_a_scale_a_title_and_a_place_in_the_menu():
    assert {layer.norm for layer in MAP_LAYERS.values()} == set(NORMS)
    assert all(layer.title and layer.help and layer.caption for layer in MAP_LAYERS.values())
    assert list(SHOWN) == [*MAP_LAYERS, ""]


@pytest.mark.parametrize("name", MAP_LAYERS)
def test_marks_stand_where_their_values_are_coloured(name):
    scale = scale_for(name, 37.0)
    values = [value for value, _ in scale.tick_values()]
    places = [place for place, _ in scale.ticks()]
    assert places == pytest.approx([float(scale.position(np.float32(value))) for value in values], abs=1e-6)
    assert places == sorted(places)
    assert len({round(place, 3) for place in places}) == len(places) >= 2
    assert (places[0], places[-1]) == pytest.approx((0, 1), abs=1e-6)
    assert all(
        float(text.replace("−", "-")) == pytest.approx(value, rel=5e-3)
        for value, text in scale.tick_values()
        if text in ("10", "100") or not text.startswith(("10", "1\u202f000"))
    )


def test_positions_are_what_the_scales_say():
    assert PowerNorm("density", 1.0).position(np.array([0, 0.5, 1, 2])) == pytest.approx([0, 0.5**0.6, 1, 1])
    heights = LogEnergyNorm("energy_map", 99.0)
    assert heights.position(np.array([-3, 0, 9, 99, 1e9])) == pytest.approx([0, 0, 0.5, 1, 1])
    assert LogNorm("error", 100.0).position(np.array([0, 0.01, 1, 100])) == pytest.approx([0, 0, 0.5, 1])
    assert SignedSqrtNorm("curl", 4.0).position(np.array([-9, -1, 0, 1, 4])) == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_the_density_bytes_lie_where_the_bar_says():
    scale = scale_for("density", 0.0)
    share = np.linspace(0.01, 1, 50)
    drawn = np.exp(-0.6 * -np.log(share)) * 255  # as the survey does it
    assert np.abs(scale.levels(share) - drawn).max() <= 1


def test_lanes_that_show_the_same_map_share_its_scale_and_others_do_not_count():
    lanes = [flat("curl", 0.3), flat("curl", -3.0), flat("error", 500.0), lane(field=bell((0, 0)))]
    scales = SharedColorScales().scales(lanes, ("curl", "curl", "error", ""), REGION)
    assert scales[0] is scales[1] == SignedSqrtNorm("curl", 5.0)
    assert scales[2] == LogNorm("error", 1000.0)
    assert scales[3] is None


def test_a_diverged_lane_does_not_spoil_the_scale_of_the_others():
    lost = replace(flat("curl", 1e9), status=Status(DIVERGED))
    scales = SharedColorScales().scales([lost, flat("curl", -3.0)], ("curl", "curl"), REGION)
    assert scales[0] is scales[1] == SignedSqrtNorm("curl", 5.0)
    (alone,) = SharedColorScales().scales([lost], ("curl",), REGION)
    assert alone.top >= 1e9


def test_a_scale_stays_while_it_serves_and_then_follows():
    shared = SharedColorScales()
    tops = [shared.scales([flat("curl", value)], ("curl",), REGION)[0].top for value in (4, 2, 1.6, 1, 0.3, 4)]
    assert tops == [5, 5, 5, 1, 1, 5]


def test_what_lies_outside_of_the_view_does_not_count():
    values = np.ones((21, 21))
    values[0] = 1e6
    scale = SharedColorScales().scales([with_map("energy_map", values)], ("energy_map",), (-7, 7, -7, 7))[0]
    assert scale.top == 1


def test_a_map_is_drawn_in_the_colour_that_the_bar_has_at_its_value(plot):
    for name, value in (("true_density", 0.3), ("energy_map", 9.0), ("curl", -0.25), ("error", 0.1)):
        scale = scale_for(name, max(1.0, abs(value)))
        plot.show_lane(flat(name, value), (name,), "", scale)
        wanted = scale.colors()[int(scale.levels(np.float32(value)))][:3]
        assert np.abs(pixels_of(plot)[300, 300] - wanted).max() <= 2, name


def test_the_bar_is_there_for_the_density_too_and_gone_without_a_map(plot):
    shown = lane(field=bell((0, 0)))
    plot.show_lane(shown, ("density",), "", scale_for("density", 0))
    with_bar = pixels_of(plot)
    plot.show_lane(shown, ("density",))
    without = pixels_of(plot)
    changed = np.abs(with_bar - without).sum(-1) > 0
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 1000
    assert rows.max() < 60
    assert columns.min() > 250


def test_the_card_draws_the_map_of_its_lane(qtbot, qapp):
    from ncsn_viz.ui.lanes.grid import LaneGrid

    theme.apply(qapp)
    grid = LaneGrid()
    qtbot.addWidget(grid)
    grid.resize(900, 500)
    grid.show()
    from ncsn_viz.lab.snapshot import Snapshot

    seen = Snapshot(spec(2, layers=("curl",)), (flat("curl", 0.3), replace(flat("curl", -3.0), name="B")))
    grid.show_snapshot(seen, 0)
    assert [card.plot.map.scale for card in grid.cards] == [SignedSqrtNorm("curl", 5.0)] * 2


def two_bells():
    """A bell at (−2, 0), and its log density less that of a bell at (2, 0); both are equally high."""
    field = bell((-2, 0), rows=161, columns=161)
    other = bell((2, 0), rows=161, columns=161)
    return replace(field, maps={"difference": other.energy - field.energy})


def test_differences_fade_where_neither_density_is():
    field = two_bells()
    found = fade_weights(field, "difference")
    at = {x: found[80, int((x + 8) * 10)] for x in (-2, 2, -7, 7)}
    assert [at[x] for x in (-2, 2, -7, 7)] == [1, 1, 0, 0]  # the other one's bell counts as well
    both = np.minimum(field.energy, field.energy + field.maps["difference"])
    assert found == pytest.approx(np.clip((10 - both) / 4, 0, 1), abs=1e-4)


def test_the_scale_of_a_difference_is_that_of_what_is_not_faded():
    field = two_bells()
    faded = fade_weights(field, "difference") == 0
    wild = np.where(faded, 1e6, field.maps["difference"]).astype(np.float32)
    seen = np.abs(wild)[~faded]
    shown = lane(field=replace(field, maps={"difference": wild}))
    top = SharedColorScales().scales([shown], ("difference",), REGION)[0].top
    assert np.quantile(seen, 0.9) <= top <= 2.6 * seen.max()


def test_a_faded_difference_is_dark_and_the_rest_has_its_colour(plot):
    field, scale = two_bells(), SignedSqrtNorm("difference", 20.0)
    plot.show_lane(lane(field=field), ("difference",), "", scale)
    seen = pixels_of(plot)
    x, y = (round(value) for value in plot.to_pixel(-2.0, -0.0))
    value = float(field.maps["difference"][80, 60])
    assert np.abs(seen[y, x] - scale.colors()[int(scale.levels(np.float32(value)))][:3]).max() <= 6
    x, y = (round(value) for value in plot.to_pixel(6.8, -6.0))
    assert np.abs(seen[y, x] - theme.density_colors()[0][:3]).max() <= 3


def test_the_caption_says_what_is_subtracted(qtbot, qapp):
    from ncsn_viz.lab.snapshot import Snapshot
    from ncsn_viz.ui.lanes.grid import LaneGrid

    theme.apply(qapp)
    grid = LaneGrid()
    qtbot.addWidget(grid)
    lanes = (flat("difference", 0.3), flat("difference", 0.1))
    base = spec(2, layers=("difference",))
    for against, wanted in ((-1, ["minus the truth"] * 2), (0, ["the one subtracted", "minus A"])):
        now = replace(base, view=replace(base.view, baseline=against))
        grid.show_snapshot(Snapshot(now, lanes), 0)
        assert [card.plot._caption.split(" · ")[1] for card in grid.cards] == wanted


def test_the_bar_of_a_small_plot_leaves_room(plot, qapp):
    shown = lane(field=bell((0, 0)))
    widths = []
    for size in ((500, 400), (240, 200), (500, 240)):
        plot.resize(*size)
        qapp.processEvents()
        plot.show_lane(shown, ("density",), "", scale_for("density", 0))
        with_bar = pixels_of(plot)
        plot.show_lane(shown, ("density",))
        columns = np.nonzero((np.abs(with_bar - pixels_of(plot)).sum(-1) > 0).any(0))[0]
        widths.append(columns.max() - columns.min())
    assert max(widths[1:]) < 120
    assert widths[0] > 170
