"""Mass on lattices, against plain loops, moments and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from ncsn_viz.core.targets.lattice import area_average, overlaps, share_gaussians, share_points

RNG = np.random.default_rng(0)
CENTRES = -8 + (np.arange(70) + 0.5) * 16 / 70
CELL = 16 / 70


def test_points_are_shared_with_their_mass_and_mean():
    points, masses = RNG.uniform(-8 + CELL / 2, 8 - CELL / 2, (300, 2)), RNG.random(300)
    shared = share_points(points, masses, CENTRES)
    direct = np.zeros((70, 70))
    for (x, y), mass in zip(points, masses, strict=True):
        hats = (np.maximum(1 - np.abs(CENTRES - at) / CELL, 0) for at in (y, x))
        direct += mass * np.outer(*hats)
    assert np.abs(shared - direct).max() < 1e-12
    assert shared.sum() == pytest.approx(masses.sum(), rel=1e-12)
    assert np.allclose([shared.sum(0) @ CENTRES, shared.sum(1) @ CENTRES], masses @ points, rtol=1e-12)


def test_points_at_the_border_belong_to_the_last_cells_and_those_beyond_to_none():
    points = np.array([[-8.0, 8.0], [8.0, -7.99], [8.001, 0.0], [0.0, 1e300]])
    shared = share_points(points, np.array([1.0, 2.0, 4.0, 8.0]), CENTRES)
    assert shared[-1, 0] == 1
    assert shared[0, -1] == 2
    assert shared.sum() == 3


@pytest.mark.parametrize("std", [0.0, 0.05, 0.3, 0.45, 0.6, 0.8, 2.0])
def test_gaussians_are_shared_with_their_mass_mean_and_variance(std):
    """In units of a cell; the variance is right on average over positions, and at least that of a shared point."""
    means = CENTRES[30] + CELL * np.linspace(0, 1, 40, endpoint=False)
    shares = share_gaussians(means, np.full(40, (std * CELL) ** 2), CENTRES)
    mass = shares.sum(0)
    assert np.abs(mass - 1).max() < 2e-4
    assert np.abs((CENTRES @ shares / mass - means) / CELL).max() < 1e-3
    variance = (((CENTRES[:, None] - means) / CELL) ** 2 * shares).sum(0)
    assert variance.mean() == pytest.approx(max(std**2, 1 / 6), abs=2e-3)
    assert variance.max() < max(std**2, 1 / 4) + 0.1


def test_gaussians_that_reach_over_the_border_lose_what_is_beyond():
    assert share_gaussians(np.array([8.0]), np.array([1.0]), CENTRES).sum() == pytest.approx(0.5, abs=1e-3)
    assert share_gaussians(np.array([7.9, 8.1]), np.zeros(2), CENTRES).sum(0) == pytest.approx([1, 0])


def test_overlaps_of_intervals_with_cells():
    edges = np.array([-8.0, -7.9, -5.0, 3.0, 8.0])
    found = overlaps(edges, CENTRES)
    assert np.allclose(found.sum(1), 1)  # the intervals cover every cell,
    assert np.allclose(found.sum(0) * CELL, np.diff(edges))  # and each counts with its length
    assert found[0] == pytest.approx([0.1 / CELL, 1 - 0.1 / CELL, 0, 0])


@pytest.mark.parametrize(("old", "new"), [((50, 75), (20, 30)), ((7, 5), (1, 2)), ((3, 4), (3, 4)), ((3, 2), (9, 8))])
def test_area_averages_keep_the_mean_and_every_pixel_its_part(old, new):
    values = RNG.random(old)
    found = area_average(values, *new)
    assert found.shape == new
    assert found.mean() == pytest.approx(values.mean())
    fine = np.kron(values, np.ones(new)).reshape(new[0], old[0], new[1], old[1]).mean(axis=(1, 3))
    assert np.abs(found - fine).max() < 1e-12
