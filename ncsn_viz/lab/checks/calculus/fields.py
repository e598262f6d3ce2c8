"""Vector calculus on a grid, for fields whose divergence, curl, potential and non-conservative share are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.numerics import Region, regions, torch
from ncsn_viz.lab.checks.base import Discrepancy, Values, largest, relative_error
from ncsn_viz.lab.checks.reference import TARGET
from ncsn_viz.lab.experiment import View
from ncsn_viz.lab.inspection.grid_evaluation import GridEvaluation
from ncsn_viz.lab.inspection.point_probe import read_point

REGION: Region = (-1.0, 3.0, 0.5, 2.5)  # neither square nor around 0
ROWS, COLUMNS = 41, 61


def _grid(rows: int = ROWS, columns: int = COLUMNS) -> torch.Tensor:
    """The nodes as (rows, columns, 2)."""
    return regions.grid(REGION, rows, columns, dtype=torch.float64).reshape(rows, columns, 2)


class Quadratic:
    """s = (1 + 2x − 3y + xy, x² + 4x − 5y): divergence 2 + y − 5, curl 2x + 4 + 3 − x."""

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (…, 2)."""
        a, b = x.unbind(-1)
        return torch.stack([1 + 2 * a - 3 * b + a * b, a**2 + 4 * a - 5 * b], dim=-1)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> None:
        """None: it is no gradient."""
        return

    def score_and_tangents(
        self, x: torch.Tensor, sigma: float | torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The score and its derivatives along `directions` (k, n, 2)."""
        (a, b), (u, v) = x.unbind(-1), directions.unbind(-1)
        return self.score(x, sigma), torch.stack([(2 + b) * u + (a - 3) * v, (2 * a + 4) * u - 5 * v], dim=-1)

    def divergence(self, x: torch.Tensor) -> torch.Tensor:
        """∂₁s₁ + ∂₂s₂."""
        return x[..., 1] - 3

    def curl(self, x: torch.Tensor) -> torch.Tensor:
        """∂₁s₂ − ∂₂s₁."""
        return x[..., 0] + 7


@dataclass(frozen=True, kw_only=True)
class DivergenceAndCurl(Discrepancy):
    """Of a quadratic field, for which differences are exact: on a grid, as maps, and at the cursor."""

    def measure(self, generator: torch.Generator) -> Values:
        """The largest difference over the grid."""
        field, x = Quadratic(), _grid()
        divergence, curl = calculus.divergence_and_curl(field.score(x, 0.0), REGION)
        view = View(region=REGION, layers=("divergence", "curl"))
        drawn, _ = GridEvaluation(field, REGION, 0.0, torch.device("cpu"), view).evaluate_now()
        nodes = _grid(*drawn.score.shape[:2])
        point = (0.75, -1.25)
        reading, at = read_point(field, TARGET.build(dtype=torch.float32), point, 0.0), torch.tensor(point)
        return {
            "divergence on a grid": largest(divergence - field.divergence(x)),
            "curl on a grid": largest(curl - field.curl(x)),
            "map of the divergence": largest(torch.as_tensor(drawn.maps["divergence"]) - field.divergence(nodes)),
            "map of the curl": largest(torch.as_tensor(drawn.maps["curl"]) - field.curl(nodes)),
            "divergence at the cursor": abs(reading.divergence - float(field.divergence(at))),
            "curl at the cursor": abs(reading.curl - float(field.curl(at))),
        }


@dataclass(frozen=True, kw_only=True)
class Potential(Discrepancy):
    """u of a gradient s = ∇u, and ‖s − ∇u‖²/‖s‖² of a gradient with a known rotation."""

    rotations: tuple[float, ...] = (0.0, 0.5, 2.0)
    rows: int = 81
    columns: int = 121

    def measure(self, generator: torch.Generator) -> Values:
        """u = cos 2πξ cos πη and a rotation of the stream function sin πξ sin 2πη, for ξ, η ∈ [0, 1] over the region.

        The rotation has no component across the border, so it is orthogonal to every gradient, and its share of ‖s‖² is
        that of its own square.
        """
        width, height = REGION[1] - REGION[0], REGION[3] - REGION[2]
        x = _grid(self.rows, self.columns)
        xi, eta = math.pi * (x[..., 0] - REGION[0]) / width, math.pi * (x[..., 1] - REGION[2]) / height
        kx, ky = math.pi / width, math.pi / height
        u = (2 * xi).cos() * eta.cos()
        rise = torch.stack([-2 * kx * (2 * xi).sin() * eta.cos(), -ky * (2 * xi).cos() * eta.sin()], dim=-1)
        swirl = torch.stack([2 * ky * xi.sin() * (2 * eta).cos(), -kx * xi.cos() * (2 * eta).sin()], dim=-1)
        fitted = calculus.potential(rise, REGION)
        found = {"potential": relative_error(fitted - fitted.mean(), u - u.mean())}
        for c in self.rotations:
            s = rise + c * swirl
            squares = (4 * kx**2 + ky**2) / 4, c**2 * (4 * ky**2 + kx**2) / 4  # means of sin² cos² are 1/4
            share = squares[1] / sum(squares)
            found[f"share of rotation {c:g}"] = abs(calculus.non_conservative_share(s, REGION) - share)
        return found


SIGNS = DivergenceAndCurl(
    name="divergence_and_curl",
    what="Divergence and curl of a quadratic field have their values and signs, on grids, in maps and at the cursor.",
    source="∂₁s₁ + ∂₂s₂ and ∂₁s₂ − ∂₂s₁ by hand",
    seeds=1,
    tolerance=1e-3,
    because="maps are differences in float32",
)
POTENTIAL = Potential(
    name="potential",
    what="The potential of a gradient is found, and of a gradient with a rotation on it the share of the rotation.",
    source="Helmholtz decomposition of a field that is known by hand",
    seeds=1,
    tolerance=0.002,
    because="120 by 80 cells",
)
