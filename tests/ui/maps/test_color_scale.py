"""Colour scales: positions, ticks, and one scale for all lanes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import REGION, bell, lane

from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.lab.snapshot import DIVERGED, Status
from ncsn_viz.ui.maps.color_scale import (
    LogEnergyNorm,
    LogNorm,
    PowerNorm,
    SharedColorScales,
    SignedSqrtNorm,
    fade_weights,
    scale_for,
)


def with_map(name, values):
    field = bell((0, 0), rows=21, columns=21)
    return lane(field=replace(field, maps={name: np.asarray(values, np.float32)}))


def flat(name, value):
    return with_map(name, np.full((21, 21), value))


@pytest.mark.parametrize("name", MAP_LAYERS)
def test_ticks_are_at_the_positions_of_their_values(name):
    scale = scale_for(name, 37.0)
    values = [value for value, _ in scale.tick_values()]
    positions = [position for position, _ in scale.ticks()]
    assert positions == pytest.approx([float(scale.position(np.float32(value))) for value in values], abs=1e-6)
    assert positions == sorted(positions)
    assert len({round(position, 3) for position in positions}) == len(positions) >= 2
    assert (positions[0], positions[-1]) == pytest.approx((0, 1), abs=1e-6)
    assert all(
        float(text.replace("−", "-")) == pytest.approx(value, rel=5e-3)
        for value, text in scale.tick_values()
        if text in ("10", "100") or not text.startswith(("10", "1\u202f000"))
    )


def test_positions_of_known_values():
    assert PowerNorm("density", 1.0).position(np.array([0, 0.5, 1, 2])) == pytest.approx([0, 0.5**0.6, 1, 1])
    heights = LogEnergyNorm("energy_map", 99.0)
    assert heights.position(np.array([-3, 0, 9, 99, 1e9])) == pytest.approx([0, 0, 0.5, 1, 1])
    assert LogNorm("error", 100.0).position(np.array([0, 0.01, 1, 100])) == pytest.approx([0, 0, 0.5, 1])
    assert SignedSqrtNorm("curl", 4.0).position(np.array([-9, -1, 0, 1, 4])) == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_density_bytes_agree_with_the_scale():
    scale = scale_for("density", 0.0)
    share = np.linspace(0.01, 1, 50)
    drawn = np.exp(-0.6 * -np.log(share)) * 255  # as the grid evaluation computes it
    assert np.abs(scale.levels(share) - drawn).max() <= 1


def test_lanes_with_the_same_map_share_its_scale():
    lanes = [flat("curl", 0.3), flat("curl", -3.0), flat("error", 500.0), lane(field=bell((0, 0)))]
    scales = SharedColorScales().scales(lanes, ("curl", "curl", "error", ""), REGION)
    assert scales[0] is scales[1] == SignedSqrtNorm("curl", 5.0)
    assert scales[2] == LogNorm("error", 1000.0)
    assert scales[3] is None


def test_a_diverged_lane_does_not_change_the_scale_of_the_others():
    diverged = replace(flat("curl", 1e9), status=Status(DIVERGED))
    scales = SharedColorScales().scales([diverged, flat("curl", -3.0)], ("curl", "curl"), REGION)
    assert scales[0] is scales[1] == SignedSqrtNorm("curl", 5.0)
    (alone,) = SharedColorScales().scales([diverged], ("curl",), REGION)
    assert alone.top >= 1e9


def test_a_scale_is_kept_while_it_is_suitable():
    shared = SharedColorScales()
    tops = [shared.scales([flat("curl", value)], ("curl",), REGION)[0].top for value in (4, 2, 1.6, 1, 0.3, 4)]
    assert tops == [5, 5, 5, 1, 1, 5]


def test_values_outside_the_view_do_not_count():
    values = np.ones((21, 21))
    values[0] = 1e6
    scale = SharedColorScales().scales([with_map("energy_map", values)], ("energy_map",), (-7, 7, -7, 7))[0]
    assert scale.top == 1


def two_bells():
    """A bell at (−2, 0), and its log density less that of a bell at (2, 0); both are equally high."""
    field = bell((-2, 0), rows=161, columns=161)
    other = bell((2, 0), rows=161, columns=161)
    return replace(field, maps={"difference": other.energy - field.energy})


def test_differences_fade_where_both_densities_vanish():
    field = two_bells()
    found = fade_weights(field, "difference")
    at = {x: found[80, int((x + 8) * 10)] for x in (-2, 2, -7, 7)}
    assert [at[x] for x in (-2, 2, -7, 7)] == [1, 1, 0, 0]  # the other one's bell counts as well
    both = np.minimum(field.energy, field.energy + field.maps["difference"])
    assert found == pytest.approx(np.clip((10 - both) / 4, 0, 1), abs=1e-4)


def test_faded_values_do_not_count_for_the_scale():
    field = two_bells()
    faded = fade_weights(field, "difference") == 0
    wild = np.where(faded, 1e6, field.maps["difference"]).astype(np.float32)
    seen = np.abs(wild)[~faded]
    shown = lane(field=replace(field, maps={"difference": wild}))
    top = SharedColorScales().scales([shown], ("difference",), REGION)[0].top
    assert np.quantile(seen, 0.9) <= top <= 2.6 * seen.max()
