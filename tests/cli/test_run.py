"""`ncsn-viz run`: options, messages, exit codes, files."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from lab.headless.test_headless import FILES, SPEC, loaded, metrics, run
from PIL import Image
from safetensors.torch import load_file

from ncsn_viz import cli
from ncsn_viz.cli import run as command_module
from ncsn_viz.cli.target import with_target
from ncsn_viz.core.objectives import Sliced
from ncsn_viz.core.targets import Formula
from ncsn_viz.lab import headless
from ncsn_viz.lab.headless import arrays, measures
from ncsn_viz.lab.storage import experiment_files, mark_import
from ncsn_viz.lab.training.trainer import Trainer


@pytest.fixture(autouse=True)
def _fewer_points(monkeypatch):
    monkeypatch.setattr(measures, "EVALUATION_POINTS", 512)
    monkeypatch.setattr(arrays, "NODES", 21)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "small.json"
    experiment_files.write(path, SPEC)
    return path


@pytest.fixture
def command(monkeypatch, file, tmp_path, capsys):
    """`ncsn-viz run FILE --steps 3 --out DIR …` in this process, without the figure: exit code, out, err."""
    monkeypatch.setattr(command_module, "draw_figure", lambda run, path: "")

    def call(*words, steps="3", experiment=file, out=tmp_path / "out"):
        try:
            code = cli.main(["run", str(experiment), "--steps", steps, "--out", str(out), "--device", "cpu", *words])
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, *capsys.readouterr()

    return call


def besides_notes(err):
    """The messages of a run on stderr besides its advice."""
    return "".join(line for line in err.splitlines(keepends=True) if not line.startswith("ncsn-viz: note: "))


def test_the_command(command, tmp_path):
    code, out, err = command("--seed", "5", "--set", "lanes.0.objective.sigma=0.25", "--set", "particles.count=9")
    assert (code, besides_notes(err)) == (0, "")
    assert out == f"results are in {tmp_path / 'out'}\n"
    assert metrics(tmp_path / "out")["seed"] == 5
    assert metrics(tmp_path / "out")["lanes"][0]["sigma"] == 0.25
    assert len(loaded(tmp_path / "out", "particles")["lane0"]) == 9
    again = experiment_files.read(tmp_path / "out" / "experiment.json")
    assert (again.seed, again.particles.count) == (5, 9)


def test_a_run_goes_on_from_the_session_of_another_one(command, tmp_path):
    """Bit for bit as one run of all steps; the averaged weights are there for others as well."""

    def averages(name):
        return load_file(tmp_path / name / "weights.safetensors")

    command(steps="15", out=tmp_path / "half")
    session = tmp_path / "half" / "session.safetensors"
    command(steps="10", experiment=session, out=tmp_path / "whole")
    command(steps="25", out=tmp_path / "at_once")
    whole, at_once = averages("whole"), averages("at_once")
    assert whole.keys() == at_once.keys()
    assert "lane0.mlp.stack.0.weight" in whole
    assert all(torch.equal(whole[name], at_once[name]) for name in whole)
    assert {lane["steps"] for lane in metrics(tmp_path / "whole")["lanes"]} == {25}
    code, _, _ = command("--set", "lanes.0.net.hidden=9", steps="0", experiment=session, out=tmp_path / "other")
    assert code == 0
    assert metrics(tmp_path / "other")["lanes"][0]["steps"] == 0  # another network is another learner
    session.write_bytes(session.read_bytes()[:-1])
    code, _, err = command(experiment=session, out=tmp_path / "none")
    assert (code, besides_notes(err)) == (2, "ncsn-viz: session.safetensors: is damaged: its tensors cannot be read\n")


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
        (["--density", "exp(-r) + sim(x)"], "--density has the unknown name 'sim' at character 11"),
        (["--density", "x"], "--density is -7.98 at x = -7.98, y = -7.98, and a density is never negative"),
        (["--density", "0"], "--density is 0 all over the region"),
        (["--energy=-r"], "--energy grows without end"),
        (["--energy", ""], "--energy is empty"),
        (["--set", "target=formula", "--set", "target.expression=(x"], "target.expression has '(' at character 1"),
        (["--set", "target=formula", "--set", "target.expression=1/(x-x)"], "target.expression has “1/(x-x)” at"),
        (["--set", "target=formula", "--set", "target.gives=mass"], "target.gives cannot be 'mass'"),
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


@pytest.mark.parametrize(("name", "wanted"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_signals_in_the_command(command, tmp_path, monkeypatch, name, wanted):
    def bar():
        return lambda what, done, total: signal.raise_signal(getattr(signal, name)) if done == 2 else None

    monkeypatch.setattr(command_module, "progress_bar", bar)
    code, out, err = command()
    assert (code, besides_notes(err)) == (wanted, "ncsn-viz: interrupted; writing what there is …\n")
    assert out.startswith("interrupted; results are in ")
    assert metrics(tmp_path / "out")["interrupted"]
    assert metrics(tmp_path / "out")["lanes"][0]["steps"] == 2


def test_what_is_ignored_stays_ignored(command, tmp_path, monkeypatch):
    """As under nohup, whose programs outlive their terminal."""

    def bar():
        return lambda what, done, total: signal.raise_signal(signal.SIGHUP) if done == 2 else None

    monkeypatch.setattr(command_module, "progress_bar", bar)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert command()[0] == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert not metrics(tmp_path / "out")["interrupted"]


def test_any_error_keeps_what_there_is(command, tmp_path, monkeypatch):
    def bar():
        def fail(what, done, total):
            if done == 2:
                raise ZeroDivisionError("by nothing")

        return fail

    monkeypatch.setattr(command_module, "progress_bar", bar)
    code, out, err = command()
    assert code == 1
    assert "ncsn-viz: ZeroDivisionError: by nothing; writing what there is …\n" in err
    assert out == f"not all went well; results are in {tmp_path / 'out'}\n"
    found = metrics(tmp_path / "out")
    assert (found["failure"], found["interrupted"]) == ("ZeroDivisionError: by nothing", False)
    assert [lane["steps"] for lane in found["lanes"]] == [2, 2]
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_one_lane_that_fails_leaves_the_results_of_the_others(command, tmp_path, monkeypatch):
    compute = Trainer.compute

    def fail(self, batch, truth):
        if self.step == 1 and isinstance(self.spec.objective, Sliced):
            raise MemoryError("much too large")
        return compute(self, batch, truth)

    monkeypatch.setattr(Trainer, "compute", fail)
    code, _, err = command()
    assert code == 1
    assert "ncsn-viz: far: There is not enough memory." in err
    near, far = metrics(tmp_path / "out")["lanes"]
    assert (near["steps"], near["status"]) == (3, "ok")
    assert (far["steps"], far["status"]) == (1, "failed")
    assert far["message"].startswith("There is not enough memory.")
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


def test_a_metric_that_fails_leaves_the_other_lanes(command, tmp_path, monkeypatch):
    summary = headless.lane_summary

    def fail(run, lane):
        if lane.spec.name == "near":
            raise ZeroDivisionError("no pairs")
        return summary(run, lane)

    monkeypatch.setattr(measures, "lane_summary", fail)
    command()
    near, far = metrics(tmp_path / "out")["lanes"]
    assert (near["steps"], near["status"], near["message"]) == (3, "failed", "ZeroDivisionError: no pairs")
    assert far["status"] == "ok"


def test_results_are_not_mixed_with_those_that_are_there(command, tmp_path, monkeypatch):
    out = tmp_path / "out"
    assert command()[0] == 0
    (out / "notes.txt").write_text("mine")
    (out / "figure.png").write_text("old")
    before = (out / "metrics.json").read_bytes()
    code, _, err = command("--seed", "3")
    assert code == 2
    assert err.startswith(f"ncsn-viz: {out} holds results (experiment.json, curves.csv, ")
    assert err.endswith("choose another folder, or replace them with --force\n")
    assert (out / "metrics.json").read_bytes() == before
    assert command("--seed", "3", "--force")[0] == 0
    assert metrics(out)["seed"] == 3
    assert not (out / "figure.png").exists()  # the old one is of other numbers
    assert (out / "notes.txt").read_text() == "mine"


def test_a_figure_that_fails_is_told_and_leaves_no_half(qapp, tmp_path, monkeypatch):
    made = run(SPEC, tmp_path)
    monkeypatch.setattr("os.fsync", full_disk)
    assert command_module.draw_figure(made, tmp_path / "figure.png").endswith("figure.png: No space left on device")
    monkeypatch.undo()
    monkeypatch.setattr(type(made), "picture", full_disk)
    assert "figure.png" in command_module.draw_figure(made, tmp_path / "figure.png")
    assert {path.name for path in tmp_path.iterdir()} == FILES


def full_disk(*_):
    raise OSError(28, "No space left on device")


def test_a_second_ctrl_c_loses_nothing_of_what_is_written(command, tmp_path, monkeypatch):
    def bar():
        return lambda what, done, total: signal.raise_signal(signal.SIGINT) if done == 2 else None

    def impatient(run, out):
        signal.raise_signal(signal.SIGINT)
        failed = write(run, out)
        signal.raise_signal(signal.SIGINT)
        return failed

    write = headless.write
    monkeypatch.setattr(command_module, "progress_bar", bar)
    monkeypatch.setattr(headless, "write", impatient)
    before = signal.getsignal(signal.SIGINT)
    assert command()[0] == 130
    assert signal.getsignal(signal.SIGINT) is before
    tensors = {"weights.safetensors", "session.safetensors"}
    wanted = {"metrics.json", "curves.csv", "particles.npz", "fields.npz", "experiment.json"} | tensors
    assert wanted <= {path.name for path in (tmp_path / "out").iterdir()}


def test_the_progress_bar(monkeypatch):
    class Terminal:
        text = ""

        def isatty(self):
            return True

        def write(self, text):
            self.text += text

    monkeypatch.setattr(sys, "stderr", Terminal())
    show = command_module.progress_bar()
    for done in range(1, 1001):
        show("training", done, 1000)
    written = sys.stderr.text
    assert written.endswith("1000/1000\n")
    assert written.count("\n") == 1
    assert "░" not in written.rsplit("\r", 1)[1]


def test_figure(qapp, tmp_path):
    """figure.png shows every lane, in colour."""
    command_module.draw_figure(run(SPEC, tmp_path), tmp_path / "figure.png")
    with Image.open(tmp_path / "figure.png") as picture:
        assert picture.width > picture.height > 300  # two lanes, side by side
        colours = picture.convert("RGB").getcolors(picture.width * picture.height)
        halves = [picture.crop((x, 0, x + picture.width // 2, picture.height)) for x in (0, picture.width // 2)]
        assert all(len(half.convert("RGB").getcolors(10**7)) > 50 for half in halves)
    assert len(colours) > 100


def test_an_objective_by_set_brings_what_fits_it_and_tells_what_gives_way(command, tmp_path):
    file = tmp_path / "own.json"
    file.write_text('{"lanes": [{"sampler": {"steps_per_level": 1, "step_size": 0.002}}], "particles": {"count": 5}}')
    changes = ["--set", "lanes.0.objective=denoising", "--set", "lanes.0.sampler.steps=2"]
    _, _, err = command(*changes, experiment=file, steps="0")
    assert "ncsn-viz: note: " in err
    lane = experiment_files.read(tmp_path / "out" / "experiment.json").lanes[0]
    assert (lane.sampler.kind, lane.sampler.sigma, lane.sampler.steps) == ("langevin", 0.3, 2)
    _, _, err = command(*changes[:2], "--set", "particles.count=2", experiment=file, steps="0", out=tmp_path / "two")
    assert "ncsn-viz: note: A: Denoising score matching brings Langevin in place of Annealed Langevin with" in err


def test_a_headless_run_tells_its_advice_before_it_starts(tmp_path, capsys):
    experiment = tmp_path / "bold.json"
    experiment.write_text('{"lanes": [{}, {"sampler": {"kind": "langevin", "steps": 2}}], "particles": {"count": 5}}')
    changes = ["--set", "lanes.0.sampler.step_size=1", "--set", "lanes.0.sampler.steps_per_level=1"]
    words = ["run", str(experiment), "--steps", "0", "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert cli.main(words + changes) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ncsn-viz: note: ")]
    assert notes[0].startswith(
        "ncsn-viz: note: lanes.0.sampler.step_size: A step of 10000 is 100 times the variance 100 "
    )
    assert any(note.startswith("ncsn-viz: note: lanes.1.sampler.steps: With 2 steps of 0.02") for note in notes)


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
    output = b""
    try:
        while b"training" not in output:
            output += os.read(here, 4096)
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


# -- --target -------------------------------------------------------------------------------------------------------


CASES = Path(__file__).parents[1] / "data" / "cases"


def painted(tmp_path):
    return experiment_files.read(tmp_path / "out" / "experiment.json").target


def test_a_table_of_points_becomes_the_target(command, tmp_path):
    code, _, err = command("--target", str(CASES / "faithful_rdatasets.csv"), "--set", "target.resolution=32")
    assert code == 0
    assert "note: faithful_rdatasets.csv: the points are scaled and moved to fill the canvas; --set target" in err
    mark = mark_import.read(CASES / "faithful_rdatasets.csv", SPEC.window).mark
    assert (painted(tmp_path).strokes, painted(tmp_path).base, painted(tmp_path).resolution) == ((mark,), None, 32)
    assert mark.count == 20


def test_an_array_and_an_image_become_the_target(command, tmp_path):
    code, _, err = command("--target", str(CASES / "transposed.npy"))
    assert (code, painted(tmp_path).strokes[0].count) == (0, 8)
    assert "note: transposed.npy: the array is 2 × 8: its first row is x, its second y\n" in err
    Image.new("L", (9, 9), 255).save(tmp_path / "a.png")
    assert command("--target", str(tmp_path / "a.png"), "--columns", "1,2")[0] == 2
    page = np.full((9, 9), 255, np.uint8)
    page[3:6, 3:6] = 0
    Image.fromarray(page).save(tmp_path / "a.png")
    code = command("--target", str(tmp_path / "a.png"), out=tmp_path / "again")[0]
    target = experiment_files.read(tmp_path / "again" / "experiment.json").target
    assert (code, target.strokes[0].kind, target.strokes[0].density) == (0, "picture", "dark")


def test_columns_are_named_or_numbered(command, tmp_path):
    two = CASES / "two_heads.tsv"
    for columns, wanted in (("dino x,away y", (2, 1)), ("4, 1", (3, 0))):
        spec = with_target(SPEC, argparse.Namespace(target=two, columns=columns, density=None, energy=None))
        assert spec.target.strokes == (mark_import.read(two, SPEC.window, wanted).mark,)
    code, _, err = command("--target", str(two))
    assert code == 0
    assert "note: two_heads.tsv: x and y were taken from columns 1: away x and 2: away y, of 1: away x, 2:" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--target", "missing.csv"], "cannot read missing.csv: No such file"),
        (["--columns", "1,2"], "--columns needs --target FILE"),
        (["--target", str(CASES / "na.csv"), "--columns", "1"], "--columns needs two columns, like 2,3 or lon,lat"),
        (
            ["--target", str(CASES / "na.csv"), "--columns", "1,z"],
            "there is no column 'z'; columns of numbers are 1: x",
        ),
        (["--target", str(CASES / "na.csv"), "--columns", "1,0"], "there is no column '0'"),
        (["--target", str(CASES / "na.csv"), "--columns", f"1,{'9' * 5000}"], "there is no column '999"),
        (["--target", str(CASES)], "cannot read"),
    ],
)
def test_targets_that_cannot_be_read(command, words, sentence):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_a_formula_as_the_target(command, tmp_path):
    code, _, err = command("--energy", "r^2/32 + 0*x")
    assert code == 0
    assert "ncsn-viz: note: target: 8.9 % of the mass of the formula is outside of the region and is cut off.\n" in err
    again = experiment_files.read(tmp_path / "out" / "experiment.json")
    assert again.target == Formula("r^2/32 + 0*x", "energy", window=SPEC.window)
    code, _, err = command("--set", "target=formula", "--set", "target.expression=1", "--force")
    assert code == 0
    assert "note: target: The formula does not fall off outside of the region: it is cut off at its edge." in err
    assert experiment_files.read(tmp_path / "out" / "experiment.json").target == Formula("1")
    assert command("--set", "target=funnel", "--set", "target.scale=1", "--force")[0] == 0
    code, _, err = command("--density", "1", "--energy", "1", "--force")
    assert code == 2
    assert "not allowed with argument" in err
