"""Fixed points at one noise level or several, at which the error of a score is measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ncsn_viz.core.analysis import calculus, metrics
from ncsn_viz.core.fields import Density, Field
from ncsn_viz.core.numerics import Region, regions, torch

WINDOW_NODES = 24


@dataclass(frozen=True)
class ScorePoints:
    """Samples `data` (n, 2) of p_σ, nodes over the window, and the true scores of both at σ = `sigma`."""

    sigma: float
    data: torch.Tensor
    data_score: torch.Tensor
    window: torch.Tensor
    window_score: torch.Tensor

    @classmethod
    def build(
        cls, truth: Density, window: tuple[float, float], sigma: float, seed: int, n: int, device: torch.device
    ) -> ScorePoints:
        """`n` samples, the same ones for the same `truth`, `sigma` and `seed`."""
        with torch.no_grad():
            data = metrics.noisy_sample(truth, n, sigma, torch.Generator(device).manual_seed(seed))
            nodes = regions.grid((*window, *window), WINDOW_NODES, WINDOW_NODES, device)
            return cls(sigma, data, truth.score(data, sigma), nodes, truth.score(nodes, sigma))

    def on_data(self, field: Field) -> metrics.Estimate:
        """½E_{p_σ}‖s − s*‖²."""
        with torch.no_grad():
            return metrics.Estimate.of(0.5 * (field.score(self.data, self.sigma) - self.data_score).square().sum(1))

    def over_window(self, field: Field) -> dict[str, float]:
        """`fisher_window`: ½ mean ‖s − s*‖² over the window; `non_conservative`: the share that is not a gradient."""
        with torch.no_grad():
            score = field.score(self.window, self.sigma)
        share = calculus.non_conservative_share(score.reshape(WINDOW_NODES, WINDOW_NODES, 2), self.region)
        return {"fisher_window": metrics.half_mean_square(score - self.window_score), "non_conservative": share}

    @property
    def region(self) -> Region:
        """The window as a region."""
        x0, y0, x1, y1 = (*self.window[0].tolist(), *self.window[-1].tolist())
        return (x0, x1, y0, y1)


@dataclass(frozen=True)
class LevelPoints:
    """Samples of p_σ at several σ for Σ w(σ) ½E_{p_σ}‖s(·, σ) − ∇log p_σ‖², the expectation of a loss above its floor.

    `x` (n, 2), `sigma` (n,) and the true `score` (n, 2), level after level with as many points each; `weights` are w.
    """

    x: torch.Tensor
    sigma: torch.Tensor
    score: torch.Tensor
    weights: tuple[float, ...]

    @classmethod
    def build(
        cls, truth: Density, weights: Sequence[tuple[float, float]], seed: int, n: int, device: torch.device
    ) -> LevelPoints:
        """About `n` points for the noise levels σ and their weights w, pairs in `weights`."""
        each = max(2, round(n / len(weights)))
        generator = torch.Generator(device).manual_seed(seed)
        with torch.no_grad():
            x = [metrics.noisy_sample(truth, each, sigma, generator) for sigma, _ in weights]
            score = [truth.score(points, sigma) for points, (sigma, _) in zip(x, weights, strict=True)]
        sigma = torch.cat([points.new_full((each,), sigma) for points, (sigma, _) in zip(x, weights, strict=True)])
        return cls(torch.cat(x), sigma, torch.cat(score), tuple(w for _, w in weights))

    def estimate(self, field: Field) -> metrics.Estimate:
        """The sum, and its standard error: the points of each level are independent."""
        with torch.no_grad():
            square = 0.5 * (field.score(self.x, self.sigma) - self.score).square().sum(1)
        levels = [metrics.Estimate.of(values) for values in square.reshape(len(self.weights), -1)]
        pairs = list(zip(self.weights, levels, strict=True))
        return metrics.Estimate(
            sum(w * each.mean for w, each in pairs), math.hypot(*(w * each.error for w, each in pairs))
        )
