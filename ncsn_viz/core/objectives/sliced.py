"""Sliced score matching: the divergence of the score by random projections."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.knobs import Choice, Integer, Switch, knob
from ncsn_viz.core.numerics import Generator, Tensor, torch
from ncsn_viz.core.objectives.base import FLOOR_SAMPLES, Objective, Terms, half_square_norm


@dataclass(frozen=True)
class Sliced(Objective):
    """E_{x,u}[uᵀ(∇s)u + ½‖s‖²] with E[uuᵀ] = I, or with ½(uᵀs)². Song, Garg, Shi & Ermon 2019, equations 8 and 7."""

    kind = "sliced"
    title = "Sliced score matching"
    about = "Implicit score matching along random directions: one derivative in place of a whole trace."
    formula = r"\mathbb{E}_{x,u}\left[ u^\top \nabla s(x)\,u + \frac{1}{2}\|s(x)\|^2 \right]"
    needs_second_derivatives = True

    projection: str = knob(
        "rademacher",
        Choice(options=("rademacher", "gaussian", "sphere"), titles=("Rademacher ±1", "Gaussian", "Sphere"),
               label="Projection", symbol="u",
               help="Distribution of the directions u. Gaussian has the most variance; the sphere has radius √2."),
    )  # fmt: skip
    slices: int = knob(
        1,
        Integer(low=1, high=32, label="Slices", symbol="M", below_reason="without a direction there is no trace",
                help="Directions a point. Few: a noisy loss. Many: less noise, at a cost that grows with their "
                     "number."),
    )  # fmt: skip
    variance_reduced: bool = knob(
        True,
        Switch(label="Exact norm term",
               help="½‖s‖², which is known, as in the formula (SSM-VR). Off: ½(uᵀs)², the same mean, mostly with "
                    "more variance."),
    )  # fmt: skip

    def loss(
        self, net: Differentiable, batch: Tensor, truth: Density, generator: Generator, state: Tensor | None = None
    ) -> Terms:
        """The mean over `batch` (n, 2) and over the slices."""
        directions = self.directions(batch, generator)
        score, along = net.score_and_tangents(batch, 0.0, directions)
        trace = (directions * along).sum(-1).mean()
        projected = score if self.variance_reduced else (directions * score).sum(-1, keepdim=True)
        norm = 0.5 * projected.square().sum(-1).mean()
        return Terms(trace + norm, {"trace": trace.detach(), "norm": norm.detach()})

    def directions(self, batch: Tensor, generator: Generator) -> Tensor:
        """u of shape (slices, n, 2) with E[uuᵀ] = I."""
        shape = (self.slices, len(batch), 2)
        if self.projection == "rademacher":
            bits = torch.randint(0, 2, shape, generator=generator, device=batch.device)
            return bits.to(batch.dtype) * 2 - 1
        normal = torch.randn(shape, generator=generator, device=batch.device, dtype=batch.dtype)
        if self.projection == "sphere":
            normal = math.sqrt(2) * normal / torch.linalg.vector_norm(normal, dim=-1, keepdim=True)
        return normal

    def symbols(self) -> Mapping[str, str]:
        """Of the terms, as the formula has them."""
        return {"trace": "uᵀ(∇s)u", "norm": "½‖s‖²" if self.variance_reduced else "½(uᵀs)²"}

    def fisher_weights(self) -> Sequence[tuple[float, float]]:
        """Half the Fisher divergence itself of the clean data."""
        return ((0.0, 1.0),)

    def floor(self, truth: Density, generator: Generator, n: int = FLOOR_SAMPLES) -> float:
        """−½E‖∇log p‖²."""
        return -half_square_norm(truth, 0.0, generator, n)
