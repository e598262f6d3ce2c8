"""The session: undo, autosave, and the worker behind it."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.targets import Moons, Painted, Rings
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.experiment.spec import Particles, Spec
from ncsn_viz.lab.storage import experiment_files
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.shell import session as session_module
from ncsn_viz.ui.shell.session import Session


@pytest.fixture
def session(qtbot, tmp_path):
    made = Session(Spec(particles=Particles(count=100)), "cpu", tmp_path / "deep" / "last.json")
    yield made
    assert made.close()


def test_undo_steps_through_choices_and_redo_comes_back(session):
    first = session.spec
    second = replace(first, target=Rings())
    session.edit(second)
    session.edit(replace(second, seed=5))
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
        session.edit(replace(first, target=Painted(base=Moons(), strokes=(stroke,))), group="one stroke")
    session.undo()
    assert session.spec == first


def test_another_edit_between_ends_the_group(session):
    first = session.spec
    session.edit(replace(first, seed=1), group="a")
    session.edit(replace(session.spec, target=Rings()))
    session.edit(replace(session.spec, seed=2), group="a")
    session.undo()
    assert (session.spec.seed, session.spec.target) == (1, Rings())


def test_pace_and_view_are_no_edits_and_undo_leaves_them_alone(session):
    session.edit(edits.toggle_training(session.spec))
    session.edit(edits.look_at(session.spec, (-1, 1, -1, 1)))
    session.edit(edits.restart_lane(session.spec, 0))
    assert not session.can_undo
    session.edit(replace(session.spec, seed=9))
    session.undo()
    assert session.spec.seed == 0
    assert not session.spec.run.training
    assert session.spec.view.region == (-1, 1, -1, 1)
    assert session.spec.run.restarted == ("A",)


def test_an_equal_spec_is_no_edit(session):
    told = []
    session.specChanged.connect(told.append)
    session.edit(replace(session.spec))
    assert told == []
    assert not session.can_undo


def test_a_new_edit_forgets_what_was_undone(session):
    session.edit(replace(session.spec, seed=1))
    session.undo()
    session.edit(replace(session.spec, seed=2))
    session.redo()
    assert session.spec.seed == 2


def test_what_was_painted_is_written_down_by_itself(session, qtbot, tmp_path):
    painted = Painted(strokes=(Stroke(points=((1.0, 2.0),)),))
    session.edit(replace(session.spec, target=painted))
    path = tmp_path / "deep" / "last.json"
    qtbot.waitUntil(path.exists, timeout=5000)
    assert experiment_files.read(path).target == painted


def test_a_disk_that_takes_nothing_is_told_of(qtbot, tmp_path):
    (tmp_path / "file").write_text("in the way")
    session = Session(Spec(), "cpu", tmp_path / "file" / "last.json")
    told = []
    session.notice.connect(told.append)
    session.close()
    assert len(told) == 1
    assert "safety copy" in told[0]


def test_open_and_save(session, tmp_path):
    path = tmp_path / "mine.json"
    session.edit(replace(session.spec, seed=7))
    session.save(path)
    session.edit(replace(session.spec, seed=8))
    session.open(path)
    assert session.spec.seed == 7
    session.undo()
    assert session.spec.seed == 8
    with pytest.raises(ValidationError, match="cannot write"):
        session.save(tmp_path / "no" / "such" / "folder.json")
    path.write_text("{")
    with pytest.raises(ValidationError, match=r"mine\.json"):
        session.open(path)
    assert session.spec.seed == 8


def test_snapshots_arrive_with_the_spec_they_belong_to(session, qtbot):
    with qtbot.waitSignal(session.snapshotReady, timeout=20000) as first:
        session.start()
    assert first.args[0].spec == session.spec
    changed = replace(session.spec, target=Rings())
    session.edit(changed)
    qtbot.waitSignal(
        session.snapshotReady, timeout=20000, check_params_cb=lambda snapshot: snapshot.spec == changed
    ).wait()


def test_five_hundred_strokes_share_their_points(qtbot, tmp_path):
    session = Session(Spec(target=Painted()), "cpu")
    stroke = Stroke(points=tuple((0.01 * k, 0.02 * k) for k in range(200)))
    tracemalloc.start()
    try:
        for k in range(520):
            target = session.spec.target
            fresh = replace(stroke, size=0.3 + 1e-4 * k)
            session.edit(replace(session.spec, target=replace(target, strokes=(*target.strokes, fresh))))
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        session.close()
    assert session.can_undo
    assert len(session._undo) <= session_module.KEPT + 1
    assert grown < 60 * 2**20
