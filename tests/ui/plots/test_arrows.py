"""Arrows point along the score, on a lattice or one by one, and are enlarged by round factors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import REGION, bell, lane, pixels_of

from ncsn_viz.lab.snapshot import FieldGrid
from ncsn_viz.ui.plots.arrows import (
    LONGEST,
    PREFERRED,
    SHORTEST,
    ArrowScale,
    arrow_strokes,
    lattice_arrows,
    nice_factor,
)
from ncsn_viz.ui.widgets.camera import Camera


def test_arrows_point_along_the_score():
    camera = Camera(500, 400, (0.0, 0.0), 8.0)
    start, end = lattice_arrows(bell((3, 2), region=(-12.0, 12.0, -10.0, 10.0)), camera)
    assert len(start) > 300
    tail = np.array([camera.to_plane(*point) for point in start])
    tip = np.array([camera.to_plane(*point) for point in end])
    toward = (3, 2) - (tail + tip) / 2
    step = tip - tail
    cosine = (toward * step).sum(1) / np.linalg.norm(toward, axis=1) / np.linalg.norm(step, axis=1)
    assert cosine.min() > 0.999
    length = np.hypot(*(end - start).T)
    assert length.max() < 500 / 26
    assert length.min() > 0.2


def test_arrow_heads_are_at_the_tips():
    strokes = arrow_strokes(np.array([[10.0, 10.0]]), np.array([[20.0, 10.0]]))
    assert strokes.shape == (3, 4)
    assert strokes[0].tolist() == [10, 10, 20, 10]
    for side in strokes[1:]:
        assert side[:2].tolist() == [20, 10]
        assert 10 < side[2] < 20
    assert strokes[1, 3] + strokes[2, 3] == pytest.approx(20)
    assert strokes[1, 3] != pytest.approx(strokes[2, 3])


def test_a_drawn_arrow_has_its_head_in_the_direction_of_the_score(plot):
    plot.show_lane(lane(field=uniform(0.0, 1.0)), ("field",))  # straight up
    up = pixels_of(plot)
    plot.show_lane(lane(field=uniform(0.0, -1.0)), ("field",))
    down = pixels_of(plot)
    start, end = lattice_arrows(uniform(0.0, 1.0), plot.camera)
    nearest = np.abs(start - (250, 200)).sum(1).argmin()
    (x, top), bottom = end[nearest], start[nearest, 1]
    assert top < bottom
    assert width_near(up, x, top + 2.5) > width_near(up, x, bottom - 2.5)
    assert width_near(down, x, top + 2.5) < width_near(down, x, bottom - 2.5)


def test_the_velocity_has_arrows_of_its_own(plot):
    still = uniform(0.0, 1.0)
    plot.show_lane(lane(field=still), ("velocity",))
    empty = pixels_of(plot)
    right = np.tile(np.array([1.0, 0.0], np.float32), (9, 9, 1))
    plot.show_lane(lane(field=replace(still, velocity=right)), ("velocity",))
    drawn = pixels_of(plot)
    start, end = lattice_arrows(still, plot.camera, right)
    assert np.abs((end - start)[:, 1]).max() < 1e-9 < (end - start)[:, 0].min()
    middle = np.abs(start - (250, 200)).sum(1).argmin()
    (x0, y), x1 = start[middle], end[middle, 0]
    assert np.abs(drawn - empty)[round(y) - 1 : round(y) + 2, round(x0) : round(x1)].max() > 40


def uniform(x, y):
    score = np.tile(np.array([x, y], np.float32), (9, 9, 1))
    return FieldGrid(REGION, 0.1, score, np.zeros((9, 9), np.float32), np.zeros((9, 9), np.uint8))


def width_near(pixels, x, y):
    band = pixels[round(y) - 1 : round(y) + 2, round(x) - 7 : round(x) + 8].sum(-1)
    return (band.max(0) > band.min() + 40).sum()


def test_fields_that_are_not_finite_draw_nothing(plot):
    broken = uniform(np.nan, np.inf)
    start, _ = lattice_arrows(broken, plot.camera)
    assert len(start) == 0
    plot.show_lane(lane(field=uniform(0.0, 1.0)), ("density", "energy"))
    without = pixels_of(plot)
    plot.show_lane(lane(field=broken), ("field", "density", "energy"))
    assert np.array_equal(pixels_of(plot), without)
    start, end = lattice_arrows(uniform(0, 0), plot.camera)
    assert np.allclose(start, end)


def test_the_arrow_scale_changes_only_for_arrows_that_are_too_short_or_long():
    scale = ArrowScale()
    factors = set()
    for length in np.random.default_rng(0).rayleigh(0.05, 300):
        scale.measure(float(length))
        factors.add(scale.fit(25.0))
    assert len(factors) <= 2
    assert SHORTEST <= 0.06 * 25 * scale.factor <= LONGEST
    scale.measure(math.nan)
    assert scale.fit(25.0) in factors
    for wanted in (0.01, 1, 3.3, 70, 4e5):
        assert nice_factor(wanted) in (1, 2, 5, 50, 100, 500_000)
    assert SHORTEST < PREFERRED < LONGEST
