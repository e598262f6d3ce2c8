"""Values of a grid between its nodes."""

from __future__ import annotations

import numpy as np
import pytest
from fake_snapshots import bell

from ncsn_viz.ui.maps.grid_lookup import bilinear, cell_region, resample


def test_the_region_of_the_cells_is_half_a_cell_larger():
    assert cell_region(bell((0, 0), rows=5, columns=9)) == (-9.0, 9.0, -10.0, 10.0)


def test_lookup_is_bilinear_and_nan_outside():
    field = bell((0, 0), rows=5, columns=9)
    assert np.isnan(bilinear(field.score, field.region, np.array([[np.nan, 0.0], [0.0, np.inf]]))).all()
    found = bilinear(field.score, field.region, np.array([[1.0, -3.0], [-8.0, 8.0], [20.0, 0.0]]))
    assert found[0] == pytest.approx(np.array([-1.0, 3.0]) / 0.64, rel=1e-5)
    assert found[1] == pytest.approx(np.array([8.0, -8.0]) / 0.64, rel=1e-5)
    assert np.isnan(found[2]).all()


def test_resampling_is_bilinear():
    x, y = np.meshgrid(np.linspace(-4, 4, 9), np.linspace(0, 6, 7))
    values = 2 * x - y + 0.5 * x * y
    found = resample(values, (-4, 4, 0, 6), (-1, 3, 1, 5), 41)
    x, y = np.meshgrid(np.linspace(-1, 3, 41), np.linspace(1, 5, 41))
    assert np.abs(found - (2 * x - y + 0.5 * x * y)).max() < 1e-5
    beyond = resample(values, (-4, 4, 0, 6), (-9, 9, -9, 9), 5)
    assert beyond[0, 0] == pytest.approx(values[0, 0])
