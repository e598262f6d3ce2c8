"""Files of version 0.1 open: tests/data holds an experiment and a preset that it wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import NCSN, ContrastiveDivergence, Denoising
from ncsn_viz.core.samplers import MALA, AnnealedLangevin, Langevin
from ncsn_viz.core.targets import Moons
from ncsn_viz.core.targets.painting import RasterMark
from ncsn_viz.lab.experiment import Optimizer, Particles, Playback
from ncsn_viz.lab.storage import PresetStore, experiment_files

DATA = Path(__file__).parents[2] / "data"
CELLS = {(40, 40): 0.22486513, (90, 100): 0.295720014, (100, 40): 0.035799244}
EXPERIMENT, PRESET = DATA / "experiment_of_0_1.json", DATA / "preset_of_0_1.json"


@pytest.fixture(scope="module")
def spec():
    return experiment_files.read(EXPERIMENT)


def test_lanes_keep_everything_that_was_chosen(spec):
    one, two, three = spec.lanes
    assert [(lane.name, lane.slot, lane.group) for lane in spec.lanes] == [("DSM", 4, 1), ("C", 2, 1), ("EBM", 0, 0)]
    assert (one.objective, one.net, one.sampler) == (Denoising(sigma=0.7), ScoreMLP(hidden=128, layers=2), Langevin())
    assert (two.objective, two.net, two.sampler) == (NCSN(), ScoreMLP(hidden=48, layers=2), AnnealedLangevin())
    assert (two.own_layers, two.layers) == (True, ("error", "particles"))
    assert (three.objective, three.sampler) == (ContrastiveDivergence(step_size=0.05, regulariser=0.001), MALA())
    assert three.net == EnergyMLP(activation="softplus")
    assert (three.score_from, three.optimizer) == ("true", Optimizer(learning_rate=1e-3, batch_size=64, ema=0.9))


def test_settings_of_the_experiment(spec):
    assert (spec.seed, spec.repeats, spec.window) == (7, 2, (-8, 8))
    assert spec.particles == Particles(count=500, start="normal", spread=2, speed=3, handful=20)


def test_the_painting_has_the_weights_that_version_0_1_computed(spec):
    assert spec.target.base == Moons(width=0.4)
    assert [mark.kind for mark in spec.target.strokes] == [
        "stroke", "stroke", "blob", "text", "picture", "points", "stroke",
    ]  # fmt: skip
    drawn = replace(
        spec.target, base=None, strokes=tuple(m for m in spec.target.strokes if not isinstance(m, RasterMark))
    )
    weights = drawn.weights()
    assert float(weights.sum()) == pytest.approx(1406.983711, rel=1e-7)
    assert [float(weights[cell]) for cell in CELLS] == pytest.approx(list(CELLS.values()), abs=1e-8)
    # what is imported or under the paint is drawn otherwise now, with the same mass
    assert float(replace(spec.target, strokes=()).weights().sum()) == pytest.approx(1635.981, rel=1e-5)
    assert float(spec.target.weights().sum()) == pytest.approx(3518.545, rel=1e-3)


def test_the_preset_holds_the_same_painting(spec, tmp_path):
    (tmp_path / PRESET.name).write_bytes(PRESET.read_bytes())
    (preset,), troubles = PresetStore(tmp_path).presets()
    assert (preset.name, preset.target, troubles) == ("My painting", spec.target, [])


def test_an_experiment_that_is_saved_again_has_the_present_keys_only(spec):
    text = experiment_files.to_text(spec)
    assert experiment_files.from_text(text) == spec
    assert all("slot" in lane and "mark" not in lane for lane in json.loads(text)["lanes"])


def test_playback_and_view_are_kept_and_counters_are_not_repeated(spec):
    data = json.loads(EXPERIMENT.read_text())
    assert spec.playback == Playback(
        training=data["run"]["training"], sampling=data["run"]["sampling"], slow_motion=data["run"]["slow"]
    )
    assert (spec.view.baseline, spec.view.view_angle) == (data["view"]["against"], tuple(data["view"]["turn"]))
    assert spec.view.hidden == tuple(data["view"]["hidden"])
    assert not {"drops", "restarts", "hand"}.intersection(experiment_files.to_text(spec).split('"'))
