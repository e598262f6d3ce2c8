"""Particles as a picture, drawn on the device where they live."""

from __future__ import annotations

from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region


def splat(x: torch.Tensor, region: Region, rows: int, columns: int) -> torch.Tensor:
    """How many particles `x` (n, 2) lie on each pixel of `region` (x0, x1, y0, y1): shape (rows, columns), row 0 at y0.

    A particle is shared out bilinearly among the four pixels around it, so that it glides and does not jump. What lies
    outside or is not finite is left out.
    """
    x0, x1, y0, y1 = region
    column = (x[:, 0] - x0) * (columns / (x1 - x0)) - 0.5
    row = (x[:, 1] - y0) * (rows / (y1 - y0)) - 0.5
    left, below = column.floor(), row.floor()
    inside = (left >= 0) & (left < columns - 1) & (below >= 0) & (below < rows - 1)  # False for NaN as well
    corner = torch.where(inside, below * columns + left, 0.0).long()
    right, above = column - left, row - below
    picture = x.new_zeros(rows * columns)
    for step, share in (
        (0, (1 - right) * (1 - above)),
        (1, right * (1 - above)),
        (columns, (1 - right) * above),
        (columns + 1, right * above),
    ):
        picture.scatter_add_(0, corner + step, torch.where(inside, share, 0.0))
    return picture.reshape(rows, columns)


def tone(picture: torch.Tensor, gain: float) -> torch.Tensor:
    """Counts c as brightness in [0, 1): g c / (1 + g c), which never saturates to a flat patch."""
    return picture / (picture + 1 / gain)
