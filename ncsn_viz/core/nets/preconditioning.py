"""What the output of a network means and how the noise level scales it: one row of a table.

A network F predicts the score as s(x; σ) = c_skip x + c_out F(c_in x; c_noise), with coefficients that depend on σ
(Karras et al. 2022, equation 7, written for the score in place of the denoised point x + σ² s). A network f predicts an
energy as E(x; σ) = −½ c_skip ‖x‖² + c_energy f(c_in x; c_noise), and so the score −∇E = c_skip x − c_in c_energy ∇f.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ncsn_viz.core.schedules import SIGMA_DATA

if TYPE_CHECKING:
    from torch import Tensor

    from ncsn_viz.core.nets.noise_embedding import NoiseEmbedding

    Factor = Callable[[Tensor, NoiseEmbedding], Tensor]  # values (…, n, d) times a coefficient


def _one(values: Tensor, noise: NoiseEmbedding) -> Tensor:  # noqa: ARG001
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
    c_out: Factor = _one
    c_energy: Factor = _one
    c_in: Factor = _one
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


PRECONDITIONINGS = {
    "scaled_embedding": Preconditioning("log σ + 1/σ scale", _waves, c_out=divide_by_sigma, c_energy=divide_by_sigma),
    "embedding": Preconditioning("log σ", _waves),
    "scale": Preconditioning("1/σ scale", None, c_out=divide_by_sigma, c_energy=divide_by_sigma),
    "karras": Preconditioning(
        "Karras",
        _waves,
        c_out=lambda values, noise: values * (SIGMA_DATA / noise.sigma) * noise.total.rsqrt(),
        c_energy=lambda values, noise: values * (-SIGMA_DATA / noise.sigma),
        c_in=lambda values, noise: values * noise.total.rsqrt(),
        c_skip=lambda values, noise: -values / noise.total,
        needs_noise=True,
    ),
    "none": Preconditioning("none", None),
}
