"""What every kind promises, whichever it is: loops over the five lists."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import random

import pytest
import torch
from helpers import generator, norm, random_settings, relative

from ncsn_viz.core import knobs as k
from ncsn_viz.core.fields import Density, Differentiable
from ncsn_viz.core.nets import NETS, EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import OBJECTIVES, MaximumLikelihood, Terms
from ncsn_viz.core.samplers import SAMPLERS, State
from ncsn_viz.core.schedules import SCHEDULES
from ncsn_viz.core.targets import TARGETS, Moons, Painted, TwoModes
from ncsn_viz.lab.storage import KINDS, REGISTRIES
from ncsn_viz.lab.training.trainer import HUGE

ALL = [cls for kinds in REGISTRIES.values() for cls in kinds]
TRUTH = Moons().build(dtype=torch.float64)
BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=("float32", "float64"))


def each(kinds):
    return pytest.mark.parametrize("cls", kinds, ids=lambda cls: cls.kind)


def with_mass(cls):
    """A target that is not empty: a canvas begins without any mass."""
    return Painted(base=Moons()) if cls is Painted else cls()


# -- words ----------------------------------------------------------------------------------------------------------


@each(ALL)
def test_a_kind_says_what_it_is(cls):
    assert cls.kind.isidentifier()
    assert cls.kind == cls.kind.lower()
    assert cls.title.strip()
    assert cls.about.strip().endswith((".", "?", ")"))
    assert cls.__doc__.strip()
    assert cls.__dataclass_params__.frozen
    if hasattr(cls, "formula"):
        assert cls.formula
        assert cls.formula.count("{") == cls.formula.count("}")


@each(ALL)
def test_every_field_is_a_knob_that_helps(cls):
    found = k.knobs(cls)
    assert set(found) == {field.name for field in dataclasses.fields(cls)}
    for name, knob in found.items():
        assert knob.help.strip().endswith((".", "?", "…", ")")), name
        if knob.shown:
            assert knob.label.strip(), name
        if isinstance(knob, k.Choice):
            assert len(knob.titles) in (0, len(knob.options)), name
        if isinstance(knob, k.Real | k.Integer):
            assert knob.low < knob.high, name
            assert not knob.log or knob.low > 0, name


def test_no_two_kinds_are_called_alike():
    assert len(KINDS) == len(ALL)
    assert len({cls.title for cls in ALL}) == len(ALL)
    assert all(len(kinds) > 1 for kinds in REGISTRIES.values())


@each(ALL)
def test_json_there_and_back(cls):
    rng = random.Random(cls.kind)
    for settings in [cls(), *(random_settings(cls, rng) for _ in range(10))]:
        data = json.loads(json.dumps(k.to_json(settings), allow_nan=False))
        assert data["kind"] == cls.kind
        assert k.kind_from_json(ALL, data) == settings


# -- targets --------------------------------------------------------------------------------------------------------


@BOTH
@each(TARGETS)
def test_targets(cls, dtype):
    target = with_mass(cls)
    truth = target.build(dtype=dtype)
    assert isinstance(truth, Density)
    x, again = truth.sample(60, generator(1)), truth.sample(60, generator(1))
    assert torch.equal(x, again)
    assert not torch.equal(x, truth.sample(60, generator(2)))
    assert x.shape == (60, 2)
    assert x.dtype == dtype
    kept = x.clone()
    for sigma in (0.0, 0.3, 20.0, torch.tensor(0.3, dtype=dtype), torch.linspace(0.1, 5, 60, dtype=dtype)):
        score, along = truth.score_and_tangents(x, sigma, torch.ones(2, 60, 2, dtype=dtype))
        for values, shape in (
            (truth.score(x, sigma), (60, 2)), (score, (60, 2)), (along, (2, 60, 2)),
            (truth.energy(x, sigma), (60,)), (truth.log_density(x, sigma), (60,)),
        ):  # fmt: skip
            assert values.shape == shape
            assert values.dtype == dtype
            assert bool(values.isfinite().all())
            assert not values.requires_grad
    assert torch.equal(x, kept)
    assert truth.score(x[:0], 0.5).shape == (0, 2)
    shares, wanted, positions = truth.mode_weights(x), truth.true_mode_weights(), truth.mode_positions()
    assert shares.shape == wanted.shape
    assert positions.shape == (*wanted.shape, 2)
    held = [int(truth.mode_weights(at[None]).argmax()) == mode for mode, at in enumerate(positions)]
    assert all(inside for inside, weight in zip(held, wanted, strict=True) if weight > 0.02)
    for weights in (shares, wanted):
        assert abs(float(weights.sum()) - 1) < 1e-4
        assert float(weights.min()) >= 0
    assert (truth.score(x, 0.3) - target.build(dtype=dtype).score(x, 0.3)).abs().max() == 0


@each(TARGETS)
def test_random_targets_can_be_built_and_sampled(cls):
    rng = random.Random(cls.kind)
    for _ in range(5):
        target = random_settings(cls, rng)
        if cls is Painted:
            target = dataclasses.replace(target, window=(-8, 8), resolution=32, base=Moons(), strokes=())
        truth = target.build()
        x = truth.sample(50, generator())
        assert bool(x.isfinite().all())
        assert bool(truth.score(x, 0.5).isfinite().all())


# -- nets -----------------------------------------------------------------------------------------------------------


@BOTH
@each(NETS)
def test_nets(cls, dtype):
    x = torch.randn(20, 2, generator=generator(1)).to(dtype)
    net, same = (cls(hidden=8, layers=1).build(generator(3), dtype=dtype) for _ in range(2))
    assert isinstance(net, Differentiable)
    kept = x.clone()
    for sigma in (0.0, 0.3, 20.0, torch.tensor(0.3, dtype=dtype), torch.linspace(0, 5, 20, dtype=dtype)):
        score, along = net.score_and_tangents(x, sigma, torch.ones(2, 20, 2, dtype=dtype))
        assert torch.equal(score, same.score(x, sigma))
        assert score.shape == (20, 2)
        assert along.shape == (2, 20, 2)
        energy = net.energy(x, sigma)
        assert (energy is not None) == cls.gives_energy
        for values in (score, along) if energy is None else (score, along, energy):
            assert values.dtype == dtype
            assert bool(values.isfinite().all())
    assert torch.equal(x, kept)


@each(NETS)
def test_random_nets_can_be_built(cls):
    rng = random.Random(cls.kind)
    for _ in range(5):
        net = dataclasses.replace(random_settings(cls, rng), hidden=16).build(generator())
        assert bool(net.score(torch.zeros(3, 2), 0.5).isfinite().all())


# -- objectives -----------------------------------------------------------------------------------------------------


def trainable(objective):
    """A network that the objective can train."""
    return next(net for net in (ScoreMLP(hidden=16), EnergyMLP(hidden=16)) if objective.incompatibility(net) is None)


@BOTH
@each(OBJECTIVES)
def test_objectives(cls, dtype):
    objective = cls()
    truth = Moons().build(dtype=dtype)
    net = trainable(objective).build(generator(1), dtype=dtype)
    batch = truth.sample(33, generator(2))
    kept, weights = batch.clone(), {key: value.clone() for key, value in net.state_dict().items()}
    terms, again, other = (objective.loss(net, batch, truth, generator(seed)) for seed in (3, 3, 4))
    assert isinstance(terms, Terms)
    assert terms.loss.shape == ()
    assert terms.loss.dtype == dtype
    assert float(terms.loss.detach()) == float(again.loss.detach())
    assert {key: float(part) for key, part in terms.parts.items()} == {key: float(p) for key, p in again.parts.items()}
    assert list(terms.parts) == list(other.parts)
    assert not any(part.requires_grad for part in terms.parts.values())
    terms.loss.backward()
    gradients = [parameter.grad for parameter in net.parameters() if parameter.grad is not None]
    assert gradients
    assert all(bool(gradient.isfinite().all()) for gradient in gradients)
    assert torch.equal(batch, kept)
    assert all(torch.equal(value, weights[key]) for key, value in net.state_dict().items())


@each(OBJECTIVES)
def test_an_objective_says_at_which_noise_it_learns(cls):
    rng = random.Random(cls.kind)
    for objective in [cls(), *(random_settings(cls, rng) for _ in range(10))]:
        sigmas = objective.sigmas()
        assert list(sigmas) == sorted(sigmas, reverse=True)
        assert all(sigma >= 0 and objective.weight(sigma) >= 0 for sigma in sigmas)


@each(OBJECTIVES)
def test_a_floor_is_a_number_or_nothing(cls):
    floor, again = (cls().floor(TwoModes().build(), generator(5)) for _ in range(2))
    assert floor is None or cls().floor(TwoModes().build(), generator(6), 4096) == pytest.approx(floor, rel=0.1)
    assert floor == again
    assert (floor is not None) == cls.has_floor
    assert floor is None or isinstance(floor, float)


@each(OBJECTIVES)
def test_losses_are_evaluated_without_gradients_too(cls):
    objective = cls()
    net = trainable(objective).build(generator(1))
    with torch.no_grad():
        loss = objective.loss(net, Moons().build().sample(16, generator()), Moons().build(), generator()).loss
    assert not loss.requires_grad


PAIRS = [
    (objective, net(hidden=32, layers=2, activation=activation, conditioning=conditioning))
    for objective in OBJECTIVES for net in NETS
    for activation, conditioning in (("silu", "scaled_embedding"), ("relu", "none"), ("silu", "karras"))
]  # fmt: skip


@pytest.mark.parametrize(
    ("cls", "net"), PAIRS, ids=[f"{a.kind}-{b.kind}-{b.activation}-{b.conditioning}" for a, b in PAIRS]
)
def test_every_pair_is_refused_in_a_sentence_or_learns(cls, net):
    objective = cls()
    if complaint := objective.incompatibility(net):
        assert complaint.endswith(".")
        assert ": choose" in complaint
        return
    truth = Moons().build()
    module = net.build(generator(1))
    optimizer = torch.optim.Adam(module.parameters(), lr=3e-3)
    batch, draws, state, losses = truth.sample(256, generator(2)), generator(3), None, []

    judge = objective if objective.has_floor else MaximumLikelihood()  # where the loss itself says nothing

    def judged():
        with torch.no_grad():  # the same points and the same noise each time
            return float(judge.loss(module, batch, truth, generator(4)).loss)

    before = judged()
    for _ in range(30):
        optimizer.zero_grad()
        terms = objective.loss(module, batch, truth, draws, state)
        terms.loss.backward()
        optimizer.step()
        state = terms.state
        losses.append(float(terms.loss.detach()))
    assert all(abs(loss) < HUGE for loss in losses)  # NaN is not
    assert judged() < before


# -- samplers -------------------------------------------------------------------------------------------------------


@BOTH
@each(SAMPLERS)
def test_samplers(cls, dtype):
    sampler, truth = cls(), Moons().build(dtype=dtype)
    x = truth.sample(20, generator(1))
    kept = x.clone()

    def run(seed):
        draws = generator(seed)
        state = sampler.init(x, draws)
        for _ in range(4):
            state = sampler.step(state, truth, draws)
        return state

    state = run(2)
    assert isinstance(state, State)
    assert torch.equal(state.x, run(2).x)
    assert state.step == 4
    assert state.evaluations > 0
    assert state.x.shape == (20, 2)
    assert state.x.dtype == dtype
    assert bool(state.x.isfinite().all())
    assert not torch.equal(state.x, x)
    assert torch.equal(x, kept)


@each(SAMPLERS)
def test_samplers_come_to_an_end_with_a_level_for_every_step(cls):
    rng = random.Random(cls.kind)
    for sampler in [cls(), *(random_settings(cls, rng) for _ in range(5))]:
        length, ladder = sampler.num_steps(), sampler.sigmas()
        assert length >= 1
        assert ladder
        for step in {0, length // 2, length - 1}:
            assert 0 <= sampler.level_index(step) < len(ladder)
            assert sampler.sigma_at(step) == ladder[sampler.level_index(step)]


@each(SAMPLERS)
def test_hot_knobs_of_samplers_can_be_replaced_in_mid_run(cls):
    rng, truth, sampler = random.Random(cls.kind), Moons().build(), cls()
    draws = generator(1)
    state = sampler.init(truth.sample(10, draws), draws)
    for name, knob in k.knobs(cls).items():
        assert knob.hot, f"{name}: samplers promise that all their knobs are hot"
    for _ in range(20):
        sampler = random_settings(cls, rng)
        if state.step < sampler.num_steps():
            state = sampler.step(state, truth, draws)
    assert state.x.shape == (10, 2)
    assert state.step > 0


@each(OBJECTIVES)
def test_hot_knobs_of_objectives_can_be_replaced_in_mid_run(cls):
    rng = random.Random(cls.kind)
    net = trainable(cls()).build(generator(1), dtype=torch.float64)
    batch, state = TRUTH.sample(16, generator(2)), None
    for _ in range(6):
        objective = random_settings(cls, rng)
        if hasattr(objective, "chain"):
            objective = dataclasses.replace(objective, chain=3)
        terms = objective.loss(net, batch, TRUTH, generator(3), state)
        state = terms.state
        assert terms.loss.shape == ()
    assert all(knob.hot for knob in k.knobs(cls).values())


# -- nothing global -------------------------------------------------------------------------------------------------


def test_the_global_random_state_is_never_used():
    before = torch.get_rng_state()
    truth = Moons().build()
    batch = truth.sample(8, generator())
    for cls in OBJECTIVES:
        objective = cls()
        objective.loss(trainable(objective).build(generator()), batch, truth, generator())
    for cls in SAMPLERS:
        cls().step(cls().init(batch, generator()), truth, generator())
    for cls in TARGETS:
        with_mass(cls).build().sample(4, generator())
    assert torch.equal(before, torch.get_rng_state())


@each(OBJECTIVES)
def test_symbols_are_those_of_terms(cls):
    objective = cls()
    net = (EnergyMLP(hidden=8, layers=1) if objective.needs_energy else ScoreMLP(hidden=8, layers=1)).build(generator())
    truth = Moons().build()
    parts = objective.loss(net, truth.sample(64, generator()), truth, generator()).parts
    assert set(objective.symbols()) <= set(parts)


@each(SAMPLERS)
def test_the_values_of_a_step_are_numbers_and_its_own_noise_level(cls):
    sampler = cls()
    for sigma in {sampler.sigmas()[0], sampler.sigmas()[-1]}:
        values = sampler.values(sigma)
        assert sigma in values.values()
        assert all(isinstance(value, float) for value in values.values())


# -- schedules ------------------------------------------------------------------------------------------------------


@each(SCHEDULES)
def test_schedules(cls):
    rng = random.Random(cls.kind)
    for made in [cls(), cls(3.0, 3.0), *(random_settings(cls, rng) for _ in range(10))]:
        for levels in (1, 2, 3, 50):
            sigmas = made.sigmas(levels)
            assert len(sigmas) == levels
            assert all(large >= small for large, small in itertools.pairwise(sigmas))
            assert sigmas[-1] == made.sigma_min
            assert levels == 1 or sigmas[0] == made.sigma_max
        drawn = made.log_uniform(torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)).log()
        ends = torch.tensor([made.sigma_max, made.sigma_min], dtype=torch.float64).log()
        assert norm(drawn - torch.stack([ends[0], ends.mean(), ends[1]])) < 1e-12
        t = torch.linspace(made.times[1], made.times[0], 21, dtype=torch.float64).clamp(min=1e-4).requires_grad_()
        for found, rate in zip((made.alpha(t), made.sigma(t)), made.rates(t), strict=True):
            slope = torch.autograd.grad(found.sum(), t, allow_unused=True)[0]
            assert relative(rate.detach(), torch.zeros_like(t) if slope is None else slope) < 1e-10
        t = t.detach()
        assert bool((made.alpha(t) <= 1).all() and (made.alpha(t) > 0).all())
        sigma_hat = made.noise_level(t)
        assert bool((sigma_hat.diff() >= 0).all())
        if made.sigma_max > made.sigma_min:
            assert norm(made.time(sigma_hat) - t) < 1e-9
        for found, wanted in zip(made.scales(sigma_hat), (made.alpha(t), made.sigma(t)), strict=True):
            assert relative(found, wanted) < 1e-9
        for number in t.tolist():  # numbers give numbers, without torch
            assert isinstance(made.noise_level(number), float)
        assert (
            norm(sigma_hat - torch.tensor([made.noise_level(n) for n in t.tolist()]).double()) < 1e-4 * made.sigma_max
        )
        nodes = made.quadrature(8)
        assert abs(sum(weight for _, weight in nodes) - 1) < 1e-12
        mean, span = float(ends.mean()), float(ends[0] - ends[1])
        assert abs(sum(w * math.log(s) for s, w in nodes) - mean) < 1e-12
        assert abs(sum(w * (math.log(s) - mean) ** 2 for s, w in nodes) - span**2 / 12) < 1e-10
    with pytest.raises(k.ValidationError, match="must not exceed sigma_max = 1, but is 2"):
        cls(1.0, 2.0)
