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
    scale = x.new_tensor([columns / (x1 - x0), rows / (y1 - y0)])
    place = (x - x.new_tensor([x0, y0])) * scale - 0.5
    last = x.new_tensor([columns - 1, rows - 1])
    inside = ((place >= 0) & (place < last)).all(1)  # False for NaN as well
    place = torch.where(inside[:, None], place, 0.0)
    corner = place.floor()
    part = place - corner
    index = corner[:, 1].long() * columns + corner[:, 0].long()
    share_x = torch.stack([1 - part[:, 0], part[:, 0]])
    share_y = torch.stack([1 - part[:, 1], part[:, 1]]) * inside
    weights = share_y[:, None] * share_x[None]  # (2, 2, n)
    steps = torch.tensor([[0, 1], [columns, columns + 1]], device=x.device)
    picture = x.new_zeros(rows * columns)
    picture.scatter_add_(0, (index + steps[..., None]).reshape(-1), weights.reshape(-1))
    return picture.reshape(rows, columns)


def tone(picture: torch.Tensor, gain: float) -> torch.Tensor:
    """Counts as brightness in [0, 1): g c / (1 + g c), which never saturates to a flat patch."""
    scaled = gain * picture
    return scaled / (1 + scaled)
