"""Implicit score matching: by the divergence of the score, without noise and without the true score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.numerics import Generator, Tensor, torch
from ncsn_viz.core.objectives.base import FLOOR_SAMPLES, Objective, Terms, half_square_norm


@dataclass(frozen=True)
class Implicit(Objective):
    """E[Tr ∇s + ½‖s‖²], minimal at s = ∇log p. Hyvärinen 2005, theorem 1."""

    kind = "implicit"
    title = "Implicit score matching"
    about = "Hyvärinen's loss: the true score appears nowhere, its divergence does. Exact in 2D, costly beyond."
    formula = r"\mathbb{E}\left[ \mathrm{Tr}\,\nabla s(x) + \frac{1}{2}\|s(x)\|^2 \right]"
    needs_second_derivatives = True

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """The mean over `batch` (n, 2); the trace is exact, along both axes."""
        axes = torch.eye(2, device=batch.device, dtype=batch.dtype)[:, None, :].expand(2, len(batch), 2)
        score, along = net.score_and_tangents(batch, 0.0, axes)
        trace = (along[0, :, 0] + along[1, :, 1]).mean()
        norm = 0.5 * score.square().sum(1).mean()
        return Terms(trace + norm, {"trace": trace.detach(), "norm": norm.detach()})

    def symbols(self) -> Mapping[str, str]:
        """Of the terms, as the formula has them."""
        return {"trace": "Tr ∇s", "norm": "½‖s‖²"}

    def fisher_weights(self) -> Sequence[tuple[float, float]]:
        """Half the Fisher divergence itself of the clean data."""
        return ((0.0, 1.0),)

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
        """−½E‖∇log p‖²."""
        return -half_square_norm(truth, 0.0, generator, n)
