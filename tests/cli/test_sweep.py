"""`ncsn-viz sweep`: options, messages, exit codes, files; with real processes on the loopback."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from PySide6.QtGui import QImage

from ncsn_viz import cli
from ncsn_viz.cli import sweep as command_module
from ncsn_viz.lab.sweep import cluster, driver
from ncsn_viz.lab.sweep.outcome import SweepStopped
from ncsn_viz.lab.sweep.work import carry_out

EXPERIMENT = {
    "target": "two_modes",
    "lanes": [{"objective": "denoising", "net": {"kind": "score_mlp", "hidden": 8, "layers": 1}, "name": "one"}],
    "particles": {"count": 50},
}
SWEEP = {
    "experiment": EXPERIMENT,
    "vary": {"lanes.0.objective.sigma": [0.3, 0.5], "seed": {"range": [3, 5]}},
    "steps": 30,
    "metrics": ["fisher_common", "fisher_data", "fisher_window", "loss"],
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sweep.json"
    path.write_text(json.dumps(SWEEP), encoding="utf-8")
    return path


@pytest.fixture
def command(file, tmp_path, capsys):
    """`ncsn-viz sweep FILE --out DIR …` in this process: exit code, out, err."""

    def call(*words, sweep=file, out=tmp_path / "out"):
        try:
            code = cli.main(["sweep", str(sweep), "--out", str(out), "--device", "cpu", *words])
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def here(monkeypatch):
    """Without processes: runs are done one after the other in this one."""
    monkeypatch.setattr(command_module, "_workers", lambda options, cores: NoCluster())
    monkeypatch.setattr(cluster, "check_workers", lambda *_: None)
    monkeypatch.setattr(driver, "outcomes", lambda client, wanted: map(carry_out, wanted))
    monkeypatch.setattr(command_module, "draw_figure", lambda folder: "")


class NoCluster:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def rows(path, name="runs.csv"):
    with (path / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# -- with processes -------------------------------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_run_command_to_the_last_bit(command, file, tmp_path):
    code, out, err = command("--workers", "1")
    assert (code, err.count("\n")) == (0, 4)  # a line a run
    assert out.startswith("4 runs of 2 settings; about ")
    assert out.endswith(f"4 ok; {tmp_path / 'out'}\n")
    last = rows(tmp_path / "out")[3]
    assert (last["lanes.0.objective.sigma"], last["seed"], last["status"]) == ("0.5", "4", "ok")
    assert not QImage(str(tmp_path / "out" / "figure.png")).isNull()
    assert len(rows(tmp_path / "out", "summary.csv")) == 2
    (tmp_path / "one.json").write_text(json.dumps(EXPERIMENT), encoding="utf-8")
    words = ["--steps", "30", "--seed", "4", "--set", "lanes.0.objective.sigma=0.5", "--device", "cpu"]
    assert cli.main(["run", str(tmp_path / "one.json"), "--out", str(tmp_path / "run"), *words]) == 0
    (lane,) = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))["lanes"]
    for name in SWEEP["metrics"]:
        assert float(last[f"lanes.0.{name}"]) == lane[name]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_is_done_when_it_is_stopped_is_kept_and_resumed(command, file, tmp_path, number):
    words = ["-m", "ncsn_viz", "sweep", str(file), "--out", str(tmp_path / "out"), "--device", "cpu", "--workers", "1"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, *words, "--steps", "3000"], start_new_session=True, **pipes)
    table = tmp_path / "out" / "runs.csv"
    while process.poll() is None and not (table.exists() and table.read_bytes().count(b"\n") > 1):
        time.sleep(0.02)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does it: all processes get it
    else:
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    done = len(rows(tmp_path / "out"))
    assert 1 <= done < 4
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert b"Traceback" not in err
        assert b"interrupted" in err
        assert (tmp_path / "out" / "summary.csv").exists()
    wait_for_the_end_of(process.pid)


def wait_for_the_end_of(group):
    """Fail if processes of the group are still there after a while."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("processes are left behind")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_lost_scheduler_is_a_sentence_and_resume_finishes(command, file, tmp_path):
    dask = [sys.executable, "-m", "dask"]
    address = "tcp://127.0.0.1:18786"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", "18786", "--no-dashboard"], **quiet
    )
    worker = subprocess.Popen([*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"], **quiet)
    words = ["-m", "ncsn_viz", "sweep", str(file), "--out", str(tmp_path / "out"), "--device", "cpu", "--steps", "2000"]
    table = tmp_path / "out" / "runs.csv"
    try:
        process = subprocess.Popen([sys.executable, *words, "--scheduler", address], stderr=subprocess.PIPE)
        while process.poll() is None and not (table.exists() and table.read_bytes().count(b"\n") > 1):
            time.sleep(0.05)
        scheduler.kill()
        _, err = process.communicate(timeout=120)
    finally:
        for each in (scheduler, worker):
            each.kill()
            each.wait()
    assert process.returncode == 1
    assert b"the connection to the scheduler is lost; what is done is kept, and --resume does the rest" in err
    assert b"Traceback" not in err
    assert 1 <= len(rows(tmp_path / "out")) < 4
    assert command("--steps", "2000", "--resume", "--workers", "1")[0] == 0
    assert [row["status"] for row in rows(tmp_path / "out")] == ["ok"] * 4


# -- without --------------------------------------------------------------------------------------------------------


def test_resume_does_only_what_is_missing(command, here, tmp_path):
    assert command()[0] == 0
    whole = rows(tmp_path / "out")
    lines = (tmp_path / "out" / "runs.csv").read_bytes().splitlines(keepends=True)
    (tmp_path / "out" / "runs.csv").write_bytes(b"".join([lines[0], lines[2], lines[4][:20]]))
    code, out, _ = command("--resume")
    assert code == 0
    assert out.startswith("4 runs of 2 settings, 1 of them done; about ")
    again = rows(tmp_path / "out")
    assert again[1] == whole[1]
    for one, other in zip(whole, again, strict=True):
        del one["seconds"], other["seconds"]
    assert whole == again
    code, out, err = command("--resume")
    assert (code, out, err) == (0, f"4 ok; {tmp_path / 'out'}\n", "")


def test_another_sweep_in_the_folder(command, here, tmp_path):
    command("--steps", "1")
    assert "holds a sweep; go on with it by --resume" in command("--steps", "1")[2]
    code, _, err = command("--resume")
    assert code == 2
    assert "holds another sweep, with another 'steps'" in err


def test_what_is_kept(command, here, tmp_path):
    command("--keep", "--steps", "1")
    assert {path.name for path in (tmp_path / "out" / "runs" / "3").iterdir()} == {
        "experiment.json", "curves.csv", "weights.safetensors",
    }  # fmt: skip


def test_failed_runs_are_rows_and_exit_code_1(command, here, monkeypatch, tmp_path):
    monkeypatch.setattr("ncsn_viz.lab.training.trainer.Trainer.train", lambda *_: 1 / 0)
    code, out, _ = command("--steps", "1")
    assert code == 1
    assert out.endswith(f"4 failed; {tmp_path / 'out'}\n")
    assert {row["message"] for row in rows(tmp_path / "out")} == {"ZeroDivisionError: division by zero"}


def test_a_lost_scheduler_is_a_sentence(command, here, monkeypatch, tmp_path):
    def lost(client, wanted):
        yield carry_out(next(wanted))
        raise SweepStopped(driver.SCHEDULER_LOST)

    monkeypatch.setattr(driver, "outcomes", lost)
    code, out, err = command()
    assert code == 1
    assert "the connection to the scheduler is lost; what is done is kept, and --resume does the rest" in err
    assert out.endswith(f"1 ok, 3 not done: go on with --resume; {tmp_path / 'out'}\n")


def test_many_runs_are_asked_about(command, here, monkeypatch, tmp_path):
    monkeypatch.setattr(command_module, "MANY", 4)
    code, out, err = command()
    assert code == 2
    assert out.startswith("4 runs of 2 settings; about ")
    assert "nobody is here to answer: add --yes" in err
    assert command("--yes", out=tmp_path / "other")[0] == 0
    monkeypatch.setattr(sys, "stdin", Terminal())
    for answer, wanted in (("n", 2), ("", 2), ("y", 0)):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        assert command("--resume")[0] == wanted


class Terminal:
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--workers", "0"], "is not a number of processes from 1 to 1024"),
        (["--workers", "many"], "is not a whole number"),
        (["--steps", "-1"], "is not a whole number"),
        (["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "--workers are processes of this machine"),
        (["--device", "mps"], "mps is not available on this machine"),
        (["--resume"], "there is no sweep in"),
    ],
)
def test_bad_options(command, tmp_path, words, sentence):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert not (tmp_path / "out" / "sweep.json").exists()


def test_an_empty_target(command, file, tmp_path):
    file.write_text(json.dumps(SWEEP | {"vary": {"target": ["moons", "painted"]}}), encoding="utf-8")
    code, _, err = command()
    assert code == 2
    assert err == "ncsn-viz: target has no mass: the canvas is empty\n"
    assert not (tmp_path / "out").exists()


def test_without_dask(command, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, err = command()
    assert code == 2
    assert err == (
        "ncsn-viz: a sweep needs Dask distributed, which is not installed; install it with: "
        "pip install 'ncsn-viz[sweep]'\n"
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (89, "89 s"), (91, "2 min"), (5000, "83 min"), (9000, "2 h 30 min")]
)
def test_durations(seconds, text):
    assert command_module.duration(seconds) == text
