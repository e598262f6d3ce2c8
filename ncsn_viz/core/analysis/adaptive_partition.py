"""The partition function Z of an energy, on cells that are halved until it stands."""

from __future__ import annotations

import math
from typing import NamedTuple

from ncsn_viz.core.fields import Field
from ncsn_viz.core.numerics import Region, Tensor, torch

TOLERANCE = 1e-3  # nats: log Z stands once halving the cells changes it by less
UNREFINED = 1e-4  # share of the mass in cells that are not halved
ROUNDS = 12  # of halving, at most
MOST_CELLS = 40_000  # evaluated in one round, at most, unless the first grid is as fine already


class RefinedZ(NamedTuple):
    """log Z over a region, and by how much it changed when the cells were halved last: ∞ if they could not be."""

    log_z: float
    change: float


class QuadratureCells(NamedTuple):
    """Cells of one size: their columns and rows (n,), and log of the mass exp(−E) times area of each (n,)."""

    column: Tensor
    row: Tensor
    log_mass: Tensor

    def part(self, mask: Tensor) -> QuadratureCells:
        """Those of `mask` (n,)."""
        return QuadratureCells(self.column[mask], self.row[mask], self.log_mass[mask])


def refined_partition(field: Field, sigma: float, region: Region, across: int, data: Tensor) -> RefinedZ | None:
    """log ∫ exp(−E) dx over `region` by the midpoint rule; None for a field without energy.

    It begins with `across` cells along each side. Those that hold all but 10⁻⁴ of the mass, those with points of `data`
    (n, 2), where a peak may be narrower than a cell, and their neighbours are halved along both axes, and so on, until
    log Z changes by less than 10⁻³, or there would be too many. Computed with the dtype and device of `data`.
    """
    x0, x1, y0, y1 = region
    low = data.new_tensor((x0, y0))

    def cells(column: Tensor, row: Tensor, count: int) -> QuadratureCells | None:
        """These of `count` cells along each side, with their mass."""
        width = data.new_tensor(((x1 - x0) / count, (y1 - y0) / count))
        with torch.no_grad():
            energy = field.energy(low + (torch.stack([column, row], dim=1) + 0.5) * width, sigma)
        return None if energy is None else QuadratureCells(column, row, width.log().sum() - energy)

    every = torch.arange(across, device=data.device)
    now = cells(every.repeat(across), every.repeat_interleave(across), across)
    if now is None:
        return None
    done, count, change = data.new_tensor(-math.inf), across, math.inf
    log_z = float(now.log_mass.logsumexp(0))
    for _ in range(ROUNDS):
        halved = _to_halve(now, count, (data - low) / data.new_tensor((x1 - x0, y1 - y0)))
        if not math.isfinite(log_z) or 4 * int(halved.sum()) > max(MOST_CELLS, 4 * across**2):
            break
        done = torch.logaddexp(done, now.part(~halved).log_mass.logsumexp(0))
        column, row, count = 2 * now.column[halved], 2 * now.row[halved], 2 * count
        now = cells(torch.cat([column, column + 1] * 2), torch.cat([row, row, row + 1, row + 1]), count)
        assert now is not None
        before, log_z = log_z, float(torch.logaddexp(done, now.log_mass.logsumexp(0)))
        change = abs(log_z - before)
        if change < TOLERANCE:
            break
    return RefinedZ(log_z, change)


def _to_halve(cells: QuadratureCells, count: int, data: Tensor) -> Tensor:
    """Which of the `cells` to halve, (n,). `data` (m, 2) in units of the region, of `count` cells along each side."""
    order = cells.log_mass.argsort(descending=True)
    mass = (cells.log_mass[order] - cells.log_mass.logsumexp(0)).exp()
    wanted = torch.zeros_like(cells.log_mass, dtype=torch.bool)
    wanted[order] = mass.cumsum(0) - mass < 1 - UNREFINED
    keys = cells.row * count + cells.column
    place = (data[((data >= 0) & (data < 1)).all(1)] * count).long()
    centres = torch.cat([keys[wanted], place[:, 1] * count + place[:, 0]])
    steps = [rows * count + columns for rows in (-1, 0, 1) for columns in (-1, 0, 1)]
    return torch.isin(keys, torch.cat([centres + step for step in steps]))
