"""A field looked up on a grid: how a CPU moves a crowd of particles."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.field import Field
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region

BLOCK = 2**16  # particles at a time: what is made of them on the way then stays in the processor's cache


@dataclass(frozen=True)
class GridField:
    """A score at one noise level, bilinear between the nodes of a grid, and `exact` outside of it.

    `planes` (1, 2, rows, columns), the two components of the score, over `region` (x0, x1, y0, y1), nodes on the edges.
    The error is second order in the node spacing: least at large σ, where the field is smooth.
    """

    planes: torch.Tensor
    region: Region
    sigma: float
    exact: Field

    @classmethod
    def of(cls, values: torch.Tensor, region: Region, sigma: float, exact: Field) -> GridField:
        """The field whose score at the nodes is `values` (rows, columns, 2)."""
        return cls(values.permute(2, 0, 1)[None].contiguous(), region, sigma, exact)

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """The score at `x` (n, 2): shape (n, 2). Another noise level than the grid's asks the exact field."""
        if float(sigma) != self.sigma:
            return self.exact.score(x, sigma)
        found = torch.empty_like(x)
        for block, score in zip(torch.split(x, BLOCK), torch.split(found, BLOCK), strict=True):
            self._look_up(block, score)
        return found

    def _look_up(self, x: torch.Tensor, score: torch.Tensor) -> None:
        """Write the score at `x` (n, 2) into `score` (n, 2)."""
        unit = torch.empty_like(x)
        for axis, (low, high) in enumerate((self.region[:2], self.region[2:])):
            torch.mul(x[:, axis], 2 / (high - low), out=unit[:, axis])
            unit[:, axis].sub_((high + low) / (high - low))
        mps = x.device.type == "mps"  # which knows no border; points that were moved onto it need none
        places, padding = (unit.clamp(-1, 1), "zeros") if mps else (unit, "border")
        planes = torch.nn.functional.grid_sample(
            self.planes, places[None, None], mode="bilinear", padding_mode=padding, align_corners=True
        )[0, :, 0]
        for axis in (0, 1):
            score[:, axis] = planes[axis]
        if not float(unit.abs().amax()) <= 1:
            outside = ((unit[:, 0].abs() > 1) | (unit[:, 1].abs() > 1)).nonzero().squeeze(1)
            if len(outside):
                score[outside] = self.exact.score(x[outside], self.sigma)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor | None:
        """The exact field's energy: acceptance tests are never done on a grid."""
        return self.exact.energy(x, sigma)
