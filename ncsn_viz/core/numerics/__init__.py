"""Tensors and arrays: random numbers, precision, blocks of points, rectangles and grids, rasterised points."""

from ncsn_viz.core.numerics import rasterize, regions
from ncsn_viz.core.numerics.blocks import block_size, broadcast_pair
from ncsn_viz.core.numerics.lazy import Array, Bytes, Device, Generator, Tensor, torch
from ncsn_viz.core.numerics.precision import float64_device, to_float64
from ncsn_viz.core.numerics.random import normal
from ncsn_viz.core.numerics.regions import Region

__all__ = [
    "Array", "Bytes", "Device", "Generator", "Region", "Tensor", "block_size", "broadcast_pair", "float64_device",
    "normal", "rasterize", "regions", "to_float64", "torch",
]  # fmt: skip
