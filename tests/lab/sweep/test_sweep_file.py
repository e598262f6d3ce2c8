"""Sweep files: what they may say, what is refused, and the runs that they stand for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.lab.sweep import planning, sweep_file
from ncsn_viz.lab.sweep.values import parse_values, value_label

SMALL = {"target": "two_modes", "lanes": [{"objective": "denoising"}]}


def made(vary=None, folder=Path(), steps=None, **rest):
    data = {"experiment": SMALL, "vary": vary or {}, "steps": 10} | rest
    return planning.plan(sweep_file.from_data(data, folder, steps))


def refused(*arguments, **keywords):
    with pytest.raises(ValidationError) as caught:
        made(*arguments, **keywords)
    return str(caught.value)


# -- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ([0.1, "a", None], (0.1, "a", None)),
        ({"range": [0, 3]}, (0, 1, 2)),
        ({"range": [10, 0, -5]}, (10, 5)),
        ({"linear": [0.1, 0.3, 3]}, (0.1, 0.2, 0.3)),
        ({"log": [0.01, 1, 3]}, (0.01, 0.1, 1.0)),
        ({"linear": [2, 3, 1]}, (2.0,)),
    ],
)
def test_values(given, values):
    assert parse_values(given) == values


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (3, "must be a list of values or a range"),
        ("abc", "must be a list of values or a range"),
        ([], "must have 1 to 10,000 values, not 0"),
        ({"range": [5, 5]}, "not 0"),
        ({"range": [0, 10**12]}, "must have 1 to 10,000 values, not 1,000,000,000,000"),
        ({"range": [0, 10**25]}, "with whole numbers"),
        ({"range": [0, 1, 0]}, '{"range": [first, stop]}'),
        ({"range": [0, 1.5]}, "with whole numbers"),
        ({"range": [5]}, "with whole numbers"),
        ({"range": "ab"}, "with whole numbers"),
        ({"rnge": [0, 5]}, "did you mean 'range'?"),
        ({"log": [0, 1, 3]}, "both above 0"),
        ({"linear": [0, 1, 1e9]}, "evenly spaced"),
        ({"linear": [0, 1, True]}, "evenly spaced"),
        ({"range": [0, 3], "log": [1, 2, 3]}, "must be one range"),
        ([1, 2, 1], "has 1 twice"),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], "twice"),
    ],
)
def test_values_that_are_refused(given, sentence):
    with pytest.raises(ValidationError) as caught:
        parse_values(given)
    assert sentence in str(caught.value)


def test_labels_of_values():
    assert value_label("ncsn") == "ncsn"
    assert value_label(0.1) == "0.1"
    assert value_label(True) == "true"
    assert value_label({"kind": "denoising", "sigma": 0.1}) == "denoising sigma 0.1"


# -- plans ----------------------------------------------------------------------------------------------------------


def test_every_combination_is_a_run():
    plan = made({"lanes.0.objective.sigma": [0.1, 0.3], "seed": {"range": [5, 8]}})
    assert [(run["lanes.0.objective.sigma"], run["seed"]) for run in plan.combinations] == [
        (0.1, 5), (0.1, 6), (0.1, 7), (0.3, 5), (0.3, 6), (0.3, 7),
    ]  # fmt: skip
    spec = plan.spec(4)
    assert (spec.seed, spec.lanes[0].objective.sigma) == (6, 0.3)
    assert spec.lanes[0].sampler.sigma == 0.3  # the companion follows, as in the window
    assert spec == experiment_files.with_changes(
        plan.sweep.spec, ["seed=6", "lanes.0.objective.sigma=0.3"]
    )  # as `ncsn-viz run --set` makes it
    assert plan.of_setting() == {("0.1",): [0, 1, 2], ("0.3",): [3, 4, 5]}


def test_lists_can_go_together():
    plan = made({"seed": [1, 2], "target": ["moons", "rings"]}, combine="zip")
    assert [(run["seed"], run["target"]) for run in plan.combinations] == [(1, "moons"), (2, "rings")]
    assert plan.spec(1).target.kind == "rings"


def test_kinds_objects_and_steps_can_vary():
    objectives = ["sliced", {"kind": "ncsn", "levels": 3}]
    vary = {"lanes.0.objective": objectives, "target.kind": ["moons", "rings"], "steps": [1, 5]}
    plan = planning.plan(sweep_file.from_data({"experiment": SMALL, "vary": vary}, Path()))
    assert len(plan) == 8
    last = plan.spec(7)
    assert (last.lanes[0].objective.kind, last.lanes[0].objective.levels, last.target.kind) == ("ncsn", 3, "rings")
    assert last.lanes[0].sampler.kind == "annealed_langevin"
    assert [plan.steps(run) for run in range(3)] == [1, 5, 1]


def test_nothing_varied_is_one_run():
    plan = made()
    assert len(plan) == 1
    assert plan.spec(0) == plan.sweep.spec


def test_steps_can_come_from_the_command_line():
    assert made(steps=77).steps(0) == 77


def test_the_complete_sweep_reads_as_the_same(tmp_path):
    plan = made({"seed": {"range": [0, 3]}}, reach={"fisher_common": 0.1}, metrics=["loss", "fisher_common"])
    data = json.loads(json.dumps(sweep_file.to_data(plan.sweep)))
    assert sweep_file.from_data(data, tmp_path) == plan.sweep
    assert data["reach"] == {"fisher_common": [0.1]}


def test_an_experiment_by_its_path(tmp_path):
    experiment_files.write(tmp_path / "my.json", Spec(seed=9))
    (tmp_path / "sweep.json").write_text('{"experiment": "my.json", "steps": 1}', encoding="utf-8")
    assert sweep_file.read(tmp_path / "sweep.json").spec == Spec(seed=9)


@pytest.mark.parametrize(
    ("vary", "sentence"),
    [
        ({"lanes.0.objective.sgma": [1]}, "lanes.0.objective.sgma: there is no 'sgma' here; did you mean 'sigma'?"),
        ({"lanes.7.net": [1]}, "lanes.7.net: there is no entry '7'; there are 1, counted from 0"),
        ({"seed.x": [1]}, "there is no 'x' here"),
        ({"": [1]}, "there is no ''"),
        ({"lanes.0.objective.sigma": [0.1, -1]}, "lanes.0.objective.sigma must be between 0.01 and 50, not -1"),
        ({"seed": [0, 0.5]}, "vary.seed must be a whole number, not 0.5"),
        ({"seed": [2**63]}, "vary.seed must be between"),
        ({"lanes.0.objective.sigma": 5}, "vary.lanes.0.objective.sigma must be a list of values or a range"),
        ({"seed": {"range": [0, 1000]}, "particles.count": {"range": [1, 1001]}}, "1,000,000 runs"),
        ({"lanes.0.net.kind": ["score_mlp"], "lanes.0.sampler.kind": ["mala"]},
         "(with lanes.0.net.kind = 'score_mlp', lanes.0.sampler.kind = 'mala')"),
        ([1], 'vary must be an object like {"seed"'),
        ({"steps": [5]}, 'vary.steps is varied, and "steps" gives one number'),
        ({"target": ["mons"]}, "did you mean 'moons'?"),
        ({"target": [{"kind": "moons", "x": 1}]}, "target has no key 'x'"),
    ],
)  # fmt: skip
def test_what_cannot_be_varied(vary, sentence):
    assert sentence in refused(vary)


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        ({"stpes": 5}, "has no key 'stpes'; did you mean 'steps'?"),
        ({"steps": -1}, "steps must be between 0"),
        ({"metrics": ["fisher"]}, "metrics.0 cannot be 'fisher'; did you mean 'fisher_"),
        ({"metrics": ["loss", "loss"]}, "metrics names a metric twice"),
        ({"reach": {"los": 1}}, "reach has no curve 'los'"),
        ({"reach": {"fisher_common": "low"}}, "reach.fisher_common must be a number, not 'low'"),
        ({"reach": 3}, "reach must be an object"),
        ({"combine": "outer"}, "combine cannot be 'outer'"),
        ({"format": "ncsn-viz/1"}, "this program reads 'ncsn-viz-sweep/1'"),
        ({"experiment": 5}, "experiment an experiment must be a JSON object"),
        ({"experiment": {"sed": 1}}, "experiment has no key 'sed'"),
        ({"experiment": "nowhere.json"}, "cannot read nowhere.json: No such file"),
    ],
)
def test_what_a_file_cannot_say(rest, sentence):
    assert sentence in refused(**rest)


def test_zip_needs_lists_of_one_length():
    assert "seed has 2, target has 1" in refused({"seed": [0, 1], "target": ["moons"]}, combine="zip")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "a sweep must be a JSON object"),
        ("{", "is not JSON"),
        ('{"vary": {}}', "a sweep must be a JSON object like"),
        ('{"experiment": {}}', 'has no "steps"'),
        ('{"experiment": {}, "steps": NaN}', "holds NaN"),
    ],
)
def test_files_that_are_no_sweeps(tmp_path, text, sentence):
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError) as caught:
        sweep_file.read(path)
    assert str(caught.value).startswith("bad.json: ")
    assert sentence in str(caught.value)
