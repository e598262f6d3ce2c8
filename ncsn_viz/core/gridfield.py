"""A field looked up on a grid: how a CPU moves a crowd of particles."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.field import Field
from ncsn_viz.core.lazy import torch
from ncsn_viz.core.probes import Region


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
        x0, x1, y0, y1 = self.region
        centre = x.new_tensor([(x0 + x1) / 2, (y0 + y1) / 2])
        unit = (x - centre) / x.new_tensor([(x1 - x0) / 2, (y1 - y0) / 2])
        found = torch.nn.functional.grid_sample(
            self.planes, unit[None, None], mode="bilinear", padding_mode="border", align_corners=True
        )
        score = found[0, :, 0].T
        outside = (unit.abs() > 1).any(1).nonzero().squeeze(1)
        if len(outside):
            score = score.index_copy(0, outside, self.exact.score(x[outside], sigma))
        return score

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor | None:
        """The exact field's energy: acceptance tests are never done on a grid."""
        return self.exact.energy(x, sigma)
