"""Particles as a picture, drawn on the device where they live."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncsn_viz.core.numerics.blocks import block_size, broadcast_pair
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.core.numerics.regions import Region

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
PIXELS_PER_PARTICLE = 8  # pixels a particle: with less, nobody sees one of them alone
AWAY = -9.0  # a pixel's place left of the picture


def splat(
    x: torch.Tensor, region: Region, rows: int, columns: int, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """How many particles `x` (n, 2) lie on each pixel of `region` (x0, x1, y0, y1): shape (rows, columns), row 0 at y0.

    Each counts for its weight, if there are `weights` (n,), else for 1. It is shared out bilinearly among the four
    pixels around it, so that it moves without jumps; where there are fewer than PIXELS_PER_PARTICLE, it counts for the
    nearest pixel. What lies outside or is not finite is left out.
    """
    width = columns + 2  # a rim of one pixel around the picture takes what lies outside
    picture = x.new_zeros((rows + 3) * width + 1)
    size = block_size(x)
    for start in range(0, len(x), size):
        block, whole = x[start : start + size], None if weights is None else weights[start : start + size]
        places = _places(block, region, rows, columns)
        if PIXELS_PER_PARTICLE * len(x) > rows * columns:
            places.round_()
            nearest = torch.add(places[:, 0], places[:, 1], alpha=width).long()
            picture.scatter_add_(0, nearest, places.new_ones(len(places)) if whole is None else whole)
            continue
        column, row = (places[:, axis].contiguous() for axis in (0, 1))
        left, below = column.floor(), row.floor()
        corner = torch.add(left, below, alpha=width).long()
        right, above = column.sub_(left), row.sub_(below)
        both = right * above
        right.sub_(both)
        above.sub_(both)
        shares = ((0, (1 - both).sub_(right).sub_(above)), (1, right), (width, above), (width + 1, both))
        for step, share in shares:
            picture[step:].scatter_add_(0, corner, share if whole is None else share.mul_(whole))
    return picture[: (rows + 2) * width].view(rows + 2, width)[1:-1, 1:-1]


def _places(x: torch.Tensor, region: Region, rows: int, columns: int) -> torch.Tensor:
    """Where points `x` (n, 2) lie on the pixels between the rims, counted from the first centre, column before row."""
    x0, x1, y0, y1 = region
    scale = (columns / (x1 - x0), rows / (y1 - y0))
    places = torch.addcmul(broadcast_pair((0.5 - x0 * scale[0], 0.5 - y0 * scale[1]), x), x, broadcast_pair(scale, x))
    # no further than the rims' centres, where nothing is shared with a pixel of the picture
    places.nan_to_num_(AWAY, AWAY, AWAY).clamp_(min=0)
    return torch.minimum(places, broadcast_pair((columns + 1, rows + 1), x), out=places)


def tone_map(picture: torch.Tensor, gain: float) -> torch.Tensor:
    """Counts c as brightness in [0, 1): g c / (1 + g c), which never saturates to a flat patch."""
    return picture / (picture + 1 / gain)


def to_bytes(picture: torch.Tensor) -> Bytes:
    """Brightness in [0, 1] as bytes in the computer's memory, 255 for 1."""
    scaled = picture * 255
    if scaled.device.type == "cpu":  # numpy cuts numbers off in a sixth of torch's time
        return np.asarray(scaled.numpy().astype(np.uint8))
    return np.asarray(scaled.to(torch.uint8).cpu().numpy())
