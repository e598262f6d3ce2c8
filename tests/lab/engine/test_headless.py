"""The headless run and its command line: the same engine, results as files."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers import norm
from PIL import Image

from ncsn_viz import cli
from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.nets import EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import ContrastiveDivergence, Denoising, MaximumLikelihood, Sliced
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin
from ncsn_viz.core.targets import Painted, TwoModes
from ncsn_viz.lab.engine import headless
from ncsn_viz.lab.experiment.spec import LaneSpec, Optimizer, Particles, Spec
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
FILES = {"metrics.json", "curves.csv", "particles.npz", "fields.npz", "experiment.json"}
LANE_KEYS = {
    "name", "objective", "steps", "train_seconds", "loss", "loss_floor", "sigma", "fisher_data", "fisher_window",
    "half_square_norm_data", "sliced_w2", "mode_weights", "score_evaluations", "sampler_steps", "status", "message",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fewer_points(monkeypatch):
    monkeypatch.setattr(headless, "MEASURED", 512)
    monkeypatch.setattr(headless, "NODES", 21)


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


def arrays(out, name):
    with np.load(out / f"{name}.npz") as data:
        return {key: data[key] for key in data.files}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "small.json"
    experiment_files.write(path, SPEC)
    return path


@pytest.fixture
def command(monkeypatch, file, tmp_path, capsys):
    """`ncsn-viz run FILE --steps 3 --out DIR …` in this process, without the figure: exit code, out, err."""
    monkeypatch.setattr(cli, "_draw_figure", lambda run, path: None)

    def call(*words, steps="3", experiment=file, out=tmp_path / "out"):
        try:
            code = cli.main(["run", str(experiment), "--steps", steps, "--out", str(out), "--device", "cpu", *words])
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, *capsys.readouterr()

    return call


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
    assert [len(x) for x in arrays(tmp_path, "particles").values()] == [50, 50]
    assert not made.interrupted


def test_fields_in_the_file_are_those_of_the_lanes(tmp_path):
    made = run(SPEC, tmp_path)
    found = arrays(tmp_path, "fields")
    grid = found["grid"]
    assert grid.shape == (21, 21, 2)
    assert grid[0, 0].tolist() == [-8, -8]
    assert grid[0, 1].tolist() == [pytest.approx(-7.2), -8]
    for n, lane in enumerate(made.engine.lanes):
        score, sigma = found[f"lane{n}_score"], float(found[f"lane{n}_sigma"])
        assert sigma == pytest.approx(lane.spec.objective.sigmas()[-1])
        point = headless.torch.tensor(grid[3, 5])[None]
        assert np.abs(lane.trainer.learned_field.score(point, sigma).numpy()[0] - score[3, 5]).max() < 1e-4
        assert np.abs(made.truth.score(point, sigma).numpy()[0] - found[f"lane{n}_true_score"][3, 5]).max() < 1e-4
        assert found[f"lane{n}_energy"].shape == found[f"lane{n}_true_log_density"].shape == (21, 21)
        assert found[f"lane{n}_energy"].min() == 0


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
        one, same = arrays(tmp_path / "a", name), arrays(tmp_path / "b", name)
        assert all(np.array_equal(one[key], same[key]) for key in one)
    assert (tmp_path / "a" / "curves.csv").read_bytes() == (tmp_path / "b" / "curves.csv").read_bytes()


def test_no_steps_at_all(tmp_path):
    run(SPEC, tmp_path, steps=0)
    lanes = metrics(tmp_path)["lanes"]
    assert [lane["steps"] for lane in lanes] == [0, 0]
    assert all(lane["sampler_steps"] > 0 for lane in lanes)


def test_the_reported_loss_is_the_loss(tmp_path, monkeypatch):
    """floor + (L(net) − L(truth)) on many points, against the loss itself on many others."""
    monkeypatch.setattr(headless, "MEASURED", 20_000)
    made = run(SPEC, tmp_path)
    draws = headless.torch.Generator().manual_seed(99)
    for lane, found in zip(made.engine.lanes, metrics(tmp_path)["lanes"], strict=True):
        with headless.torch.no_grad():
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


# -- trouble --------------------------------------------------------------------------------------------------------


def test_particles_that_fly_off_leave_numbers_that_json_knows(tmp_path):
    wild = LaneSpec(
        objective=Denoising(), net=NET, optimizer=SMALL, sampler=Langevin(step_size=100, steps=60), score_from="true"
    )
    made = run(replace(SPEC, lanes=(wild,)), tmp_path, steps=2)
    assert not np.isfinite(arrays(tmp_path, "particles")["lane0"]).all()
    lane = metrics(tmp_path)["lanes"][0]
    assert lane["sliced_w2"] is None
    assert made.picture().lanes[0].metrics["lost"] > 0


def test_a_lane_that_diverges_is_told(tmp_path):
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
    with headless.torch.no_grad():
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


def test_progress_is_told():
    made, told = headless.start(SPEC, 4, "cpu"), []
    made.go(lambda *words: told.append(words))
    assert told[:4] == [("training", step, 4) for step in (1, 2, 3, 4)]
    assert told[4] == ("sampling near", 1, 7)
    assert told[-1] == ("sampling far", 5, 5)


def test_an_empty_canvas_is_refused():
    with pytest.raises(ValidationError, match=r"^target has no mass"):
        headless.start(replace(SPEC, target=Painted()), 1, "cpu")


def test_results_that_cannot_be_written(tmp_path, monkeypatch):
    made = headless.start(SPEC, 1, "cpu")
    made.go(silent)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(ValidationError, match="No space left on device"):
        headless.write(made, tmp_path)
    assert list(tmp_path.iterdir()) == []


# -- the command ----------------------------------------------------------------------------------------------------


def besides_notes(err):
    """What a run says on stderr besides its advice."""
    return "".join(line for line in err.splitlines(keepends=True) if not line.startswith("ncsn-viz: note: "))


def test_the_command(command, tmp_path):
    code, out, err = command("--seed", "5", "--set", "lanes.0.objective.sigma=0.25", "--set", "particles.count=9")
    assert (code, besides_notes(err)) == (0, "")
    assert out == f"results are in {tmp_path / 'out'}\n"
    assert metrics(tmp_path / "out")["seed"] == 5
    assert metrics(tmp_path / "out")["lanes"][0]["sigma"] == 0.25
    assert len(arrays(tmp_path / "out", "particles")["lane0"]) == 9
    again = experiment_files.read(tmp_path / "out" / "experiment.json")
    assert (again.seed, again.particles.count) == (5, 9)


def test_the_written_experiment_gives_the_same_numbers_again(command, tmp_path):
    command("--seed", "5")
    command(experiment=tmp_path / "out" / "experiment.json", out=tmp_path / "again")
    one, other = (metrics(tmp_path / name)["lanes"] for name in ("out", "again"))
    for lane in (*one, *other):
        del lane["train_seconds"]
    assert one == other


def test_the_command_without_steps(command, tmp_path):
    assert command(steps="0")[0] == 0
    assert [lane["steps"] for lane in metrics(tmp_path / "out")["lanes"]] == [0, 0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "sed=1"], "there is no 'sed' here; did you mean 'seed'?"),
        (["--set", "seed"], "--set needs NAME=VALUE"),
        (["--set", "lanes.0.objective.sigma=-1"], "lanes.0.objective.sigma must be between 0.01 and 50, not -1"),
        (["--set", "lanes.0.objective.sigma=0"], "without noise there is nothing to guess, and z/σ is infinite"),
        (["--set", 'lanes.0.objective={"kind": "ncsn", "levels": 0}'], "without a level there is nothing to learn"),
        (["--set", 'lanes.0.sampler={"kind": "annealed_langevin", "sigma_min": 0}'], "none leads to 0"),
        (["--set", 'lanes.0.sampler={"kind": "langevin", "step_size": 0}'], "particles would not move"),
        (["--set", "target=painted"], "target has no mass"),
        (["--set", "lanes.1.net.activation=relu"], "lanes.1 cannot train"),
        (["--set", "lanes.0.sampler=mala"], "lanes.0 cannot sample"),
        (["--seed", str(2**63)], "seed must be between"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_exit_code_2(command, words, sentence):
    code, out, err = command(*words)
    assert code == 2
    assert err.startswith("ncsn-viz: ")
    assert sentence in err
    assert err.count("\n") == 1
    assert out == ""


@pytest.mark.parametrize(
    "content", ['{"seed": NaN}', "{", "[" * 5000, '{"seed": 1e999}', '{"a": 1, "a": 2}', b"\xff", None]
)
def test_bad_files_are_one_sentence_and_exit_code_2(command, tmp_path, content):
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, _, err = command(experiment=path)
    assert code == 2
    assert "bad.json" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bad_folders_are_one_sentence_and_exit_code_2(command, tmp_path):
    (tmp_path / "taken").write_text("")
    for out in (tmp_path / "taken", tmp_path / "taken" / "below"):
        code, _, err = command(out=out)
        assert code == 2
        assert err.startswith("ncsn-viz: cannot make the folder")
        assert err.count("\n") == 1


@pytest.mark.parametrize("steps", ["-1", "1.5", "many", "9" * 5000, ""])
def test_bad_numbers_of_steps(command, steps):
    code, _, err = command(steps=steps)
    assert code == 2
    assert "is not a whole number from 0 on" in err
    assert "Traceback" not in err


def test_a_device_that_is_not_there(command, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    code, _, err = command("--device", "cuda")
    assert code == 2
    assert err == "ncsn-viz: cuda is not available on this machine; choose cpu, or auto to take the best there is\n"


def test_ctrl_c_in_the_command(command, tmp_path, monkeypatch):
    def bar():
        return lambda what, done, total: signal.raise_signal(signal.SIGINT) if done == 2 else None

    monkeypatch.setattr(cli, "_progress_bar", bar)
    code, out, err = command()
    assert (code, besides_notes(err)) == (130, "ncsn-viz: interrupted; writing what there is …\n")
    assert out.startswith("interrupted; results are in ")
    assert metrics(tmp_path / "out")["interrupted"]


def test_a_second_ctrl_c_loses_nothing_of_what_is_written(command, tmp_path, monkeypatch):
    def bar():
        return lambda what, done, total: signal.raise_signal(signal.SIGINT) if done == 2 else None

    def impatient(run, out):
        signal.raise_signal(signal.SIGINT)
        write(run, out)
        signal.raise_signal(signal.SIGINT)

    write = headless.write
    monkeypatch.setattr(cli, "_progress_bar", bar)
    monkeypatch.setattr(headless, "write", impatient)
    before = signal.getsignal(signal.SIGINT)
    assert command()[0] == 130
    assert signal.getsignal(signal.SIGINT) is before
    wanted = {"metrics.json", "curves.csv", "particles.npz", "fields.npz", "experiment.json"}
    assert wanted <= {path.name for path in (tmp_path / "out").iterdir()}


def test_ctrl_c_anywhere_else_is_no_traceback(monkeypatch, capsys):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment_files, "read", interrupted)
    assert cli.main(["run", "some.json", "--steps", "1", "--out", "nowhere"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused_before_the_window_opens(device, capsys):
    if {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}[device]():
        pytest.skip("it is there")
    assert cli.main(["--device", device]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"ncsn-viz: {device} is not available")
    assert len(told.splitlines()) == 1


def test_the_picture_of_a_run_shows_particles_that_were_moved_exactly(tmp_path):
    made = run(replace(SPEC, particles=Particles(count=2500)), tmp_path, steps=3)
    before = [lane.particles.state.x.clone() for lane in made.engine.lanes]
    picture = made.picture()
    assert not any(lane.from_grid for lane in picture.lanes)
    for lane, x in zip(made.engine.lanes, before, strict=True):
        assert torch.equal(lane.particles.state.x, x)


def test_particles_that_have_flown_off_are_told(tmp_path):
    lane = replace(SPEC.lanes[0], sampler=Langevin(step_size=10, sigma=0.3, steps=60))
    run(replace(SPEC, lanes=(lane,)), tmp_path, steps=3)
    told = metrics(tmp_path)["lanes"][0]
    assert told["lost"] > 0.5
    assert told["status"] == "ok"  # so is the training
    assert "flown off" in told["message"]
    assert "step" in told["message"]


def test_the_listing_command(capsys):
    assert cli.main(["list", "--json"]) == 0
    listed = {"targets", "objectives", "nets", "samplers", "measures"}
    assert set(json.loads(capsys.readouterr().out)) == listed
    assert cli.main(["list"]) == 0
    assert "TARGETS" in capsys.readouterr().out


def test_a_listing_that_finds_the_disk_full_says_so(capsys, monkeypatch):
    class Full(io.StringIO):
        def flush(self):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sys, "stdout", Full())
    assert cli.main(["list"]) == 2
    assert capsys.readouterr().err == f"ncsn-viz: {os.strerror(errno.ENOSPC)}\n"


def test_the_progress_bar(monkeypatch):
    class Terminal:
        text = ""

        def isatty(self):
            return True

        def write(self, text):
            self.text += text

    monkeypatch.setattr(sys, "stderr", Terminal())
    show = cli._progress_bar()
    for done in range(1, 1001):
        show("training", done, 1000)
    written = sys.stderr.text
    assert written.endswith("1000/1000\n")
    assert written.count("\n") == 1
    assert "░" not in written.rsplit("\r", 1)[1]


def test_figure(qapp, tmp_path):
    """figure.png shows every lane, in colour."""
    cli._draw_figure(run(SPEC, tmp_path), tmp_path / "figure.png")
    with Image.open(tmp_path / "figure.png") as picture:
        assert picture.width > picture.height > 300  # two lanes, side by side
        colours = picture.convert("RGB").getcolors(picture.width * picture.height)
        halves = [picture.crop((x, 0, x + picture.width // 2, picture.height)) for x in (0, picture.width // 2)]
        assert all(len(half.convert("RGB").getcolors(10**7)) > 50 for half in halves)
    assert len(colours) > 100


# -- in a process of its own ----------------------------------------------------------------------------------------


def start(*words, **options):
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "error"}
    return subprocess.Popen(
        [sys.executable, "-m", "ncsn_viz", *map(str, words)], stdout=subprocess.PIPE, env=environment, **options
    )


def test_a_whole_run(file, tmp_path):
    process = start("run", file, "--steps", 20, "--out", tmp_path / "out", "--device", "cpu", stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()
    assert besides_notes(err.decode()) == ""
    assert out.decode() == f"results are in {tmp_path / 'out'}\n"
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES | {"figure.png"}
    assert [lane["steps"] for lane in metrics(tmp_path / "out")["lanes"]] == [20, 20]


def test_bad_input_in_a_process_of_its_own(file, tmp_path):
    process = start("run", file, "--steps", 1, "--out", tmp_path / "out", "--set", "sed=1", stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert err.decode() == "ncsn-viz: --set sed: there is no 'sed' here; did you mean 'seed'?\n"
    assert out == b""


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals to make there")
def test_ctrl_c_at_a_terminal(file, tmp_path):
    here, there = os.openpty()
    process = start("run", file, "--steps", 10**9, "--out", tmp_path / "out", "--device", "cpu", stderr=there)
    os.close(there)
    seen = b""
    try:
        while b"training" not in seen:
            seen += os.read(here, 4096)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
        os.close(here)
    assert process.returncode == 130
    assert out.decode().startswith("interrupted; results are in ")
    assert metrics(tmp_path / "out")["interrupted"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES | {"figure.png"}


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
            assert norm(one - other) < 1e-4  # they learn as one, which multiplies in another order
    assert metrics(tmp_path / "alone")["lanes"][0]["spread"]["loss"]["low"] is not None


def test_curves_hold_the_band_and_the_terms(tmp_path):
    made = run(replace(SPEC, repeats=3), tmp_path, steps=45)
    with (tmp_path / "curves.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["20", "40"] * 2
    far = made.engine.lanes[1].trainers
    for place, row in enumerate(rows[2:]):
        values = [learner.history.rows[place][1] for learner in far]
        for name, key in (("fisher_data", "fisher"), ("term trace", "term trace")):
            assert float(row[name]) == sorted(each[key] for each in values)[1]
        assert float(row["loss_low"]) == min(each["loss"] for each in values)
        assert float(row["loss_high"]) == max(each["loss"] for each in values)
        assert float(row["fisher_low"]) < float(row["fisher_data"]) < float(row["fisher_high"])
    assert rows[0]["term trace"] == "nan"  # denoising has no such term


def test_a_value_that_no_repeat_has_is_none():
    from ncsn_viz.lab.metrics.seeds import spread

    assert spread([None, float("nan")]) == {"median": None, "low": None, "high": None}
    assert spread([3.0, float("inf"), 1.0, 7.0]) == {"median": 3.0, "low": 1.0, "high": 7.0}
