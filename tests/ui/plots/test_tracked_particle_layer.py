"""The tracked particle: its arrows, ring and legend."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import difference, lane, pixels_of, snapshot

from ncsn_viz.lab.snapshot import TrackedParticle
from ncsn_viz.ui.plots.tracked_particle_layer import TrackedParticleLayer
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera


def followed(start=(1.0, 1.0), drift=(2.0, 0.0), noise=(0.0, 2.5), **changes):
    start, drift, noise = (np.array(part, np.float32) for part in (start, drift, noise))
    end = start + drift + noise
    way = np.stack([start - 3, start - 1, start, end])
    return TrackedParticle(
        **{"index": 3, "path": way, "start": start, "end": end, "drift": drift, "noise": noise} | changes
    )


def test_arrows_go_tip_to_tail_and_their_sum_ends_where_the_particle_is():
    layer, camera, seen = TrackedParticleLayer("#56b4e9"), Camera(400, 400), followed()
    layer.prepare(seen)
    whole, drift, noise = layer.arrows(seen, camera)
    c = theme.colors()
    assert [part[0].name() for part in (whole, drift, noise)] == [c.whole, c.drift, c.noise]
    assert np.allclose(drift[1], camera.to_pixels(np.array([1.0, 1.0])))
    assert np.allclose(drift[2], noise[1])
    assert np.allclose(noise[2], whole[2])
    assert np.allclose(whole[2], camera.to_pixels(np.array([3.0, 3.5])))  # 25 pixels a unit: no need to magnify
    assert noise[2][1] < noise[1][1]  # up in the plane is up on the screen


def test_small_steps_are_enlarged_by_one_factor():
    layer, camera, seen = TrackedParticleLayer("#56b4e9"), Camera(400, 400), followed(drift=(0.02, 0), noise=(0, 0.01))
    layer.prepare(seen)
    whole, drift, noise = layer.arrows(seen, camera)
    lengths = [math.dist(tail, tip) for _, tail, tip in (drift, noise, whole)]
    factor = lengths[0] / (0.02 * camera.scale)
    assert factor == pytest.approx(100)
    assert lengths[1] == pytest.approx(lengths[0] / 2)
    assert layer.legend_lines(seen)[-1][1].endswith("× 100")


def test_inertia_and_rejection_are_drawn():
    layer, camera = TrackedParticleLayer("#56b4e9"), Camera(400, 400)
    seen = followed(inertia=np.array([0.5, 0.5], np.float32), rejected=True)
    layer.prepare(seen)
    assert len(layer.arrows(seen, camera)) == 4
    assert layer.arrows(seen, camera)[0][0].alpha() < 255
    assert [words for _, words in layer.legend_lines(seen)][-1].startswith("refused")
    before = replace(followed(), drift=None, noise=None)
    layer.prepare(before)
    assert layer.arrows(before, camera) == []


def test_the_ring_and_both_arrows_are_drawn(two_lanes):
    two_lanes.show_snapshot(snapshot([lane(tracked=followed()), lane()]), 0)  # its Spec does not ask for the layer
    plot = two_lanes.cards[0].plot
    assert (difference(pixels_of(plot), theme.colors().drift) < 40).sum() == 0
    plot.show_lane(lane(), ())
    nothing = pixels_of(plot)
    plot.show_lane(lane(tracked=followed()), ("followed",))
    pixels = pixels_of(plot)
    for color, (x, y) in ((theme.colors().drift, (2.0, 1.0)), (theme.colors().noise, (3.0, 2.25))):
        rows, columns = np.nonzero(difference(pixels, color)[:-60, :-60] < 60)
        assert len(rows) > 20
        assert (columns.mean(), rows.mean()) == pytest.approx(plot.to_pixel(x, y), abs=6)
    lost = followed()
    lost.path[:] = np.nan
    plot.show_lane(lane(tracked=lost), ("followed",))  # whose place nobody knows: neither arrows, nor a legend
    assert np.array_equal(pixels_of(plot), nothing)


def test_its_legend_gives_way_to_that_of_slow_motion(plot):
    plot.show_lane(lane(tracked=followed()), ("followed",))
    painted = []
    plot.tracked._legend.paint = lambda *_: painted.append(1)
    plot.set_stage("drift", 0.5)
    pixels_of(plot)
    assert not painted
    plot.set_stage("", 1.0)
    pixels_of(plot)
    assert painted
