"""Denoising score matching at one noise level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Real, Switch, knob
from ncsn_viz.core.numerics import Generator, Tensor
from ncsn_viz.core.objectives.base import (
    FLOOR_SAMPLES,
    Objective,
    ScoreQuery,
    Terms,
    half_mean_squared_error,
    half_square_norm,
    paired_noise,
)  # fmt: skip


@dataclass(frozen=True)
class Denoising(Objective):
    """½ E‖s(x + σz; σ) + z/σ‖², minimal at s = ∇log p_σ. Vincent 2011."""

    kind = "denoising"
    title = "Denoising score matching"
    about = "Guess the noise that was added: the best guess, times −1/σ, is the score of the blurred data."
    formula = r"\frac{1}{2}\,\mathbb{E}\left\| s(x+\sigma z;\,\sigma) + \frac{z}{\sigma} \right\|^2"

    sigma: float = knob(
        0.3,
        Real(low=0.01, high=50, log=True, label="Noise", symbol="σ",
             below_reason="without noise there is nothing to guess, and z/σ is infinite",
             help="Noise added to the data. Small: close to the true density, but a noisy target that teaches nothing "
                  "between the modes. Large: smooth and far-reaching, but blurred."),
    )  # fmt: skip
    antithetic: bool = knob(
        True,
        Switch(label="Noise in pairs",
               help="Draw the noise as z and −z, at half as many points of data, each of them twice: the same mean "
                    "gradient with far less variance at small σ. Off: all points of the batch, and a noisier loss."),
    )  # fmt: skip

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """The mean over `batch` (n, 2), with noise from `generator`."""
        x, z = paired_noise(batch, self.antithetic, generator)
        points, target = x + self.sigma * z, z / -self.sigma
        query = ScoreQuery(x, points, self.sigma, target, "−z/σ")
        return Terms(half_mean_squared_error(net.score(points, self.sigma), target), query=query)

    def sigmas(self) -> tuple[float, ...]:
        """σ alone."""
        return (self.sigma,)

    def fisher_weights(self) -> Sequence[tuple[float, float]]:
        """Half the Fisher divergence itself at σ."""
        return ((self.sigma, 1.0),)

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
        """D/(2σ²) − ½E‖∇log p_σ‖² with D = 2: the variance of z/σ given the noisy point."""
        return 1 / self.sigma**2 - half_square_norm(truth, self.sigma, generator, n)
