"""Regular grids over rectangles."""

from __future__ import annotations

import pytest
import torch

from ncsn_viz.core.numerics import regions

REGION = (-4.0, 4.0, -3.0, 3.0)


def test_grid_goes_row_by_row_from_the_bottom():
    points = regions.grid((0.0, 2.0, 10.0, 11.0), 2, 3)
    assert points.tolist() == [[0, 10], [1, 10], [2, 10], [0, 11], [1, 11], [2, 11]]
    assert regions.grid(REGION, 5, 4, dtype=torch.float64).dtype == torch.float64


@pytest.mark.parametrize(("region", "wanted"), [((0, 8, 0, 8), (65, 65)), ((0, 8, 0, 4), (33, 65)),
                                                ((0, 1, 0, 8), (65, 9)), ((0, 1e-3, 0, 8), (65, 2))])  # fmt: skip
def test_grids_have_nearly_square_cells(region, wanted):
    rows, columns = regions.grid_shape(region, 65)
    assert abs(rows - wanted[0]) <= 1
    assert abs(columns - wanted[1]) <= 1
