"""Every objective is least at the true score: fitted on a family of a few numbers that holds it, each finds it."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.objectives import (
    DDPM,
    EDM,
    NCSN,
    ContrastiveDivergence,
    Denoising,
    Explicit,
    FlowMatching,
    Implicit,
    MaximumLikelihood,
    NoiseContrastive,
    Sliced,
    VPrediction,
    X0Prediction,
)
from ncsn_viz.core.targets import Mixture

MEAN, VARIANCE = (0.7, -0.4), 0.64
TRUTH = Mixture(weights=(1,), means=(MEAN,), stds=(math.sqrt(VARIANCE),)).build(dtype=torch.float64)
POINTS = 8_000
FITTED = [
    Explicit(sigma=0.5),
    Implicit(),
    Sliced(projection="rademacher", slices=4),
    Sliced(projection="gaussian", slices=4, variance_reduced=False),
    Sliced(projection="sphere", slices=4),
    Denoising(sigma=0.7),
    NCSN(sigma_max=2, sigma_min=0.3, levels=4),
    NCSN(sigma_max=2, sigma_min=0.3, levels=4, weighting="one"),
    NCSN(sigma_max=2, sigma_min=0.3, distribution="log_uniform"),
    *(cls(sigma_max=2, sigma_min=0.3) for cls in (DDPM, X0Prediction, VPrediction, EDM, FlowMatching)),
    MaximumLikelihood(nodes=40, half_width=6),
    NoiseContrastive(noise_std=1.5, ratio=4),
]


class Linear:
    """s(x, σ) = −(V + σ²I)⁻¹ (x − m) with m (2,) and V (2, 2), any matrix: the field may have a curl.

    E(x, σ) has the symmetric part of V, and a constant c that is 0 where exp(−E) is normalised.
    """

    def __init__(self):
        start = generator(1)
        self.m = torch.randn(2, generator=start, dtype=torch.float64).requires_grad_()
        self.v = (1.5 * torch.eye(2) + 0.3 * torch.randn(2, 2, generator=start)).double().requires_grad_()
        self.c = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
        self.numbers = [self.m, self.v, self.c]

    def _blurred(self, x, sigma):
        sigma = torch.as_tensor(sigma, dtype=x.dtype).reshape(-1, 1, 1)
        return self.v + sigma**2 * torch.eye(2, dtype=x.dtype)

    def _solved(self, x, sigma, vectors):
        return (torch.linalg.inv(self._blurred(x, sigma)) * vectors[..., None, :]).sum(-1)

    def score(self, x, sigma):
        return -self._solved(x, sigma, x - self.m)

    def score_and_tangents(self, x, sigma, directions):
        return self.score(x, sigma), -torch.stack([self._solved(x, sigma, u) for u in directions])

    def energy(self, x, sigma):
        blurred = self._blurred(x, sigma)
        symmetric = (blurred + blurred.mT) / 2
        away = x - self.m
        half = 0.5 * (away * (torch.linalg.inv(symmetric) * away[..., None, :]).sum(-1)).sum(-1)
        return half + 0.5 * torch.logdet(symmetric) + math.log(2 * math.pi) + self.c


def misses(field):
    """How far mean and covariance are from the truth."""
    covariance = VARIANCE * torch.eye(2, dtype=torch.float64)
    return norm(field.m - torch.tensor(MEAN)), norm(field.v - covariance)


@pytest.mark.parametrize("objective", FITTED, ids=lambda o: f"{o.kind}-{FITTED.index(o)}")
def test_the_least_loss_is_at_the_truth(objective):
    """By Newton-like descent on one large sample: what is left is the error of that sample."""
    field, batch = Linear(), TRUTH.sample(POINTS, generator(2))
    if objective.needs_energy:
        field.v.data = (field.v.data + field.v.data.T) / 2
    assert min(misses(field)) > 0.3
    descent = torch.optim.LBFGS(field.numbers, max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        descent.zero_grad()
        loss = objective.loss(field, batch, TRUTH, generator(3)).loss
        loss.backward()
        return loss

    descent.step(closure)
    assert max(misses(field)) < 6 / math.sqrt(POINTS)
    if objective.kind == "noise_contrastive":
        assert norm(field.c) < 6 / math.sqrt(POINTS)  # log Z is learned, too
    elif objective.kind != "maximum_likelihood":
        assert float(field.c.detach()) == 0.8  # no score tells it


@pytest.mark.parametrize(("start", "chain"), [("data", 8), ("persistent", 8), ("noise", 50)])
def test_contrastive_divergence_comes_to_rest_near_the_truth(start, chain):
    """Its value means nothing, so it is followed: chains that start right, or forget their start, leave their own bias.

    A Langevin step η widens a Gaussian of variance v to v/(1 − η/2v); the model makes up for it and ends at v − η/2.
    """
    step_size = 0.05
    objective = ContrastiveDivergence(
        start=start, chain=chain, step_size=step_size, regulariser=0, noise_std=1.5, renewal=0.05
    )
    field, draws, state, late = Linear(), generator(4), None, []
    field.v.data = (field.v.data + field.v.data.T) / 2
    descent = torch.optim.Adam(field.numbers, lr=0.02)
    for step in range(200):
        descent.zero_grad()
        terms = objective.loss(field, TRUTH.sample(256, draws), TRUTH, draws, state)
        terms.loss.backward()
        descent.step()
        state = terms.state
        if step >= 100:
            late.append((field.m.detach().clone(), field.v.detach().clone()))
    mean, covariance = (torch.stack(values).mean(0) for values in zip(*late, strict=True))
    assert norm(mean - torch.tensor(MEAN)) < 0.08
    assert norm(covariance - (VARIANCE - step_size / 2) * torch.eye(2)) < 0.08
