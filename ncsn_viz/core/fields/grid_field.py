"""A field interpolated on a grid, by which a CPU moves many particles."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from ncsn_viz.core.fields.protocols import Field
from ncsn_viz.core.numerics import Region, Tensor, block_size, broadcast_pair, regions, torch

MAX_EXACT = 256  # points outside the grid at which the exact field is evaluated
SUBSAMPLE = 1024  # points by which the fraction of diverged ones is estimated
COARSE_NODES = 64  # along each side of the coarse grid
MAX_COORDINATE = 1e4  # of the coarse grid: particles beyond have diverged


@dataclass(frozen=True)
class GridField:
    """A score at one noise level, bilinear between the nodes of a grid; outside it exact, or on a coarser grid.

    `planes` (1, 2, rows, columns), the two components of the score, over `region` (x0, x1, y0, y1), nodes on the edges.
    The error is second order in the node spacing: least at large σ, where the field is smooth. Nodes may be those of a
    cubic spline through values on a coarser grid; then it is nearly fourth order in the spacing of these.
    """

    planes: Tensor
    region: Region
    sigma: float
    exact: Field
    _coarse: list[GridField] = field(default_factory=list, repr=False, compare=False)  # empty, or the latest one

    @classmethod
    def from_values(cls, values: Tensor, region: Region, sigma: float, exact: Field, finer: int = 1) -> GridField:
        """The field with the scores `values` (rows, columns, 2) at the nodes.

        With `finer` > 1 its nodes are so many times as dense, along a cubic spline through the values.
        """
        planes = values.permute(2, 0, 1)
        if finer > 1 and min(values.shape[:2]) >= 4:
            along_y, along_x = (_spline(count, finer).to(values) for count in values.shape[:2])
            planes = along_y @ planes @ along_x.T
        return cls(planes[None].contiguous(), region, sigma, exact)

    def score(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """The score at `x` (n, 2): shape (n, 2). At another noise level than the grid's that of the exact field."""
        if float(sigma) != self.sigma:
            return self.exact.score(x, sigma)
        found = torch.empty_like(x, memory_format=torch.contiguous_format)
        for block, score in zip(*(torch.split(part, block_size(x)) for part in (x, found)), strict=True):
            outside = self.interpolate(block, score)
            if len(outside) == len(block):  # without indexing
                score.copy_(self._score_outside(block))
            elif len(outside):
                score[outside] = self._score_outside(block[outside])
        return found

    def interpolate(self, x: Tensor, score: Tensor) -> Tensor:
        """Write the interpolated score at `x` (n, 2) into `score` (n, 2); for points outside, at the nearest border.

        Returns the indices of the points outside.
        """
        x0, x1, y0, y1 = self.region
        scale, shift = (2 / (x1 - x0), 2 / (y1 - y0)), ((x0 + x1) / (x0 - x1), (y0 + y1) / (y0 - y1))
        unit = torch.addcmul(broadcast_pair(shift, x), x, broadcast_pair(scale, x))
        mps = x.device.type == "mps"  # which has no border padding; clamped points do not need it
        coordinates, padding = (unit.clamp(-1, 1), "zeros") if mps else (unit, "border")
        planes = torch.nn.functional.grid_sample(
            self.planes, coordinates[None, None], mode="bilinear", padding_mode=padding, align_corners=True
        )[0, :, 0]
        if x.device.type == "cpu":  # twice as fast as column by column
            torch.complex(planes[0], planes[1], out=torch.view_as_complex(score))
        else:
            score.copy_(planes.T)
        least, most = (unit.new_zeros(2) if not len(unit) else torch.stack(torch.aminmax(unit))).tolist()
        if least >= -1 and most <= 1:
            return torch.empty(0, dtype=torch.long, device=x.device)
        return ((unit[:, 0].abs() > 1) | (unit[:, 1].abs() > 1)).nonzero().squeeze(1)

    def _score_outside(self, x: Tensor) -> Tensor:
        """The score at points `x` (n, 2) outside the grid: exact for a few, else on a coarse grid around them."""
        if len(x) <= MAX_EXACT:
            return self.exact.score(x, self.sigma)
        found = torch.empty_like(x, memory_format=torch.contiguous_format)
        if not self._coarse or self._coarse[0]._uncovered(x, found) > MAX_EXACT:
            self._coarse[:] = [self._grid_around(x)]
            self._coarse[0].interpolate(x, found)
        return found

    def _uncovered(self, x: Tensor, score: Tensor) -> int:
        """Interpolate, and count the points outside that a wider grid would cover: those that have not diverged."""
        outside = self.interpolate(x, score)
        if len(outside) <= MAX_EXACT:
            return len(outside)
        some = x[outside[:: max(1, len(outside) // SUBSAMPLE)]]
        return round(float((some.abs() < MAX_COORDINATE).all(1).float().mean()) * len(outside))

    def _grid_around(self, x: Tensor) -> GridField:
        finite = x[x.isfinite().all(1)].clamp(-MAX_COORDINATE, MAX_COORDINATE)
        finite = finite if len(finite) else x.new_zeros(1, 2)
        least, most = finite.amin(0), finite.amax(0)
        margin = (most - least) / 4 + 1
        (x0, y0), (x1, y1) = (least - margin).tolist(), (most + margin).tolist()
        points = regions.grid((x0, x1, y0, y1), COARSE_NODES, COARSE_NODES, x.device, x.dtype)
        values = self.exact.score(points, self.sigma).reshape(COARSE_NODES, COARSE_NODES, 2)
        return GridField.from_values(values, (x0, x1, y0, y1), self.sigma, self.exact)

    def energy(self, x: Tensor, sigma: float | Tensor) -> Tensor | None:
        """The energy of the exact field: acceptance tests never use the grid."""
        return self.exact.energy(x, sigma)


@lru_cache(maxsize=16)
def _spline(count: int, finer: int) -> Tensor:
    """The cubic spline through values at `count` ≥ 4 nodes as a matrix, `finer` times as many intervals: (m, count).

    Not-a-knot but for the curvature at the ends, which is continued along a line: exact for cubic polynomials.
    """
    inner = torch.arange(1, count - 1)
    tridiagonal, differences = (torch.zeros(count, count, dtype=torch.float64) for _ in range(2))
    for offset, left, right in ((-1, 1.0, 6.0), (0, 4.0, -12.0), (1, 1.0, 6.0)):
        tridiagonal[inner, inner + offset], differences[inner, inner + offset] = left, right
    tridiagonal[0, :3] = tridiagonal[-1, -3:] = torch.tensor([1.0, -2.0, 1.0], dtype=torch.float64)
    curvature = torch.linalg.solve(tridiagonal, differences)  # h² u″ at the nodes: (count, count)
    position = torch.arange((count - 1) * finer + 1, dtype=torch.float64) / finer
    node = position.long().clamp(max=count - 2)
    after = (position - node)[:, None]
    before, values = 1 - after, torch.eye(count, dtype=torch.float64)
    bend = (before**3 - before) * curvature[node] + (after**3 - after) * curvature[node + 1]
    found: Tensor = before * values[node] + after * values[node + 1] + bend / 6
    return found
