"""A field looked up on a grid: how a CPU moves a crowd of particles."""

from __future__ import annotations

from dataclasses import dataclass, field

from ncsn_viz.core.fields.protocols import Field
from ncsn_viz.core.numerics import Region, block_size, broadcast_pair, regions, torch

FEW = 256  # points outside of a grid that are asked for one by one
JUDGED = 1024  # points by which it is judged how many of more have flown off
COARSE = 64  # nodes each way of the grid for more of them
FARTHEST = 1e4  # no grid reaches further out: who is there has flown off


@dataclass(frozen=True)
class GridField:
    """A score at one noise level, bilinear between the nodes of a grid; outside of it `exact`, or by a coarser grid.

    `planes` (1, 2, rows, columns), the two components of the score, over `region` (x0, x1, y0, y1), nodes on the edges.
    The error is second order in the node spacing: least at large σ, where the field is smooth.
    """

    planes: torch.Tensor
    region: Region
    sigma: float
    exact: Field
    _far: list[GridField] = field(
        default_factory=list, repr=False, compare=False
    )  # none, or the last one that was made

    @classmethod
    def from_values(cls, values: torch.Tensor, region: Region, sigma: float, exact: Field) -> GridField:
        """The field whose score at the nodes is `values` (rows, columns, 2)."""
        return cls(values.permute(2, 0, 1)[None].contiguous(), region, sigma, exact)

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """The score at `x` (n, 2): shape (n, 2). Another noise level than the grid's asks the exact field."""
        if float(sigma) != self.sigma:
            return self.exact.score(x, sigma)
        found = torch.empty_like(x, memory_format=torch.contiguous_format)
        for block, score in zip(*(torch.split(part, block_size(x)) for part in (x, found)), strict=True):
            outside = self.interpolate(block, score)
            if len(outside) == len(block):  # as where all have flown off
                score.copy_(self._beyond(block))
            elif len(outside):
                score[outside] = self._beyond(block[outside])
        return found

    def interpolate(self, x: torch.Tensor, score: torch.Tensor) -> torch.Tensor:
        """Write what the grid says at `x` (n, 2) into `score` (n, 2): at its border, where a point lies outside of it.

        Gives the numbers of those points.
        """
        x0, x1, y0, y1 = self.region
        scale, shift = (2 / (x1 - x0), 2 / (y1 - y0)), ((x0 + x1) / (x0 - x1), (y0 + y1) / (y0 - y1))
        unit = torch.addcmul(broadcast_pair(shift, x), x, broadcast_pair(scale, x))
        mps = x.device.type == "mps"  # which knows no border; points that were moved onto it need none
        places, padding = (unit.clamp(-1, 1), "zeros") if mps else (unit, "border")
        planes = torch.nn.functional.grid_sample(
            self.planes, places[None, None], mode="bilinear", padding_mode=padding, align_corners=True
        )[0, :, 0]
        if x.device.type == "cpu":  # twice as fast as column by column
            torch.complex(planes[0], planes[1], out=torch.view_as_complex(score))
        else:
            score.copy_(planes.T)
        least, most = (unit.new_zeros(2) if not len(unit) else torch.stack(torch.aminmax(unit))).tolist()
        if least >= -1 and most <= 1:
            return torch.empty(0, dtype=torch.long, device=x.device)
        return ((unit[:, 0].abs() > 1) | (unit[:, 1].abs() > 1)).nonzero().squeeze(1)

    def _beyond(self, x: torch.Tensor) -> torch.Tensor:
        """The score at points `x` (n, 2) outside of the grid: exact for a few, else by a coarse grid around them."""
        if len(x) <= FEW:
            return self.exact.score(x, self.sigma)
        found = torch.empty_like(x, memory_format=torch.contiguous_format)
        if not self._far or self._far[0]._strays(x, found) > FEW:
            self._far[:] = [self._around(x)]
            self._far[0].interpolate(x, found)
        return found

    def _strays(self, x: torch.Tensor, score: torch.Tensor) -> int:
        """Read, and count the points outside for which a wider grid would do more: not those that have flown off."""
        outside = self.interpolate(x, score)
        if len(outside) <= FEW:
            return len(outside)
        some = x[outside[:: max(1, len(outside) // JUDGED)]]
        return round(float((some.abs() < FARTHEST).all(1).float().mean()) * len(outside))

    def _around(self, x: torch.Tensor) -> GridField:
        finite = x[x.isfinite().all(1)].clamp(-FARTHEST, FARTHEST)
        finite = finite if len(finite) else x.new_zeros(1, 2)
        least, most = finite.amin(0), finite.amax(0)
        room = (most - least) / 4 + 1
        (x0, y0), (x1, y1) = (least - room).tolist(), (most + room).tolist()
        points = regions.grid((x0, x1, y0, y1), COARSE, COARSE, x.device, x.dtype)
        values = self.exact.score(points, self.sigma).reshape(COARSE, COARSE, 2)
        return GridField.from_values(values, (x0, x1, y0, y1), self.sigma, self.exact)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor | None:
        """The exact field's energy: acceptance tests are never done on a grid."""
        return self.exact.energy(x, sigma)
