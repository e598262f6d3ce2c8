"""The checks pass with the program, and each fails with an error planted in the program's formulas."""

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
from lab.checks.planted import BY_NAME, PLANTED

from ncsn_viz.lab.checks import CHECKS, GROUPS, runner, table
from ncsn_viz.lab.checks.base import Check, Outcome
from ncsn_viz.lab.checks.samplers import boltzmann

FEW = 5  # seeds, in these tests; faults show with few of them
QUICK = PLANTED[::4]


# -- the checks -----------------------------------------------------------------------------------------------------


def test_every_check_finds_an_error_that_is_planted():
    """A check that no error makes fail proves nothing."""
    assert {name for error in PLANTED for name in error.finders} == {check.name for check in CHECKS}
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert len({error.name for error in PLANTED}) == len(PLANTED) >= 36


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_program_agrees(check):
    outcome = replace(check, seeds=min(check.seeds, FEW)).run()
    assert outcome.passed, outcome
    assert math.isfinite(outcome.expected)
    assert bool(outcome.because) == bool(outcome.tolerance)  # a tolerance has a reason


@pytest.mark.parametrize("error", PLANTED, ids=lambda error: error.name)
def test_every_planted_error_changes_the_code(error):
    """Whoever changes a line in which one is planted plants it anew."""
    sound, spoiled = error.function.__code__, error.spoiled()
    assert any(getattr(sound, part) != getattr(spoiled, part) for part in ("co_code", "co_consts", "co_names"))


@pytest.mark.parametrize("error", QUICK, ids=lambda error: error.name)
def test_a_planted_error_is_found(error):
    """A sample of them, with as many seeds as the sound program has above; all are planted by the slow test."""
    finder = BY_NAME[error.finders[0]]
    assert error.found((replace(finder, seeds=min(finder.seeds, FEW)),))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("error", PLANTED, ids=lambda error: error.name)
def test_each_of_its_finders_finds_a_planted_error(error):
    for name in error.finders:
        assert error.found((BY_NAME[name],)), name


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
    values: tuple[float | dict[str, float], ...] = (0.9, 1.1)
    seeds: int = 2

    def expected(self):
        return 1.0

    def measure(self, generator):
        return self.values[generator.initial_seed()]


def test_the_error_is_that_of_the_mean_over_seeds():
    outcome = Given(values=(1.0, 2.0, 6.0), seeds=3).run()
    assert (outcome.measured, outcome.passed) == (3.0, True)
    assert abs(outcome.error - math.sqrt(7 / 3)) < 1e-12


@pytest.mark.parametrize(
    ("mean", "tolerance", "passed"),
    [(1.49, 0, True), (1.51, 0, False), (1.51, 0.02, True), (0.51, 0, True), (0.49, 0, False), (0.47, 0.02, False)],
)
def test_five_errors_and_the_tolerance_are_allowed(mean, tolerance, passed):
    assert Given(values=(mean - 0.1, mean + 0.1), tolerance=tolerance).run().passed is passed


def test_the_variant_nearest_to_failing_is_reported():
    values = {"exact": 1.0, "off": 1.5, "uncertain": 0.9}
    outcome = Given(values=(values, values | {"uncertain": 1.3})).run()
    assert (outcome.variant, outcome.measured, outcome.error, outcome.passed) == ("off", 1.5, 0.0, False)
    assert (outcome.difference, outcome.allowed) == (0.5, 0.0)
    assert table.in_words(outcome) == "Off by 0.5000 where 0 is allowed; the worst of several: off."
    outcome = Given(values=({"a": 0.9, "b": 1.0}, {"a": 1.1, "b": 1.0}), tolerance=0.1).run()
    assert (outcome.variant, outcome.passed) == ("a", True)


def test_variants_that_nobody_expects_are_refused():
    with pytest.raises(ValueError, match="expected a, but measured b"):
        Given(values=({"b": 1.0},)).outcome({"a": 1.0}, [{"b": 1.0}], 0.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_never_agrees(bad):
    outcome = Given(values=({"": 1.0, "bad": bad}, {"": 1.0, "bad": 1.0}), tolerance=100.0).run()
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


def test_the_list_has_groups_and_each_can_be_chosen():
    members = [check.name for check in GROUPS["metrics"]]
    assert [check.name for check in table.chosen(["metrics", "log_z"])] == ["log_z", *members]
    lines = table.listing(table.chosen(["metrics", "log_z"])).splitlines()
    names = [line for line in lines if not line.startswith("     ")]
    assert names == ["calculus", "  log_z", "metrics", *(f"  {name}" for name in members)]
    assert CHECKS[0].what[:40] in table.listing(CHECKS)


def test_an_outcome_names_its_rule():
    outcome = Outcome("n", "w", 1, 1, 0, 0.02, "chalk", True, "s", 0)
    assert outcome.rule == "|measured − expected| ≤ 5 · error + 0.02 (chalk)"
    assert replace(outcome, tolerance=0.0).rule == "|measured − expected| ≤ 5 · error"
    assert replace(outcome, errors=0).rule == "|measured − expected| ≤ 0.02 (chalk)"


def test_scatter_is_no_excuse_where_errors_are_measured():
    wild = Given(values=(1.0, 9.0), tolerance=0.5)
    assert wild.run().passed
    assert not replace(wild, errors=0).run().passed
