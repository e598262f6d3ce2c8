"""Tensors and arrays: random numbers, precision, blocks of points, rectangles and grids, rasterised points."""
