"""The headless run: the same engine, results as files."""

from __future__ import annotations

import csv
import json
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import norm

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import ContrastiveDivergence, Denoising, MaximumLikelihood, Sliced
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin
from ncsn_viz.core.targets import Painted, TwoModes
from ncsn_viz.lab import headless
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec
from ncsn_viz.lab.headless import arrays, measures
from ncsn_viz.lab.storage import experiment_files

NET = ScoreMLP(hidden=16, layers=1)
SMALL = Optimizer(batch_size=32)
SPEC = Spec(
    target=TwoModes(),
    lanes=(
        LaneSpec(name="near", objective=Denoising(sigma=0.5), net=NET, optimizer=SMALL,
                 sampler=AnnealedLangevin(steps_per_level=2, levels=3, denoise=True)),
        LaneSpec(name="far", objective=Sliced(), net=EnergyMLP(hidden=16, layers=1), optimizer=SMALL,
                 sampler=Langevin(steps=5)),
    ),
    particles=Particles(count=50),
)  # fmt: skip
FILES = {
    "metrics.json", "curves.csv", "particles.npz", "fields.npz", "weights.safetensors", "session.safetensors",
    "experiment.json",
}  # fmt: skip
LANE_KEYS = {
    "name", "objective", "steps", "train_seconds", "loss", "loss_floor", "sigma", "fisher_data", "fisher_window",
    "half_square_norm_data", "sliced_w2", "mode_weights", "score_evaluations", "sampler_steps", "status", "message",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fewer_points(monkeypatch):
    monkeypatch.setattr(measures, "EVALUATION_POINTS", 512)
    monkeypatch.setattr(arrays, "NODES", 21)


def silent(*_):
    pass


def run(spec, out, steps=25, progress=silent):
    out.mkdir(exist_ok=True)
    made = headless.start(spec, steps, "cpu")
    made.go(progress)
    headless.write(made, out)
    return made


def metrics(out):
    return json.loads((out / "metrics.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)


def loaded(out, name):
    with np.load(out / f"{name}.npz") as data:
        return {key: data[key] for key in data.files}


# -- results --------------------------------------------------------------------------------------------------------


def test_results(tmp_path):
    made = run(SPEC, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == FILES
    assert experiment_files.read(tmp_path / "experiment.json") == SPEC
    found = metrics(tmp_path)
    assert {"device", "device_name", "versions", "seed", "interrupted", "lanes"} <= set(found)
    assert (found["device"], found["interrupted"], found["seed"]) == ("cpu", False, 0)
    assert {"ncsn-viz", "python", "torch", "numpy"} <= set(found["versions"])
    for lane, spec in zip(found["lanes"], SPEC.lanes, strict=True):
        assert set(lane) >= LANE_KEYS
        assert (lane["name"], lane["objective"]) == (spec.name, spec.objective.kind)
        assert (lane["steps"], lane["status"]) == (25, "ok")
        assert lane["sigma"] == spec.objective.sigmas()[-1]
        assert lane["sampler_steps"] == lane["score_evaluations"] == spec.sampler.num_steps()
        assert len(lane["mode_weights"]) == 2
        assert abs(sum(lane["mode_weights"]) - 1) < 1e-5
        assert lane["fisher_data"] > 0
        assert lane["loss"] > lane["loss_floor"]
    assert [len(x) for x in loaded(tmp_path, "particles").values()] == [50, 50]
    assert not made.interrupted


def test_fields_in_the_file_are_those_of_the_lanes(tmp_path):
    made = run(SPEC, tmp_path)
    found = loaded(tmp_path, "fields")
    grid = found["grid"]
    assert grid.shape == (21, 21, 2)
    assert grid[0, 0].tolist() == [-8, -8]
    assert grid[0, 1].tolist() == [pytest.approx(-7.2), -8]
    for n, lane in enumerate(made.engine.lanes):
        score, sigma = found[f"lane{n}_score"], float(found[f"lane{n}_sigma"])
        assert sigma == pytest.approx(lane.spec.objective.sigmas()[-1])
        point = torch.tensor(grid[3, 5])[None]
        assert np.abs(lane.trainer.learned_field.score(point, sigma).numpy()[0] - score[3, 5]).max() < 1e-4
        assert np.abs(made.truth.score(point, sigma).numpy()[0] - found[f"lane{n}_true_score"][3, 5]).max() < 1e-4
        assert found[f"lane{n}_energy"].shape == found[f"lane{n}_true_log_density"].shape == (21, 21)
        data = found[f"lane{n}_data_density"]
        assert np.abs(data.sum() * 0.8**2 - 1) < 0.02
        known = (data >= 0.00991 * data.max()) | lane.spec.net.gives_energy  # it is recovered where the data are
        assert found[f"lane{n}_energy"][known].min() == 0


def test_curves(tmp_path):
    run(SPEC, tmp_path, steps=65)
    with (tmp_path / "curves.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["lane"], row["step"]) for row in rows] == [
        (name, str(step)) for name in ("near", "far") for step in (20, 40, 60)
    ]
    assert all(float(row["fisher_data"]) > 0 and np.isfinite(float(row["loss_above_floor"])) for row in rows)


def test_the_same_file_and_seed_give_the_same_numbers(tmp_path):
    for name, spec in (("a", SPEC), ("b", SPEC), ("c", replace(SPEC, seed=1))):
        run(spec, tmp_path / name)
    a, b, c = (metrics(tmp_path / name) for name in "abc")
    for lane in (*a["lanes"], *b["lanes"], *c["lanes"]):
        assert lane.pop("train_seconds") > 0
    assert a == b
    assert a["lanes"] != c["lanes"]
    for name in ("particles", "fields"):
        one, same = loaded(tmp_path / "a", name), loaded(tmp_path / "b", name)
        assert all(np.array_equal(one[key], same[key]) for key in one)
    assert (tmp_path / "a" / "curves.csv").read_bytes() == (tmp_path / "b" / "curves.csv").read_bytes()


def test_no_steps_at_all(tmp_path):
    run(SPEC, tmp_path, steps=0)
    lanes = metrics(tmp_path)["lanes"]
    assert [lane["steps"] for lane in lanes] == [0, 0]
    assert all(lane["sampler_steps"] > 0 for lane in lanes)


def test_the_reported_loss_is_the_loss(tmp_path, monkeypatch):
    """floor + (L(net) − L(truth)) on many points, against the loss itself on many others."""
    monkeypatch.setattr(measures, "EVALUATION_POINTS", 20_000)
    made = run(SPEC, tmp_path)
    draws = torch.Generator().manual_seed(99)
    for lane, found in zip(made.engine.lanes, metrics(tmp_path)["lanes"], strict=True):
        with torch.no_grad():
            batch = made.truth.sample(100_000, draws)
            loss = float(lane.spec.objective.loss(lane.trainer.average, batch, made.truth, draws).loss)
        assert abs(found["loss"] - loss) < 0.03 * max(1, abs(loss))


def test_an_objective_without_a_floor(tmp_path):
    lanes = (
        LaneSpec(
            objective=ContrastiveDivergence(chain=2),
            net=EnergyMLP(hidden=8, layers=1),
            optimizer=SMALL,
            sampler=Langevin(steps=2),
        ),
        LaneSpec(
            objective=MaximumLikelihood(nodes=8),
            net=EnergyMLP(hidden=8, layers=1),
            optimizer=SMALL,
            sampler=Langevin(steps=2),
        ),
    )
    run(replace(SPEC, lanes=lanes), tmp_path)
    cd, likelihood = metrics(tmp_path)["lanes"]
    assert cd["loss"] is None
    assert cd["loss_floor"] is None
    assert cd["fisher_data"] > 0
    assert likelihood["loss"] > 0
    assert cd["off_grid"] is None
    assert 0 <= likelihood["off_grid"] <= 1


# -- failures --------------------------------------------------------------------------------------------------------


def test_particles_that_fly_off_leave_numbers_that_json_knows(tmp_path):
    wild = LaneSpec(
        objective=Denoising(), net=NET, optimizer=SMALL, sampler=Langevin(step_size=100, steps=60), score_from="true"
    )
    made = run(replace(SPEC, lanes=(wild,)), tmp_path, steps=2)
    assert not np.isfinite(loaded(tmp_path, "particles")["lane0"]).all()
    lane = metrics(tmp_path)["lanes"][0]
    assert lane["sliced_w2"] is None
    assert made.picture().lanes[0].metrics["lost"] > 0


def test_a_lane_that_diverges_is_reported(tmp_path):
    quick, deep = Optimizer(learning_rate=1, batch_size=16), ScoreMLP(hidden=32, layers=8, activation="relu")
    wild = LaneSpec(name="wild", objective=Denoising(), net=deep, optimizer=quick, sampler=Langevin(steps=2))
    made = run(replace(SPEC, lanes=(wild, SPEC.lanes[0])), tmp_path, steps=40)
    one, other = metrics(tmp_path)["lanes"]
    assert one["status"] == "diverged"
    assert "learning rate" in one["message"]
    assert one["steps"] < 40
    assert (other["status"], other["steps"]) == ("ok", 40)
    assert [lane.status.state == "diverged" for lane in made.picture().lanes] == [True, False]


def test_a_net_that_is_not_a_number_any_more(tmp_path):
    made = headless.start(replace(SPEC, lanes=SPEC.lanes[:1]), 3, "cpu")
    with torch.no_grad():
        for parameter in (
            *made.engine.lanes[0].trainer.net.parameters(),
            *made.engine.lanes[0].trainer.average.parameters(),
        ):
            parameter.fill_(float("nan"))
    made.go(silent)
    headless.write(made, tmp_path)
    lane = metrics(tmp_path)["lanes"][0]
    assert lane["status"] == "diverged"
    assert lane["fisher_data"] is None
    assert lane["loss"] is None
    assert [lane.status.state for lane in made.picture().lanes] == ["diverged"]


@pytest.mark.parametrize("when", [("training", 7), ("sampling near", 2)], ids=lambda pair: pair[0])
def test_ctrl_c_keeps_what_there_is(tmp_path, when):
    def press(what, done, total):
        if (what, done) == when:
            signal.raise_signal(signal.SIGINT)

    made = run(SPEC, tmp_path, progress=press)
    assert made.interrupted
    assert {path.name for path in tmp_path.iterdir()} == FILES
    found = metrics(tmp_path)
    assert found["interrupted"]
    assert [lane["status"] for lane in found["lanes"]] == ["interrupted"] * 2
    assert found["lanes"][0]["steps"] == (7 if when[0] == "training" else 25)
    assert found["lanes"][0]["sampler_steps"] == (0 if when[0] == "training" else 2)


def test_progress_is_reported():
    made, progress = headless.start(SPEC, 4, "cpu"), []
    made.go(lambda *words: progress.append(words))
    assert progress[:4] == [("training", step, 4) for step in (1, 2, 3, 4)]
    assert progress[4] == ("sampling near", 1, 7)
    assert progress[-1] == ("sampling far", 5, 5)


def test_an_empty_canvas_is_refused():
    with pytest.raises(ValidationError, match=r"^target has no mass"):
        headless.start(replace(SPEC, target=Painted()), 1, "cpu")


def test_results_that_cannot_be_written(tmp_path, monkeypatch):
    made = headless.start(SPEC, 1, "cpu")
    made.go(silent)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    failed = headless.write(made, tmp_path)
    assert len(failed) == len(FILES)
    assert all("No space left on device" in sentence for sentence in failed)
    assert list(tmp_path.iterdir()) == []


def test_the_figure_of_a_run_shows_particles_that_were_moved_exactly(tmp_path):
    made = run(replace(SPEC, particles=Particles(count=2500)), tmp_path, steps=3)
    before = [lane.particles.state.x.clone() for lane in made.engine.lanes]
    picture = made.picture()
    assert not any(lane.from_grid for lane in picture.lanes)
    for lane, x in zip(made.engine.lanes, before, strict=True):
        assert torch.equal(lane.particles.state.x, x)


def test_particles_that_have_flown_off_are_reported(tmp_path):
    lane = replace(SPEC.lanes[0], sampler=Langevin(step_size=10, sigma=0.3, steps=60))
    run(replace(SPEC, lanes=(lane,)), tmp_path, steps=3)
    found = metrics(tmp_path)["lanes"][0]
    assert found["lost"] > 0.5
    assert found["status"] == "particles lost"
    assert "flown off" in found["message"]
    assert "step" in found["message"]


def test_a_collapsed_lane_is_not_ok(tmp_path, monkeypatch):
    monkeypatch.setattr(ContrastiveDivergence, "failure", lambda *_: "Collapsed.")
    lane = LaneSpec(objective=ContrastiveDivergence(chain=2), net=EnergyMLP(hidden=16, layers=1), optimizer=SMALL)
    run(replace(SPEC, lanes=(lane,)), tmp_path, steps=3)
    found = metrics(tmp_path)["lanes"][0]
    assert found["status"] == found["repeats"][0]["status"] == "collapsed"
    assert found["message"].startswith("Collapsed. Chain steps of 0.02")


# -- repeats --------------------------------------------------------------------------------------------------------


def test_repeats_are_reported_each_and_together(tmp_path):
    made = run(replace(SPEC, repeats=3), tmp_path / "three", steps=45)
    alone = run(replace(SPEC, seed=1), tmp_path / "alone", steps=45)
    for index, lane in enumerate(metrics(tmp_path / "three")["lanes"]):
        assert [one["seed"] for one in lane["repeats"]] == [0, 1, 2]
        assert {one["steps"] for one in lane["repeats"]} == {45}
        assert lane["repeats"][0]["fisher_data"] == lane["fisher_data"]
        assert lane["repeats"][0]["loss"] == lane["loss"]
        for name in ("loss", "fisher_data", "fisher_window"):
            values = sorted(one[name] for one in lane["repeats"])
            assert lane["spread"][name] == {"low": values[0], "median": values[1], "high": values[2]}
            assert values[0] < values[2]
        second, single = made.engine.lanes[index].trainers[1], alone.engine.lanes[index].trainer
        for one, other in zip(second.average.parameters(), single.average.parameters(), strict=True):
            assert norm(one - other) == 0
    assert metrics(tmp_path / "alone")["lanes"][0]["spread"]["loss"]["low"] is not None


def test_curves_hold_the_band_and_the_terms(tmp_path):
    made = run(replace(SPEC, repeats=3), tmp_path, steps=45)
    with (tmp_path / "curves.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["20", "40"] * 2
    far = made.engine.lanes[1].trainers
    for index, row in enumerate(rows[2:]):
        values = [trainer.history.rows[index][1] for trainer in far]
        for name, key in (("fisher_data", "fisher"), ("term trace", "term trace")):
            assert float(row[name]) == sorted(each[key] for each in values)[1]
        assert float(row["loss_low"]) == min(each["loss"] for each in values)
        assert float(row["loss_high"]) == max(each["loss"] for each in values)
        assert float(row["fisher_low"]) < float(row["fisher_data"]) < float(row["fisher_high"])
    assert rows[0]["term trace"] == "nan"  # denoising has no such term


def test_a_value_that_no_repeat_has_is_none():
    from ncsn_viz.lab.metrics.final import spread

    assert spread([None, float("nan")]) == {"median": None, "low": None, "high": None}
    assert spread([3.0, float("inf"), 1.0, 7.0]) == {"median": 3.0, "low": 1.0, "high": 7.0}
