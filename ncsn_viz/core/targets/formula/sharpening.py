"""Weights of a lattice that, blurred by its Gaussians and its cells, give a density again: deconvolution."""

from __future__ import annotations

import math

import numpy as np

from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.lattice import MIN_BANDWIDTH

DEVIATION = math.hypot(MIN_BANDWIDTH, 1 / math.sqrt(12))  # of the blur, in cells: of a Gaussian, and of a cell
REACH = 5  # cells to which the blur is summed
ROUNDING = 1e-12  # relative: what is flat stays exactly flat
ITERATIONS = 2  # measured on the presets: more gain little, and noise grows


def sharpened(means: Array) -> Array:
    """Weights w ≥ 0 with w ⊛ blur ≈ `means` (n, n), by w ← w · ((means / (w ⊛ blur)) ⊛ blur).

    Richardson 1972 and Lucy 1974: mass and sign are kept. What is left of the blur is of the order of its variance
    squared. Within REACH cells of where there is no mass, and of the border, nothing is changed: an edge cannot be
    sharper than the cells, and would get a ridge beside it.
    """
    flat = _blurred((means == 0).astype(float), 1.0) > 0
    weights = means
    for _ in range(ITERATIONS):
        change = means / np.maximum(_blurred(weights, 0.0), np.finfo(float).tiny) - 1
        change[flat | (np.abs(change) < ROUNDING)] = 0
        weights = weights * (1 + _blurred(change, 0.0))
    return weights


def _blurred(values: Array, outside: float) -> Array:
    """The convolution with the blur, for `values` (n, n) that are `outside` beyond the border."""
    offsets = np.arange(-REACH, REACH + 1)
    kernel = np.exp(-((offsets / DEVIATION) ** 2) / 2)
    padded, n = np.pad(values, REACH, constant_values=outside), len(values)
    rows = sum(share * padded[i : i + n] for i, share in enumerate(kernel / kernel.sum()))
    found: Array = sum(share * rows[:, i : i + n] for i, share in enumerate(kernel / kernel.sum()))
    return found
