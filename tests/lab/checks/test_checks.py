"""The checks pass with the program, and fail with a faulty sampler, objective or target."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
from dataclasses import dataclass, replace

import pytest
import torch
from helpers import until

from ncsn_viz.core.objectives import Denoising, Explicit, Implicit, MaximumLikelihood, Sliced, Terms
from ncsn_viz.core.samplers import HMC, Langevin, ProbabilityFlow, ReverseSDE
from ncsn_viz.core.targets import Mixture, TwoModes
from ncsn_viz.lab.checks import CHECKS, boltzmann, densities, runner, table
from ncsn_viz.lab.checks.base import Check, Outcome

BY_NAME = {check.name: check for check in CHECKS}
FEW, FEWER = 5, 3  # seeds, in these tests; faults show with few of them


# -- faulty parts ---------------------------------------------------------------------------------------------------


class ThinNoise(Langevin):
    """x + η s + √η z: the papers' α in place of η, forgotten in one of its two places."""

    def step(self, state, field, generator):
        z = torch.randn(state.x.shape, generator=generator, dtype=state.x.dtype)
        return state.moved(state.x + self.step_size * field.score(state.x, self.sigma) + math.sqrt(self.step_size) * z)


class NeverRefused(HMC):
    """Leapfrog steps that are all taken."""

    def step(self, state, field, generator):
        h = math.sqrt(2 * self.step_size)
        x, v = state.x, torch.randn(state.x.shape, generator=generator, dtype=state.x.dtype)
        for _ in range(self.leaps):
            v = v + h / 2 * field.score(x, 0.0)
            x = x + h * v
            v = v + h / 2 * field.score(x, 0.0)
        return state.moved(x)


@dataclass(frozen=True)
class Flipped:
    """A density whose score has the wrong sign."""

    truth: object

    def score(self, x, sigma):
        return -self.truth.score(x, sigma)

    def score_and_tangents(self, x, sigma, directions):
        return tuple(-each for each in self.truth.score_and_tangents(x, sigma, directions))

    def __getattr__(self, name):
        return getattr(object.__getattribute__(self, "truth"), name)


class FlippedModes(TwoModes):
    def build(self, device="cpu", dtype=None):
        return Flipped(super().build(device, dtype))


class FlippedMixture(Mixture):
    def build(self, device="cpu", dtype=None):
        return Flipped(super().build(device, dtype))


class OtherSigma(Mixture):
    """A mixture whose score is that of slightly more noise than it is asked for."""

    def build(self, device="cpu", dtype=None):
        return Louder(super().build(device, dtype))


class Louder(Flipped):
    def score(self, x, sigma):
        return self.truth.score(x, 1.05 * sigma)

    def score_and_tangents(self, x, sigma, directions):
        return self.truth.score_and_tangents(x, 1.05 * sigma, directions)


class HalfNoise(ReverseSDE):
    """The reverse step with half of its noise."""

    def step(self, state, field, generator):
        here, there = self.between(state.step)
        z = torch.randn(state.x.shape, generator=generator, dtype=state.x.dtype)
        drop = here**2 - there**2
        return state.moved(state.x + drop * field.score(state.x, here) + math.sqrt(drop) / 2 * z)


class HalfFlow(ProbabilityFlow):
    """A flow of half the speed that it should have."""

    def step(self, state, field, generator):
        return state.moved((state.x + super().step(state, field, generator).x) / 2)


class OtherSign(Denoising):
    """½‖s − z/σ‖²."""

    def loss(self, net, batch, truth, generator, state=None):
        z = torch.randn(batch.shape, generator=generator, dtype=batch.dtype)
        residual = net.score(batch + self.sigma * z, self.sigma) - z / self.sigma
        return Terms(0.5 * residual.square().sum(1).mean())


class HalfTrace(Implicit):
    """Half the trace, as if the ½ stood before both terms."""

    def loss(self, net, batch, truth, generator, state=None):
        terms = super().loss(net, batch, truth, generator)
        return Terms(0.5 * terms.parts["trace"] + terms.parts["norm"])


class Lopsided(Sliced):
    """Directions that all point to one side: E[uuᵀ] ≠ I."""

    def directions(self, batch, generator):
        return super().directions(batch, generator).abs()


class Sphere(Sliced):
    """Directions on the circle of radius √2: the right mean, another variance."""

    def directions(self, batch, generator):
        return replace(Sliced(), projection="sphere").directions(batch, generator)


class WrongCell(MaximumLikelihood):
    """log of one side of a cell in place of its area."""

    def log_z(self, net, like, generator):
        return super().log_z(net, like, generator) - math.log(2 * self.half_width / self.nodes)


class Hot(boltzmann.DoubleWell):
    """The landscape at another temperature."""

    def score(self, x, sigma):
        return 0.8 * super().score(x, sigma)


mixture = {name: getattr(densities.TARGET, name) for name in ("weights", "means", "stds")}
annealed = BY_NAME["annealed_weights"].sampler
SPOILED = {
    "langevin_basins": [{"sampler": annealed}, {"target": FlippedModes()}],
    "annealed_weights": [{"sampler": Langevin(step_size=0.05, steps=300)}, {"target": FlippedModes()},
                         {"sampler": replace(annealed, sigma_max=2.0)}],
    "reverse_sde_weights": [{"sampler": HalfNoise(sigma_max=10, sigma_min=0.05, steps=200)},
                            {"target": FlippedModes()}],
    "probability_flow_weights": [{"sampler": HalfFlow(sigma_max=10, sigma_min=0.05, steps=60)},
                                 {"target": FlippedModes()}],
    "vincent_constant": [{"one": OtherSign(sigma=0.5)}, {"other": Explicit(sigma=0.0)}],
    "hyvarinen_constant": [{"other": HalfTrace()}, {"one": Explicit(sigma=0.3)}],
    "hutchinson_gaussian": [{"sliced": Lopsided(projection="gaussian")}, {"sliced": Sphere(projection="gaussian")}],
    "hutchinson_rademacher": [{"sliced": Lopsided(projection="rademacher")},
                              {"sliced": Sphere(projection="rademacher")}],
    "langevin_bias": [{"sampler": ThinNoise(step_size=0.5, steps=60)}],
    "mala_no_bias": [{"sampler": Langevin(step_size=0.5, steps=60)}],
    "boltzmann": [{"samplers": (ThinNoise(step_size=0.01, steps=1000),)},
                  {"samplers": (Langevin(step_size=0.2, steps=200),)}, {"field": Hot()},
                  {"samplers": (NeverRefused(step_size=0.12, leaps=6, steps=80),)}],
    "log_z": [{"objective": MaximumLikelihood(nodes=96, half_width=1.5)},
              {"objective": WrongCell(nodes=96, half_width=6)}],
    "flow_likelihood": [{"target": FlippedMixture(**mixture)}, {"target": OtherSigma(**mixture)}, {"steps": 50}],
    "line_integral": [{"target": FlippedMixture(**mixture)}, {"target": OtherSigma(**mixture)}, {"steps": 8}],
}  # fmt: skip
CASES = [(name, index) for name, cases in SPOILED.items() for index in range(len(cases))]


# -- the checks -----------------------------------------------------------------------------------------------------


def test_every_check_has_a_faulty_variant_here():
    assert set(SPOILED) == set(BY_NAME)
    assert len(BY_NAME) == len(CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_program_agrees(check):
    outcome = replace(check, seeds=FEW).run()
    assert outcome.passed, outcome
    assert math.isfinite(outcome.expected)
    assert bool(outcome.because) == bool(outcome.tolerance)  # a tolerance has a reason


@pytest.mark.parametrize(("name", "index"), CASES)
def test_a_faulty_program_differs(name, index):
    outcome = replace(BY_NAME[name], seeds=FEWER, **SPOILED[name][index]).run()
    assert not outcome.passed, outcome


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_other_seeds_agree_too(check):
    for first_seed in (1000, 2000):
        outcome = replace(check, first_seed=first_seed).run()
        assert outcome.passed, outcome


# -- outcomes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Given(Check):
    """A check with given measurements, one a seed."""

    name: str = "given"
    what: str = "As given."
    source: str = "me"
    values: tuple[tuple[float, ...], ...] = ((0.9,), (1.1,))
    seeds: int = 2

    def expected(self):
        return 1.0

    def measure(self, generator):
        return self.values[generator.initial_seed()]


def test_the_error_is_that_of_the_mean_over_seeds():
    outcome = Given(values=((1.0,), (2.0,), (6.0,)), seeds=3).run()
    assert (outcome.measured, outcome.passed) == (3.0, True)
    assert abs(outcome.error - math.sqrt(7 / 3)) < 1e-12


@pytest.mark.parametrize(
    ("mean", "tolerance", "passed"),
    [(1.39, 0, True), (1.41, 0, False), (1.41, 0.02, True), (0.61, 0, True), (0.59, 0, False), (0.57, 0.02, False)],
)
def test_four_errors_and_the_tolerance_are_allowed(mean, tolerance, passed):
    assert Given(values=((mean - 0.1,), (mean + 0.1,)), tolerance=tolerance).run().passed is passed


def test_the_worst_variant_is_reported():
    outcome = Given(values=((1.0, 1.5, 0.9), (1.0, 1.5, 1.1))).run()
    assert (outcome.measured, outcome.error, outcome.passed) == (1.5, 0.0, False)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_never_agrees(bad):
    outcome = Given(values=((1.0, bad), (1.0, 1.0)), tolerance=100.0).run()
    assert not outcome.passed
    assert table.as_json([outcome])["checks"][0]["error"] is None
    json.dumps(table.as_json([outcome]), allow_nan=False)


def test_cells_hold_all_of_the_mass():
    masses = boltzmann.cell_masses(boltzmann.DoubleWell())
    assert len(masses) == boltzmann.BINS**2
    assert 0.99 < float(masses.sum()) < 1
    # by a quadrature of its own: the right well is the lighter
    x = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    weight = torch.exp(-((x**2 - 2) ** 2) / 4 - 0.4 * x)
    right = float(weight[x > 0].sum() / weight.sum())
    found = float(masses.reshape(boltzmann.BINS, -1)[:, boltzmann.BINS // 2 :].sum())
    assert abs(found - right) < 0.003


# -- running them ---------------------------------------------------------------------------------------------------


def test_a_stopped_check_has_no_outcome():
    asked = []
    assert Given().run(lambda: bool(asked.append(1) or len(asked) > 1)) is None
    assert len(asked) == 2
    assert list(runner.outcomes([Given()], lambda: True)) == []


class Broken(Given):
    def measure(self, generator):
        raise ValueError("no chalk")


def test_a_broken_check_is_an_outcome():
    broken, well = runner.outcomes([Broken(), Given()])
    assert (broken.passed, broken.note) == (False, "ValueError: no chalk")
    assert math.isnan(broken.measured)
    assert well.passed


class Endless(Given):
    def run(self, stopped=lambda: False):
        until(stopped)


def test_the_thread_holds_all_outcomes_so_far_and_is_joined():
    thread = runner.CheckThread([Given(), Broken()])
    thread.start()
    found = until(lambda: (found := thread.outcomes.take()) and len(found) == 2 and found)
    assert [outcome.passed for outcome in found] == [True, False]
    assert thread.stop()
    endless = runner.CheckThread([Endless(), Given()])
    endless.start()
    assert any(each.name == "ncsn-viz checks" for each in threading.enumerate())
    assert endless.stop()
    assert endless.outcomes.take() is None
    assert runner.CheckThread([]).stop()  # never started


def test_torch_is_not_loaded_by_looking_at_the_list():
    code = "import sys; from ncsn_viz.lab.checks import runner, table; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# -- how they are printed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "text"), [(0.8, "0.8000"), (1e-15, "0"), (-1.25, "-1.2500"), (3e-5, "3.0e-05"),
                                             (math.nan, "nan"), (2e7, "2.0e+07"), (math.inf, "inf")])  # fmt: skip
def test_numbers_are_short(value, text):
    assert table.number(value) == text


def test_an_outcome_names_its_rule():
    outcome = Outcome("n", "w", 1, 1, 0, 0.02, "chalk", True, "s", 0)
    assert outcome.rule == "|measured − expected| ≤ 4 · error + 0.02 (chalk)"
    assert replace(outcome, tolerance=0.0).rule == "|measured − expected| ≤ 4 · error"
    assert replace(outcome, errors=0).rule == "|measured − expected| ≤ 0.02 (chalk)"


def test_scatter_is_no_excuse_where_errors_are_measured():
    wild = Given(values=((1.0,), (9.0,)), tolerance=0.5)
    assert wild.run().passed
    assert not replace(wild, errors=0).run().passed
