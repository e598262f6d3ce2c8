"""Rasterised particles."""

import pytest
import torch

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


def test_brightness_becomes_bytes():
    image = torch.tensor([[0.0, 0.25, 0.999, 1.0], [1 / 255, 0.5, 0.75, 254.5 / 255]])
    assert to_bytes(image).tolist() == [[0, 63, 254, 255], [1, 127, 191, 254]]
    assert image[0, 3] == 1  # the input is unchanged
    assert to_bytes(image).dtype == "uint8"
