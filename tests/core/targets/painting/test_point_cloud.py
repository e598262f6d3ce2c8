"""Counted points and thin lines of images on lattices of any resolution: no mass is lost, none is made."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch

from ncsn_viz.core.knobs import ValidationError, kind_from_json, to_json
from ncsn_viz.core.targets import Coordinates, Painted
from ncsn_viz.core.targets.painting import ImageMark, PointCloudMark, encode_pixels, point_cloud
from ncsn_viz.core.targets.painting.raster_marks import COUNTS, MAX_COUNT_SIDE, encode_counts

WINDOW = (-8.0, 8.0)
RESOLUTIONS = (16, 65, 70, 80, 101, 128, 333, 512)
OLD = (  # two pixels of 128 × 128, as version 0.1 stored them
    "eNrt3AEBAAAIgzD6l9Yg3yIQgAIAAAAAAGDdnQYAAAAAAAAAAAAAAAAAAAAAAAAAAMA6p1YAAACgHnvrA/0="
)
TWO, FOUR = [[-4.6875, -4.6875], [5.9375, 5.9375]], [[0, 100], [100, 0], [20.914, 20.914], [54.383, 54.383]]


def parts(mark, points, resolution, window=WINDOW):
    """The shares of the mass that are nearest to each of the points."""
    weights = Painted(strokes=(mark,), resolution=resolution, window=window).weights()
    centres = window[0] + (np.arange(resolution) + 0.5) * (window[1] - window[0]) / resolution
    cells = np.stack(np.meshgrid(centres, centres), axis=-1)[..., None, :]
    nearest = ((cells - np.asarray(points, dtype=float)) ** 2).sum(-1).argmin(-1)
    return np.bincount(nearest.ravel(), weights=weights.ravel(), minlength=len(points)) / weights.sum()


def moments(mark, resolution, window=WINDOW):
    """The mean (2,) and the standard deviations (2,) of the density that a mark alone gives."""
    target = Painted(strokes=(mark,), resolution=resolution, window=window)
    weights = target.weights() / target.weights().sum()
    centres = window[0] + (np.arange(resolution) + 0.5) * (window[1] - window[0]) / resolution
    mean = np.array([weights.sum(0) @ centres, weights.sum(1) @ centres])
    squares = np.array([weights.sum(0) @ (centres - mean[0]) ** 2, weights.sum(1) @ (centres - mean[1]) ** 2])
    return mean, np.sqrt(squares + target.lattice_bandwidth() ** 2)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_two_points_have_one_half_each(resolution):
    old = PointCloudMark(pixels=OLD, columns=128, count=2, source_box=(-8, 8, -8, 8))
    assert parts(old, TWO, resolution) == pytest.approx([0.5, 0.5], abs=1e-9)
    for window in (WINDOW, (-6.0, 7.3), (-100.0, 250.0)):
        mark = point_cloud(np.array(TWO), "x", window)
        own = replace(mark, fitted=False)
        assert moments(own, resolution, window)[0] == pytest.approx([0.625, 0.625], abs=1e-5)
        if (window[1] - window[0]) / resolution < 5:  # else they share their cells
            assert parts(own, TWO, resolution, window) == pytest.approx([0.5, 0.5], abs=1e-6)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_four_fitted_points_have_a_quarter_each(resolution):
    mark = point_cloud(np.array(FOUR), "x", WINDOW)
    assert mark.fitted
    placed = (np.array(FOUR) - 50) * 0.9 * 16 / 100
    assert parts(mark, placed, resolution) == pytest.approx([0.25] * 4, abs=1e-6)


@pytest.mark.parametrize("resolution", [*RESOLUTIONS, 37])
def test_equal_lines_of_one_pixel_have_equal_mass(resolution):
    columns = [16 * k + 3 + k for k in range(7)] + [125]
    values = np.zeros((128, 128))
    values[:, columns] = 1
    mark = ImageMark(pixels=encode_pixels(values), columns=128)
    weights = Painted(strokes=(mark,), resolution=resolution).weights().sum(0)
    lines = -8 + (np.array(columns) + 0.5) / 8
    centres = -8 + (np.arange(resolution) + 0.5) * 16 / resolution
    shares = np.bincount(np.abs(centres[:, None] - lines).argmin(1), weights=weights, minlength=8) / weights.sum()
    if resolution >= 37:  # else two lines share a cell
        assert shares == pytest.approx([1 / 8] * 8, rel=0.01)
    assert weights.sum() * (16 / resolution) ** 2 == pytest.approx(8 * 128 / 64, rel=1e-9)


def test_a_flat_image_is_flat_and_turned_ones_keep_their_mass():
    flat = ImageMark(pixels=encode_pixels(np.ones((9, 7))), columns=7, box=(-8, 8, -8, 8))
    assert np.abs(Painted(strokes=(flat,), resolution=100).weights() - 1).max() < 1e-12
    bar = ImageMark(
        pixels=encode_pixels(np.ones((3, 30))), columns=30, box=(2, 6, -0.2, 0.2), symmetry="turned", folds=7
    )
    drawn = Painted(strokes=(bar,), resolution=128).weights()
    assert drawn.sum() / 64 == pytest.approx(7 * 4 * 0.4, rel=0.02)


@pytest.mark.parametrize(("cloud", "right"), [(131_000, 1600 / 132_600), (131_100, 1600 / 132_700)])
def test_single_points_beside_a_dense_cloud_keep_their_share(cloud, right):
    angle = np.arange(1600) * 2 * np.pi / 1600
    ring = np.stack([6 * np.cos(angle), 6 * np.sin(angle)], axis=1)
    mark = point_cloud(np.concatenate([np.zeros((cloud, 2)), ring]), "x", WINDOW)
    for resolution in (80, 128):
        target = Painted(strokes=(mark,), resolution=resolution)
        centres = -8 + (np.arange(resolution) + 0.5) * 16 / resolution
        outside = np.hypot(*np.meshgrid(centres, centres)) > 2
        assert target.weights()[outside].sum() / target.weights().sum() == pytest.approx(right, rel=1e-4)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_one_point_is_a_peak_where_it_is(resolution):
    """Its deviation is the bandwidth, wherever it lies between the centres of cells."""
    mark, h = (
        point_cloud(np.array([[3.0, 2.0]]), "one.csv", WINDOW),
        Painted(resolution=resolution).effective_bandwidth(),
    )
    assert mark.fitted
    for each, place in ((mark, (0.0, 0.0)), (replace(mark, fitted=False), (3.0, 2.0))):
        mean, std = moments(each, resolution)
        assert mean == pytest.approx(place, abs=1e-9)
        assert np.sqrt((std**2).mean()) == pytest.approx(h, rel=1e-3)
        truth = Painted(strokes=(each,), resolution=resolution).build(dtype=torch.float64)
        x = truth.sample(20_000, torch.Generator().manual_seed(0)) - torch.tensor(place)
        assert float(x.square().mean().sqrt()) == pytest.approx(h, rel=0.025)
        away = torch.tensor(place) + h * torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, -1.0], [-1.0, 0.0]])
        log_p = truth.log_density(away.double(), 0.0)
        assert log_p.argmax() == 0


def test_a_cloud_is_as_wide_as_its_points_and_the_bandwidth():
    points = np.random.default_rng(1).normal((1, -2), (1.2, 0.4), (3000, 2))
    for resolution in (40, 64, 128):
        mark = replace(point_cloud(points, "x", WINDOW), fitted=False)
        h = Painted(resolution=resolution).effective_bandwidth()
        assert moments(mark, resolution)[1] == pytest.approx(np.sqrt(points.var(0) + h**2), rel=1e-3)


def test_a_cloud_in_a_box_far_smaller_than_a_cell_takes_no_memory():
    mark = PointCloudMark(pixels=OLD, columns=128, source_box=(3 - 5e-7, 3 + 5e-7, 2 - 5e-7, 2 + 5e-7))
    image = ImageMark(pixels=OLD, columns=128, box=(3 - 5e-7, 3 + 5e-7, 2 - 5e-7, 2 + 5e-7))
    tracemalloc.start()
    for resolution in (16, 128):
        mean, _ = moments(mark, resolution)
        assert mean == pytest.approx([3, 2], abs=1e-6)
        assert Painted(strokes=(mark,), resolution=resolution).build() is not None
        Painted(strokes=(image,), resolution=resolution).weights()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.parametrize("offset", [0.0, 100.0, 5.5e6, 4e8])
def test_fine_detail_of_far_coordinates_is_kept(offset):
    """Three points .1 and .3 apart, by map coordinates: fitted they are where their differences say."""
    points = np.array([[0, 0], [0.1, 0], [0.4, 0.3]]) + offset
    mark = point_cloud(points, "map", WINDOW)
    placed = (points - offset - [0.2, 0.15]) * 0.9 * 16 / 0.4
    assert parts(mark, placed, 128) == pytest.approx([1 / 3] * 3, abs=1e-6)
    assert moments(mark, 128)[0] == pytest.approx(placed.mean(0), abs=1e-4)
    x0, x1, _, _ = mark.source_box
    assert x0 < offset
    assert x1 - x0 == pytest.approx(0.408, abs=1e-6)


def test_fitted_points_are_shown_in_their_own_coordinates():
    """Where a point lies on the canvas, its coordinates are those of the file."""
    points = np.array([[481_230.0, 5_500_100.0], [481_233.1, 5_500_101.4], [481_231.0, 5_500_100.7]])
    target = Painted(strokes=(point_cloud(points, "map", WINDOW),))
    own = target.coordinates
    middle, zoom = (points.min(0) + points.max(0)) / 2, 0.9 * 16 / 3.1
    placed = zoom * (points - middle)
    assert own.scale == pytest.approx(1 / zoom)
    assert own.scale * placed + own.offset == pytest.approx(points, abs=1e-6)
    mean = moments(target.strokes[0], 128)[0]
    assert own.scale * mean + own.offset == pytest.approx(points.mean(0), abs=1e-3)
    unfitted = replace(target, strokes=(replace(target.strokes[0], fitted=False),))
    two = replace(target, strokes=(*target.strokes, point_cloud(2 * points, "other", WINDOW)))
    assert unfitted.coordinates == two.coordinates == Painted().coordinates == Coordinates()


def test_two_marks_of_one_point_weigh_the_same_wherever_they_lie():
    marks = tuple(point_cloud(np.array([place]), "x", WINDOW) for place in ([-5.0, 1.0], [4.03, 3.33]))
    marks = tuple(replace(mark, fitted=False) for mark in marks)
    for resolution in RESOLUTIONS:
        weights = Painted(strokes=marks, resolution=resolution).weights()
        half = resolution // 2
        assert weights[:, :half].sum() / weights.sum() == pytest.approx(0.5, abs=1e-6)
        assert weights.sum() * (16 / resolution) ** 2 == pytest.approx(2 * (16 / 128) ** 2)


def test_images_of_a_cloud_are_added():
    mark = replace(point_cloud(np.array([[3.0, 0.01]]), "x", WINDOW), fitted=False, symmetry="both")
    weights = Painted(strokes=(mark,)).weights()
    assert weights.sum() == pytest.approx(4 * Painted(strokes=(replace(mark, symmetry="none"),)).weights().sum())
    turned = Painted(strokes=(replace(mark, symmetry="turned", folds=5),), resolution=70).weights()
    centres = -8 + (np.arange(70) + 0.5) * 16 / 70
    radius = np.hypot(*np.meshgrid(centres, centres))
    assert turned[np.abs(radius - 3) < 0.4].sum() == pytest.approx(turned.sum())


def test_an_eraser_of_points_leaves_nothing_below_zero():
    mark = replace(point_cloud(np.zeros((1000, 2)), "x", WINDOW), tool="eraser")
    ground = ImageMark(pixels=encode_pixels(np.ones(1)))
    weights = Painted(strokes=(ground, mark), resolution=512).weights()
    assert weights.min() == 0
    assert weights.max() == 1


def test_counts_are_read_as_they_were_written_and_bad_ones_refused():
    counts = np.array([0.0, 1.0, 131_100.0, 0.0121])
    mark = PointCloudMark(pixels=encode_counts(counts), columns=2, count=4)
    assert kind_from_json((PointCloudMark,), to_json(mark)) == mark
    assert np.abs(mark.values().ravel() / counts.clip(1e-9) - [0, 1, 1, 1]).max() < 1e-7
    for bad in ([1.0, -1.0], [np.nan, 1.0], [np.inf, 1.0]):
        with pytest.raises(ValidationError, match="finite"):
            PointCloudMark(pixels=encode_counts(np.array(bad)))
    for text in (
        COUNTS,
        COUNTS + "AAAA",
        encode_counts(np.zeros(MAX_COUNT_SIDE**2 + 1)),
        encode_counts(np.ones(1))[:-5],
    ):
        with pytest.raises(ValidationError, match="pixels"):
            PointCloudMark(pixels=text)
    assert PointCloudMark(pixels=encode_counts(np.zeros(4))).coverage(np.linspace(-7, 7, 16), 0.0).max() == 0
