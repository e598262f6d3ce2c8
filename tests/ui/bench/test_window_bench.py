"""Benchmarks of the window: its recorders, and a short run of each probe on the real window."""

from __future__ import annotations

import json
import mmap
import os
import sys
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.bench.base import Setting
from ncsn_viz.lab.bench.machine import Resources, resources
from ncsn_viz.ui.bench import FIGURES, bench_window, endurance, probes, process, simulated_user
from ncsn_viz.ui.bench.probes import PROBES, spread
from ncsn_viz.ui.bench.soak import verdict


@pytest.fixture
def shortly(monkeypatch, qapp):
    monkeypatch.setattr(probes, "WARM", 0.05)
    monkeypatch.setattr(probes, "WARM_AGAIN", 0.05)
    bench_window.application()
    return qapp


def test_spread_of_intervals():
    found = spread([0.010] * 98 + [0.030] * 2)
    assert found["p50"] == pytest.approx(10)
    assert found["p99"] == pytest.approx(30)
    assert found["per_second"] == pytest.approx(100 / 1.04)
    assert spread([0.01]) == {"count": 1}


def test_each_paint_of_a_window_is_counted_once(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    child = QWidget(widget)
    paints = bench_window.PaintRecorder(widget)
    widget.show()
    qtbot.waitExposed(widget)
    before = len(paints.times)
    for wanted in (1, 2, 3):
        child.update()
        qtbot.waitUntil(lambda wanted=wanted: len(paints.times) == before + wanted)


def test_frames_of_the_real_window(shortly, capsys):
    last = probes.frames({"four": ("four_lanes", 3000, 0.4), "one": ("one_lane", 3000, 0.2)}, "cpu")
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["play"], last["play"]) == ("four", "one")
    assert found["platform"] == "offscreen"
    assert 10 < found["paints"]["per_second"] < 1000  # nothing holds paints back on an offscreen platform
    assert found["pictures"]["count"] > 0
    assert found["steps_per_second"] > 0
    assert found["alone_per_second"] > 0
    assert 0 < found["idle"]["p50"] < 50


def test_answers_of_the_real_window(shortly, monkeypatch):
    monkeypatch.setattr(probes, "SETTLE", 0.05)
    monkeypatch.setattr(probes, "MOVES", 4)
    found = probes.instant(2, "cpu")
    assert len(found["pixel"]) == 2 * 3
    assert len(found["truth"]) == len(found["preset"]) == 2
    assert all(0 < seconds < 5 for name in ("pixel", "truth", "preset") for seconds in found[name])
    assert found["snapshots"] > 0


def test_a_probe_that_fails_says_why():
    with pytest.raises(RuntimeError, match="KeyError: 'nothing'"):
        process.probe("nothing")


def test_figures_are_named_once():
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)
    assert PROBES


# -- boundedness ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_held_is_seen():
    filling = b"\xcf" * 60_000_000
    before = resources()
    keep, files = mmap.mmap(-1, len(filling)), [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]
    try:
        keep.write(filling)
        after = resources()
    finally:
        keep.close()
        for file in files:
            os.close(file)
    assert after.memory - before.memory > 0.8 * len(filling)
    assert after.files == before.files + 3
    assert after.threads == before.threads >= 1


def verdicts(memory, threads=(7,), files=(20,)):
    longest = [
        Resources(round(m * 2**20), threads[i % len(threads)], files[i % len(files)]) for i, m in enumerate(memory)
    ]
    return {row.name: row.met for row in verdict(longest, 30)}


def test_memory_that_settles_in_five_minutes_is_bounded():
    warming = [100 + 40 * min(minute, 5) / 5 for minute in range(30)]
    assert verdicts(warming) == {"memory": True, "threads": True, "files": True}
    assert verdicts([m * (1 + 0.004 * minute) for minute, m in enumerate(warming)])["memory"] is False


def test_a_thread_or_a_file_more_is_seen():
    level = [100.0] * 30
    growing = [7 + (minute > 15) for minute in range(30)]
    assert verdicts(level, threads=growing) == {"memory": True, "threads": False, "files": True}
    assert verdicts(level, files=growing) == {"memory": True, "threads": True, "files": False}


def test_a_short_run_has_no_verdict():
    assert [row.met for row in verdict([Resources(1, 1, 1)] * 3, 30)] == [None]


def test_the_simulated_user_does_everything_without_an_error(shortly, monkeypatch, capsys):
    monkeypatch.setattr(simulated_user, "PAUSE", 0.02)
    reports = []
    simulated_user.simulate(0.06, 3.0, "cpu", lambda found, step: reports.append((found, step)))
    assert reports
    assert reports[-1][1] > 0
    assert "Traceback" not in capsys.readouterr().err


def test_the_simulated_user_never_adds_more_lanes_than_fit(shortly):
    made = bench_window.BenchWindow(simulated_user.START, "cpu")
    acts = list(simulated_user._actions(made))
    try:
        for _ in range(6):
            for act in acts:
                act()
                bench_window.wait(0.005)
            assert len(made.session.spec.lanes) == len(simulated_user.START.lanes)
        for count in (6, 1):  # a reset may come in the middle of a round
            made.edit(lanes=tuple(replace(simulated_user.START.lanes[0], name=str(n), slot=n) for n in range(count)))
            for act in acts[5:] + acts[:5]:
                act()
                bench_window.wait(0.005)
            assert 1 <= len(made.session.spec.lanes) <= 6
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_memory_threads_and_files_stay_bounded():
    rows = {row.name: row for row in endurance(3.0).rows(Setting())}
    assert not [row.note for row in rows.values() if row.note.startswith("failed")]
    assert rows["soak.threads"].met, rows["soak.threads"]
    assert rows["soak.files"].met, rows["soak.files"]
    assert rows["soak.memory"].ratio < 1.1, rows["soak.memory"]  # three minutes are not five: caches still fill
