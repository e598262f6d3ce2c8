"""The face of the package for notebooks: what it offers, what it loads, and what a run returns."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import ncsn_viz
from ncsn_viz import LaneSpec, Spec, nets, objectives, samplers, targets
from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab import headless
from ncsn_viz.lab.experiment import Optimizer, Particles

LANE = LaneSpec(
    name="small",
    objective=objectives.Denoising(sigma=0.5),
    net=nets.ScoreMLP(hidden=16, layers=1),
    optimizer=Optimizer(batch_size=32),
    sampler=samplers.Langevin(steps=5),
)
SPEC = Spec(target=targets.TwoModes(), lanes=(LANE,), particles=Particles(count=50))


@pytest.fixture(scope="module")
def result():
    return ncsn_viz.run(SPEC, 25, "cpu")


def test_every_name_is_there_and_no_other():
    for name in ncsn_viz.__all__:
        assert name in dir(ncsn_viz)
        assert getattr(ncsn_viz, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Sepc'"):
        ncsn_viz.Sepc  # noqa: B018


@pytest.mark.parametrize("code", ["import ncsn_viz", "from ncsn_viz import LaneSpec, Spec, targets; Spec()"])
def test_neither_torch_nor_qt_is_loaded_before_it_is_needed(code):
    code += "; import sys; print(*sorted({'torch', 'PySide6'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b""


def test_the_result_is_that_of_a_headless_run(result):
    run = headless.start(SPEC, 25, "cpu")
    run.go(lambda *_: None)
    (lane,) = result.lanes
    assert lane.name == "small"
    assert np.array_equal(lane.samples, run.engine.lanes[0].particles.state.x.numpy())
    assert lane.samples.shape == (50, 2)
    arrays = headless.fields(run)
    assert np.array_equal(result.grid, arrays["grid"])
    assert {f"lane0_{name}" for name in lane.fields} | {"grid"} == set(arrays)
    assert all(np.array_equal(values, arrays[f"lane0_{name}"]) for name, values in lane.fields.items())
    assert not result.interrupted


def test_metrics_are_those_of_the_file(result):
    (lane,) = result.lanes
    assert (lane.metrics["steps"], lane.metrics["sigma"], lane.metrics["status"]) == (25, 0.5, "ok")
    assert lane.metrics["loss"] > lane.metrics["loss_floor"]
    assert lane.metrics is lane.metrics  # computed once
    assert result.truth.true_mode_weights().tolist() == pytest.approx([0.2, 0.8])


def test_what_cannot_run_is_refused():
    with pytest.raises(ValidationError, match="has no mass"):
        ncsn_viz.run(Spec(target=targets.Painted()), 1, "cpu")


def test_what_fails_is_a_warning_and_the_rest_a_result(monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("ncsn_viz.lab.training.trainer.Trainer.compute", fail)
    with pytest.warns(RuntimeWarning, match="small: There is not enough memory"):
        result = ncsn_viz.run(SPEC, 2, "cpu")
    assert result.failures == ("small: " + result.lanes[0].metrics["message"],)
    assert result.lanes[0].metrics["status"] == "failed"
    assert result.lanes[0].samples.shape == (50, 2)
