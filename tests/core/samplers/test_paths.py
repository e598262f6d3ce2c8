"""Steps of the reverse process on every path, against the same steps in the path's own coordinates."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from helpers import generator, norm, relative

from ncsn_viz.core.analysis import log_likelihood
from ncsn_viz.core.samplers import ProbabilityFlow, ReverseSDE
from ncsn_viz.core.schedules import SCHEDULES, LinearPath, VPCosine
from ncsn_viz.core.targets import Moons, TwoModes

TRUTH = Moons().build(dtype=torch.float64)
HIGH, LOW = 20.0, 0.05
X = TRUTH.sample(40, generator(1)) + HIGH * torch.randn(40, 2, generator=generator(2), dtype=torch.float64)
EULER = ProbabilityFlow(HIGH, LOW, 25, to_zero=False, solver="euler")


def states(sampler, field=TRUTH, x=X):
    """The points after each step, from `x` itself."""
    draws = generator(3)
    state = replace(sampler.init(x, draws), x=x)
    for _ in range(sampler.num_steps()):
        state = sampler.step(state, field, draws)
        yield state.x


def end_of(sampler, field=TRUTH, x=X):
    return list(states(sampler, field, x))[-1]


def test_euler_on_the_linear_path_is_that_of_flow_matching():
    """x ← x + (t′ − t) u(x, t) with u = E[z − x₀ | x_t], times uniform in t."""
    times = torch.linspace(*LinearPath(HIGH, LOW).times, EULER.steps + 1, dtype=torch.float64).tolist()
    x_t = (1 - times[0]) * X
    for found, t, after in zip(states(replace(EULER, schedule="linear")), times[:-1], times[1:], strict=True):
        score = TRUTH.score(x_t / (1 - t), t / (1 - t)) / (1 - t)  # of p_t
        noise = -t * score
        x0 = (x_t - t * noise) / (1 - t)
        x_t = x_t + (after - t) * (noise - x0)
        assert relative(found, x_t / (1 - after)) < 1e-6


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda cls: cls.kind)
def test_euler_is_ddim_on_every_path(schedule):
    """x′ = α′ x̂₀ + σ′ ε̂. Song, Meng & Ermon 2021, equation 12 with η = 0."""
    path = schedule(HIGH, LOW)
    first, last = path.times
    times = [first + (last - first) * step / EULER.steps for step in range(EULER.steps + 1)]
    x_t = path.alpha(times[0]) * X
    for found, t, after in zip(states(replace(EULER, schedule=schedule.kind)), times[:-1], times[1:], strict=True):
        alpha, sigma = path.alpha(t), path.sigma(t)
        noise = -sigma * TRUTH.score(x_t / alpha, sigma / alpha) / alpha
        x0 = (x_t - sigma * noise) / alpha
        x_t = path.alpha(after) * x0 + path.sigma(after) * noise
        assert relative(found, x_t / path.alpha(after)) < 1e-6


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda cls: cls.kind)
def test_without_stochasticity_the_sde_is_the_ode(schedule):
    ode, sde = (
        end_of(sampler)
        for sampler in (replace(EULER, schedule=schedule.kind),
                        ReverseSDE(HIGH, LOW, 25, to_zero=False, schedule=schedule.kind, stochasticity=0))
    )  # fmt: skip
    assert relative(sde, ode) < 1e-12


@pytest.mark.parametrize("stochasticity", [0.0, 0.5, 1.0, 1.5])
def test_every_stochasticity_has_the_same_densities(stochasticity):
    truth = TwoModes().build(dtype=torch.float64)
    x = truth.sample(4000, generator(5))
    sampler = ReverseSDE(20, 0.05, 150, stochasticity=stochasticity)
    draws = generator(6)
    state = sampler.init(x, draws)
    for _ in range(sampler.num_steps()):
        state = sampler.step(state, truth, draws)
    assert abs(float(truth.mode_weights(state.x)[1]) - 0.8) < 0.03
    near = state.x[(state.x - 5).norm(dim=1) < 6]
    assert abs(float(near.std()) - 1) < 0.06


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("heun", 2), ("dpm_2m", 2)])
def test_orders_of_the_solvers(solver, order):
    flow = ProbabilityFlow(4.0, 0.5, to_zero=False, solver=solver)
    x = TRUTH.sample(40, generator(1)) + 4 * torch.randn(40, 2, generator=generator(2), dtype=torch.float64)
    exact = end_of(ProbabilityFlow(4.0, 0.5, 1200, to_zero=False), x=x)
    coarse, fine = (norm(end_of(replace(flow, steps=steps), x=x) - exact) for steps in (100, 200))
    assert order - 0.35 < math.log2(coarse / fine) < order + 0.5


def test_two_steps_in_the_path_s_own_coordinates():
    """Lu et al. 2022, algorithm 2, on the cosine path: λ = log(α/σ), D = (1 + 1/2r) x̂₀ − x̂₀₋₁/2r."""
    path, sampler = VPCosine(HIGH, LOW), replace(EULER, solver="dpm_2m", schedule="vp_cosine")
    first, last = path.times
    times = [first + (last - first) * step / EULER.steps for step in range(EULER.steps + 1)]
    x_t, before, step_before = path.alpha(times[0]) * X, None, 0.0
    for found, t, after in zip(states(sampler), times[:-1], times[1:], strict=True):
        alpha, sigma = path.alpha(t), path.sigma(t)
        x0 = (x_t + sigma**2 * TRUTH.score(x_t / alpha, sigma / alpha) / alpha) / alpha
        h = math.log(path.alpha(after) / path.sigma(after)) - math.log(alpha / sigma)
        d = x0 if before is None else (1 + h / (2 * step_before)) * x0 - h / (2 * step_before) * before
        x_t = path.sigma(after) / sigma * x_t - path.alpha(after) * math.expm1(-h) * d
        before, step_before = x0, h
        assert relative(found, x_t / path.alpha(after)) < 1e-6


def test_a_particle_that_was_moved_takes_a_first_step():
    two, one = (replace(EULER, solver=solver) for solver in ("dpm_2m", "euler"))
    draws = generator(3)
    state = replace(two.init(X, draws), x=X)
    for _ in range(10):
        state = two.step(state, TRUTH, draws)
    assert norm(two.step(state, TRUTH, draws).x - one.step(state, TRUTH, draws).x) > 1e-3
    moved = replace(state, denoised=state.denoised.without(torch.tensor([2, 5])))
    found, euler, rest = (
        each.step(start, TRUTH, draws).x for each, start in ((two, moved), (one, moved), (two, state))
    )
    assert relative(found[[2, 5]], euler[[2, 5]]) < 1e-12
    kept = torch.ones(40, dtype=torch.bool).index_fill(0, torch.tensor([2, 5]), False)
    assert torch.equal(found[kept], rest[kept])
    elsewhere = replace(state, step=3)  # another noise level was chosen
    assert relative(two.step(elsewhere, TRUTH, draws).x, one.step(elsewhere, TRUTH, draws).x) < 1e-12


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda cls: cls.kind)
def test_the_likelihood_by_the_ode_agrees_between_paths(schedule):
    """log p_t along dx_t/dt = α′ x̂₀ + σ′ ε̂ in the path's own coordinates, by Runge–Kutta in t, and the truth."""
    path, x = schedule(8.0, 0.3), TRUTH.sample(20, generator(7))
    last, first = path.times[::-1]
    steps, alpha = 400, path.alpha(last)
    axes = torch.eye(2, dtype=torch.float64)[:, None, :].expand(2, len(x), 2)

    def rates(y, t):
        a, s = path.alpha(t), path.sigma(t)
        rate_a, rate_s = path.rates(t)
        score, along = TRUTH.score_and_tangents(y / a, s / a, axes)
        trace = (along[0, :, 0] + along[1, :, 1]) / a**2  # of the Jacobian of p_t's score
        noise = -s * score / a
        slope = rate_a * s**2 / a - rate_s * s  # of x₀ = (y − s ε)/a and of ε, by the score
        return rate_a * (y - s * noise) / a + rate_s * noise, 2 * rate_a / a + slope * trace

    y, change, h = alpha * x, torch.zeros(20, dtype=torch.float64), (first - last) / steps
    for step in range(steps):
        t = last + h * step
        k1, d1 = rates(y, t)
        k2, d2 = rates(y + h / 2 * k1, t + h / 2)
        k3, d3 = rates(y + h / 2 * k2, t + h / 2)
        k4, d4 = rates(y + h * k3, t + h)
        y, change = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), change + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    end = path.alpha(first)
    log_p = TRUTH.log_density(y / end, 8.0) - 2 * math.log(end) + change  # of p_t at α x
    found = log_p + 2 * math.log(alpha)  # of p_σ̂ at x
    exact = TRUTH.log_density(x, 0.3)
    assert norm(found - exact) < 1e-3
    assert norm(log_likelihood(TRUTH, x, 0.3, 8.0, 400, TRUTH) - found) < 2e-3
