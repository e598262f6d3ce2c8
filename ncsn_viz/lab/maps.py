"""What a survey shows besides the field itself: divergence, curl, errors against the truth, Z."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import contourpy
import numpy as np

from ncsn_viz.core import analysis
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region
from ncsn_viz.lab.snapshot import Floats

CONTOURS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)  # energies above the least one, in nats
HUGE = 1e9  # stands for numbers that are not finite
NEED_TRUTH = frozenset({"truth", "error", "weighted_error"})
AROUND = 48  # cells along each side of the region around a grid, where mass outside is looked for


class Truth(NamedTuple):
    """The truth on a grid: `score` (rows, columns, 2) and `energy` = −log p_σ (rows, columns)."""

    score: torch.Tensor
    energy: torch.Tensor


def maps(layers: tuple[str, ...], score: torch.Tensor, truth: Truth | None, region: Region) -> Mapping[str, Floats]:
    """The maps among `layers`, by name, each (rows, columns).

    `error` is ‖s − s*‖, and `weighted_error` the same times p_σ* over its greatest value on the grid.
    """
    found: dict[str, torch.Tensor] = {}
    if not {"divergence", "curl"}.isdisjoint(layers):
        found["divergence"], found["curl"] = analysis.divergence_and_curl(score, region)
    if truth is not None:
        found["error"] = torch.linalg.vector_norm(score - truth.score, dim=-1)
        found["weighted_error"] = found["error"] * torch.exp(truth.energy.min() - truth.energy)
    return {name: as_floats(value) for name, value in found.items() if name in layers}


def non_conservative(score: torch.Tensor, region: Region, view: Region) -> float:
    """The non-conservative share of `score` (rows, columns, 2) on the nodes inside `view`."""
    (top, left), (rows, columns) = (0, 0), score.shape[:2]
    x, y = np.linspace(*region[:2], columns), np.linspace(*region[2:], rows)
    across, up = (np.nonzero((at >= low) & (at <= high))[0] for at, low, high in ((x, *view[:2]), (y, *view[2:])))
    if len(across) > 2 and len(up) > 2:
        top, left, rows, columns = int(up[0]), int(across[0]), len(up), len(across)
    part = score[top : top + rows, left : left + columns]
    bounds = (x[left], x[left + columns - 1], y[top], y[top + rows - 1])
    return analysis.non_conservative_share(part, (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3])))


def lines(energy: Floats, region: Region) -> tuple[Floats, ...]:
    """Lines of equal energy, each of shape (k, 2)."""
    rows, columns = energy.shape
    x, y = np.linspace(*region[:2], columns), np.linspace(*region[2:], rows)
    found = contourpy.contour_generator(x, y, energy)
    return tuple(np.asarray(line, dtype=np.float32) for level in CONTOURS for line in found.lines(level))


def as_floats(values: torch.Tensor) -> Floats:
    """An array of finite numbers."""
    found: Floats = values.float().nan_to_num(HUGE, HUGE, -HUGE).clamp(-HUGE, HUGE).cpu().numpy()
    return found
