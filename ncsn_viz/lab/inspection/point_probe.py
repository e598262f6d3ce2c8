"""What is under the cursor: net and truth asked at that one point, not read off a grid."""

from __future__ import annotations

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.fields.protocols import Density, Differentiable
from ncsn_viz.core.numerics.lazy import torch
from ncsn_viz.core.targets.lattice.lattice_mixture import LatticeMixture
from ncsn_viz.lab.snapshot.snapshot import PointReading

ALONG = 64  # nodes of a line integral


def read_point(
    field: Differentiable,
    truth: Density,
    point: tuple[float, float],
    sigma: float,
    log_z: float | None = None,
    reference: tuple[float, float] | None = None,
    device: torch.device | str = "cpu",
) -> PointReading:
    """Ask `field` and `truth` at one point. `log_z` is that of the field's own energy, if known."""
    exact = (
        truth.mixture if isinstance(truth, LatticeMixture) else truth
    )  # tables are read by interpolation, the sum is not
    x = torch.tensor([point], device=device)
    with torch.no_grad():
        score, slope = _jacobian(field, x, sigma)
        true_score, true_slope = _jacobian(exact, x, sigma)
        energy = field.energy(x, sigma)
        log_p = float(exact.log_density(x, sigma))
        rise = true_rise = None
        if reference is not None:
            origin = x.new_tensor(reference)
            rise = float(calculus.line_integral(field, x, origin, sigma, ALONG))
            true_rise = log_p - float(exact.log_density(origin[None], sigma))
    return PointReading(
        point,
        sigma,
        _pair(score[0]),
        _pair(true_score[0]),
        float(slope[0, 0] + slope[1, 1]),
        float(true_slope[0, 0] + true_slope[1, 1]),
        float(slope[0, 1] - slope[1, 0]),
        log_p,
        None if energy is None else float(energy),
        None if energy is None or log_z is None else -float(energy) - log_z,
        rise,
        true_rise,
    )


def _jacobian(field: Differentiable, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The score (1, 2) at one point, and its derivatives: row j is ∂ⱼs."""
    axes = torch.eye(2, device=x.device, dtype=x.dtype)[:, None]
    score, along = field.score_and_tangents(x, sigma, axes)
    return score, along[:, 0]


def _pair(values: torch.Tensor) -> tuple[float, float]:
    first, second = values.tolist()
    return first, second
