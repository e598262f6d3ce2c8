"""The safety copy: one for each window, written in time, and what becomes of a broken one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from shutil import which

import pytest
from helpers import until

from ncsn_viz.core.targets import Painted
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.documents import safety_copy
from ncsn_viz.ui.shell import session as session_module
from ncsn_viz.ui.shell.session import Session


def seed_of(path):
    return experiment_files.read(path).seed


def test_windows_that_are_open_at_once_have_a_file_each(qtbot, tmp_path):
    copies = [safety_copy.take(tmp_path / "data") for _ in range(3)]
    assert [copy.path.name for copy in copies] == ["last.json", "last-2.json", "last-3.json"]
    sessions = [Session(Spec(seed=n), "cpu", copy.path) for n, copy in enumerate(copies)]
    for session in sessions:
        session.close()
    assert [seed_of(copy.path) for copy in copies] == [0, 1, 2]


def test_the_next_window_continues_the_copy_that_was_written_last(qtbot, tmp_path):
    copies = [safety_copy.take(tmp_path) for _ in range(3)]
    for moment, copy in zip((30, 10, 20), copies, strict=True):
        experiment_files.write(copy.path, Spec(seed=moment))
        os.utime(copy.path, (moment, moment))
    copies[1].release()
    copies[2].release()
    again = safety_copy.take(tmp_path)
    assert again.read() == (Spec(seed=20), "")
    assert safety_copy.take(tmp_path).path == copies[1].path


def test_the_copy_of_a_window_that_was_killed_is_offered_to_the_next_one(tmp_path):
    code = f"""
import os, signal
from pathlib import Path
from ncsn_viz.ui.documents import safety_copy
copy = safety_copy.take(Path({str(tmp_path)!r}))
copy.path.write_text('{{"seed": 4}}')
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "last.json.lock").exists()
    own = safety_copy.take(tmp_path)
    assert own.path == tmp_path / "last-2.json"
    (copy,) = safety_copy.crashed(tmp_path)
    assert copy.path == tmp_path / "last.json"
    assert copy.read()[0].seed == 4
    assert not [*safety_copy.crashed(tmp_path)]  # no other window offers it meanwhile
    copy.put_off()
    (copy,) = safety_copy.crashed(tmp_path)
    copy.discard()
    assert not [*safety_copy.crashed(tmp_path)]
    own.release()
    assert safety_copy.take(tmp_path).path == tmp_path / "last.json"
    assert [path.name for path in tmp_path.glob("*.json")] == []


def test_a_window_that_crashed_before_it_had_anything_is_forgotten(tmp_path):
    (tmp_path / "last.open").touch()
    os.utime(tmp_path / "last.open", (0, 0))
    assert not [*safety_copy.crashed(tmp_path)]
    assert safety_copy.take(tmp_path).path == tmp_path / "last.json"


def test_a_fresh_copy_leaves_what_others_hold(tmp_path):
    experiment_files.write(tmp_path / "last.json", Spec(seed=3))
    copy = safety_copy.take(tmp_path, fresh=True)
    assert copy.path == tmp_path / "last-2.json"
    copy.release()
    assert seed_of(tmp_path / "last.json") == 3


def test_copies_do_not_pile_up(tmp_path):
    for number in range(1, 12):
        path = tmp_path / f"last-{number}.json"
        experiment_files.write(path, Spec(seed=number))
        os.utime(path, (number, number))
        (tmp_path / f"last-{number}.1.safetensors").touch()
        os.utime(tmp_path / f"last-{number}.1.safetensors", (number, number))
    (tmp_path / "last-2.open").touch()  # one that has crashed is never deleted unasked
    copy = safety_copy.take(tmp_path)
    left = {2, *range(12 - safety_copy.MOST_COPIES, 12)}
    assert {path.name for path in tmp_path.glob("*.json")} == {f"last-{number}.json" for number in left}
    assert {path.name for path in tmp_path.glob("*.safetensors")} == {f"last-{n}.1.safetensors" for n in left}
    copy.release()


def test_a_broken_copy_is_put_aside_and_told(tmp_path):
    (tmp_path / "last.json").write_text("{")
    copy = safety_copy.take(tmp_path)
    spec, error = copy.read()
    copy.release()
    assert spec is None
    assert "could not be read" in error
    assert (tmp_path / "last.broken.json").read_text() == "{"
    assert not copy.path.exists()


def test_a_folder_that_cannot_be_made_does_not_prevent_the_start(tmp_path):
    (tmp_path / "file").write_text("in the way")
    copy = safety_copy.take(tmp_path / "file" / "data")
    assert copy.read() == (None, "")


def test_a_painter_who_never_pauses_loses_ten_seconds_at_most(qtbot, tmp_path, monkeypatch):
    """In a tenth of the time: a copy at the latest 0.8 s after the first stroke, though none pauses for 0.15 s."""
    monkeypatch.setattr(session_module, "QUIET", session_module.QUIET // 10)
    monkeypatch.setattr(session_module, "LATEST", session_module.LATEST // 10)
    path = tmp_path / "last.json"
    session = Session(Spec(target=Painted()), "cpu", path)
    strokes = 0
    while not path.exists() and strokes < 150:
        strokes += 1
        stroke = Stroke(points=((0.01 * strokes, 0.0),))
        session.edit(lambda spec, s=stroke: replace(spec, target=Painted(strokes=(*spec.target.strokes, s))))
        qtbot.wait(10)
    assert 30 < strokes < 100
    assert 30 < len(experiment_files.read(path).target.strokes) <= strokes
    assert session_module.LATEST <= 1000
    session.close()


# -- in a process of its own ----------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of another kind there")
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_window_that_is_told_to_end_saves(tmp_path, number):
    """Under a Turkish locale where the system can make one; with its terminal, and with it stderr, gone."""
    locale = {"LC_ALL": "tr_TR.UTF-8", "LOCPATH": str(tmp_path)} if turkish(tmp_path) else {}
    environment = os.environ | locale | {"QT_QPA_PLATFORM": "offscreen", "XDG_DATA_HOME": str(tmp_path)}
    experiment = tmp_path / "mine.json"
    experiment_files.write(experiment, Spec(seed=77))
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "ncsn_viz", str(experiment), "--device", "cpu"],
        env=environment, stdout=write, stderr=write,
    )  # fmt: skip
    os.close(write)
    os.close(read)
    try:
        folder = tmp_path / "ncsn-viz"
        until(lambda: (folder / "last.json.lock").exists(), 60)
        process.send_signal(number)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    assert seed_of(folder / "last.json") == 77


HEAVY = {
    "maximum_likelihood": {"nodes": 256}, "contrastive_divergence": {"chain": 500}, "sliced": {"slices": 32},
    "implicit": {}, "explicit": {}, "denoising": {},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are of another kind there")
@pytest.mark.parametrize("seconds", [0.2, 1, 3, 6])
def test_closing_while_six_lanes_take_long_steps_is_quick_and_no_crash(tmp_path, seconds):
    net = {"kind": "energy_mlp", "hidden": 1024, "layers": 8, "activation": "softplus"}
    lanes = [
        {"name": kind, "slot": slot, "objective": {"kind": kind} | knobs, "net": net, "optimizer": {"batch_size": 4096}}
        for slot, (kind, knobs) in enumerate(HEAVY.items())
    ]
    (tmp_path / "heavy.json").write_text(json.dumps({"seed": 5, "lanes": lanes}))
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "ncsn_viz", str(tmp_path / "heavy.json"), "--device", "cpu"]
    process = subprocess.Popen(command, env=environment)
    try:
        until(lambda: (tmp_path / "ncsn-viz" / "last.json.lock").exists(), 60)
        time.sleep(seconds)
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert time.monotonic() - begin < 2
    finally:
        process.kill()
        process.wait()
    assert seed_of(tmp_path / "ncsn-viz" / "last.json") == 5


def turkish(folder):
    command = which("localedef")
    words = ["-i", "tr_TR", "-f", "UTF-8", str(folder / "tr_TR.UTF-8")]
    return command and subprocess.run([command, *words], check=False, capture_output=True).returncode == 0
