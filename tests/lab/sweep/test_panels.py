"""What figures of sweeps show: which knob along the axis, lines or a heat map, which measures first."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ncsn_viz.lab.sweep import panels, planning, sweep_file
from ncsn_viz.lab.sweep.outcome import RunOutcome, row
from ncsn_viz.lab.sweep.summary import Quartiles

EXPERIMENT = {"target": "two_modes", "lanes": [{"objective": "denoising"}]}
ERROR, STEPS = "lanes.0.fisher_common", "lanes.0.steps_to_fisher_common_0.1"


def results(vary, error, **rest):
    """A sweep whose score errors are `error` of the varied values."""
    data = {"experiment": EXPERIMENT, "vary": vary, "steps": 5, "metrics": ["loss", "fisher_common"]} | rest
    plan = planning.plan(sweep_file.from_data(data, Path()))
    rows = {}
    for run, values in enumerate(plan.combinations):
        if (found := error(values)) is not None:
            rows[run] = row(plan, RunOutcome(run, "ok", values={ERROR: found, "lanes.0.loss": 1.0}, seconds=1.0))
    return plan, rows


def panel(vary, error, name=ERROR, **rest):
    plan, rows = results(vary, error, **rest)
    (found,) = panels.panels(plan, rows, [name])
    return found


def test_a_knob_of_numbers_is_the_axis_and_seeds_make_the_band():
    found = panel({"target": ["moons", "rings", "spiral", "smiley"], "lanes.0.objective.sigma": [0.5, 0.25, 4.0],
                   "seed": [0, 1, 2]}, lambda v: v["lanes.0.objective.sigma"] + v["seed"])  # fmt: skip
    assert (found.title, found.unit) == ("score error", "1/length²")
    assert found.axis == panels.SweepAxis("objective.sigma", ("0.5", "0.25", "4"), (0.5, 0.25, 4.0))
    assert found.axis.logarithmic
    assert not found.heat_map
    assert [line.label for line in found.lines] == ["moons", "rings", "spiral", "smiley"]
    assert found.lines[2].points == tuple(Quartiles(s + 1, s + 0.5, s + 1.5, 3) for s in (0.5, 0.25, 4.0))


def test_kinds_are_an_axis_of_names():
    objectives = ["sliced", {"kind": "ncsn", "levels": 3}]
    found = panel({"lanes.0.objective": objectives, "seed": [0, 1]}, lambda v: 2.0)
    assert found.axis == panels.SweepAxis("objective", ("sliced", "ncsn levels 3"), None)
    assert not found.axis.logarithmic
    assert [line.label for line in found.lines] == [""]


def test_many_settings_are_a_heat_map():
    sigmas, sizes = [0.1, 0.2, 0.3], [4, 8, 12, 16, 20, 24, 28, 32, 36]
    found = panel(
        {"lanes.0.objective.sigma": sigmas, "lanes.0.net.hidden": sizes}, lambda v: float(v["lanes.0.net.hidden"])
    )
    assert found.axis.name == "net.hidden"
    assert not found.heat_map
    found = panel(
        {"lanes.0.objective.sigma": sigmas, "lanes.0.net.hidden": sizes, "target": ["moons", "rings", "spiral"]},
        lambda v: float(v["lanes.0.net.hidden"]),
    )
    assert found.heat_map
    assert len(found.lines) == 9
    assert found.lines[1].label == "sigma 0.1, rings"
    assert found.logarithmic is False
    assert [point.median for point in found.lines[8].points] == sizes


def test_what_is_not_done_yet_is_a_gap():
    found = panel({"seed": [7], "particles.count": [1, 2]}, lambda v: 3.0 if v["particles.count"] == 2 else None)
    assert found.lines[0].points == (None, Quartiles(3, 3, 3, 1))


def test_values_that_look_alike_are_kept_apart():
    found = panel({"lanes.0.objective.sigma": [0.1, 0.100001]}, lambda v: v["lanes.0.objective.sigma"])
    assert found.axis.labels == ("0.1", "0.1")
    assert [point.median for point in found.lines[0].points] == [0.1, 0.100001]


def test_lists_that_go_together_share_the_axis():
    vary = {"target": ["moons", "rings"], "seed": [0, 1]}
    data = {"experiment": EXPERIMENT, "vary": vary, "combine": "zip", "steps": 1}
    plan = planning.plan(sweep_file.from_data(data, Path()))
    rows = {run: row(plan, RunOutcome(run, "ok", values={ERROR: 1.0 + run})) for run in range(2)}
    (found,) = panels.panels(plan, rows, [ERROR])
    assert found.axis.labels == ("moons", "rings")
    assert [point.median for point in found.lines[0].points] == [1, 2]


def test_nothing_varied_but_the_seed():
    found = panel({"seed": [0, 1, 2]}, lambda v: float(v["seed"]))
    assert found.axis == panels.SweepAxis("", ("",), None)
    assert found.lines[0].points == (Quartiles(1, 0.5, 1.5, 3),)


def test_the_most_telling_measures_come_first():
    plan, rows = results({"seed": [0, 1]}, lambda v: 0.5, reach={"fisher_common": 0.1})
    assert panels.shown_columns(plan, rows) == [ERROR, "lanes.0.loss", "seconds"]
    rows = {run: cells | {STEPS: "40"} for run, cells in rows.items()}
    assert panels.shown_columns(plan, rows) == [STEPS, ERROR, "lanes.0.loss", "seconds"]
    assert panels.column_title(plan, STEPS) == ("steps to score error ≤ 0.1", "")
    assert panels.column_title(plan, "seconds") == ("time of a run", "s")
    assert panels.caption(plan, rows) == "2 of 2 runs, medians and quartiles over 2 seeds"


def test_titles_of_several_lanes_have_their_names():
    lanes = [{"objective": "denoising", "name": "wide"}, {"objective": "sliced"}]
    data = {"experiment": {"lanes": lanes}, "vary": {"lanes.0.objective.sigma": [0.1]}, "steps": 1}
    plan = planning.plan(sweep_file.from_data(data, Path()))
    assert panels.column_title(plan, ERROR)[0] == "wide: score error"
    assert panels.column_title(plan, "lanes.1.loss")[0] == "B: loss"
    assert panels.knob_name(plan, "lanes.0.objective.sigma") == "lanes.0.objective.sigma"


@pytest.mark.parametrize(
    ("values", "wide"), [((1, 10), True), ((1, 9.9), False), ((0, 10), False), ((-1, 10), False), ((), False)]
)
def test_logarithmic_scales(values, wide):
    assert panels.spans_decades(values) is wide


def test_steps_that_did_not_suffice_do_not_hide_a_scale():
    errors = {1: 0.01, 2: 1.0, 3: math.inf}
    found = panel({"particles.count": [1, 2, 3]}, lambda v: errors[v["particles.count"]])
    assert found.logarithmic
