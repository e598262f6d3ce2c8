"""What a survey shows besides the field itself: divergence, curl, errors against the truth, Z."""

from __future__ import annotations

from typing import NamedTuple

import contourpy
import numpy as np

from ncsn_viz.core import analysis
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region
from ncsn_viz.lab.snapshot import Floats

CONTOURS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)  # energies above the least one, in nats
HUGE = 1e9  # stands for numbers that are not finite
NEED_TRUTH = frozenset({"truth", "true_density", "error", "weighted_error"})


class Truth(NamedTuple):
    """The truth on a grid: `score` (rows, columns, 2), `energy` = −log p_σ (rows, columns), its `least` in the view."""

    score: torch.Tensor
    energy: torch.Tensor
    least: torch.Tensor

    def contours(self, region: Region) -> tuple[Floats, ...]:
        """Lines of equal density, at the heights of the learned ones."""
        return lines(as_floats(self.energy - self.least), region)

    def density(self) -> torch.Tensor:
        """p_σ over its peak in the view; 1 where it is still higher outside."""
        return torch.exp(self.least - self.energy).clamp(max=1)


class Other(NamedTuple):
    """A second field on the grid: `score` (rows, columns, 2) and `energy` (rows, columns), up to a constant."""

    score: torch.Tensor
    energy: torch.Tensor


def maps(
    layers: tuple[str, ...], score: torch.Tensor, energy: torch.Tensor, truth: Truth | None, region: Region
) -> dict[str, Floats]:
    """The maps among `layers`, by name, each (rows, columns), of a field with `score` and `energy`, its least 0.

    `true_density` is p_σ* over its peak in the view, `error` is ‖s − s*‖, and `weighted_error` the product of both.
    """
    found: dict[str, torch.Tensor] = {"energy_map": energy}
    if not {"divergence", "curl"}.isdisjoint(layers):
        found["divergence"], found["curl"] = analysis.divergence_and_curl(score, region)
    if truth is not None:
        found["error"] = torch.linalg.vector_norm(score - truth.score, dim=-1)
        found["true_density"] = truth.density()
        found["weighted_error"] = found["error"] * found["true_density"]
    return {name: as_floats(value) for name, value in found.items() if name in layers}


def differences(
    layers: tuple[str, ...], score: torch.Tensor, energy: torch.Tensor, other: Other, region: Region
) -> dict[str, Floats]:
    """The maps of differences among `layers`, by name, each (rows, columns), of a field less another one.

    `difference` is log p − log p′ in nats, both normalised over the grid; `score_difference` is ‖s − s′‖.
    """
    found: dict[str, Floats] = {}
    if "difference" in layers:
        offset = analysis.log_z_on(other.energy, region) - analysis.log_z_on(energy, region)
        found["difference"] = as_floats(other.energy - energy + offset)
    if "score_difference" in layers:
        found["score_difference"] = as_floats(torch.linalg.vector_norm(score - other.score, dim=-1))
    return found


def non_conservative(score: torch.Tensor, region: Region, view: Region) -> float:
    """The non-conservative share of `score` (rows, columns, 2) on the nodes inside `view`."""
    rows, columns = score.shape[:2]
    x0, x1, across = _inside(region[0], region[1], columns, view[0], view[1])
    y0, y1, up = _inside(region[2], region[3], rows, view[2], view[3])
    return analysis.non_conservative_share(score[up, across], (x0, x1, y0, y1))


def _inside(first: float, last: float, count: int, low: float, high: float) -> tuple[float, float, slice]:
    """The first and the last of `count` nodes that lie in [low, high], and which they are; all, if hardly any do."""
    nodes = np.linspace(first, last, count)
    seen = np.nonzero((nodes >= low) & (nodes <= high))[0]
    start, stop = (int(seen[0]), int(seen[-1]) + 1) if len(seen) > 2 else (0, count)
    return float(nodes[start]), float(nodes[stop - 1]), slice(start, stop)


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
