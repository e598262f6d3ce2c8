"""Distances between samples of Gaussians, in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from ncsn_viz.core.analysis import metrics, wasserstein
from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, Values
from ncsn_viz.lab.checks.reference import TARGET

SHIFT = (0.9, -0.5)
STDS = (0.7, 1.1)
FAR = 4  # times the shift
OTHER = Mixture(weights=(0.6, 0.4), means=((-1.0, -0.5), (1.5, 0.3)), stds=(0.8, 0.5))


def _samples(n: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Of N(0, s²I) and of N(μ, t²I)."""
    one, other = (std * torch.randn(n, 2, generator=generator, dtype=torch.float64) for std in STDS)
    return one, other + torch.tensor(SHIFT, dtype=torch.float64)


@dataclass(frozen=True, kw_only=True)
class SlicedDistance(Check):
    """The sliced Wasserstein-2 distance of N(0, s²I) from N(μ, t²I) for a small and a large μ, and of two mixtures."""

    samples: int = 4000

    def expected(self) -> Values:
        """√(‖μ‖²/2 + (s − t)²): along a direction u it is √((uᵀμ)² + (s − t)²), and (uᵀμ)² is ‖μ‖²/2 in the mean."""
        squares, spread = (SHIFT[0] ** 2 + SHIFT[1] ** 2) / 2, (STDS[0] - STDS[1]) ** 2
        return {
            "near": math.sqrt(squares + spread),
            "far": math.sqrt(FAR**2 * squares + spread),
            "mixtures": distance_of_mixtures(TARGET, OTHER),
        }

    def measure(self, generator: torch.Generator) -> Values:
        """Of a sample of the one from the other."""
        found = {}
        for name, times in (("near", 1), ("far", FAR)):
            one, _ = _samples(self.samples, generator)
            mean = (times * SHIFT[0], times * SHIFT[1])
            other = Mixture(weights=(1,), means=(mean,), stds=STDS[1:]).build(dtype=torch.float64)
            found[name] = wasserstein.sliced_w2(other, one).mean
        sample = OTHER.build(dtype=torch.float64).sample(self.samples, generator)
        return found | {"mixtures": wasserstein.sliced_w2(TARGET.build(dtype=torch.float64), sample).mean}


def distance_of_mixtures(one: Mixture, other: Mixture, directions: int = 90) -> float:
    """√(mean ∫₀¹ (F⁻¹ − G⁻¹)² du) over directions, the quantiles F⁻¹ and G⁻¹ read off tables of F and G."""
    t, u = torch.linspace(-9, 9, 6001, dtype=torch.float64), (np.arange(20_000) + 0.5) / 20_000
    squares = []
    for k in range(directions):
        angle, quantiles = math.pi * k / directions, []
        for mixture in (one, other):
            below, total = torch.zeros_like(t), sum(mixture.weights)
            for weight, (x, y), std in zip(mixture.weights, mixture.means, mixture.stds, strict=True):
                centre = x * math.cos(angle) + y * math.sin(angle)
                below = below + weight / total * torch.special.ndtr((t - centre) / std)
            quantiles.append(np.interp(u, below.numpy(), t.numpy()))
        squares.append(float(((quantiles[0] - quantiles[1]) ** 2).mean()))
    return math.sqrt(fmean(squares))


@dataclass(frozen=True, kw_only=True)
class KernelDistance(Check):
    """The squared maximum mean discrepancy of N(0, s²I) and N(μ, t²I), and of two samples of one of them."""

    samples: int = 500
    bandwidth: float = 0.8

    def expected(self) -> Values:
        """From E exp(−‖d‖²/2h²) = h²/(h² + v) exp(−‖m‖²/(2(h² + v))) for d ~ N(m, vI)."""
        (s, t), shift = STDS, SHIFT[0] ** 2 + SHIFT[1] ** 2
        one, other, both = self._mean(2 * s**2, 0.0), self._mean(2 * t**2, 0.0), self._mean(s**2 + t**2, shift)
        return {"different": one + other - 2 * both, "equal": 0.0}

    def _mean(self, variance: float, distance_squared: float) -> float:
        width = self.bandwidth**2 + variance
        return self.bandwidth**2 / width * math.exp(-distance_squared / (2 * width))

    def measure(self, generator: torch.Generator) -> Values:
        """Of two samples, one of which has half the points; of equal distributions the mean over small samples."""
        one, other = _samples(self.samples, generator)
        same, _ = _samples(self.samples, generator)
        parts = zip(torch.split(one, 10), torch.split(same, 10), strict=True)
        return {
            "different": metrics.mmd(one, other[: self.samples // 2], self.bandwidth),
            "equal": fmean(metrics.mmd(a, b[:5], self.bandwidth) for a, b in parts),
        }


SLICED_W2 = SlicedDistance(
    name="sliced_w2",
    what="The sliced Wasserstein distance of Gaussians is √(‖μ‖²/2 + (s − t)²), and of mixtures that of quantiles.",
    source="Bonneel et al. 2015; the distance on a line, in closed form and by tables of quantiles",
    tolerance=0.01,
    because="a distance of samples is a little too large",
)
MMD = KernelDistance(
    name="mmd",
    what="The squared maximum mean discrepancy of two Gaussians is the closed form, and 0 in the mean for equal ones.",
    source="Gretton et al. 2012, equation 3; Gaussian integrals",
)
