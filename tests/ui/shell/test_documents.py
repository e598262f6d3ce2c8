"""Files of experiments: what is asked for is done, a cancelled dialog does nothing, and trouble is told."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.shell import display
from ncsn_viz.ui.shell import documents as documents_module
from ncsn_viz.ui.shell.documents import Documents


class Shelf:
    """Stands in for a session: it remembers what it was asked to open."""

    def __init__(self):
        self.spec, self.opened = replace(Spec(), seed=7), []

    def open(self, spec):
        self.opened.append(spec)


@pytest.fixture
def documents(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    made = Documents(window, Shelf())
    made.shelf, made.notifications = made._session, []
    made.failed.connect(made.notifications.append)
    yield made
    made.close()


def ask(monkeypatch, documents, act, name):
    monkeypatch.setattr(documents_module, f"path_to_{act}", lambda *_: Path(name) if name else None)
    getattr(documents, f"ask_{act}")()
    documents.close()


def test_what_is_saved_can_be_opened(qtbot, documents, monkeypatch, tmp_path):
    ask(monkeypatch, documents, "save", str(tmp_path / "a.json"))
    assert experiment_files.read(tmp_path / "a.json") == documents.shelf.spec
    ask(monkeypatch, documents, "open", str(tmp_path / "a.json"))
    qtbot.waitUntil(lambda: documents.shelf.opened == [documents.shelf.spec])
    assert documents.notifications == []


@pytest.mark.parametrize("act", ["open", "save"])
def test_no_name_does_nothing(qtbot, documents, monkeypatch, act):
    ask(monkeypatch, documents, act, "")
    assert documents.shelf.opened == documents.notifications == []


def test_a_name_without_an_ending_gets_one_and_replaces_nothing(qtbot, documents, monkeypatch, tmp_path):
    ask(monkeypatch, documents, "save", str(tmp_path / "mine"))
    assert experiment_files.read(tmp_path / "mine.json").seed == 7
    (tmp_path / "mine.json").write_text("{}")
    ask(monkeypatch, documents, "save", str(tmp_path / "mine"))
    sentence = f"{tmp_path / 'mine.json'} is there already: write its whole name to replace it."
    qtbot.waitUntil(lambda: documents.notifications == [sentence])
    assert (tmp_path / "mine.json").read_text() == "{}"


@pytest.mark.parametrize("act", ["open", "save"])
def test_a_failure_is_emitted_as_a_sentence(qtbot, documents, monkeypatch, tmp_path, act):
    (tmp_path / "x.json").mkdir()
    ask(monkeypatch, documents, act, str(tmp_path / "x.json"))
    verb = {"open": "read", "save": "write"}[act]
    qtbot.waitUntil(lambda: documents.notifications == [f"cannot {verb} {tmp_path / 'x.json'}: Is a directory"])
    assert documents.shelf.opened == []


def test_the_window_does_not_wait_for_a_file(qtbot, documents, monkeypatch, tmp_path):
    """A server may take seconds to answer, or never."""
    gate = threading.Event()
    read = experiment_files.read
    experiment_files.write(tmp_path / "a.json", Spec())
    monkeypatch.setattr(experiment_files, "read", lambda path: (gate.wait(20), read(path))[1])
    documents.open(tmp_path / "a.json")  # returns at once
    assert documents.shelf.opened == []
    gate.set()
    qtbot.waitUntil(lambda: documents.shelf.opened == [Spec()])


def test_frames_a_second_are_returned_every_half_second(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(display, "perf_counter", lambda: now[0])
    counting, told = display.FpsCounter(), []
    for _ in range(40):
        now[0] += 1 / 32  # a power of two: no rounding
        told.append(counting.count())
    assert [(place, rate) for place, rate in enumerate(told) if rate is not None] == [(15, 32.0), (31, 32.0)]
