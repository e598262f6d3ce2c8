"""Notes on the chosen lane, in their place of fixed height; a remedy is an edit like any other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Sliced
from ncsn_viz.core.samplers import AnnealedLangevin
from ncsn_viz.core.targets import Mixture, Moons
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.experiment.commands import ReleaseParticles
from ncsn_viz.lab.snapshot import FAILED, TRAINING, LaneSnapshot, Snapshot, Status, TargetSnapshot
from ncsn_viz.ui.lanes.panel import LaneColumn
from ncsn_viz.ui.shell.session import Session

LEFT = Qt.MouseButton.LeftButton
BOLD = LaneSpec(objective=NCSN(), sampler=AnnealedLangevin(step_size=1.0))
WELL = LaneSpec(objective=NCSN())


@pytest.fixture
def column(shown):
    made = shown(LaneColumn())
    made.remedyAsked.connect(lambda remedy: made.apply(remedy.edit) if remedy.fits(made.spec) else None)
    return made


def texts(column):
    return [note.text for note in column.notes.notes]


def problem(lost=0.0, **changes):
    return LaneSnapshot("A", **({"status": Status(TRAINING)} | changes), metrics={"lost": lost})


def show_problem(column, lane):
    others = [LaneSnapshot(each.name, Status(TRAINING)) for each in column.spec.lanes[1:]]
    column.show_snapshot(Snapshot(column.spec, (lane, *others), TargetSnapshot()))


def test_without_advice_it_says_what_the_objective_does(column):
    column.show_chosen(Spec(), 0)
    assert texts(column) == [NCSN.about]
    assert not column.notes.fix.isVisible()
    assert not column.notes.next.isVisible()
    column.show_chosen(Spec(), 1)
    assert texts(column) == [Sliced.about]


def test_advice_on_a_too_large_step_is_shown_and_applied(qtbot, column):
    spec = Spec(lanes=(BOLD, WELL))
    column.show_chosen(spec, 0)
    (text,) = texts(column)
    assert "fly off" in text
    assert column.notes.label.text() == text
    assert column.notes.notes[0].tone == "warn"
    assert column.notes.fix.text() == "Set Step size to 0.001"  # it says what it will do
    assert "Undo brings the settings back." in column.notes.fix.toolTip()
    qtbot.mouseClick(column.notes.fix, LEFT)
    (edited, token), = column.emitted  # fmt: skip
    assert token is None  # an edit of its own for undo
    assert edited.lanes[0].sampler.step_size < 0.01
    assert edited.lanes[1] == spec.lanes[1]
    assert column.sampler.form.rows["step_size"].value == edited.lanes[0].sampler.step_size
    assert texts(column) == [NCSN.about]


def test_each_lane_has_its_own(column):
    spec = Spec(lanes=(BOLD, replace(WELL, score_from="true")))
    column.show_chosen(spec, 0)
    assert "fly off" in texts(column)[0]
    column.show_chosen(spec, 1)
    (text,) = texts(column)
    assert "exact score" in text
    assert column.notes.notes[0].tone == "soft"


def test_several_notes_are_read_and_applied_one_by_one(qtbot, column):
    net = ScoreMLP(conditioning="none")
    column.show_chosen(Spec(lanes=(replace(BOLD, net=net, score_from="true"),)), 0)
    assert len(texts(column)) == 3
    assert "exact score" in texts(column)[2]  # what is no mistake comes last
    for shown in (0, 1, 2, 0):
        assert column.notes.label.text() == texts(column)[shown]
        assert column.notes.count.text() == f"{shown + 1}/3"
        qtbot.mouseClick(column.notes.next, LEFT)
    assert column.notes.fix.text() == "Set Prediction to σ × score"
    assert "and what was learned" in column.notes.fix.toolTip()
    for left in (2, 1):
        qtbot.mouseClick(column.notes.fix, LEFT)
        assert len(texts(column)) == left
    qtbot.mouseClick(column.notes.fix, LEFT)
    lane = column.emitted[-1][0].lanes[0]
    assert (lane.net.conditioning, lane.score_from) == ("scaled_embedding", "learned")


def test_nothing_below_moves_whatever_is_said(qtbot, column):
    places = set()
    for lane, lost in ((WELL, 0.0), (BOLD, 0.0), (BOLD, 0.5), (WELL, 0.3), (BOLD, 0.0), (WELL, 0.0)):
        column.show_chosen(Spec(lanes=(lane,)), 0)
        show_problem(column, problem(lost))
        qtbot.wait(1)
        places.add((column.loss.y(), column.notes.height(), column.sampling.y()))
    assert len(places) == 1


def test_lost_particles_are_diagnosed_in_place_of_advice(qtbot, column):
    column.show_chosen(Spec(lanes=(BOLD,)), 0)
    show_problem(column, problem(0.123))
    assert all(text.startswith("12% of the particles have flown off. ") for text in texts(column))
    assert "fly off" in texts(column)[0]
    assert {note.tone for note in column.notes.notes} == {"warn"}
    assert not column.notes.restart.isVisible()
    qtbot.mouseClick(column.notes.next, LEFT)
    show_problem(column, problem(0.2))  # more of them: still the note that is read
    assert column.notes.number == 1
    with qtbot.waitSignal(column.remedyAsked) as asked:
        qtbot.mouseClick(column.notes.fix, LEFT)
    assert ReleaseParticles() in asked.args[0].commands
    show_problem(column, problem())
    assert not texts(column)[0].startswith("20%")


def test_a_lane_that_an_error_has_stopped_says_so_and_can_start_again(column):
    column.show_chosen(Spec(lanes=(WELL,)), 0)
    show_problem(column, problem(0.5, status=Status(FAILED, "Not enough memory.")))
    assert [(note.text, note.tone) for note in column.notes.notes] == [("Not enough memory.", "bad")]
    assert column.notes.restart.isVisible()


def test_a_change_of_the_target_is_evaluated_after_a_pause(qtbot, column):
    ladder = {"sigma_max": 2.0, "sigma_min": 0.1}
    spec = Spec(target=Moons(), lanes=(LaneSpec(objective=NCSN(**ladder), sampler=AnnealedLangevin(**ladder)),))
    column.show_chosen(spec, 0)
    assert texts(column) == [NCSN.about]
    column.show_chosen(replace(spec, target=Mixture()), 0)
    assert texts(column) == [NCSN.about]
    qtbot.waitUntil(lambda: texts(column) != [NCSN.about], timeout=3000)
    assert "never forget" in texts(column)[0]


def test_a_fix_can_be_undone(qtbot, column):
    session = Session(Spec(lanes=(BOLD,)), "cpu")
    column.remedyAsked.connect(lambda remedy: session.edit(remedy.edit))
    session.specChanged.connect(column.show_spec)
    column.show_spec(session.spec)
    qtbot.mouseClick(column.notes.fix, LEFT)
    assert session.spec.lanes[0].sampler.step_size < 0.01
    session.undo()
    assert session.spec.lanes[0].sampler == BOLD.sampler
    assert "fly off" in texts(column)[0]
    session.close()
