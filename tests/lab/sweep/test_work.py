"""One run of a sweep: the numbers of the headless run, and errors as outcomes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import safetensors.torch
import torch
from lab.headless.test_headless import SPEC, run

from ncsn_viz.core.objectives import Denoising
from ncsn_viz.core.targets import Painted
from ncsn_viz.lab import headless
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Spec
from ncsn_viz.lab.headless import measures
from ncsn_viz.lab.storage import experiment_files, null_if_not_finite
from ncsn_viz.lab.sweep.sweep_file import MEASURED
from ncsn_viz.lab.sweep.versions import OtherVersions, installed
from ncsn_viz.lab.sweep.work import Task, carry_out
from ncsn_viz.lab.training.trainer import Trainer


@pytest.fixture(autouse=True)
def _fewer_points(monkeypatch):
    monkeypatch.setattr(measures, "EVALUATION_POINTS", 512)


def task(spec=SPEC, steps=25, metrics=MEASURED, reach=(), keep=False):
    return Task(7, experiment_files.to_text(spec), steps, tuple(metrics), tuple(reach), "cpu", keep, installed())


def test_the_numbers_of_the_headless_run_to_the_last_bit(tmp_path):
    outcome = carry_out(task())
    assert (outcome.run, outcome.status, outcome.message, outcome.device) == (7, "ok", "", "cpu")
    wanted = headless.summary(run(SPEC, tmp_path))["lanes"]
    for index, lane in enumerate(wanted):
        found = {name: outcome.values[f"lanes.{index}.{name}"] for name in MEASURED}
        assert null_if_not_finite(found) == {name: lane[name] for name in MEASURED}


@pytest.mark.parametrize("name", MEASURED)
def test_a_metric_alone_is_the_same_number(name, whole):
    found = carry_out(task(metrics=[name]))
    for lane in ("lanes.0.", "lanes.1."):
        one, same = found.values[lane + name], whole.values[lane + name]
        assert one == same or (math.isnan(one) and math.isnan(same))


@pytest.fixture(scope="module")
def whole():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measures, "EVALUATION_POINTS", 512)
        return carry_out(task())


def test_particles_are_moved_only_for_a_metric_of_theirs(monkeypatch):
    moved = []
    monkeypatch.setattr(headless.Run, "step_particles", lambda run, lane: moved.append(lane))
    carry_out(task(metrics=["fisher_common", "loss"]))
    assert not moved
    carry_out(task(metrics=["sliced_w2"]))
    assert moved


def test_the_first_step_at_which_a_curve_is_low_enough():
    reach = [("never", "fisher_common", 0.0), ("at once", "fisher_common", 1e9), ("steps", "loss_above_floor", 0.5)]
    spec = Spec(target=SPEC.target, lanes=(LaneSpec(objective=Denoising(sigma=0.5), net=SPEC.lanes[0].net),))
    found = carry_out(task(spec, 100, [], reach)).values
    assert found["lanes.0.never"] == math.inf
    assert found["lanes.0.at once"] == 20
    made = headless.start(spec, 100, "cpu")
    made.go(lambda *_: None)
    rows = made.engine.lanes[0].trainer.history.rows
    assert found["lanes.0.steps"] == next((step for step, values in rows if values["loss"] <= 0.5), math.inf)
    assert 20 < found["lanes.0.steps"] < 100


def test_a_run_that_diverges_is_a_row_with_its_reason():
    lane = LaneSpec(objective=Denoising(), net=SPEC.lanes[0].net, optimizer=Optimizer(learning_rate=1.0, batch_size=1))
    wild = Spec(target=SPEC.target, lanes=(lane,), seed=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ncsn_viz.lab.training.trainer.HUGE", 1e-3)
        outcome = carry_out(task(wild, metrics=["fisher_common"]))
    assert outcome.status == "diverged"
    assert "loss" in outcome.message
    assert outcome.values["lanes.0.fisher_common"] is None


def test_errors_are_outcomes(monkeypatch):
    empty = carry_out(task(Spec(target=Painted())))
    assert (empty.status, empty.values) == ("failed", {})
    assert "target has no mass" in empty.message

    def fail(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(Trainer, "train", fail)
    failed = carry_out(task())
    assert failed.status == "failed"
    assert "near: RuntimeError: a bug far: RuntimeError: a bug" in failed.message


def test_a_worker_with_another_version_does_nothing():
    with pytest.raises(OtherVersions, match="torch"):
        carry_out(replace(task(), versions={"torch": "0.1"}))


def test_what_is_kept():
    files = carry_out(task(keep=True, metrics=["fisher_common"])).files
    assert experiment_files.from_text(files["experiment.json"].decode()) == SPEC
    assert files["curves.csv"].startswith(b"lane,step,loss_above_floor")
    weights = safetensors.torch.load(files["weights.safetensors"])
    made = headless.start(SPEC, 25, "cpu")
    made.samples = False
    made.go(lambda *_: None)
    trainer = made.engine.lanes[1].trainer
    for prefix, net in (("lanes.1.net.", trainer.net), ("lanes.1.average.", trainer.average)):
        for name, value in net.state_dict().items():
            assert torch.equal(weights[prefix + name], value)
    assert carry_out(task(steps=1)).files == {}
