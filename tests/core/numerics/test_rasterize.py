"""Rasterised particles."""

import math

import numpy as np
import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.numerics import rasterize
from ncsn_viz.core.numerics.rasterize import splat, to_bytes, tone_map

REGION = (-2.0, 2.0, -1.0, 1.0)


def test_a_particle_at_the_centre_of_a_pixel_counts_for_that_pixel_alone():
    image = splat(torch.tensor([[-1.95, 0.95], [0.05, -0.05]]), REGION, 20, 40)
    assert float(image.sum()) == pytest.approx(2, rel=1e-5)
    assert image[19, 0] == pytest.approx(1, abs=1e-5)
    assert image[9, 20] == pytest.approx(1, abs=1e-5)


def test_weights_are_distributed_and_the_centre_of_mass_is_kept():
    x, weights = torch.tensor([[0.33, 0.21], [-1.2, -0.4]]), torch.tensor([2.5, 0.5])
    image = splat(x, REGION, 20, 40, weights)
    assert float(image.sum()) == pytest.approx(3, rel=1e-6)
    columns = (torch.arange(40) + 0.5) / 10 - 2
    rows = (torch.arange(20) + 0.5) / 10 - 1
    centre = torch.stack([(image.sum(0) * columns).sum(), (image.sum(1) * rows).sum()]) / 3
    assert centre.tolist() == pytest.approx(((weights[:, None] * x).sum(0) / 3).tolist(), abs=1e-6)
    assert torch.equal(splat(x, REGION, 20, 40, torch.ones(2)), splat(x, REGION, 20, 40))


def test_points_outside_or_not_finite_are_left_out():
    x = torch.tensor([[5.0, 0.0], [0.0, -3.0], [float("nan"), 0.0], [float("inf"), 0.0]])
    assert splat(x, REGION, 20, 40).abs().max() == 0
    assert splat(x, REGION, 20, 40, torch.full((4,), 3.0)).abs().max() == 0


def test_tone_mapping_increases_and_never_saturates():
    light = tone_map(torch.tensor([0.0, 1.0, 10.0, 1e6]), 0.5)
    assert light.tolist() == pytest.approx([0, 1 / 3, 5 / 6, 1], abs=1e-5)
    assert (light.diff() > 0).all()
    half = tone_map(torch.tensor([0.0, 1.0, 10.0, 1e6]), 0.5, 127.5)
    assert half.tolist() == pytest.approx([0, 42.5, 106.25, 127.5], rel=1e-5)


def test_brightness_becomes_bytes():
    image = torch.tensor([[0.0, 0.25, 0.999, 1.0], [1 / 255, 0.5, 0.75, 254.5 / 255]])
    assert to_bytes(image).tolist() == [[0, 63, 254, 255], [1, 127, 191, 254]]
    assert image[0, 3] == 1  # the input is unchanged
    assert to_bytes(image).dtype == "uint8"
    assert to_bytes(torch.tensor([0.5, 254.5, 255.0]), 255.0).tolist() == [0, 254, 255]
    assert to_bytes(torch.tensor([1.0, 2.0]), 2.0).tolist() == [127, 255]
    assert min(to_bytes(tone_map(torch.tensor([1e30, 1e37]), 4.0, 255.0), 255.0).tolist()) >= 254  # none wraps around


def test_a_particle_counts_for_its_pixel():
    # 4 × 8 pixels of size 1 × 2 on (0, 8) × (10, 18); the centre of row 1, column 5 is (5.5, 13)
    image = splat(torch.tensor([[5.5, 13.0]]), (0, 8, 10, 18), 4, 8)
    wanted = torch.zeros(4, 8)
    wanted[1, 5] = 1
    assert norm(image - wanted) < 1e-6


def test_a_particle_is_distributed_over_its_neighbours():
    image = splat(torch.tensor([[5.75, 13.5]]), (0, 8, 10, 18), 4, 8)
    wanted = torch.zeros(4, 8)
    wanted[1, 5], wanted[1, 6], wanted[2, 5], wanted[2, 6] = 0.75 * 0.75, 0.25 * 0.75, 0.75 * 0.25, 0.25 * 0.25
    assert norm(image - wanted) < 1e-6


def test_the_count_and_the_centre_are_kept():
    x = torch.randn(500, 2, generator=generator(3), dtype=torch.float64)
    image = splat(x, (-8, 8, -6, 6), 60, 80)
    assert abs(float(image.sum()) - 500) < 1e-6
    assert float(image.min()) >= 0
    columns, rows = torch.meshgrid(torch.arange(80) + 0.5, torch.arange(60) + 0.5, indexing="xy")
    centre = torch.stack([(image * columns).sum() / 80 * 16 - 8 * 500, (image * rows).sum() / 60 * 12 - 6 * 500])
    assert norm(centre / 500 - x.mean(0)) < 1e-6


def test_what_is_outside_or_not_finite_counts_for_no_pixel():
    excluded = [
        [math.nan, 0.0],
        [0.0, math.nan],
        [math.inf, 0.0],
        [0.0, -math.inf],
        [9.0, 0.0],
        [0.0, -1e30],
        [-8.5, 0.0],
    ]
    image = splat(torch.tensor([*excluded, [0.1, 0.1]]), (-8, 8, -8, 8), 16, 16)
    assert bool(image.isfinite().all())
    assert abs(float(image.sum()) - 1) < 1e-6
    assert float(splat(torch.tensor(excluded), (-8, 8, -8, 8), 16, 16).sum()) == 0
    assert splat(torch.zeros(0, 2), (-8, 8, -8, 8), 4, 6).shape == (4, 6)


def test_many_particles_count_for_their_nearest_pixel():
    x = 4 * torch.randn(60 * 80 // rasterize.PIXELS_PER_PARTICLE + 1, 2, generator=generator(4), dtype=torch.float64)
    x[0] = math.nan
    image = splat(x, (-8, 8, -6, 6), 60, 80)
    wanted, _, _ = np.histogram2d(x[1:, 1].numpy(), x[1:, 0].numpy(), bins=(60, 80), range=((-6, 6), (-8, 8)))
    assert norm(image - torch.from_numpy(wanted)) <= 1  # a point may lie exactly on an edge
    assert abs(float(image.sum()) - wanted.sum()) <= 2


def test_the_gain_is_the_slope_of_the_tone_mapping_at_0():
    tones = tone_map(torch.tensor([0.0, 0.5, 1.0, 3.0, 100.0]), 0.5)
    assert float(tones[0]) == 0
    assert bool((tones.diff() > 0).all())
    assert float(tones[-1]) <= 1
    assert norm(tone_map(torch.tensor([1e-4]), 2.0) / 2e-4 - 1) < 1e-3  # gain is the slope at 0
