"""Protocols of fields and densities, learned or true."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ncsn_viz.core.numerics import Generator, Tensor, torch


@runtime_checkable
class Field(Protocol):
    """The score of a density at noise level σ, and its energy where there is one.

    score(x, σ) = ∇ₓ log p_σ(x) = −∇ₓ energy(x, σ); energy(x, σ) = −log p̃_σ(x), known up to a constant.
    """

    def score(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """∇ₓ log p_σ at `x` (n, 2): shape (n, 2). `sigma` is one number, or one for each point, shape (n,)."""
        ...

    def energy(self, x: Tensor, sigma: float | Tensor) -> Tensor | None:
        """−log p̃_σ at `x` (n, 2): shape (n,), or None for a field with only a score."""
        ...


@runtime_checkable
class Differentiable(Field, Protocol):
    """A field whose score can be differentiated, as implicit and sliced score matching require."""

    def score_and_tangents(self, x: Tensor, sigma: float | Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """The score (n, 2) at `x` (n, 2), and (∇s) u (k, n, 2) for each of the `directions` u (k, n, 2)."""
        ...


@runtime_checkable
class Density(Differentiable, Protocol):
    """A target density on a device: a field that is normalised and can be sampled."""

    def log_density(self, x: Tensor, sigma: float | Tensor) -> Tensor:
        """log p_σ at `x` (n, 2): shape (n,), normalised."""
        ...

    def sample(self, n: int, generator: Generator) -> Tensor:
        """`n` independent samples of p, shape (n, 2)."""
        ...

    def projection(self, direction: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The density along the unit vector `direction` (2,), as a mixture of Gaussians on the line.

        Its weights of sum 1, its means and its standard deviations, each (k,).
        """
        ...

    def pulls(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
        """The score at the point `x` (2,) taken apart into the pulls of the components of the density.

        Their posterior weights (k,) of sum 1, their means (k, 2) and their pulls (k, 2), whose weighted sum it is.
        """
        ...

    def sample_clean(self, x: Tensor, sigma: float, generator: Generator) -> Tensor:
        """A sample (2,) of the posterior p(x₀ | x₀ + σz = `x`) of the data at the point `x` (2,)."""
        ...

    def mode_weights(self, x: Tensor) -> Tensor | None:
        """The fraction of the points `x` (n, 2) in each mode, shape (modes,); None for a density without modes.

        A point counts for each mode by its posterior probability, so that the expectation over p is the weight of the
        mode.
        """
        ...

    def true_mode_weights(self) -> Tensor | None:
        """The weight of each mode under p, shape (modes,); None for a density without modes."""
        ...

    def mode_positions(self) -> Tensor | None:
        """A point where each mode is dense, shape (modes, 2), in the order of the weights; None without modes."""
        ...


def sigma_column(sigma: float | Tensor, x: Tensor) -> Tensor:
    """`sigma` as a tensor (1, 1) or (n, 1), with the dtype and device of `x` (n, 2)."""
    if isinstance(sigma, torch.Tensor):
        return sigma.to(dtype=x.dtype, device=x.device).reshape(-1, 1)
    return torch.full((1, 1), sigma, dtype=x.dtype, device=x.device)  # filled on the device, without a copy from host
