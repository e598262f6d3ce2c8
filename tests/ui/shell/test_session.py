"""The session: undo, autosave, and the worker behind it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.objectives import Denoising
from ncsn_viz.core.targets import Moons, Painted, Rings
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.experiment import Changes, LaneSpec, Particles, Spec
from ncsn_viz.lab.experiment.commands import HoldNoiseLevel, RestartLane, RestartTraining, TrainStep
from ncsn_viz.lab.snapshot import LaneSnapshot, Snapshot, Status
from ncsn_viz.lab.storage import SavedSession, experiment_files
from ncsn_viz.lab.worker import mailbox
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.shell import session as session_module
from ncsn_viz.ui.shell.session import Session

DATA = Path(__file__).parents[2] / "data"


def changed(**changes):
    """An edit that replaces fields of the Spec."""
    return lambda spec: replace(spec, **changes)


@pytest.fixture
def session(qtbot, tmp_path):
    made = Session(Spec(particles=Particles(count=100)), "cpu", tmp_path / "deep" / "last.json")
    yield made
    assert made.close()


def test_undo_steps_through_choices_and_redo_comes_back(session):
    first = session.spec
    second = replace(first, target=Rings())
    session.edit(changed(target=Rings()))
    session.edit(changed(seed=5))
    session.undo()
    assert session.spec == second
    session.undo()
    assert session.spec == first
    assert not session.can_undo
    session.redo()
    session.redo()
    assert session.spec.seed == 5
    assert not session.can_redo


def test_edits_of_one_group_are_undone_as_one(session):
    first = session.spec
    for x in range(5):
        stroke = Stroke(points=tuple((float(i), 0.0) for i in range(x + 1)))
        session.edit(changed(target=Painted(base=Moons(), strokes=(stroke,))), token="one stroke")
    session.undo()
    assert session.spec == first


def test_another_edit_between_ends_the_group(session):
    session.edit(changed(seed=1), token="a")
    session.edit(changed(target=Rings()))
    session.edit(changed(seed=2), token="a")
    session.undo()
    assert (session.spec.seed, session.spec.target) == (1, Rings())


def test_undo_leaves_playback_and_view_alone(session):
    edit = partial(edits.view, region=(-1, 1, -1, 1))
    for each in (edits.toggle_training, edits.toggle_slow_motion, edit, edits.choose_lane(1)):
        session.edit(each)
    assert not session.can_undo
    session.edit(changed(seed=9))
    session.edit(edits.end_slow_motion)
    session.edit(partial(edits.toggle_layer, layer="energy"))
    before = session.spec
    session.undo()
    assert session.spec == replace(before, seed=0)
    session.redo()
    assert session.spec == before
    assert (before.playback.training, before.playback.slow_motion, before.chosen) == (False, "", 1)
    assert before.view.region == (-1, 1, -1, 1)


def test_edits_of_an_older_spec_apply_to_the_present_one(session):
    made = [changed(seed=3), edits.for_lane(1, partial(edits.change_lane, name="near")), changed(target=Rings())]
    for edit in made:  # made before any of them was applied
        assert session.edit(edit) is None
    assert (session.spec.seed, session.spec.lanes[1].name, session.spec.target) == (3, "near", Rings())


def test_a_refused_edit_is_returned_as_its_error_and_changes_nothing(session):
    before, emitted = session.spec, []
    session.specChanged.connect(emitted.append)
    error = session.edit(lambda spec: replace(spec, lanes=()))
    assert isinstance(error, ValidationError)
    assert "1 to 6" in str(error)
    assert session.spec is before
    assert not emitted
    assert not session.can_undo


@pytest.mark.parametrize("chosen", [0, 1, 2])
@pytest.mark.parametrize("removed", [0, 1, 2])
def test_a_lane_is_always_chosen(session, chosen, removed):
    session.edit(partial(edits.add_lane, objective=Denoising()))
    session.edit(edits.choose_lane(chosen))
    session.edit(lambda spec: edits.remove_lane(spec, removed))
    slots = [lane.slot for lane in session.spec.lanes]
    assert session.spec.view.chosen == (chosen if chosen != removed else slots[min(removed, 1)])
    present = session.spec.view.chosen
    session.undo()
    assert session.spec.view.chosen == present
    session.undo()  # the lane that was added is gone
    assert session.spec.view.chosen == min(present, 1)


def test_a_spec_whose_chosen_lane_is_not_there_has_its_first_one_chosen(qtbot):
    session = Session(Spec(lanes=(LaneSpec(slot=3), LaneSpec(slot=1))), "cpu")
    assert session.spec.view.chosen == 3
    session.close()


def test_a_choice_concerns_the_view_only(session):
    before = session.spec
    session.edit(edits.choose_lane(1))
    found = Changes.between(before, session.spec)
    assert before != session.spec
    assert found.view_only
    assert found == Changes.between(before, before)


def test_commands_are_put_into_the_queue_of_the_worker(session):
    for command in (TrainStep(), HoldNoiseLevel(0.3), HoldNoiseLevel(0.3, 4)):
        session.command(command)
    assert session._worker.commands.take_all() == (TrainStep(), HoldNoiseLevel(0.3))
    assert not session.can_undo


def test_a_restart_is_an_edit_that_undo_takes_back(session):
    assert session.spec.learners == (1, 2)
    session.command(RestartLane(5))  # nobody is there
    assert not session.can_undo
    session.command(RestartLane(1))
    session.command(RestartTraining())
    assert session.spec.learners == (4, 5)
    session.undo()
    assert session.spec.learners == (1, 3)
    session.undo()
    assert session.spec.learners == (1, 2)
    session.redo()
    session.command(RestartLane(1))
    assert session.spec.learners == (1, 6)  # no number is used twice
    assert not session.can_redo


def test_a_full_queue_is_a_notice(session, monkeypatch):
    notices = []
    session.notice.connect(notices.append)
    monkeypatch.setattr(mailbox, "CAPACITY", 2)
    for _ in range(3):
        session.command(TrainStep())
    assert session._worker.commands.take_all() == (TrainStep(), TrainStep())
    assert len(notices) == 1


def test_an_equal_spec_is_no_edit(session):
    told = []
    session.specChanged.connect(told.append)
    session.edit(changed())
    assert told == []
    assert not session.can_undo


def test_a_new_edit_forgets_what_was_undone(session):
    session.edit(changed(seed=1))
    session.undo()
    session.edit(changed(seed=2))
    session.redo()
    assert session.spec.seed == 2


def test_what_was_painted_is_written_down_by_itself(session, qtbot, tmp_path):
    painted = Painted(strokes=(Stroke(points=((1.0, 2.0),)),))
    session.edit(changed(target=painted))
    path = tmp_path / "deep" / "last.json"
    qtbot.waitUntil(path.exists, timeout=5000)
    assert experiment_files.read(path).target == painted


def test_a_full_disk_is_a_notice(qtbot, tmp_path):
    (tmp_path / "file").write_text("in the way")
    session = Session(Spec(), "cpu", tmp_path / "file" / "last.json")
    told = []
    session.notice.connect(told.append)
    session.close()
    assert len(told) == 1
    assert "safety copy" in told[0]


def test_an_experiment_that_is_opened_can_be_undone(session):
    session.edit(changed(seed=8))
    session.open(SavedSession(replace(Spec(), seed=7)))
    assert session.spec.seed == 7
    session.undo()
    assert session.spec.seed == 8


def test_an_opened_file_repeats_no_command(session):
    """Files of version 0.1 hold counters of what was asked for once: steps, releases, restarts, dropped particles."""
    session.open(SavedSession(experiment_files.read(DATA / "experiment_of_0_1.json")))
    assert [lane.name for lane in session.spec.lanes] == ["DSM", "C", "EBM"]
    assert session._worker.commands.take_all() == ()


def test_snapshots_arrive_with_the_spec_they_belong_to(session, qtbot):
    with qtbot.waitSignal(session.snapshotReady, timeout=20000) as first:
        session.start()
    assert first.args[0].spec == session.spec
    session.edit(changed(target=Rings()))
    spec = session.spec
    qtbot.waitSignal(
        session.snapshotReady, timeout=20000, check_params_cb=lambda snapshot: snapshot.spec == spec
    ).wait()


def test_five_hundred_strokes_share_their_points(qtbot, tmp_path):
    session = Session(Spec(target=Painted()), "cpu")
    stroke = Stroke(points=tuple((0.01 * k, 0.02 * k) for k in range(200)))
    tracemalloc.start()
    try:
        for k in range(520):
            target = session.spec.target
            fresh = replace(stroke, size=0.3 + 1e-4 * k)
            session.edit(changed(target=replace(target, strokes=(*target.strokes, fresh))))
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        session.close()
    assert session.can_undo
    assert len(session._undo) <= session_module.MOST_UNDO + 1
    assert grown < 60 * 2**20


def test_what_undo_can_no_longer_bring_back_is_said(session):
    """For want of memory, by the lanes that an undo would need; what nobody can come back to is not told."""
    notices = []
    session.notice.connect(notices.append)

    def show(kept=(), steps=5):
        lanes = tuple(LaneSnapshot(lane.name, Status(), step=steps) for lane in session.spec.lanes)
        session._notice_losses(Snapshot(session.spec, lanes, kept=frozenset(kept)))

    show()
    session.command(RestartLane(0))
    show(kept=[(0, 1)], steps=0)
    session.command(RestartLane(1))
    show(kept=[(0, 1), (1, 2)], steps=0)
    assert notices == []
    show(kept=[(1, 2)], steps=0)
    show(kept=[(1, 2)], steps=0)
    assert len(notices) == 1
    assert "learned before in A: undo brings back settings." in notices[0]
    session.undo()
    show(kept=[])  # the lane is back
    session.edit(changed(seed=5))
    show(kept=[], steps=0)  # it was too large to be kept
    assert len(notices) == 2
    assert "in A, B:" in notices[1]
