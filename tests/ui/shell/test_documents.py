"""Files of experiments: what is asked for is done, a cancelled dialog does nothing, and trouble is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.ui.shell import display
from ncsn_viz.ui.shell.documents import Documents


class Shelf:
    """Stands in for a session: it remembers what it was asked for, or complains."""

    def __init__(self, complaint=""):
        self.asked, self.complaint = [], complaint

    def _do(self, what, path):
        if self.complaint:
            raise ValidationError(self.complaint)
        self.asked.append((what, path))

    def open(self, path):
        self._do("open", path)

    def save(self, path):
        self._do("save", path)


def documents(qtbot, shelf):
    window = QWidget()
    qtbot.addWidget(window)
    made = Documents(window, shelf)
    made.notifications = []
    made.failed.connect(made.notifications.append)
    return made


@pytest.mark.parametrize(("act", "dialog"), [("open", "getOpenFileName"), ("save", "getSaveFileName")])
@pytest.mark.parametrize("name", ["", "a/b.json"])
def test_a_name_is_passed_on_and_none_does_nothing(qtbot, monkeypatch, act, dialog, name):
    monkeypatch.setattr(QFileDialog, dialog, lambda *_: (name, ""))
    shelf = Shelf()
    made = documents(qtbot, shelf)
    getattr(made, f"ask_{act}")()
    assert shelf.asked == ([(act, Path(name))] if name else [])
    assert made.notifications == []


def test_a_name_without_an_ending_gets_one_and_replaces_nothing(qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    shelf = Shelf()
    made = documents(qtbot, shelf)
    made.ask_save()
    assert shelf.asked == [("save", tmp_path / "mine.json")]
    (tmp_path / "mine.json").write_text("{}")
    made.ask_save()
    assert len(shelf.asked) == 1
    assert made.notifications == [f"{tmp_path / 'mine.json'} is there already: write its whole name to replace it."]


@pytest.mark.parametrize(("act", "dialog"), [("open", "getOpenFileName"), ("save", "getSaveFileName")])
def test_a_failure_is_emitted_as_a_sentence(qtbot, monkeypatch, act, dialog):
    monkeypatch.setattr(QFileDialog, dialog, lambda *_: ("x.json", ""))
    made = documents(qtbot, Shelf("x.json: is full"))
    getattr(made, f"ask_{act}")()
    assert made.notifications == ["x.json: is full"]


def test_frames_a_second_are_returned_every_half_second(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(display, "perf_counter", lambda: now[0])
    counting, told = display.FpsCounter(), []
    for _ in range(40):
        now[0] += 1 / 32  # a power of two: no rounding
        told.append(counting.count())
    assert [(place, rate) for place, rate in enumerate(told) if rate is not None] == [(15, 32.0), (31, 32.0)]
