"""What is shown of a field after training: its error, its loss above the floor, its likelihood."""

from __future__ import annotations

from dataclasses import dataclass

from ncsn_viz.core.numerics import torch
from ncsn_viz.core.objectives import NCSN, Denoising, Explicit, Implicit, MaximumLikelihood, NoiseContrastive, Objective
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.checks.base import Check, Values
from ncsn_viz.lab.checks.reference import TARGET, Reference, plane_of
from ncsn_viz.lab.checks.samplers.gaussian import levels
from ncsn_viz.lab.training.evaluation_set import EvaluationSet

OTHER = Mixture(weights=(0.4, 0.6), means=((-1.3, -0.5), (1.0, 0.9)), stds=(0.9, 0.8))  # stands for a network
SIGMA, SIGMAS = 0.4, (1.5, 0.5, 3)  # of one level, and of a ladder: largest, smallest, how many
NOISE_STD, RATIO = 3.0, 2  # of noise-contrastive estimation
OBJECTIVES: dict[str, Objective] = {
    "denoising": Denoising(sigma=SIGMA),
    "explicit": Explicit(sigma=SIGMA),
    "implicit": Implicit(),
    "NCSN": NCSN(sigma_max=SIGMAS[0], sigma_min=SIGMAS[1], levels=SIGMAS[2]),
    "maximum likelihood": MaximumLikelihood(half_width=8.0, nodes=64),
    "noise-contrastive estimation": NoiseContrastive(noise_std=NOISE_STD, ratio=RATIO),
}
WINDOW = (-8.0, 8.0)


@dataclass(frozen=True, kw_only=True)
class LossAboveFloor(Check):
    """Of a mixture that stands for the network, for every loss that has a floor."""

    points: int = 2000

    def expected(self) -> Values:
        """½E_{p_σ}‖s − s*‖² of one level, its mean with λ = σ² over several, KL, and the contrast of two posteriors."""
        nce = _contrastive_loss(Reference.of(OTHER)) - _contrastive_loss(Reference.of(TARGET))
        ladder = [sigma**2 * _score_error(sigma) for sigma in levels(*SIGMAS)]
        return {
            "denoising": _score_error(SIGMA),
            "explicit": _score_error(SIGMA),
            "implicit": _score_error(0.0),
            "NCSN": sum(ladder) / len(ladder),
            "maximum likelihood": _divergence(0.0),
            "noise-contrastive estimation": nce,
        }

    def measure(self, generator: torch.Generator) -> Values:
        """Of evaluation sets with different points."""
        seed = 10 * generator.initial_seed()  # a set takes the seeds next to its own, too
        return {name: _evaluation_set(one, seed, self.points).loss_above_floor(OTHER.build()).mean
                for name, one in OBJECTIVES.items()}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ShownLikelihood(Check):
    """Score error, likelihood and log Z of the same mixture on data that are blurred by the noise that was learned."""

    points: int = 4000
    nodes: int = 96

    def expected(self) -> Values:
        """By quadrature over p_σ."""
        truth, other = Reference.of(TARGET), Reference.of(OTHER)
        plane = truth.plane(SIGMA)
        log_p, log_q = (density.log_density(plane.points, SIGMA) for density in (truth, other))
        return {
            "score error": _score_error(SIGMA),
            "NLL": -truth.mean_on(plane, log_q, SIGMA),
            "NLL of the truth": -truth.mean_on(plane, log_p, SIGMA),
            "KL": _divergence(SIGMA),
            "log Z": 0.0,
        }

    def measure(self, generator: torch.Generator) -> Values:
        """Of evaluation sets with different points."""
        net = OTHER.build()
        data = _evaluation_set(OBJECTIVES["denoising"], 10 * generator.initial_seed(), self.points)
        names = {"NLL": "nll", "NLL of the truth": "nll_truth", "KL": "kl", "log Z": "log_z"}
        shown = data.of_energy(net, self.nodes)
        return {"score error": data.own.on_data(net).mean} | {title: shown[name] for title, name in names.items()}


def _evaluation_set(objective: Objective, seed: int, points: int) -> EvaluationSet:
    return EvaluationSet.build(objective, TARGET.build(), WINDOW, seed, points, torch.device("cpu"))


def _score_error(sigma: float) -> float:
    """½E_{p_σ}‖∇log q_σ − ∇log p_σ‖²."""
    truth, other = Reference.of(TARGET), Reference.of(OTHER)
    plane = truth.plane(sigma)
    difference = other.score(plane.points, sigma) - truth.score(plane.points, sigma)
    return truth.mean_on(plane, difference.square().sum(1) / 2, sigma)


def _divergence(sigma: float) -> float:
    """KL(p_σ ‖ q_σ)."""
    truth, other = Reference.of(TARGET), Reference.of(OTHER)
    plane = truth.plane(sigma)
    return truth.mean_on(plane, truth.log_density(plane.points, sigma) - other.log_density(plane.points, sigma), sigma)


def _contrastive_loss(model: Reference) -> float:
    """−E_p[log h] − ν E_q[log(1 − h)] with h = m/(m + ν q) for a model density m and noise q."""
    plane, noise = plane_of(20.0), Reference((1.0,), ((0.0, 0.0),), (NOISE_STD,))
    p, m, q = (one.log_density(plane.points, 0.0).exp() for one in (Reference.of(TARGET), model, noise))
    mixed = m + RATIO * q
    return plane.integral(-p * torch.log(m / mixed) - RATIO * q * torch.log(RATIO * q / mixed))


ABOVE_FLOOR = LossAboveFloor(
    name="loss_above_floor",
    what="The loss above its floor of a field that differs from the truth is what it must be, for every loss.",
    source="loss − floor = Σ w ½E‖s − s*‖², Vincent 2011, Hyvärinen 2005; KL; expectations by quadrature",
    tolerance=1e-5,
    because="float32",
)
LIKELIHOOD = ShownLikelihood(
    name="shown_likelihood",
    what="Score error, likelihood and log Z of such a field are those on data blurred by the noise that was learned.",
    source="Expectations over p_σ by quadrature",
    tolerance=1e-4,
    because="the window of Z, and float32",
)
