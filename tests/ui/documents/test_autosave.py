"""What was learned is kept by itself: by generations, off the window's thread, and through kill −9."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from engines import SPEC, engine
from helpers import until
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.lab.experiment import Spec, with_learners
from ncsn_viz.lab.storage import SavedSession, experiment_files, session_files
from ncsn_viz.ui.documents import autosave as autosave_module
from ncsn_viz.ui.documents import safety_copy
from ncsn_viz.ui.documents.autosave import Autosave
from ncsn_viz.ui.documents.restore import RestoreBar
from ncsn_viz.ui.documents.safety_copy import SafetyCopy
from ncsn_viz.ui.shell.session import Session


def learned(steps, seed=0):
    made = engine(with_learners(replace(SPEC, seed=seed), None, iter((1, 2))), steps=steps)
    return SavedSession(made.user_spec, made.state_dict())


@pytest.fixture(scope="module")
def sessions():
    return [learned(steps) for steps in (1, 2, 3, 4, 5)]


class FakeSession(QObject):
    specChanged = Signal(object)
    snapshotReady = Signal(object)

    def __init__(self):
        super().__init__()
        self.spec, self.opened, self.learned, self.answers = SPEC, [], None, True

    def open(self, found):
        self.opened.append(found)

    def capture(self, then):
        if self.answers:
            thread = threading.Thread(target=then, args=(self.learned,))
            thread.start()
            thread.join()


@pytest.fixture
def autosave(qtbot, tmp_path):
    parent = QWidget()
    qtbot.addWidget(parent)
    made = Autosave(FakeSession(), SafetyCopy(tmp_path / "deep" / "last.json"), parent)
    made.fake, made.failures = made._session, []
    made.failed.connect(made.failures.append)
    made.fake.snapshotReady.emit(None)  # something is learning
    yield made
    made._timer.stop()
    made._pool.waitForDone()


def save(qtbot, autosave, session):
    autosave.fake.learned = session
    autosave.save()
    autosave._pool.waitForDone()
    qtbot.wait(1)


def kept(copy):
    return [session_files.read(path).steps[0] for path in copy.generations()]


def full_disk(session):
    raise ValidationError("a full disk")


# -- generations ----------------------------------------------------------------------------------------------------


def test_three_generations_are_kept_the_latest_first(qtbot, autosave, sessions):
    for number, session in enumerate(sessions, 1):
        save(qtbot, autosave, session)
        assert kept(autosave.copy) == [*range(number, 0, -1)][:3]
    assert autosave.failures == []


def test_what_has_not_changed_is_not_written_again(qtbot, autosave, sessions):
    save(qtbot, autosave, sessions[0])
    save(qtbot, autosave, sessions[0])
    assert len(autosave.copy.generations()) == 1
    save(qtbot, autosave, replace(sessions[0], spec=replace(sessions[0].spec, repeats=2)))
    assert len(autosave.copy.generations()) == 2


def test_a_broken_generation_is_passed_over_and_told(qtbot, autosave, sessions):
    for session in sessions[:3]:
        save(qtbot, autosave, session)
    newest, second, _ = autosave.copy.generations()
    newest.write_bytes(newest.read_bytes()[:-1])
    second.unlink()
    found, sentence = autosave.copy.read_session()
    assert found.steps == (1, 1)
    assert sentence.startswith("The last copy of what was learned could not be read (last.3.safetensors: is damaged")


def test_a_failure_is_told_once_until_it_is_another_one(qtbot, autosave, sessions, monkeypatch):
    def fail(path, session):
        raise ValidationError(f"cannot write: {reasons[0]}")

    monkeypatch.setattr(session_files, "write", fail)
    reasons = ["No space left on device"]
    save(qtbot, autosave, sessions[0])
    save(qtbot, autosave, sessions[1])
    assert len(autosave.failures) == 1
    assert "No space left on device" in autosave.failures[0]
    reasons[:] = ["Permission denied"]
    save(qtbot, autosave, sessions[1])
    assert len(autosave.failures) == 2


def test_what_was_captured_before_is_no_confirmation(qtbot, autosave, sessions):
    """After a restore, a save that was under way says nothing of what was restored."""
    confirmed = []
    autosave.confirmed.connect(lambda: confirmed.append(kept(autosave.copy)[0]))
    save(qtbot, autosave, sessions[0])
    assert confirmed == []
    write, autosave.copy.write = autosave.copy.write, full_disk
    autosave.fake.learned = sessions[1]
    autosave.confirm()
    autosave._pool.waitForDone()
    assert confirmed == []
    autosave.copy.write = write
    save(qtbot, autosave, sessions[2])
    assert confirmed == [3]
    save(qtbot, autosave, sessions[3])
    assert confirmed == [3]


def test_nothing_is_saved_before_anything_is_learned(qtbot, tmp_path, sessions):
    parent = QWidget()
    qtbot.addWidget(parent)
    made = Autosave(FakeSession(), SafetyCopy(tmp_path / "last.json"), parent)
    made._session.learned = sessions[0]
    assert made.close()
    assert not [*tmp_path.iterdir()]


def test_the_last_one_is_written_at_the_end(autosave, sessions):
    autosave.fake.learned = sessions[4]
    assert autosave.close()
    assert kept(autosave.copy) == [5]


def test_a_worker_that_does_not_answer_is_not_waited_for_long(autosave, monkeypatch):
    monkeypatch.setattr(autosave_module, "ANSWER", 0.1)
    autosave.fake.answers = False
    begin = time.monotonic()
    assert not autosave.close()
    assert time.monotonic() - begin < 1


def test_half_a_minute():
    assert autosave_module.EVERY == 30_000


# -- with a real session --------------------------------------------------------------------------------------------


def test_the_next_window_goes_on_where_the_last_one_was(qtbot, tmp_path):
    """The networks of the first are those of the second; what was edited in between holds for both."""
    copy = SafetyCopy(tmp_path / "last.json")
    first = Session(replace(SPEC, target=Spec().target), "cpu", copy.path)
    parent = QWidget()
    qtbot.addWidget(parent)
    autosave, seen = Autosave(first, copy, parent), []
    first.snapshotReady.connect(seen.append)
    first.start()
    qtbot.waitUntil(lambda: bool(seen) and seen[-1].lanes[0].step > 20, timeout=20_000)
    assert autosave.close()
    first.close()
    (path,) = copy.generations()
    saved = session_files.read(path)
    assert saved.steps[0] > 20

    spec = copy.read()[0]
    second, shown = Session(replace(spec, playback=replace(spec.playback, training=False)), "cpu"), []
    second.edit(lambda spec: replace(spec, seed=0, particles=replace(spec.particles, count=17)))
    second.resume(copy.read_session()[0])
    second.snapshotReady.connect(shown.append)
    second.start()
    qtbot.waitUntil(lambda: bool(shown), timeout=20_000)
    assert [lane.step for lane in shown[-1].lanes] == [*saved.steps]
    given = []
    second.capture(given.append)
    until(lambda: given)
    weights = [each.checkpoint["lanes"]["1"]["replicas"]["0"]["weights"] for each in (saved, given[0])]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    second.undo()  # an edit made while torch was loading
    qtbot.waitUntil(lambda: shown[-1].spec.particles.count == 40, timeout=20_000)
    assert [lane.step for lane in shown[-1].lanes] == [*saved.steps]
    assert second.close()


# -- after a crash --------------------------------------------------------------------------------------------------


def crashed_copy(folder, session, seed=None):
    copy = SafetyCopy(folder / "last.json")
    copy.begin()
    copy.write(session)
    if seed is not None:
        experiment_files.write(copy.path, replace(session.spec, seed=seed))


@pytest.fixture
def bar(qtbot, tmp_path, sessions):
    crashed_copy(tmp_path, sessions[2], seed=8)
    made = RestoreBar(FakeSession())
    qtbot.addWidget(made)
    made.fake, made.failures = made._session, []
    made.failed.connect(made.failures.append)
    made.offer(safety_copy.crashed(tmp_path))
    yield made
    made.close_copies()


def press(bar, text):
    (button,) = [each for each in bar.findChildren(QPushButton) if each.text() == text]
    button.click()


def test_restore_opens_what_was_learned_and_then_the_later_settings(qtbot, bar, tmp_path):
    assert bar.isVisible()
    with qtbot.waitSignal(bar.restored):
        press(bar, "Restore")
    assert bar.fake.opened[0].steps == (3, 3)
    assert bar.fake.opened[1] == SavedSession(replace(SPEC, seed=8))
    assert bar.isHidden()
    assert not [*safety_copy.crashed(tmp_path)]  # taken
    assert (tmp_path / "last.3.safetensors").exists() or (tmp_path / "last.1.safetensors").exists()
    bar.forget_restored()  # it is in the copy of this window now
    assert [path.suffix for path in tmp_path.iterdir()] == []


def test_what_was_restored_and_is_not_saved_yet_is_offered_again(qtbot, bar, tmp_path):
    press(bar, "Restore")
    qtbot.waitUntil(bar.isHidden)
    bar.close_copies()
    assert [copy.path.name for copy in safety_copy.crashed(tmp_path)] == ["last.json"]


def test_discard_deletes_it(bar, tmp_path):
    press(bar, "Discard")
    assert bar.isHidden()
    assert not [*tmp_path.iterdir()]
    assert bar.fake.opened == []


def test_later_asks_again(bar, tmp_path):
    press(bar, "Later")
    assert bar.isHidden()
    assert [copy.path.name for copy in safety_copy.crashed(tmp_path)] == ["last.json"]


def test_what_cannot_be_read_is_told_and_kept(qtbot, bar, tmp_path):
    for path in tmp_path.glob("last.*"):
        if path.suffix in (".json", ".safetensors"):
            path.write_bytes(b"{")
    press(bar, "Restore")
    qtbot.waitUntil(lambda: bool(bar.failures))
    assert "could not be read" in bar.failures[0]
    assert bar.fake.opened == []
    assert list(tmp_path.glob("*.safetensors"))


# -- kill −9 --------------------------------------------------------------------------------------------------------

KILLED = Path(__file__).parents[2] / "killed_saves.py"


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
@pytest.mark.parametrize("times", [8, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_kill_in_the_middle_of_a_save(tmp_path, times):
    """No file is corrupt, and none that was acknowledged is lost."""
    done = subprocess.run(
        [sys.executable, str(KILLED), str(tmp_path), str(times)],
        check=False,
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr
    killed, acknowledged = map(int, done.stdout.split())
    assert killed == times
    assert acknowledged >= times // 4
