"""Ways from noise to data, and the pulls at the cursor, as they are drawn in a lane."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fake_snapshots import difference, lane, pixels_of
from PySide6.QtCore import QPoint, Qt

from ncsn_viz.lab.snapshot import FlowPaths, ParticleImage, PointReading, Pull, ScorePulls
from ncsn_viz.ui.plots.trajectories.pulls_layer import LENGTH, LONGEST, arrow_scale
from ncsn_viz.ui.plots.trajectories.trajectory_layers import at_sigma

SIGMAS = (8.0, 4.0, 2.0, 1.0, 0.0)
START, END = np.array([6.0, 6.0]), np.array([-4.0, 2.0])
WAY = np.linspace(START, END, 5).astype(np.float32)
SDE = (WAY + [0, -3]).astype(np.float32)
MESH = np.stack(
    [np.stack([np.linspace([x, -7], [x, 7], 9) for x in (-5.0, 5.0)]) * shrink for shrink in (1, 1, 0.5, 0.5, 0.5)]
)
FLOW = FlowPaths(SIGMAS, WAY, SDE, MESH.astype(np.float32))


def reading(pulls, clean=None, **changes):
    values = {"score": (1.0, 0.0), "true_score": (0.0, 1.0), "divergence": 0.0, "true_divergence": 0.0, "curl": 0.0}
    return PointReading((0.0, 0.0), 1.0, true_log_p=0.0, pulls=ScorePulls(tuple(pulls), clean), **values | changes)


def ink(plot, x, y, reach=3):
    """How much the brightest pixel around a point of the plane differs from the empty plot."""
    column, row = (round(value) for value in plot.to_pixel(x, y))
    seen = pixels_of(plot)[row - reach : row + reach + 1, column - reach : column + reach + 1]
    return difference(seen, "#09061f").max()


@pytest.mark.parametrize(("sigma", "index"), [(8.0, 0), (20.0, 0), (3.0, 1.5), (1.0, 3), (0.5, 3.5), (0.0, 4)])
def test_ways_are_found_at_any_noise_level(sigma, index):
    np.testing.assert_allclose(at_sigma(SIGMAS, np.arange(5.0), sigma), index)


def test_the_way_of_the_flow_is_drawn_from_its_start_to_its_end(plot):
    plot.show_lane(lane(flow=FLOW, sigma=2.0), ("flow",))
    for share in (0.1, 0.35, 0.8):
        x, y = START + share * (END - START)
        assert ink(plot, x, y) > 60
    assert ink(plot, 0.0, -7.0) < 20
    plot.show_lane(lane(flow=FLOW, sigma=2.0), ())
    assert ink(plot, *(START + 0.35 * (END - START))) < 20


def test_a_dot_stands_where_it_is_at_the_noise_level_of_the_lane(plot):
    levels = []
    for sigma in (4.0, 1.0):
        plot.show_lane(lane(flow=FLOW, sigma=sigma), ("flow",))
        accent = difference(pixels_of(plot), "#56b4e9") < 30
        rows, columns = np.nonzero(accent)
        at = plot.to_pixel(*at_sigma(SIGMAS, WAY.astype(float), sigma))
        levels.append(int((np.hypot(columns - at[0], rows - at[1]) < 4).sum()))
    assert min(levels) > 25  # a disc of radius 4, less its edge


def test_the_mesh_is_drawn_as_the_flow_has_carried_it(plot):
    plot.show_lane(lane(flow=FLOW, sigma=8.0), ("mesh",))
    assert ink(plot, 5.0, 1.3) > 60
    assert ink(plot, 2.5, 1.3) < 20
    plot.show_lane(lane(flow=FLOW, sigma=1.0), ("mesh",))
    assert ink(plot, 5.0, 1.3) < 20
    assert ink(plot, 2.5, 1.3) > 60


def test_whole_ways_are_an_image_in_the_lanes_colour(plot):
    image = np.zeros((100, 100), np.uint8)
    image[50, 20:80] = 200
    plot.show_lane(lane(paths=ParticleImage((-8.0, 8.0, -8.0, 8.0), image)), ("paths",))
    assert ink(plot, 0.0, 0.1) > 60
    assert ink(plot, 0.0, 4.0) < 20


def test_the_start_is_dragged_and_nothing_pans(plot, qtbot):
    plot.show_lane(lane(flow=FLOW), ("flow",))
    moved, before = [], plot.region()
    plot.flowStartMoved.connect(moved.append)
    at = QPoint(*(round(value) for value in plot.to_pixel(*START)))
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(plot.viewport(), at + QPoint(-30, 20))
    qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(-30, 20))
    scale = plot.camera.scale
    assert moved[-1] == pytest.approx((START[0] - 30 / scale, START[1] - 20 / scale), abs=1 / scale)
    assert plot.region() == before
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(60, 60))
    qtbot.mouseMove(plot.viewport(), at + QPoint(40, 60))
    assert len(moved) == 1


# -- pulls -----------------------------------------------------------------------------------------------------------


def test_scores_and_pulls_have_one_scale():
    assert arrow_scale(reading([], true_score=(0.0, 2.0))) == pytest.approx(LENGTH / 2)
    strong = reading([Pull((3.0, 0.0), 0.5, (10.0, 0.0)), Pull((-3.0, 0.0), 0.5, (-9.0, 0.0))])
    assert arrow_scale(strong) == pytest.approx(LONGEST / 10)
    assert arrow_scale(reading([], score=(0.0, 0.0), true_score=(0.0, 0.0))) == 0
    assert arrow_scale(reading([], score=(math.nan, 0.0))) == 0


def test_pulls_are_arrows_from_the_cursor_and_dots_where_the_data_are(plot):
    pulls = [Pull((5.0, 3.0), 0.9, (0.8, 0.0)), Pull((-5.0, -3.0), 0.1, (-0.8, 0.0))]
    plot.show_lane(lane(point_reading=reading(pulls, clean=(5.0, -5.0))), ("pulls",))
    for pull in pulls:
        assert ink(plot, *pull.place, reach=1) > 60
    tip = 0.8 * arrow_scale(reading(pulls)) / plot.camera.scale
    assert ink(plot, 0.7 * tip, 0.0, reach=2) > 60
    assert ink(plot, -0.7 * tip, 0.0, reach=2) > 60
    assert ink(plot, 5.0, -5.0, reach=5) > 60  # the ring of the point that was drawn
    sizes = [(difference(pixels_of(plot), "#67d8ff") < 60)]
    assert sizes[0].sum() > 50
    plot.show_lane(lane(point_reading=reading(pulls)), ())
    assert ink(plot, 5.0, 3.0, reach=1) < 20
