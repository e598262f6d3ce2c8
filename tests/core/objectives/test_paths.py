"""Losses of a path against a slow implementation, point by point, by the definitions of their papers."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
import torch
from helpers import generator, relative, score_net

from ncsn_viz.core.objectives import DDPM, EDM, NCSN, FlowMatching, VPrediction, X0Prediction
from ncsn_viz.core.objectives.paths.distributions import DISTRIBUTIONS
from ncsn_viz.core.objectives.paths.weightings import WEIGHTINGS
from ncsn_viz.core.schedules import READINGS, SCHEDULES, Geometric
from ncsn_viz.core.targets import Mixture, Moons

KINDS = (NCSN, DDPM, X0Prediction, VPrediction, EDM, FlowMatching)
HIGH, LOW = 8.0, 0.2
TRUTH = Moons().build(dtype=torch.float64)

COS_START = math.cos(0.008 / 1.008 * math.pi / 2)
# α(t), σ(t) as the papers have them
PATHS = {
    "geometric": lambda t: (1.0, HIGH * (LOW / HIGH) ** (1 - t)),
    "karras": lambda t: (1.0, (LOW ** (1 / 7) + t * (HIGH ** (1 / 7) - LOW ** (1 / 7))) ** 7),
    "ve_linear": lambda t: (1.0, LOW + t * (HIGH - LOW)),
    "vp_linear": lambda t: of_square(math.exp(-(0.1 * t + 0.5 * 19.9 * t**2))),
    "vp_cosine": lambda t: of_square((math.cos((t + 0.008) / 1.008 * math.pi / 2) / COS_START) ** 2),
    "linear": lambda t: (1 - t, t),
}  # fmt: skip


def of_square(alpha_bar):
    return math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)


def time_of(path, sigma_hat):
    below, above = 0.0, 1.0
    for _ in range(200):
        t = (below + above) / 2
        alpha, sigma = path(t)
        below, above = (t, above) if sigma < sigma_hat * alpha else (below, t)
    return t


def predicted(kind, path, t, x0, noise):
    """What the objective predicts, of a clean point and noise or of their posterior means."""
    alpha, sigma = path(t)
    if kind == "ncsn":
        return -noise / sigma
    if kind == "ddpm":
        return noise
    if kind in ("x0_prediction", "edm"):
        return x0
    if kind == "v_prediction":
        return alpha * noise - sigma * x0
    step = 1e-6
    (alpha0, sigma0), (alpha1, sigma1) = path(t - step), path(t + step)
    return (alpha1 - alpha0) / (2 * step) * x0 + (sigma1 - sigma0) / (2 * step) * noise


def weight(kind, name, sigma_hat, sigma, error):
    """The weight of half a square error; `error` is that of x₀ beside it, by which min-SNR and EDM are defined."""
    if name in ("sigma2", "sigma", "one"):
        return sigma ** {"sigma2": 2, "sigma": 1, "one": 0}[name]
    of_x0 = min(1 / sigma_hat**2, 5) if name == "min_snr" else (sigma_hat**2 + 16) / (4 * sigma_hat) ** 2
    return of_x0 * error


def slow_loss(objective, net, query):
    """The mean of w ½‖r̂ − r‖², each from the network's score at one noisy point and from the points that made it."""
    kind, path, total = objective.kind, PATHS[objective.schedule], 0.0
    for x, noisy, sigma_hat in zip(query.data, query.points, query.sigma.tolist(), strict=True):
        t = time_of(path, sigma_hat)
        alpha, sigma = path(t)
        z = (noisy - x) / sigma_hat
        x_t = alpha * x + sigma * z
        score_t = net.score(x_t[None] / alpha, sigma_hat)[0] / alpha  # of p_t at x_t
        noise = -sigma * score_t
        x0 = (x_t - sigma * noise) / alpha  # Tweedie
        square = (predicted(kind, path, t, x0, noise) - predicted(kind, path, t, x, z)).square().sum()
        ratio = float((x0 - x).detach().square().sum() / square.detach())
        total = total + weight(kind, objective.weighting, sigma_hat, sigma, ratio) * square / 2
    return total / len(query.data)


@pytest.mark.parametrize("schedule", PATHS)
@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.kind)
def test_loss_and_gradient_are_those_of_the_definition(cls, schedule):
    net, batch = score_net(hidden=8, layers=1, conditioning="karras"), TRUTH.sample(6, generator(1))
    for weighting, distribution in itertools.product(WEIGHTINGS, ("ladder", cls().distribution)):
        objective = cls(HIGH, LOW, 3, distribution, weighting, antithetic=False, schedule=schedule)
        terms = objective.loss(net, batch, TRUTH, generator(2))
        slow = slow_loss(objective, net, terms.query)
        assert float((terms.loss / slow - 1).abs().detach()) < 1e-5
        found, wanted = (
            torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(net.parameters()))])
            for loss in (terms.loss, slow)
        )
        assert float((found - wanted).norm() / wanted.norm()) < 1e-5


@pytest.mark.parametrize("cls", SCHEDULES, ids=lambda cls: cls.kind)
@pytest.mark.parametrize("name", ["log_uniform", "uniform_t", "log_normal"])
def test_noise_levels_are_drawn_by_their_density(name, cls):
    """d share/d log σ̂ of the quantile is the density."""
    path, one = cls(30.0, 0.05), DISTRIBUTIONS[name]
    share = torch.linspace(0, 1, 2001, dtype=torch.float64)
    logs = one.quantile(path, share).log()
    assert logs[0].item() == pytest.approx(math.log(30))
    assert logs[-1].item() == pytest.approx(math.log(0.05))
    middles = ((logs[1:] + logs[:-1]) / 2).exp()
    found = (share.diff() / -logs.diff())[50:-50]
    wanted = torch.tensor([one.density(path, float(s)) / math.log(600) for s in middles[50:-50]], dtype=torch.float64)
    assert relative(found, wanted) < 2e-3
    for number in (0.0, 0.3, 0.9, 1.0):
        assert one.quantile(path, number) == pytest.approx(float(one.quantile(path, torch.tensor([number]).double())))
    alike = cls(2.0, 2.0)
    assert torch.allclose(one.quantile(alike, share), torch.full_like(share, 2.0))
    assert one.density(alike, 2.0) == 1.0


def test_log_normal_is_that_of_the_paper_in_units_of_the_data():
    """Karras et al. 2022, table 1: for data of deviation 1/2 the median is e^−1.2, with a deviation of 1.2."""
    found = DISTRIBUTIONS["log_normal"].quantile(Geometric(100, 0.001), torch.tensor([0.5, 0.15865525]).double())
    assert float(found[0]) == pytest.approx(8 * math.exp(-1.2), rel=2e-3)
    assert float(found[1]) == pytest.approx(8, rel=2e-2)


@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.kind)
def test_bands_of_the_loss_are_drawn_alike(cls):
    objective = cls(distribution=cls().distribution if cls is not NCSN else "log_uniform")
    sigmas = objective.loss(score_net(), TRUTH.sample(2000, generator(1)), TRUTH, generator(2)).query.sigma
    edges = torch.tensor(objective.sigmas()).double()
    counts = torch.stack([((sigmas <= high) & (sigmas > low)).sum() for high, low in itertools.pairwise(edges)])
    assert int((counts - 200).abs().max()) <= 4
    assert (objective.sigmas()[0], objective.sigmas()[-1]) == (objective.sigma_max, objective.sigma_min)


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.kind)
def test_floors_on_a_gaussian(cls, weighting):
    """½E‖∇log p_σ‖² = 1/(v + σ²), over quantiles of the noise that are drawn evenly."""
    truth = Mixture(weights=(1,), means=((0.0, 0.0),), stds=(1.5,)).build(dtype=torch.float64)
    for distribution in ("ladder", cls().distribution):
        objective = cls(HIGH, LOW, 5, distribution, weighting)
        shares = [(i + 0.5) / 4000 for i in range(4000)]
        sigmas = [DISTRIBUTIONS[distribution].quantile(objective.noise_schedule, share) for share in shares]
        if distribution == "ladder":
            sigmas = objective.sigmas()
        wanted = sum(objective.weight(s) * (1 / s**2 - 1 / (1.5**2 + s**2)) for s in sigmas) / len(sigmas)
        assert objective.floor(truth, generator(3), 60_000) == pytest.approx(wanted, rel=0.03)
        gain = READINGS[cls.reading].gain(objective.noise_schedule, 1.3)
        if weighting == "one":
            assert objective.weight(1.3) == pytest.approx((gain * 1.3) ** 2)


def test_edm_is_the_loss_of_the_network_s_own_output_with_weight_one():
    """Karras et al. 2022, equation 8."""
    for sigma in (0.01, 0.5, 4.0, 60.0):
        amplitude = WEIGHTINGS["edm"].amplitude(READINGS["x0"], Geometric(), sigma)
        assert amplitude == pytest.approx(abs(READINGS["karras"].gain(Geometric(), sigma)))


def test_all_weights_are_those_of_denoising_at_their_noise_level():
    """For one level every loss is the denoising loss times its weight, on the same noise."""
    net, batch = score_net(), TRUTH.sample(64, generator(1))
    for cls in KINDS:
        one = cls(sigma_max=0.7, sigma_min=0.7, levels=1, distribution="ladder")
        query = (terms := one.loss(net, batch, TRUTH, generator(2))).query
        z = (query.points - query.data) / 0.7
        denoising = (net.score(query.points, 0.7) + z / 0.7).square().sum(1).mean() / 2
        assert float(terms.loss.detach()) == pytest.approx(one.weight(0.7) * float(denoising.detach()))


def test_former_files_say_the_same():
    """The knobs that NCSN had before, in their order."""
    assert replace(NCSN(), distribution="log_uniform", weighting="one") == NCSN(10, 0.1, 10, "log_uniform", "one")
