"""Advice in the right column: it comes and goes with the Spec, and its button is an edit like any other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN
from ncsn_viz.core.samplers import AnnealedLangevin
from ncsn_viz.core.targets import Mixture, Moons
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.ui.lanes.panel import LaneColumn
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.widgets import theme

LEFT = Qt.MouseButton.LeftButton
BOLD = LaneSpec(objective=NCSN(), sampler=AnnealedLangevin(step_size=1.0))
WELL = LaneSpec(objective=NCSN())


@pytest.fixture
def column(shown):
    made = shown(LaneColumn())
    made.remedyAsked.connect(lambda remedy: made.apply(remedy.edit) if remedy.fits(made.spec) else None)
    return made


def sentences(column):
    return [note.label.text() for note in column.advice.notes if note.isVisible()]


def test_all_is_well_at_first(column):
    column.show_chosen(Spec(), 0)
    assert not column.advice.isVisible()


def test_advice_on_a_too_large_step_is_shown_and_applied(qtbot, column):
    spec = Spec(lanes=(BOLD, WELL))
    column.show_chosen(spec, 0)
    (sentence,) = sentences(column)
    assert "fly off" in sentence
    note = column.advice.notes[0]
    assert note.label.palette().windowText().color().name() == theme.colors().warn
    assert "Step size" in note.button.toolTip()
    qtbot.mouseClick(note.button, LEFT)
    (edited, token), = column.emitted  # fmt: skip
    assert token is None  # an edit of its own for undo
    assert edited.lanes[0].sampler.step_size < 0.01
    assert edited.lanes[1] == spec.lanes[1]
    assert column.sampler.form.rows["step_size"].value == edited.lanes[0].sampler.step_size
    assert not column.advice.isVisible()


def test_each_lane_has_its_own(column):
    spec = Spec(lanes=(BOLD, replace(WELL, score_from="true")))
    column.show_chosen(spec, 0)
    assert "fly off" in sentences(column)[0]
    column.show_chosen(spec, 1)
    (sentence,) = sentences(column)
    assert "exact score" in sentence
    assert column.advice.notes[0].label.palette().windowText().color().name() == theme.colors().soft
    column.show_chosen(Spec(lanes=(BOLD, WELL)), 1)
    assert not column.advice.isVisible()


def test_several_pieces_of_advice_are_applied_one_by_one(qtbot, column):
    net = ScoreMLP(conditioning="none")
    column.show_chosen(Spec(lanes=(replace(BOLD, net=net, score_from="true"),)), 0)
    assert len(sentences(column)) == 3
    assert "exact score" in sentences(column)[2]  # what is no mistake comes last
    for left in (2, 1, 0):
        qtbot.mouseClick(column.advice.notes[0].button, LEFT)
        assert len(sentences(column)) == left
    lane = column.emitted[-1][0].lanes[0]
    assert (lane.net.conditioning, lane.score_from) == ("scaled_embedding", "learned")


def test_a_change_of_the_target_is_evaluated_after_a_pause(qtbot, column):
    ladder = {"sigma_max": 2.0, "sigma_min": 0.1}
    spec = Spec(target=Moons(), lanes=(LaneSpec(objective=NCSN(**ladder), sampler=AnnealedLangevin(**ladder)),))
    column.show_chosen(spec, 0)
    assert sentences(column) == []
    column.show_chosen(replace(spec, target=Mixture()), 0)
    assert sentences(column) == []
    qtbot.waitUntil(lambda: bool(sentences(column)), timeout=3000)
    assert "never forget" in sentences(column)[0]


def test_a_fix_can_be_undone(qtbot, column):
    session = Session(Spec(lanes=(BOLD,)), "cpu")
    column.remedyAsked.connect(lambda remedy: session.edit(remedy.edit))
    session.specChanged.connect(column.show_spec)
    column.show_spec(session.spec)
    qtbot.mouseClick(column.advice.notes[0].button, LEFT)
    assert session.spec.lanes[0].sampler.step_size < 0.01
    session.undo()
    assert session.spec.lanes[0].sampler == BOLD.sampler
    assert "fly off" in sentences(column)[0]
    session.close()
