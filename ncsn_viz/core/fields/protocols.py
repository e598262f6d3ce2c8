"""What a sampler, a probe or a view may ask of a field, learned or true."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ncsn_viz.core.numerics import torch


@runtime_checkable
class Field(Protocol):
    """The score of a density blurred by noise σ, and its energy where it has one.

    score(x, σ) = ∇ₓ log p_σ(x) = −∇ₓ energy(x, σ); energy(x, σ) = −log p̃_σ(x), known up to a constant.
    """

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """∇ₓ log p_σ at `x` (n, 2): shape (n, 2). `sigma` is one number or one a point, shape (n,)."""
        ...

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor | None:
        """−log p̃_σ at `x` (n, 2): shape (n,), or None where the field gives only a score."""
        ...


@runtime_checkable
class Differentiable(Field, Protocol):
    """A field whose score can be differentiated, as implicit and sliced score matching need it."""

    def score_and_tangents(
        self, x: torch.Tensor, sigma: float | torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The score (n, 2) at `x` (n, 2), and (∇s) u (k, n, 2) for each field of `directions` u (k, n, 2)."""
        ...


@runtime_checkable
class Density(Differentiable, Protocol):
    """A target density on a device: a field that is normalised and that can be sampled."""

    def log_density(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """log p_σ at `x` (n, 2): shape (n,), normalised."""
        ...

    def sample(self, n: int, generator: torch.Generator) -> torch.Tensor:
        """`n` independent points of p, shape (n, 2)."""
        ...

    def mode_weights(self, x: torch.Tensor) -> torch.Tensor | None:
        """The share of the points `x` (n, 2) that belongs to each mode, shape (modes,); None if there are no modes.

        A point is shared out by its posterior over the modes, so that in expectation over p the shares are exactly
        the weights of the modes.
        """
        ...

    def true_mode_weights(self) -> torch.Tensor | None:
        """The weight of each mode under p itself, shape (modes,)."""
        ...


def sigma_column(sigma: float | torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """`sigma` as a tensor (1, 1) or (n, 1), in the type and on the device of `x` (n, 2)."""
    if isinstance(sigma, torch.Tensor):
        return sigma.to(dtype=x.dtype, device=x.device).reshape(-1, 1)
    return torch.full((1, 1), sigma, dtype=x.dtype, device=x.device)  # filled there: nothing is copied
