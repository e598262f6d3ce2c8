"""Losses of energies: that they are least at the truth, and the gradient of contrastive divergence."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import ContrastiveDivergence, MaximumLikelihood, NoiseContrastive, Objective
from ncsn_viz.lab.checks.base import Check, Values
from ncsn_viz.lab.checks.reference import TARGET, Reference

FEATURES = ("1", "tanh x", "tanh y", "cos x", "exp(−‖x‖²/4)")


class TiltedEnergy:
    """E(x) = −log p(x) + Σ θₖ fₖ(x) with the features of FEATURES: the truth at θ = 0."""

    def __init__(self) -> None:
        self.theta = torch.zeros(len(FEATURES), dtype=torch.float64, requires_grad=True)
        self.truth = Reference.of(TARGET)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n,)."""
        assert isinstance(sigma, float)
        features = [torch.ones(len(x)), x[:, 0].tanh(), x[:, 1].tanh(), x[:, 0].cos(), (-x.square().sum(1) / 4).exp()]
        return torch.stack(features, dim=1).to(x) @ self.theta - self.truth.log_density(x, sigma)

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Not needed."""
        raise NotImplementedError

    def score_and_tangents(
        self, x: torch.Tensor, sigma: float | torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Not needed."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class MinimumAtTruth(Check):
    """The derivative of each loss at the truth, in the direction of each feature."""

    objectives: tuple[tuple[str, Objective], ...]
    samples: int = 4000

    def expected(self) -> Values:
        """0: a minimum."""
        return 0.0

    def measure(self, generator: torch.Generator) -> Values:
        """By automatic differentiation."""
        truth = TARGET.build(dtype=torch.float64)
        found: dict[str, float] = {}
        for name, objective in self.objectives:
            field = TiltedEnergy()
            loss = objective.loss(field, truth.sample(self.samples, generator), truth, generator).loss
            (slopes,) = torch.autograd.grad(loss, field.theta)
            found |= {f"{name}, along {f}": float(slope) for f, slope in zip(FEATURES, slopes, strict=True)}
        return found


class Spring:
    """E(x) = k ‖x‖²/2, whose stiffness k is learned: score −k x."""

    def __init__(self, stiffness: float) -> None:
        self.stiffness = torch.tensor(stiffness, dtype=torch.float64, requires_grad=True)

    def energy(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """Shape (n,)."""
        return self.stiffness * x.square().sum(1) / 2

    def score(self, x: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
        """−k x."""
        return -self.stiffness * x

    def score_and_tangents(
        self, x: torch.Tensor, sigma: float | torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The score and −k u."""
        return self.score(x, sigma), -self.stiffness * directions


@dataclass(frozen=True, kw_only=True)
class ContrastiveGradient(Check):
    """The gradient of contrastive divergence in the stiffness of a spring, for every start of its chains.

    Data are N(0, I), and chains have the variance V after k steps: dL/dk = (1 − V) + α k (4 + 4 V²), because E‖x‖² is
    2V and E‖x‖⁴ is 8V². From the pool it is that of the second call, whose chains go on where those of the first ended
    or start anew; the renewed share starts at noise.
    """

    objective: ContrastiveDivergence
    stiffness: float = 1.4
    samples: int = 4096  # as many as the pool has: every chain takes part

    def expected(self) -> Values:
        """By V ← (1 − ηk)² V + 2η, and fourth moments for the mixture of old and renewed chains."""
        one, found = self.objective, {}
        for start in ("data", "noise", "persistent"):
            parts = [(1.0, self._after_chain(1.0 if start == "data" else one.noise_std**2))]
            if start == "persistent":
                renewed = self._after_chain(one.noise_std**2)
                parts = [(1 - one.renewal, self._after_chain(renewed)), (one.renewal, renewed)]
            variance = sum(share * v for share, v in parts)
            squared = sum(share * v**2 for share, v in parts)
            found[start] = (1 - variance) + one.regulariser * self.stiffness * (4 + 4 * squared)
        return found

    def _after_chain(self, variance: float) -> float:
        eta = self.objective.step_size
        for _ in range(self.objective.chain):
            variance = (1 - eta * self.stiffness) ** 2 * variance + 2 * eta
        return variance

    def measure(self, generator: torch.Generator) -> Values:
        """By automatic differentiation; chains have no graph."""
        found: dict[str, float] = {}
        for start in ("data", "noise", "persistent"):
            objective, field, pool = replace(self.objective, start=start), Spring(self.stiffness), None
            for _ in range(2):
                batch = torch.randn(self.samples, 2, generator=generator, dtype=torch.float64)
                terms = objective.loss(field, batch, TARGET.build(dtype=torch.float64), generator, pool)
                pool = terms.state
            found[start] = float(torch.autograd.grad(terms.loss, field.stiffness)[0])
        return found


MINIMA = MinimumAtTruth(
    name="minima_at_the_truth",
    what="Maximum likelihood and noise-contrastive estimation have their minimum at the true energy, its Z included.",
    source="Gutmann & Hyvärinen 2012, theorem 1; ∇(E_p[E] + log Z) = E_p[∇E] − E_model[∇E]",
    objectives=(
        ("noise-contrastive estimation", NoiseContrastive(noise_std=3.0, ratio=3)),
        ("maximum likelihood", MaximumLikelihood(nodes=64, half_width=9.0)),
    ),
    tolerance=1e-9,
    because="the quadrature of Z",
)
CONTRASTIVE = ContrastiveGradient(
    name="contrastive_gradient",
    what="The gradient of contrastive divergence is that of chains whose variance is known, wherever they start.",
    source="Hinton 2002; Tieleman 2008; dL/dk of E = k‖x‖²/2, by V ← (1 − ηk)² V + 2η",
    objective=ContrastiveDivergence(chain=3, step_size=0.1, regulariser=0.02, renewal=0.3, noise_std=2.0),
)
