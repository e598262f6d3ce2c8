"""Readings: every one converts to every other on every path, at every noise level, also at both ends."""

from __future__ import annotations

import itertools

import pytest
import torch
from helpers import generator

from ncsn_viz.core.schedules import READINGS, SCHEDULES, SIGMA_DATA
from ncsn_viz.core.targets import Moons

LOW, HIGH = 1e-3, 100.0  # the ends of the noise levels that can be asked for
NOISE = torch.logspace(-3, 2, 201, dtype=torch.float64)[:, None].clamp(LOW, HIGH)
CLEAN = 4 * torch.randn(len(NOISE), 2, generator=generator(1), dtype=torch.float64)
Z = torch.randn(len(NOISE), 2, generator=generator(2), dtype=torch.float64)


def readings_by_definition(path, x0, noise, sigma_hat):
    """Each reading of a point made of `x0` and `noise`, as its paper writes it, in the path's own coordinates."""
    t = path.time(sigma_hat)
    alpha, sigma = path.alpha(t), path.sigma(t)
    alpha_rate, sigma_rate = path.rates(t)
    total = sigma_hat**2 + SIGMA_DATA**2
    c_skip, c_out = SIGMA_DATA**2 / total, sigma_hat * SIGMA_DATA / total.sqrt()
    return {
        "score": -noise / sigma,
        "epsilon": noise,
        "x0": x0,
        "v": alpha * noise - sigma * x0,
        "velocity": alpha_rate * x0 + sigma_rate * noise,
        "karras": (x0 - c_skip * (x0 + sigma_hat * noise)) / c_out,
    }


def apart(found, wanted):
    """The largest difference, in units of the largest number of its row or 1."""
    return float(((found - wanted).abs() / wanted.abs().amax(1, keepdim=True).clamp(min=1)).max())


@pytest.mark.parametrize("cls", SCHEDULES, ids=lambda cls: cls.kind)
def test_every_reading_converts_to_every_other(cls):
    path, x = cls(HIGH, LOW), CLEAN + NOISE * Z
    known = readings_by_definition(path, CLEAN, Z, NOISE)
    assert known.keys() == READINGS.keys()
    for (name, given), (other, wanted) in itertools.product(known.items(), repeat=2):
        score = READINGS[name].to_score(given, x, path, NOISE)
        assert apart(NOISE * score, -Z) < 1e-6, name
        assert apart(READINGS[other].of_score(score, x, path, NOISE), wanted) < 1e-6, (name, other)


@pytest.mark.parametrize("cls", SCHEDULES, ids=lambda cls: cls.kind)
def test_an_error_of_the_noise_is_that_of_a_reading_times_its_gain(cls):
    """With x_t known x̂₀ = x̂ − σ̂ ε̂."""
    path, x, wrong = cls(HIGH, LOW), CLEAN + NOISE * Z, Z + 1.0
    true, off = (readings_by_definition(path, x - NOISE * noise, noise, NOISE) for noise in (Z, wrong))
    for name, reading in READINGS.items():
        gain = reading.gain(path, NOISE)
        assert apart((off[name] - true[name]) / gain, torch.ones_like(Z)) < 1e-6, name
        assert reading.gain(path, 0.7) == pytest.approx(float(reading.gain(path, torch.tensor([[0.7]]).double())))


def test_the_exact_score_gives_the_posterior_mean():
    """Tweedie, against the mean of clean points weighted by their likelihood."""
    truth, path, sigma = Moons().build(dtype=torch.float64), SCHEDULES[-1](10.0, 0.1), 1.5
    clean = truth.sample(200_000, generator(3))
    x = torch.tensor([[0.0, 0.0], [2.0, -1.0]], dtype=torch.float64)
    weights = torch.softmax(-torch.cdist(x, clean).square() / (2 * sigma**2), 1)
    noise = torch.full((2, 1), sigma, dtype=torch.float64)
    found = READINGS["x0"].of_score(truth.score(x, sigma), x, path, noise)
    assert float((found - weights @ clean).abs().max()) < 0.03
