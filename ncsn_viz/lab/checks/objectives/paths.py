"""The losses of a path, each written down as its paper has it, on a field for which they have a closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from ncsn_viz.core.numerics import Array, torch
from ncsn_viz.core.objectives import DDPM, EDM, FlowMatching, Objective, VPrediction, X0Prediction
from ncsn_viz.lab.checks.base import Check, Values
from ncsn_viz.lab.checks.reference import TARGET

POINTS = 20_001  # of the trapezoidal rule
SPREAD = 4.0  # σ_data of EDM, and the variance of the field

Function = Callable[[Array], Array]  # of σ̂


@dataclass(frozen=True)
class PathLoss:
    """A loss as its paper has it: how σ̂ is drawn, and the weight of ½‖s − ∇log p_σ̂‖² that its square error comes to."""

    objective: Objective
    noise: Callable[[float, float], tuple[Array, Array]]  # σ̂ from the largest to the smallest, and their shares
    weight: Function

    def mean(self, function: Function, high: float, low: float) -> float:
        """E[λ(σ̂) f(σ̂)] with σ̂ between `high` and `low`."""
        sigma, shares = self.noise(high, low)
        return float((shares * self.weight(sigma) * function(sigma)).sum())


def _even(count: int) -> Array:
    """The weights of the trapezoidal rule on [0, 1]."""
    shares = np.full(count, 1 / (count - 1))
    shares[[0, -1]] /= 2
    return shares


def _uniform_in_t(noise: Function) -> Callable[[float, float], tuple[Array, Array]]:
    """t uniform between the times of both ends, which are found by bisection of σ̂(t)."""

    def time(sigma: float) -> float:
        below, above = 0.0, 1 - 1e-12
        for _ in range(100):
            middle = (below + above) / 2
            below, above = (middle, above) if float(noise(np.array(middle))) < sigma else (below, middle)
        return below

    return lambda high, low: (noise(np.linspace(time(high), time(low), POINTS)), _even(POINTS))


def _log_normal(high: float, low: float) -> tuple[Array, Array]:
    """log σ normal as for data of deviation 1/2, −1.2 ± 1.2, but for such of deviation SPREAD, between both ends."""
    normal, logs = NormalDist(-1.2 + math.log(2 * SPREAD), 1.2), np.linspace(math.log(high), math.log(low), POINTS)
    shares = _even(POINTS) * np.array([normal.pdf(each) for each in logs])
    return np.exp(logs), shares / shares.sum()


def _linear_beta(t: Array) -> Array:
    """√(1/ᾱ − 1), log ᾱ = −∫β."""
    noise: Array = np.sqrt(np.exp(0.1 * t + 19.9 * t**2 / 2) - 1)
    return noise


def _cosine(t: Array) -> Array:
    """√(1/ᾱ − 1), ᾱ = f(t)/f(0)."""
    share = (np.cos((t + 0.008) / 1.008 * math.pi / 2) / math.cos(0.008 / 1.008 * math.pi / 2)) ** 2
    noise: Array = np.sqrt(1 / share - 1)
    return noise


def _straight(t: Array) -> Array:
    return t / (1 - t)


# An error e of the score is one of −σ̂ e of the noise, of σ̂² e of the clean point, of −σ̂ e/α of v where α² + σ² = 1,
# and of −σ̂ (1 + σ̂) e of the velocity of straight lines.
LOSSES: tuple[PathLoss, ...] = (
    PathLoss(DDPM(), _uniform_in_t(_linear_beta), lambda s: s**2),
    PathLoss(X0Prediction(), _uniform_in_t(_cosine), lambda s: np.minimum(1 / s**2, 5) * s**4),
    PathLoss(VPrediction(), _uniform_in_t(_cosine), lambda s: s**2 * (1 + s**2)),
    PathLoss(EDM(), _log_normal, lambda s: (s**2 + SPREAD**2) / (s * SPREAD) ** 2 * s**4),
    PathLoss(FlowMatching(), _uniform_in_t(_straight), lambda s: (s * (1 + s)) ** 2),
)  # fmt: skip


class Shrinking:
    """s(x, σ) = −x/(σ² + 4): the score of N(0, 4I)."""

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n, 2)."""
        assert isinstance(sigma, torch.Tensor)
        return -x / (sigma[:, None] ** 2 + SPREAD)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> None:
        """None: it is not needed."""

    def score_and_tangents(
        self, x: torch.Tensor, sigma: float | torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Not needed."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class PathLosses(Check):
    """Every loss of a path for one field, with its own noise levels, weighting and path."""

    samples: int = 20_000

    def expected(self) -> Values:
        """E[λ ½E‖s + z/σ‖²] with ½E‖−a(x + σz) + z/σ‖² = ½a² E‖x‖² + (1/σ − aσ)², a = 1/(σ² + 4)."""
        pairs = zip(TARGET.weights, TARGET.means, TARGET.stds, strict=True)
        moment = sum(w * (m[0] ** 2 + m[1] ** 2 + 2 * s**2) for w, m, s in pairs) / sum(TARGET.weights)

        def denoising(sigma: Array) -> Array:
            a = 1 / (sigma**2 + SPREAD)
            return a**2 * moment / 2 + (1 / sigma - a * sigma) ** 2

        return {each.objective.title: each.mean(denoising, *_ends(each.objective)) for each in LOSSES}

    def measure(self, generator: torch.Generator) -> Values:
        """The losses on one sample."""
        truth = TARGET.build(dtype=torch.float64)
        batch = truth.sample(self.samples, generator)
        return {
            each.objective.title: float(each.objective.loss(Shrinking(), batch, truth, generator).loss)
            for each in LOSSES
        }


def _ends(objective: Objective) -> tuple[float, float]:
    return objective.sigmas()[0], objective.sigmas()[-1]


PATH_LOSSES = PathLosses(
    name="path_losses",
    what="DDPM, x₀ and v prediction, EDM and flow matching are the losses of their papers, for one simple field.",
    source="Ho et al. 2020, equation 14; Salimans & Ho 2022; Hang et al. 2023; Karras et al. 2022, table 1; Lipman et "
    "al. 2023, equation 23; in closed form up to an integral over σ",
)
