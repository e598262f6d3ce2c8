"""Explicit score matching: regression on the true score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Real, knob
from ncsn_viz.core.numerics import Generator, Tensor, normal
from ncsn_viz.core.objectives.base import FLOOR_SAMPLES, Objective, ScoreQuery, Terms, half_mean_squared_error


@dataclass(frozen=True)
class Explicit(Objective):
    """½ E_{p_σ}‖s(x) − ∇log p_σ(x)‖²: half the Fisher divergence itself. Hyvärinen 2005, equation 2."""

    kind = "explicit"
    title = "Explicit score matching"
    about = "Learn from the true score, which is known here and nowhere else: the best that a network can do."
    formula = r"\frac{1}{2}\,\mathbb{E}_{p_\sigma}\left\| s(x) - \nabla \log p_\sigma(x) \right\|^2"

    sigma: float = knob(
        0.0,
        Real(low=0, high=50, label="Noise", symbol="σ",
             help="Noise level whose score is taught; 0 is the data. Small: sharp, but nothing is taught far from the "
                  "data. Large: smooth and far-reaching, but blurred."),
    )  # fmt: skip

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """The mean over `batch` (n, 2), with one draw of noise a point."""
        x = batch + self.sigma * normal(batch, generator)
        target = truth.score(x, self.sigma)
        query = ScoreQuery(batch, x, self.sigma, target, "∇log p_σ")
        return Terms(half_mean_squared_error(net.score(x, self.sigma), target), query=query)

    def sigmas(self) -> tuple[float, ...]:
        """σ alone."""
        return (self.sigma,)

    def fisher_weights(self) -> Sequence[tuple[float, float]]:
        """Half the Fisher divergence itself at σ."""
        return ((self.sigma, 1.0),)

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
        """0, at the true score."""
        return 0.0
