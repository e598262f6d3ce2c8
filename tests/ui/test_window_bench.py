"""The window's part of the bench: its stop-watches, and each probe played shortly on the real window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from ncsn_viz.ui.bench import FIGURES, probes, process, stage
from ncsn_viz.ui.bench.probes import PROBES, spread


@pytest.fixture
def shortly(monkeypatch, qapp):
    monkeypatch.setattr(probes, "WARM", 0.05)
    stage.application()
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
    paints = stage.Paints(widget)
    widget.show()
    qtbot.waitExposed(widget)
    before = len(paints.times)
    for wanted in (1, 2, 3):
        child.update()
        qtbot.waitUntil(lambda wanted=wanted: len(paints.times) == before + wanted)


def test_frames_of_the_real_window(shortly):
    found = probes.frames("four_lanes", 3000, 0.4, "cpu")
    assert found["platform"] == "offscreen"
    assert 10 < found["paints"]["per_second"] < 100
    assert found["pictures"]["count"] > 0
    assert found["steps_per_second"] > 0
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
