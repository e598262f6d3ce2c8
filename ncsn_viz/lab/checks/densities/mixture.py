"""The closed form of mixtures of Gaussians, against their definition."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, Discrepancy, Values, largest
from ncsn_viz.lab.checks.reference import TARGET, Reference, plane_of, square

SIGMAS = (0.0, 0.4, 5.0)


@dataclass(frozen=True, kw_only=True)
class MixtureFormulas(Discrepancy):
    """The largest difference of log p_σ, the score, its Jacobian and Z from the definition, each at several σ.

    And of a mixture with a component of weight 0, which would dominate if it had any.
    """

    target: Mixture = TARGET
    without_mass: Mixture = Mixture(weights=(1.0, 0.0), means=((0.0, 0.0), (3.0, 3.0)), stds=(0.1, 2.0))
    points: int = 400
    half_width: float = 6.0

    def measure(self, generator: torch.Generator) -> Values:
        """On points uniformly distributed in a square."""
        truth, reference = self.target.build(dtype=torch.float64), Reference.of(self.target)
        x = square(self.points, self.half_width, generator)
        axes = torch.eye(2, dtype=torch.float64)[:, None, :].expand(2, len(x), 2)
        found: dict[str, float] = {}
        for sigma in SIGMAS:
            score, along = truth.score_and_tangents(x, sigma, axes)
            jacobian = reference.jacobian(x, sigma)
            each = torch.full((len(x),), sigma, dtype=torch.float64)
            plane = plane_of(10 + 8 * sigma)
            found |= {
                f"log p at σ = {sigma:g}": largest(truth.log_density(x, sigma) - reference.log_density(x, sigma)),
                f"energy at σ = {sigma:g}": largest(truth.energy(x, sigma) + reference.log_density(x, sigma)),
                f"score at σ = {sigma:g}": largest(truth.score(x, sigma) - reference.score(x, sigma)),
                f"score with a σ a point, at σ = {sigma:g}": largest(truth.score(x, each) - score),
                f"Jacobian at σ = {sigma:g}": largest(along - jacobian.permute(2, 0, 1)),
                f"∫ p at σ = {sigma:g}": plane.integral(truth.log_density(plane.points, sigma).exp()) - 1,
            }
        one, exact = self.without_mass.build(dtype=torch.float64), Reference.of(self.without_mass)
        found["score with a component of weight 0"] = largest(one.score(x, 0.0) - exact.score(x, 0.0))
        return {name: abs(value) for name, value in found.items()}


@dataclass(frozen=True, kw_only=True)
class MixtureSamples(Check):
    """Moments of samples, and what share of them each mode gets."""

    target: Mixture = TARGET
    samples: int = 20_000

    def expected(self) -> Values:
        """From the components: mean Σ w μ, second moments Σ w (μ² + s²), and the weight of the first mode."""
        total = sum(self.target.weights)
        parts = list(zip((w / total for w in self.target.weights), self.target.means, self.target.stds, strict=True))
        return {
            "mean of x": sum(w * mean[0] for w, mean, _ in parts),
            "mean of y": sum(w * mean[1] for w, mean, _ in parts),
            "mean of x²": sum(w * (mean[0] ** 2 + s**2) for w, mean, s in parts),
            "mean of y²": sum(w * (mean[1] ** 2 + s**2) for w, mean, s in parts),
            "mean of xy": sum(w * mean[0] * mean[1] for w, mean, _ in parts),
            "share of the first mode": parts[0][0],
            "weight of the first mode": parts[0][0],
        }

    def measure(self, generator: torch.Generator) -> Values:
        """Means over samples."""
        truth = self.target.build(dtype=torch.float64)
        sample = truth.sample(self.samples, generator)
        x, y = sample.unbind(1)
        return {
            "mean of x": float(x.mean()),
            "mean of y": float(y.mean()),
            "mean of x²": float(x.square().mean()),
            "mean of y²": float(y.square().mean()),
            "mean of xy": float((x * y).mean()),
            "share of the first mode": float(truth.mode_weights(sample)[0]),
            "weight of the first mode": float(truth.true_mode_weights()[0]),
        }


FORMULAS = MixtureFormulas(
    name="mixture_formulas",
    what="log p_σ, the score and its Jacobian of a mixture are those of its definition, and p_σ integrates to 1.",
    source="p_σ = Σ w N(μ, s² + σ²); derivatives by automatic differentiation, the integral by quadrature",
    tolerance=1e-8,
    because="rounding in float64, and the quadrature",
)
SAMPLES = MixtureSamples(
    name="mixture_samples",
    what="Samples of a mixture have its mean and its second moments, and each mode gets its weight.",
    source="Moments of Gaussians",
    tolerance=1e-12,
    because="rounding in float64",
)
