"""Points as an image, rasterised on the device where they are."""

from __future__ import annotations

import numpy as np

from ncsn_viz.core.numerics.blocks import block_size, broadcast_pair
from ncsn_viz.core.numerics.lazy import Bytes, Tensor, torch
from ncsn_viz.core.numerics.regions import Region

PIXELS_PER_PARTICLE = 8  # with fewer pixels a particle, single particles cannot be made out
FULL = 255.0  # the brightness of which bytes are made without another pass over the image
OUTSIDE = -9.0  # pixel index of what is not finite


def splat(x: Tensor, region: Region, rows: int, columns: int, weights: Tensor | None = None) -> Tensor:
    """How many points `x` (n, 2) are in each pixel of `region` (x0, x1, y0, y1): shape (rows, columns), row 0 at y0.

    A point counts as its weight, `weights` (n,), or 1. It is distributed bilinearly over the four nearest pixels, so
    that an image of moving points changes continuously; with fewer than PIXELS_PER_PARTICLE pixels a point it counts
    for the nearest pixel. Points outside and points that are not finite are left out.
    """
    width = columns + 2  # a margin of one pixel on each side receives what is outside
    image = x.new_zeros((rows + 3) * width + 1)
    size = block_size(x)
    for start in range(0, len(x), size):
        indices = _pixel_indices(x[start : start + size], region, rows, columns)
        weight = None if weights is None else weights[start : start + size]
        if PIXELS_PER_PARTICLE * len(x) > rows * columns:
            indices.round_()
            nearest = torch.add(indices[:, 0], indices[:, 1], alpha=width).long()
            image.scatter_add_(0, nearest, indices.new_ones(len(indices)) if weight is None else weight)
            continue
        column, row = (indices[:, axis].contiguous() for axis in (0, 1))
        left, below = column.floor(), row.floor()
        corner = torch.add(left, below, alpha=width).long()
        right, above = column.sub_(left), row.sub_(below)
        both = right * above
        right.sub_(both)
        above.sub_(both)
        shares = ((0, (1 - both).sub_(right).sub_(above)), (1, right), (width, above), (width + 1, both))
        for step, share in shares:
            image[step:].scatter_add_(0, corner, share if weight is None else share.mul_(weight))
    return image[: (rows + 2) * width].view(rows + 2, width)[1:-1, 1:-1]


def _pixel_indices(x: Tensor, region: Region, rows: int, columns: int) -> Tensor:
    """Fractional pixel indices (n, 2), column before row, of the points `x` (n, 2) in the image with its margin."""
    x0, x1, y0, y1 = region
    scale = (columns / (x1 - x0), rows / (y1 - y0))
    indices = torch.addcmul(broadcast_pair((0.5 - x0 * scale[0], 0.5 - y0 * scale[1]), x), x, broadcast_pair(scale, x))
    # at most the centres of the margin, which share nothing with the pixels of the image
    indices.nan_to_num_(OUTSIDE, OUTSIDE, OUTSIDE).clamp_(min=0)
    return torch.minimum(indices, broadcast_pair((columns + 1, rows + 1), x), out=indices)


def rows_of(region: Region, columns: int) -> int:
    """The rows of an image of `region` (x0, x1, y0, y1) with so many columns of square pixels."""
    return max(1, round(columns * (region[3] - region[2]) / (region[1] - region[0])))


def tone_map(counts: Tensor, gain: float, full: float = 1.0) -> Tensor:
    """Counts c as brightness b g c / (1 + g c) in [0, b), b = `full`, which does not saturate."""
    found = torch.add(counts.new_full((), 1 / (gain * full)), counts, alpha=1 / full)
    return torch.div(counts, found, out=found)


def to_bytes(brightness: Tensor, full: float = 1.0) -> Bytes:
    """Brightness in [0, `full`] as bytes in host memory, 255 for `full`."""
    scaled = brightness if full == FULL else brightness * (FULL / full)
    if scaled.device.type == "cpu":  # numpy truncates in a sixth of torch's time
        return np.asarray(scaled.numpy().astype(np.uint8))
    return np.asarray(scaled.to(torch.uint8).cpu().numpy())
