"""What the output of a network means and how the noise level scales it: one row of a table.

A network F predicts the score as s(x; σ) = c_skip x + c_out F(c_in x; c_noise), with coefficients that depend on σ
(Karras et al. 2022, equation 7, written for the score in place of the denoised point x + σ² s). A network f predicts an
energy as E(x; σ) = −½ c_skip ‖x‖² + c_energy f(c_in x; c_noise), and so the score −∇E = c_skip x − c_in c_energy ∇f.
F is the score, σ times the score, or a reading of the noisy point (`schedules.readings`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ncsn_viz.core.schedules import READINGS, SIGMA_DATA, LinearPath, Schedule, VPCosine

if TYPE_CHECKING:
    from torch import Tensor

    from ncsn_viz.core.nets.noise_embedding import NoiseEmbedding

    Factor = Callable[[Tensor, NoiseEmbedding], Tensor]  # values (…, n, d) times a coefficient
    Coefficient = Callable[[NoiseEmbedding], Tensor]  # shape (1 or n, 1)


def unscaled(values: Tensor, noise: NoiseEmbedding) -> Tensor:  # noqa: ARG001
    """`values` as they are."""
    return values


def divide_by_sigma(values: Tensor, noise: NoiseEmbedding) -> Tensor:
    """`values` divided by σ; as they are at σ = 0."""
    return values / noise.scale


def _waves(noise: NoiseEmbedding) -> Tensor:
    return noise.waves


@dataclass(frozen=True)
class Preconditioning:
    """A row of the table: each factor multiplies its first argument. Without `c_noise`, F does not see σ.

    A `c_skip` of None is 0. A row that `needs_noise` has no finite c_out at σ = 0.
    """

    title: str
    c_noise: Callable[[NoiseEmbedding], Tensor] | None
    c_out: Factor = unscaled
    c_energy: Factor = unscaled
    c_in: Factor = unscaled
    c_skip: Factor | None = None
    needs_noise: bool = False

    def score(self, output: Tensor, x: Tensor, noise: NoiseEmbedding) -> Tensor:
        """c_skip x + c_out F, shape (…, n, 2). Linear in `output` and `x`: tangents are scaled alike."""
        return self._skip(self.c_out(output, noise), x, noise)

    def energy(self, output: Tensor, x: Tensor, noise: NoiseEmbedding) -> Tensor:
        """−½ c_skip ‖x‖² + c_energy f, shape (n, 1)."""
        value = self.c_energy(output, noise)
        return value if self.c_skip is None else value - self.c_skip(x.square().sum(-1, keepdim=True), noise) / 2

    def energy_score(self, gradient: Tensor, x: Tensor, noise: NoiseEmbedding) -> Tensor:
        """c_skip x − c_in c_energy ∇f, shape (…, n, 2), from the `gradient` ∇f at c_in x. Linear in both, too."""
        return self._skip(-self.c_in(self.c_energy(gradient, noise), noise), x, noise)

    def _skip(self, scaled: Tensor, x: Tensor, noise: NoiseEmbedding) -> Tensor:
        return scaled if self.c_skip is None else scaled + self.c_skip(x, noise)


def _of_reading(title: str, name: str, path: Schedule, c_in: Coefficient) -> Preconditioning:
    """A network that predicts a reading r = a x̂₀ + b ε̂: c_skip = a/(κ σ), c_out = −1/(κ σ), κ = b − a σ."""

    def c_skip(noise: NoiseEmbedding) -> Tensor:
        a, b = READINGS[name].coefficients(path, noise.sigma)
        return a / ((b - a * noise.sigma) * noise.sigma)

    def c_out(noise: NoiseEmbedding) -> Tensor:
        return -1 / (READINGS[name].gain(path, noise.sigma) * noise.sigma)

    return Preconditioning(
        title,
        _waves,
        c_out=lambda values, noise: values * noise.factor(c_out),
        c_energy=lambda values, noise: values * (-noise.factor(c_out) / noise.factor(c_in)),
        c_in=lambda values, noise: values * noise.factor(c_in),
        c_skip=lambda values, noise: values * noise.factor(c_skip),
        needs_noise=True,
    )


def _alpha(path: Schedule) -> Coefficient:
    """c_in = α: the network sees the path's own point x_t = α x̂."""
    return lambda noise: path.scales(noise.sigma)[0]


def _unit(noise: NoiseEmbedding) -> Tensor:
    """1/√(σ² + σ_data²)."""
    return (noise.sigma.square() + SIGMA_DATA**2).rsqrt()


VP, LINEAR = VPCosine(), LinearPath()  # α and σ by σ̂, and the velocity of the linear path, are those of every such path

PRECONDITIONINGS = {
    "scaled_embedding": Preconditioning("σ × score", _waves, c_out=divide_by_sigma, c_energy=divide_by_sigma),
    "embedding": Preconditioning("score", _waves),
    "scale": Preconditioning("σ × score, σ unseen", None, c_out=divide_by_sigma, c_energy=divide_by_sigma),
    "epsilon": _of_reading("noise ε", "epsilon", VP, _alpha(VP)),
    "x0": _of_reading("data x₀", "x0", VP, _alpha(VP)),
    "v": _of_reading("v", "v", VP, _alpha(VP)),
    "velocity": _of_reading("velocity", "velocity", LINEAR, _alpha(LINEAR)),
    "karras": _of_reading("Karras F", "karras", VP, _unit),
    "none": Preconditioning("score, σ unseen", None),
}
