"""A field as the views draw it: evaluated once on a grid, for pictures and for crowds alike."""

from __future__ import annotations

import contourpy
import numpy as np

from ncsn_viz.core import probes
from ncsn_viz.core.field import Field
from ncsn_viz.core.gridfield import GridField
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region
from ncsn_viz.lab.snapshot import FieldGrid, Floats

NODES = 128  # along the longer side of the grid
CONTOURS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)  # energies above the least one, in nats
GAMMA = 0.6  # of the density on screen: keeps the tails visible


def observe(
    field: Field, region: Region, view: Region, sigma: float, device: torch.device, contours: bool
) -> tuple[FieldGrid, GridField]:
    """The field at `sigma` over `region`; energies count from the least one inside `view`."""
    rows, columns = probes.shape_of(region, NODES)
    points = probes.grid(region, rows, columns, device)
    score = probes.score_on(field, points, sigma, rows)
    energy = probes.energy_on(field, points, sigma, score, region)
    energy = (energy - _least(energy, points, view)).nan_to_num(1e9, 1e9, 1e9).clamp(-1e9, 1e9)
    density = torch.exp(-GAMMA * energy.clamp(min=0)) * 255
    own_energy = field.energy(points[:1], sigma) is not None
    drawn = FieldGrid(
        region, sigma, score.cpu().numpy(), energy.cpu().numpy(), density.to(torch.uint8).cpu().numpy(),
        lines(energy.cpu().numpy(), region) if contours else (), own_energy,
    )  # fmt: skip
    return drawn, GridField(score, region, sigma, field)


def _least(energy: torch.Tensor, points: torch.Tensor, view: Region) -> torch.Tensor:
    x, y = points.T
    seen = (x >= view[0]) & (x <= view[1]) & (y >= view[2]) & (y <= view[3])
    inside = energy.reshape(-1)[seen & energy.reshape(-1).isfinite()]
    return inside.min() if len(inside) else energy.new_zeros(())


def lines(energy: Floats, region: Region) -> tuple[Floats, ...]:
    """Lines of equal energy, each of shape (k, 2)."""
    rows, columns = energy.shape
    x, y = np.linspace(*region[:2], columns), np.linspace(*region[2:], rows)
    found = contourpy.contour_generator(x, y, energy)
    return tuple(np.asarray(line, dtype=np.float32) for level in CONTOURS for line in found.lines(level))


def reach(view: Region, x: torch.Tensor, window: tuple[float, float], sigma: float) -> Region:
    """The part of the plane worth a grid: the view, and the particles `x` (n, 2) as far as data and noise explain them.

    The crowd is taken as its mean ± 3 deviations, so that a few strays do not blur the grid for all others.
    """
    far = 4 * sigma
    finite = x[x.isfinite().all(1)]
    if len(finite) < 2:
        return view
    mean, spread = finite.mean(0), 3 * finite.std(0)
    low = (mean - spread).clamp(min=window[0] - far).tolist()
    high = (mean + spread).clamp(max=window[1] + far).tolist()
    return (min(view[0], low[0]), max(view[1], high[0]), min(view[2], low[1]), max(view[3], high[1]))
