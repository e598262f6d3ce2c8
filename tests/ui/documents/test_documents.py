"""Files of sessions and experiments: what is asked for is done, a cancelled dialog does nothing, trouble is told."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from engines import SPEC, engine
from fake_snapshots import lane
from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QMenu, QWidget

from ncsn_viz.lab.experiment import Spec, with_learners
from ncsn_viz.lab.snapshot import Snapshot
from ncsn_viz.lab.storage import SavedSession, experiment_files, session_files
from ncsn_viz.ui.documents import documents as documents_module
from ncsn_viz.ui.documents.documents import Documents


@pytest.fixture(scope="module")
def learned():
    """A session with something learned."""
    made = engine(with_learners(SPEC, None, iter((1, 2))), steps=3)
    return SavedSession(made.user_spec, made.state_dict())


class FakeSession(QObject):
    """Stands in for a session: it remembers what it was asked to open, and gives what was learned."""

    specChanged = Signal(object)
    snapshotReady = Signal(object)

    def __init__(self, learned):
        super().__init__()
        self.spec, self.opened, self.learned = learned.spec, [], learned

    def open(self, found):
        self.opened.append(found)
        self.spec = found.spec

    def capture(self, then):
        thread = threading.Thread(target=then, args=(self.learned,))
        thread.start()
        thread.join()


@pytest.fixture
def documents(qtbot, tmp_path, learned):
    window = QWidget()
    qtbot.addWidget(window)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = Documents(window, FakeSession(learned), lambda: settings)
    made.fake, made.failures, made.notices, made.title = made._session, [], [], window.windowTitle
    made.failed.connect(made.failures.append)
    made.noticed.connect(made.notices.append)
    yield made
    made.close()


def ask(qtbot, monkeypatch, documents, act, path):
    way = "open" if act == "ask_open" else "save"
    monkeypatch.setattr(documents_module, f"path_to_{way}", lambda *_: path)
    getattr(documents, act)()
    documents.close()
    qtbot.wait(1)  # signals of the other thread


def test_a_session_that_is_saved_can_be_opened(qtbot, documents, monkeypatch, tmp_path, learned):
    path = tmp_path / "a.safetensors"
    ask(qtbot, monkeypatch, documents, "ask_save", path)
    assert session_files.read(path).steps == (3, 3)
    assert documents.notices == [f"Saved as {path}, after 3 training steps."]
    ask(qtbot, monkeypatch, documents, "ask_open", path)
    assert [found.steps for found in documents.fake.opened] == [(3, 3)]
    assert documents.fake.opened[0].spec == learned.spec
    assert documents.failures == []


def test_saving_again_replaces_the_file_without_a_dialog(qtbot, documents, monkeypatch, tmp_path, learned):
    path = tmp_path / "a.safetensors"
    ask(qtbot, monkeypatch, documents, "save", path)
    documents.fake.learned = replace(learned, spec=replace(learned.spec, seed=9))
    monkeypatch.setattr(documents_module, "path_to_save", lambda *_: pytest.fail("it is known where to"))
    documents.save()
    documents.close()
    assert session_files.read(path).spec.seed == 9


def test_settings_are_saved_alone_and_it_is_said_what_is_not_in_them(qtbot, documents, monkeypatch, tmp_path):
    path = tmp_path / "a.json"
    ask(qtbot, monkeypatch, documents, "ask_save_settings", path)
    assert experiment_files.read(path) == documents.fake.spec
    assert "not what was learned" in documents.notices[0]
    ask(qtbot, monkeypatch, documents, "ask_open", path)
    assert documents.fake.opened == [SavedSession(documents.fake.spec)]


@pytest.mark.parametrize("act", ["ask_open", "ask_save", "ask_save_settings"])
def test_no_name_does_nothing(qtbot, documents, monkeypatch, act):
    ask(qtbot, monkeypatch, documents, act, None)
    assert documents.fake.opened == documents.failures == documents.notices == []


@pytest.mark.parametrize(("act", "suffix"), [("ask_save", ".safetensors"), ("ask_save_settings", ".json")])
def test_a_name_without_an_ending_gets_one_and_replaces_nothing(qtbot, documents, monkeypatch, tmp_path, act, suffix):
    path = tmp_path / f"mine{suffix}"
    ask(qtbot, monkeypatch, documents, act, tmp_path / "mine")
    assert path.exists()
    path.write_text("{}")
    ask(qtbot, monkeypatch, documents, act, tmp_path / "mine")
    assert documents.failures == [f"{path} is there already: write its whole name to replace it."]
    assert path.read_text() == "{}"


@pytest.mark.parametrize("act", ["ask_open", "ask_save", "ask_save_settings"])
def test_a_failure_is_emitted_as_a_sentence(qtbot, documents, monkeypatch, tmp_path, act):
    (tmp_path / "x.json").mkdir()
    ask(qtbot, monkeypatch, documents, act, tmp_path / "x.json")
    verb = "read" if act == "ask_open" else "write"
    assert documents.failures == [f"cannot {verb} {tmp_path / 'x.json'}: Is a directory"]
    assert documents.fake.opened == documents.notices == []


def test_a_session_that_does_not_fit_its_experiment_is_refused_as_a_whole(qtbot, documents, tmp_path, learned):
    other = replace(learned, spec=Spec())
    session_files.write(tmp_path / "a.safetensors", other)
    documents.open(tmp_path / "a.safetensors")
    documents.close()
    qtbot.waitUntil(lambda: len(documents.failures) == 1)
    assert "a.safetensors: lanes.0.replicas.0.weights." in documents.failures[0]
    assert documents.fake.opened == []


def test_what_cannot_be_read_from_the_device_is_not_saved(qtbot, documents, monkeypatch, tmp_path, learned):
    documents.fake.learned = SavedSession(learned.spec)
    ask(qtbot, monkeypatch, documents, "ask_save", tmp_path / "a.safetensors")
    assert documents.failures == ["What was learned cannot be read from the device: nothing was saved."]
    assert not (tmp_path / "a.safetensors").exists()


CALLS = ("open", "write", "flush", "fsync", "chmod", "replace")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("call", CALLS)
def test_each_call_of_a_save_that_fails_leaves_the_old_file_and_is_said(
    qtbot, documents, monkeypatch, tmp_path, call, number
):
    """A full disk, no permission, a broken disk: at the opening, a write, a sync, the mode or the rename."""
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"the old one")

    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    class FailingFile:
        def __init__(self, file):
            self.file = file
            setattr(self, call, fail)

        def __getattr__(self, name):
            return getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

    if call in ("write", "flush"):
        opened = os.fdopen
        monkeypatch.setattr(os, "fdopen", lambda *given: FailingFile(opened(*given)))
    else:
        monkeypatch.setattr(os, call, fail)
    ask(qtbot, monkeypatch, documents, "ask_save", path)
    monkeypatch.undo()
    assert documents.failures == [f"cannot write {path}: {os.strerror(number)}"]
    assert documents.notices == []
    assert path.read_bytes() == b"the old one"
    assert [each.name for each in tmp_path.glob("*")] == ["a.safetensors"]


def test_the_window_does_not_wait_for_a_file(qtbot, documents, monkeypatch, tmp_path):
    """A server may take seconds to answer, or never."""
    gate = threading.Event()
    read = session_files.read
    experiment_files.write(tmp_path / "a.json", Spec())
    monkeypatch.setattr(session_files, "read", lambda path, pipe: (gate.wait(20), read(path))[1])
    documents.open(tmp_path / "a.json")  # returns at once
    assert documents.fake.opened == []
    gate.set()
    qtbot.waitUntil(lambda: documents.fake.opened == [SavedSession(Spec())])


# -- the title and the menu -----------------------------------------------------------------------------------------


def show_steps(documents, *steps):
    documents.fake.snapshotReady.emit(Snapshot(SPEC, tuple(lane(step=step) for step in steps)))


def test_the_title_has_the_file_and_a_dot_for_what_is_not_in_it(qtbot, documents, monkeypatch, tmp_path):
    assert documents.title() == "ncsn-viz"
    show_steps(documents, 3, 3)
    ask(qtbot, monkeypatch, documents, "ask_save", tmp_path / "a.safetensors")
    assert documents.title() == "a.safetensors – ncsn-viz"
    show_steps(documents, 4, 3)
    assert documents.title() == "• a.safetensors – ncsn-viz"
    show_steps(documents, 3, 3)
    documents.fake.spec = replace(SPEC, seed=4)
    documents.fake.specChanged.emit(documents.fake.spec)
    assert documents.title() == "• a.safetensors – ncsn-viz"


def test_training_is_no_change_of_an_experiment(qtbot, documents, monkeypatch, tmp_path):
    ask(qtbot, monkeypatch, documents, "ask_save_settings", tmp_path / "a.json")
    show_steps(documents, 400, 400)
    assert documents.title() == "a.json – ncsn-viz"
    documents.fake.spec = replace(SPEC, seed=4)
    documents.fake.specChanged.emit(documents.fake.spec)
    assert documents.title() == "• a.json – ncsn-viz"


def test_settings_saved_elsewhere_do_not_take_the_place_of_the_session(qtbot, documents, monkeypatch, tmp_path):
    ask(qtbot, monkeypatch, documents, "ask_save", tmp_path / "a.safetensors")
    ask(qtbot, monkeypatch, documents, "ask_save_settings", tmp_path / "b.json")
    assert documents.path == tmp_path / "a.safetensors"


def test_files_that_were_opened_last_are_offered_again(qtbot, documents, monkeypatch, tmp_path):
    menu = QMenu()
    qtbot.addWidget(menu)
    menu.addAction("Quit")
    documents.put_into(menu)
    assert [action.text() for action in menu.actions()] == [
        "Open …", "Open again", "Save session", "Save session as …", "Save settings …", "Quit",
    ]  # fmt: skip
    recent = documents.recent
    recent.menu.aboutToShow.emit()
    assert not recent.menu.actions()[0].isEnabled()
    for name in ("a", "b", "a", *"cdefghij"):
        ask(qtbot, monkeypatch, documents, "ask_save_settings", tmp_path / f"{name}.json")
    (tmp_path / "j.json").unlink()
    recent.menu.aboutToShow.emit()
    assert [action.text() for action in recent.menu.actions()] == [f"{name}.json" for name in "ihgfedc"]
    recent.menu.actions()[-1].trigger()
    qtbot.waitUntil(lambda: documents.path == tmp_path / "c.json")


@pytest.mark.parametrize("text", ["", "\0", "no/such/file", ["a", "\ud800"]])
def test_recent_files_in_broken_settings(documents, text):
    documents.recent._settings().setValue("recent", text)
    assert documents.recent.paths() == []
    documents.recent.add(Path("relative.json"))
