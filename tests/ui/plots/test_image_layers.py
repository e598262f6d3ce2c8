"""The map of a lane and its colour bar: every colour is that of its value on the bar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fake_snapshots import bell, lane, pixels_of, spec
from ui.maps.test_color_scale import flat, two_bells

from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.ui.actions.layer_texts import MAPS as SHOWN
from ncsn_viz.ui.maps.color_scale import (
    NORMS,
    SignedSqrtNorm,
    scale_for,
)
from ncsn_viz.ui.widgets import theme


def test_every_map_has_a_scale_a_title_and_a_place_in_the_menu():
    assert {layer.norm for layer in MAP_LAYERS.values()} == set(NORMS)
    assert all(layer.title and layer.help and layer.caption for layer in MAP_LAYERS.values())
    assert list(SHOWN) == [*MAP_LAYERS, ""]


def test_a_map_is_drawn_in_the_colour_that_the_bar_has_at_its_value(plot):
    for name, value in (("true_density", 0.3), ("energy_map", 9.0), ("curl", -0.25), ("error", 0.1)):
        scale = scale_for(name, max(1.0, abs(value)))
        plot.show_lane(flat(name, value), (name,), "", scale)
        wanted = scale.colors()[int(scale.levels(np.float32(value)))][:3]
        assert np.abs(pixels_of(plot)[300, 300] - wanted).max() <= 2, name


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


def test_a_faded_difference_is_dark_and_the_rest_has_its_colour(plot):
    field, scale = two_bells(), SignedSqrtNorm("difference", 20.0)
    plot.show_lane(lane(field=field), ("difference",), "", scale)
    seen = pixels_of(plot)
    x, y = (round(value) for value in plot.to_pixel(-2.0, -0.0))
    value = float(field.maps["difference"][80, 60])
    assert np.abs(seen[y, x] - scale.colors()[int(scale.levels(np.float32(value)))][:3]).max() <= 6
    x, y = (round(value) for value in plot.to_pixel(6.8, -6.0))
    assert np.abs(seen[y, x] - theme.density_colors()[0][:3]).max() <= 3


def test_the_caption_names_the_baseline(qtbot, qapp):
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
        assert [card.plot.caption.text.split(" · ")[1] for card in grid.cards] == wanted


def test_of_a_score_the_legend_says_how_a_map_was_found(plot):
    score = replace(bell((0, 0)), own_energy=False, bandwidth=0.238)
    for name, field, wanted in (
        ("density", bell((0, 0)), "p / max p"),
        ("density", score, "density of the particles, kernel width h = 0.24"),
        ("energy_map", bell((0, 0)), "E − min E"),
        ("energy_map", score, "−u, u the potential of s; heights of separate modes are not determined"),
        ("difference", score, "log p − log p′, p ∝ exp u, u the potential of s; heights of separate modes are not "
                              "determined"),
        ("energy_map", replace(score, reference=(1.0, 2.0)), "from line integrals that begin at x₀"),
        ("curl", replace(score, non_conservative=0.25), "curl s · 25.0% not a gradient"),
    ):  # fmt: skip
        plot.show_lane(lane(field=field), (name,), "", scale_for(name, 1.0))
        assert plot.map.caption() == wanted


def test_a_recovered_energy_is_dark_where_no_data_are_and_has_its_colour_where_they_are(plot):
    flat_field = flat("energy_map", 3.0).field
    left = np.linspace(-8, 8, flat_field.score.shape[1])[None] * np.ones((flat_field.score.shape[0], 1)) < 0
    field = replace(flat_field, own_energy=False, opacity=left.astype(np.float32))
    scale = scale_for("energy_map", 10.0)
    plot.show_lane(lane(field=field), ("energy_map",), "", scale)
    seen = pixels_of(plot)
    wanted = scale.colors()[int(scale.levels(np.float32(3.0)))][:3]
    (x, y), (far, _) = (tuple(round(value) for value in plot.to_pixel(*point)) for point in ((-4.0, -3.0), (4.0, -3.0)))
    assert np.abs(seen[y, x] - wanted).max() <= 2
    assert np.abs(seen[y, far] - theme.density_colors()[0][:3]).max() <= 3
