"""The field by which crowds of particles move: interpolated on a grid, against the field itself."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.fields import Field, GridField
from ncsn_viz.core.numerics import Region, regions, torch
from ncsn_viz.lab.checks.base import Discrepancy, Values, relative_error
from ncsn_viz.lab.checks.reference import TARGET, square

REGION: Region = (-7.0, 9.0, -8.0, 4.0)  # neither square nor around 0


class Linear:
    """s = (1 + 2x − 3y, 4x − 5y − 2), which bilinear interpolation reproduces."""

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n, 2)."""
        a, b = x.unbind(-1)
        return torch.stack([1 + 2 * a - 3 * b, 4 * a - 5 * b - 2], dim=-1)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> None:
        """None: it is no gradient."""
        return


@dataclass(frozen=True, kw_only=True)
class Interpolated(Discrepancy):
    """The root mean square error relative to the score, of a linear field anywhere and of a mixture on its data."""

    sigma: float = 0.3
    points: int = 1000
    rows: int = 73
    columns: int = 97

    def measure(self, generator: torch.Generator) -> Values:
        """Between the nodes, outside of the grid, and with the nodes of a spline."""
        truth, linear = TARGET.build(dtype=torch.float64), Linear()
        data = truth.sample(self.points, generator)
        inside, outside = (square(self.points, width, generator) for width in (3.5, 40.0))
        return {
            "linear field inside": self._error(linear, inside, 1),
            "linear field outside": self._error(linear, outside, 1),
            "linear field on a spline": self._error(linear, inside, 4),
            "mixture on a spline": self._error(truth, data, 4),
        }

    def _error(self, field: Field, x: torch.Tensor, finer: int) -> float:
        nodes = regions.grid(REGION, self.rows, self.columns, dtype=torch.float64)
        values = field.score(nodes, self.sigma).reshape(self.rows, self.columns, 2)
        grid = GridField.from_values(values, REGION, self.sigma, field, finer)
        return relative_error(grid.score(x, self.sigma), field.score(x, self.sigma))


INTERPOLATED = Interpolated(
    name="grid_field",
    what="The field on a grid by which crowds move is the field itself, between the nodes and outside of the grid.",
    source="A linear field, which interpolation reproduces; the closed form of a mixture",
    tolerance=0.001,
    because="a spline through nodes a sixth apart",
)
