"""The values under the cursor: network and truth evaluated at that point, not interpolated on a grid."""

from __future__ import annotations

from dataclasses import replace

from ncsn_viz.core.analysis import calculus
from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets.lattice import LatticeMixture
from ncsn_viz.lab.experiment import View
from ncsn_viz.lab.inspection.field_cache import EvaluatedField
from ncsn_viz.lab.inspection.pulls import take_apart
from ncsn_viz.lab.snapshot import PointReading

ALONG = 64  # nodes of a line integral


class PointProbe:
    """The reading of one lane at the cursor, and of which point and which evaluated field it is."""

    def __init__(self) -> None:
        self.reading: PointReading | None = None
        self._read: tuple[object, object, bool] | None = None

    def is_current(self, view: View, evaluated: EvaluatedField | None, pulls: bool) -> bool:
        """Whether the reading is of the cursor and of the field as it is drawn; without both there is none."""
        if not view.cursor or evaluated is None:
            self.clear()
            return True
        read = self._read
        return read is not None and read[0] == view.cursor and read[1] is evaluated and read[2] == pulls

    def read(
        self, field: Differentiable, drawn: bool, evaluated: EvaluatedField, truth: Density, view: View, pulls: bool
    ) -> None:
        """Evaluate `field` and the truth at the cursor and at the level that is drawn; with `pulls` take it apart.

        `drawn` says whether it is `field` that is drawn: only then its Z is that of the evaluation.
        """
        log_z, reference = evaluated.drawn.log_z if drawn else None, next(iter(view.reference), None)
        sigma, device = evaluated.drawn.sigma, evaluated.grid.planes.device
        self.reading = read_point(field, truth, view.cursor[0], sigma, log_z, reference, device)
        if pulls:
            x = torch.tensor(view.cursor[0], device=device)
            self.reading = replace(self.reading, pulls=take_apart(truth, x, sigma))
        self._read = (view.cursor, evaluated, pulls)

    def clear(self) -> None:
        """Forget the reading."""
        self.reading = self._read = None


def read_point(
    field: Differentiable,
    truth: Density,
    point: tuple[float, float],
    sigma: float,
    log_z: float | None = None,
    reference: tuple[float, float] | None = None,
    device: torch.device | str = "cpu",
) -> PointReading:
    """Evaluate `field` and `truth` at one point. `log_z` is that of the field's own energy, if known."""
    # a lattice interpolates its tables; the sum over its cells is exact
    exact = truth.mixture if isinstance(truth, LatticeMixture) else truth
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
        point, sigma, _pair(score[0]), _pair(true_score[0]),
        divergence=float(slope[0, 0] + slope[1, 1]),
        true_divergence=float(true_slope[0, 0] + true_slope[1, 1]),
        curl=float(slope[0, 1] - slope[1, 0]),
        true_log_p=log_p,
        energy=None if energy is None else float(energy),
        log_p=None if energy is None or log_z is None else -float(energy) - log_z,
        rise=rise, true_rise=true_rise,
    )  # fmt: skip


def _jacobian(field: Differentiable, x: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The score (1, 2) at one point, and its derivatives: row j is ∂ⱼs."""
    axes = torch.eye(2, device=x.device, dtype=x.dtype)[:, None]
    score, along = field.score_and_tangents(x, sigma, axes)
    return score, along[:, 0]


def _pair(values: torch.Tensor) -> tuple[float, float]:
    first, second = values.tolist()
    return first, second
