"""A field as the views draw it: evaluated on a grid, for pictures and for crowds alike."""

from __future__ import annotations

import contourpy
import numpy as np

from ncsn_viz.core import probes
from ncsn_viz.core.field import Field
from ncsn_viz.core.gridfield import GridField
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region
from ncsn_viz.lab.snapshot import FieldGrid, Floats

NODES = 96  # along the longer side of the grid
CONTOURS = (0.5, 1, 2, 4, 8, 16, 32, 64, 128)  # energies above the least one, in nats
GAMMA = 0.6  # of the density on screen: keeps the tails visible
HUGE = 1e9  # stands for energies that are not finite


class Survey:
    """A field at one noise level being evaluated over `region`, some points at a time, so that nothing else waits."""

    def __init__(self, field: Field, region: Region, sigma: float, device: torch.device) -> None:
        self.field, self.region, self.sigma = field, region, sigma
        self.rows, self.columns = probes.shape_of(region, NODES)
        self.points = probes.grid(region, self.rows, self.columns, device)
        self._scores: list[torch.Tensor] = []
        self._energies: list[torch.Tensor] = []
        self._done = 0

    def proceed(self, count: int) -> bool:
        """Evaluate `count` points more; whether all are done."""
        block = self.points[self._done : self._done + count]
        with torch.no_grad():
            self._scores.append(self.field.score(block, self.sigma))
            energy = self.field.energy(block, self.sigma)
        if energy is not None:
            self._energies.append(energy)
        self._done += len(block)
        return self._done >= len(self.points)

    def result(self, view: Region, contours: bool) -> tuple[FieldGrid, GridField]:
        """The finished survey; energies count from the least one inside `view`."""
        score = torch.cat(self._scores).reshape(self.rows, self.columns, 2)
        if self._energies:
            energy = torch.cat(self._energies).reshape(self.rows, self.columns)
        else:
            energy = -probes.potential(score, self.region)
        energy = (energy - self._least(energy, view)).nan_to_num(HUGE, HUGE, HUGE).clamp(-HUGE, HUGE)
        density = torch.exp(-GAMMA * energy.clamp(min=0)) * 255
        heights = energy.cpu().numpy()
        drawn = FieldGrid(
            self.region,
            self.sigma,
            score.cpu().numpy(),
            heights,
            density.to(torch.uint8).cpu().numpy(),
            lines(heights, self.region) if contours else (),
            own_energy=bool(self._energies),
        )
        return drawn, GridField.of(score, self.region, self.sigma, self.field)

    def _least(self, energy: torch.Tensor, view: Region) -> torch.Tensor:
        x, y = self.points.T
        flat = energy.reshape(-1)
        seen = (x >= view[0]) & (x <= view[1]) & (y >= view[2]) & (y <= view[3]) & flat.isfinite()
        inside = flat[seen]
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
