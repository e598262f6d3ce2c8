"""Samplers on densities where the answer is known."""

from __future__ import annotations

import math

import pytest
import torch
from helpers import generator, norm

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.samplers import (
    HMC,
    MALA,
    SAMPLERS,
    AnnealedLangevin,
    GradientFlow,
    Langevin,
    PredictorCorrector,
    ProbabilityFlow,
    ReverseSDE,
    State,
    UnderdampedLangevin,
)
from ncsn_viz.core.schedules import Geometric
from ncsn_viz.core.targets import EightGaussians, Mixture, TwoModes


def normal(std, mean=(0.0, 0.0)):
    return Mixture(weights=(1.0,), means=(mean,), stds=(std,)).build(dtype=torch.float64)


def run(sampler, field, x, seed=0):
    draws = generator(seed)
    state = sampler.init(x, draws)
    for _ in range(sampler.num_steps()):
        state = sampler.step(state, field, draws)
    return state


def spread(x, mean=0.0):
    """The standard deviation over points and axes, and its standard error."""
    found = float((x - mean).square().mean().sqrt())
    return found, found / math.sqrt(2 * x.numel())


# -- one step, by hand ----------------------------------------------------------------------------------------------


X = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64)


def test_langevin_step():
    z = torch.randn(2, 2, generator=generator(5), dtype=torch.float64)
    state = Langevin(step_size=0.1, sigma=0.5).step(State(X, 3, 7), normal(2.0), generator(5))
    wanted = X - 0.1 * X / (2.0**2 + 0.5**2) + math.sqrt(0.2) * z
    assert norm(state.x - wanted) < 1e-12
    assert (state.step, state.evaluations) == (4, 8)


def test_annealed_step_sizes_follow_the_level():
    sampler = AnnealedLangevin(step_size=0.01, sigma_max=8, sigma_min=0.5, levels=5, steps_per_level=3)
    assert sampler.sigmas() == Geometric(8, 0.5).sigmas(5)
    assert sampler.num_steps() == 15
    for step in range(15):
        sigma = 8 * (0.5 / 8) ** (step // 3 / 4)
        assert sampler.level_index(step) == step // 3
        assert abs(sampler.sigma_at(step) - sigma) < 1e-12
        eta = 0.01 * sigma**2 / 0.5**2
        z = torch.randn(2, 2, generator=generator(step), dtype=torch.float64)
        wanted = X - eta * X / (1 + sigma**2) + math.sqrt(2 * eta) * z
        assert norm(sampler.step(State(X, step), normal(1.0), generator(step)).x - wanted) < 1e-10


def test_denoising_step_is_the_posterior_mean():
    """x + σ² s(x; σ) is E[x₀ | x] on a Gaussian: x s²/(s² + σ²), and it draws no random number."""
    sampler = AnnealedLangevin(sigma_max=3, sigma_min=0.7, levels=2, steps_per_level=4, denoise=True)
    assert sampler.num_steps() == 9
    assert sampler.level_index(8) == 1
    draws = generator(3)
    before = draws.get_state()
    state = sampler.step(State(X, 8), normal(1.5), draws)
    assert norm(state.x - X * 1.5**2 / (1.5**2 + 0.7**2)) < 1e-12
    assert torch.equal(draws.get_state(), before)
    assert AnnealedLangevin(sigma_max=3, sigma_min=0.7, levels=2, steps_per_level=4).num_steps() == 8


def baoab(x, v, truth, h, friction, draws, steps):
    """The splitting as it is written: B half a kick, A half a drift, O friction and noise, A, B."""
    keep = math.exp(-friction * h)
    for _ in range(steps):
        v = v + h / 2 * truth.score(x, 0.0)
        x = x + h / 2 * v
        v = keep * v + math.sqrt(1 - keep**2) * torch.randn(x.shape, generator=draws, dtype=x.dtype)
        x = x + h / 2 * v
        v = v + h / 2 * truth.score(x, 0.0)
    return x, v


@pytest.mark.parametrize("steps", [1, 7])
def test_underdamped_steps_are_baoab(steps):
    """The same positions from the same velocities and noise; the velocity is kept half a kick behind."""
    v, truth, h, friction = torch.tensor([[0.3, -1.0], [2.0, 0.1]], dtype=torch.float64), normal(1.5), 0.4, 2.0
    sampler, draws, state = (
        UnderdampedLangevin(step_size=h**2 / 2, friction=friction),
        generator(4),
        State(X, velocity=v),
    )
    for _ in range(steps):
        state = sampler.step(state, truth, draws)
    x, velocity = baoab(X, v, truth, h, friction, generator(4), steps)
    assert norm(state.x - x) < 1e-12
    assert norm(state.velocity + h / 2 * truth.score(state.x, 0.0) - velocity) < 1e-12


# -- where they end -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("std", "step_size"), [(1.0, 0.5), (2.0, 0.4), (0.3, 0.06)])
def test_langevin_is_too_wide_by_the_known_bias(std, step_size):
    """s/√(1 − η/2s²): at η = s²/2 that is 15 % too wide, far more than the error of the estimate."""
    steps = round(6 * std**2 / step_size) + 20
    x = std * torch.randn(40_000, 2, generator=generator(1), dtype=torch.float64)
    found, error = spread(run(Langevin(step_size=step_size, steps=steps), normal(std), x).x)
    wanted = std / math.sqrt(1 - step_size / (2 * std**2))
    assert wanted > std + 3 * error
    assert abs(found - wanted) < 5 * error


def test_langevin_at_a_noise_level_samples_the_blurred_density():
    x = torch.zeros(20_000, 2, dtype=torch.float64)
    found, error = spread(run(Langevin(step_size=0.05, steps=300, sigma=1.5), normal(1.0), x).x)
    variance = 1 + 1.5**2
    assert abs(found - math.sqrt(variance / (1 - 0.05 / (2 * variance)))) < 5 * error


def test_gradient_flow_ends_on_the_modes_and_draws_nothing():
    truth = EightGaussians().build(dtype=torch.float64)
    x = 12 * torch.rand(300, 2, generator=generator(2), dtype=torch.float64) - 6
    draws = generator(3)
    before, state = draws.get_state(), State(x)
    sampler = GradientFlow(step_size=0.05, steps=600)
    for _ in range(sampler.num_steps()):
        state = sampler.step(state, truth, draws)
    distance, mode = torch.cdist(state.x, truth.means).min(1)
    assert norm(distance) < 1e-6
    assert len(mode.unique()) == 8
    assert torch.equal(draws.get_state(), before)
    assert state.evaluations == 600


@pytest.mark.parametrize(
    "sampler", [MALA(step_size=0.8, steps=60), HMC(step_size=0.3, steps=40, leaps=5)], ids=lambda s: s.kind
)
def test_metropolis_has_no_bias_at_large_steps(sampler):
    truth = normal(1.0, (0.5, -1.0))
    x = truth.sample(20_000, generator(4))
    state = run(sampler, truth, x)
    found, error = spread(state.x, torch.tensor([0.5, -1.0], dtype=torch.float64))
    assert 0.3 < state.acceptance < 0.999  # some are refused, most are not
    assert abs(found - 1) < 5 * error
    assert norm(state.x.mean(0) - torch.tensor([0.5, -1.0])) < 5 / math.sqrt(20_000)
    assert norm(state.x - x) > 1


@pytest.mark.parametrize("cls", [MALA, HMC], ids=lambda cls: cls.kind)
def test_metropolis_asks_for_an_energy(cls):
    class ScoreOnly:
        def score(self, x, sigma):
            return -x

        def energy(self, x, sigma):
            return None

    with pytest.raises(ValidationError, match="energy"):
        cls().step(State(X), ScoreOnly(), generator())


def test_nothing_is_accepted_where_nothing_is_known():
    proposal, ratio = torch.zeros(2, 2, dtype=torch.float64), torch.tensor([math.nan, 5.0], dtype=torch.float64)
    state = State(X).metropolis(proposal, ratio, generator(), cost=2)
    assert torch.equal(state.x, torch.stack([X[0], proposal[1]]))
    assert (state.accepted, state.proposed, state.acceptance, state.evaluations) == (0.5, 1, 0.5, 2)
    assert State(X).acceptance is None


def test_mala_is_hmc_with_one_leap():
    """The same proposal and the same acceptance, from the same momentum and the same coin."""
    truth, x = normal(1.0), torch.randn(500, 2, generator=generator(6), dtype=torch.float64)
    one = MALA(step_size=0.7).step(State(x), truth, generator(7))
    other = HMC(step_size=0.7, leaps=1).step(State(x), truth, generator(7))
    assert norm(one.x - other.x) < 1e-9
    assert one.accepted == other.accepted


@pytest.mark.parametrize("friction", [0.5, 3.0])
@pytest.mark.parametrize("step_size", [0.02, 0.6])
def test_underdamped_langevin_has_the_stationary_law_of_its_splitting(step_size, friction):
    """The covariance P = M P Mᵀ + N Nᵀ of the linear map that a step is on N(0, s²): exact in x at any step size."""
    std = 0.8
    h = math.sqrt(2 * step_size)
    keep = math.exp(-friction * h)
    drift, kick = torch.tensor([[1, h / 2], [0, 1]]).double(), torch.tensor([[1, 0], [-h / std**2, 1]]).double()
    push = drift @ torch.tensor([[0], [math.sqrt(1 - keep**2)]]).double()
    step = drift @ torch.diag(torch.tensor([1, keep])).double() @ drift @ kick
    wanted = torch.zeros(2, 2, dtype=torch.float64)
    for _ in range(4000):
        wanted = step @ wanted @ step.T + push @ push.T
    assert abs(float(wanted[0, 0]) - std**2) < 1e-6
    truth, draws = normal(std), generator(10)
    sampler = UnderdampedLangevin(step_size=step_size, steps=250, friction=friction)
    state = run(sampler, truth, std * torch.randn(20_000, 2, generator=draws, dtype=torch.float64), seed=11)
    for values, variance in ((state.x, wanted[0, 0]), (state.velocity, wanted[1, 1])):
        found, error = spread(values)
        assert abs(found - math.sqrt(variance)) < 5 * error


def test_underdamped_langevin_keeps_the_weights_of_modes_at_large_steps():
    """At η = .1 = .4 s² between two modes of .3 and .7; with half a drift at both ends (ABOBA) it is .325."""
    truth = Mixture(weights=(0.3, 0.7), means=((-1.5, 0), (1.5, 0)), stds=(0.5, 0.5)).build(dtype=torch.float64)
    sampler, draws, found = UnderdampedLangevin(step_size=0.1, steps=300), generator(1), []
    state = sampler.init(truth.sample(8000, draws), draws)
    for step in range(sampler.num_steps()):
        state = sampler.step(state, truth, draws)
        if step >= 100 and step % 20 == 0:
            found.append(float(truth.mode_weights(state.x)[0]))
    assert abs(sum(found) / len(found) - 0.295) < 0.008


def test_hmc_draws_its_number_of_leaps():
    """Evenly from L − r to L + r, with r = ρ L rounded, at least 1 and at most L − 1."""
    for leaps, jitter, spread_ in ((8, 0.3, 2), (8, 0.0, 0), (1, 1.0, 0), (2, 0.1, 1), (3, 0.3, 1), (8, 1.0, 7)):
        sampler, draws = HMC(step_size=1e-3, leaps=leaps, jitter=jitter), generator(3)
        assert sampler.length_spread() == spread_
        counts = [sampler.step(State(X), normal(1.0), draws).evaluations - 1 for _ in range(12 * (2 * spread_ + 1))]
        assert set(counts) == set(range(leaps - spread_, leaps + spread_ + 1))


@pytest.mark.parametrize(("jitter", "low", "high"), [(0.0, 0.95, 1.05), (0.3, -0.06, 0.06)])
def test_hmc_of_a_whole_period_forgets_its_start_only_with_jitter(jitter, low, high):
    """Leaps turn phase space on N(0, 1) by θ, cos θ = 1 − h²/2: at 12 θ = 2π, ⟨x x₀⟩ stays 1, or is ⟨cos ℓθ⟩ⁿ."""
    h = math.sqrt(2 - 2 * math.cos(2 * math.pi / 12))
    sampler = HMC(step_size=h**2 / 2, leaps=12, jitter=jitter, steps=10)
    x = torch.randn(4000, 2, generator=generator(5), dtype=torch.float64)
    end = run(sampler, normal(1.0), x, seed=6)
    assert low < float((end.x * x).mean()) < high
    assert abs(spread(end.x)[0] - 1) < 0.06


@pytest.mark.parametrize("ratio", [0.16, 0.5, 1.0])
def test_corrections_alone_come_to_rest_where_their_step_is_balanced(ratio):
    """w = (1 − a)² w + 2η with a = η/v, and η = 2r²v²/w from the norms of z and s = −x/v: w = (1 + r²) v."""
    truth = normal(0.8)
    sampler = PredictorCorrector(sigma_max=1, sigma_min=0.999999, steps=150, corrections=2, ratio=ratio, to_zero=False)
    state = run(sampler, truth, truth.sample(10_000, generator(12)), seed=13)
    found, _ = spread(state.x)
    assert abs(found / math.sqrt((0.64 + 1) * (1 + ratio**2)) - 1) < 0.02


def test_underdamped_langevin_without_friction_keeps_its_energy():
    truth, x = normal(1.0), torch.randn(100, 2, generator=generator(9), dtype=torch.float64)
    sampler = UnderdampedLangevin(step_size=0.0005, steps=200, friction=0.01)
    # friction this small forgets (1 − e^(−2γt)) = 12 % of the energy in t = 6.3; compare with what it must be
    state = run(sampler, truth, x)
    energy = (state.x.square() + state.velocity.square()).sum(1) / 2
    start = sampler.init(x, generator(0))
    before = (start.x.square() + start.velocity.square()).sum(1) / 2
    assert float(torch.corrcoef(torch.stack([energy, before]))[0, 1]) > 0.9


@pytest.mark.parametrize(
    "sampler",
    [ReverseSDE(sigma_max=8, sigma_min=0.02, steps=400), PredictorCorrector(sigma_max=8, sigma_min=0.02, steps=200),
     ProbabilityFlow(sigma_max=8, sigma_min=0.02, steps=60),
     ProbabilityFlow(sigma_max=8, sigma_min=0.02, steps=400, solver="euler")], ids=lambda s: f"{s.kind}-{s.steps}",
)  # fmt: skip
def test_reverse_samplers_bring_the_blurred_data_back(sampler):
    truth = Mixture(weights=(0.3, 0.7), means=((-3.0, 0.0), (3.0, 1.0)), stds=(0.5, 0.5)).build(dtype=torch.float64)
    state = run(sampler, truth, truth.sample(8000, generator(10)), seed=11)
    weights = truth.mode_weights(state.x)
    assert norm(weights - torch.tensor([0.3, 0.7])) < 0.03
    right = state.x[state.x[:, 0] > 0]
    found, _ = spread(right, torch.tensor([3.0, 1.0], dtype=torch.float64))
    assert abs(found - 0.5) < 0.03


def test_probability_flow_on_a_gaussian_is_a_scaling():
    """dx/dσ = σx/(s² + σ²), so x(σ) = x √((s² + σ²)/(s² + σ₁²)); Heun is second order, Euler first."""
    truth, x, s = normal(1.3), X, 1.3
    wanted = x * math.sqrt((s**2 + 0.1**2) / (s**2 + 4.0**2))
    errors = {}
    for solver in ("euler", "heun"):
        for steps in (50, 100):
            sampler = ProbabilityFlow(sigma_max=4, sigma_min=0.1, steps=steps, solver=solver, to_zero=False)
            state = State(x)
            for _ in range(steps):
                state = sampler.step(state, truth, generator())
            errors[solver, steps] = norm(state.x - wanted)
    assert 1.8 < errors["euler", 50] / errors["euler", 100] < 2.2
    assert 3.5 < errors["heun", 50] / errors["heun", 100] < 4.6
    assert errors["heun", 100] < 1e-3


def test_reverse_samplers_end_at_zero_noise_only_if_asked():
    for cls in (ReverseSDE, PredictorCorrector, ProbabilityFlow):
        assert cls(steps=7).num_steps() == 8
        assert cls(steps=7, to_zero=False).num_steps() == 7
        assert len(cls(steps=7).sigmas()) == 8
        assert cls(steps=7).between(7) == (0.05, 0.0)
        assert cls(steps=7).between(6)[1] == 0.05
        assert cls(steps=7).between(0)[0] == 10


# -- Song & Ermon 2019, figure 3 ------------------------------------------------------------------------------------


def uniform_start(n, seed):
    return 16 * torch.rand(n, 2, generator=generator(seed), dtype=torch.float64) - 8


def share_that_flows_to_the_upper_mode():
    """The share of the square from which steepest ascent ends at (5, 5), by following it from a grid."""
    axis = torch.linspace(-7.9, 7.9, 80, dtype=torch.float64)
    x = torch.cartesian_prod(axis, axis)
    means, weights = torch.tensor([[-5.0, -5.0], [5.0, 5.0]], dtype=torch.float64), torch.tensor([0.2, 0.8])
    for _ in range(200):
        squares = (x[:, None, :] - means).square().sum(-1)
        share = torch.softmax(weights.log() - squares / 2, dim=1)
        x = x + 0.1 * (share @ means - x)
    return float((torch.cdist(x, means).argmin(1) == 1).double().mean())


def test_plain_langevin_gets_the_weights_of_far_modes_wrong():
    truth = TwoModes().build(dtype=torch.float64)
    state = run(Langevin(step_size=0.05, steps=1000), truth, uniform_start(1280, 12))
    upper = float(truth.mode_weights(state.x)[1])
    assert abs(upper - share_that_flows_to_the_upper_mode()) < 0.05
    assert abs(upper - 0.8) > 0.15


def test_annealed_langevin_gets_them_right():
    truth = TwoModes().build(dtype=torch.float64)
    sampler = AnnealedLangevin(step_size=0.05, sigma_max=20, sigma_min=1, levels=10, steps_per_level=100)
    state = run(sampler, truth, uniform_start(1280, 13))
    assert abs(float(truth.mode_weights(state.x)[1]) - 0.8) < 0.05
    distance = torch.cdist(state.x, truth.means).min(1).values
    found = float(distance.square().mean().sqrt())  # p blurred by σ_L = 1: √(2 · 2)
    assert abs(found - 2) < 0.2


# -- every sampler --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", SAMPLERS, ids=lambda cls: cls.kind)
def test_inputs_are_never_changed(cls):
    truth, sampler, x = TwoModes().build(dtype=torch.float64), cls(), X.clone()
    state = sampler.init(x, generator())
    for _ in range(3):
        before = (state.x.clone(), None if state.velocity is None else state.velocity.clone())
        after = sampler.step(state, truth, generator())
        assert torch.equal(state.x, before[0])
        assert state.velocity is None or torch.equal(state.velocity, before[1])
        assert after.step == state.step + 1
        state = after
    assert torch.equal(x, X)


@pytest.mark.parametrize("cls", SAMPLERS, ids=lambda cls: cls.kind)
def test_score_evaluations_are_counted(cls):
    class Counting:
        calls = 0

        def score(self, x, sigma):
            self.calls += 1
            return -x / (1 + sigma**2)

        def energy(self, x, sigma):
            return x.square().sum(1) / (2 * (1 + sigma**2))

    field, sampler = Counting(), cls()
    state = sampler.init(X, generator())
    for _ in range(5):
        state = sampler.step(state, field, generator())
    assert state.evaluations == field.calls > 0


@pytest.mark.parametrize("cls", SAMPLERS, ids=lambda cls: cls.kind)
def test_levels_are_those_of_the_ladder(cls):
    sampler, asked = cls(), []

    class Listening:
        def score(self, x, sigma):
            asked.append(float(sigma))
            return -x / (1 + sigma**2)

        def energy(self, x, sigma):
            return x.square().sum(1) / (2 * (1 + sigma**2))

    ladder = sampler.sigmas()
    assert list(ladder) == sorted(ladder, reverse=True)
    for step in (0, 1, sampler.num_steps() // 2, sampler.num_steps() - 1):
        asked.clear()
        state = State(X, step, velocity=torch.zeros_like(X))
        sampler.step(state, Listening(), generator())
        assert asked[0] == sampler.sigma_at(step) == ladder[sampler.level_index(step)]
        assert set(asked) <= set(ladder)


@pytest.mark.parametrize("cls", [cls for cls in SAMPLERS if hasattr(cls(), "sigma_max")], ids=lambda cls: cls.kind)
def test_ladders_that_climb_are_refused(cls):
    with pytest.raises(ValidationError, match=r"^sigma_min must not exceed sigma_max = 1, but is 2$"):
        cls(sigma_max=1, sigma_min=2)
