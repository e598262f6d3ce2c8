"""The right column: edits of the chosen lane; a refused one is put back, and its section explains why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import pixels_of
from PySide6.QtCore import Qt

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Implicit
from ncsn_viz.core.samplers import AnnealedLangevin, GradientFlow, Langevin
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Spec
from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.lab.snapshot import DIVERGED, TRAINING, WAITING, LaneSnapshot, Snapshot, Status, TargetSnapshot
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.forms.row import KnobRow
from ncsn_viz.ui.lanes.panel import LaneColumn

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def column(shown):
    return shown(LaneColumn())


def choose(qtbot, combo, text):
    """Choose an entry by its keys."""
    combo.setFocus()
    steps = combo.findText(text) - combo.currentIndex()
    for _ in range(abs(steps)):
        qtbot.keyClick(combo, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)
    assert combo.currentText() == text


def snapshot(spec, *lanes):
    return Snapshot(spec, lanes, TargetSnapshot())


def test_every_part_of_a_lane_is_edited_in_its_own_lane(qtbot, column):
    column.show_chosen(Spec(), 1)
    assert "Sliced" in column.title.words
    assert column.title.words.startswith("B")
    choose(qtbot, column.objective.combo, "Implicit score matching")
    qtbot.keyClick(column.net.form.rows["layers"].slider, Qt.Key.Key_Home)
    qtbot.keyClick(column.optimizer.rows["ema"].slider, Qt.Key.Key_Home)
    qtbot.keyClick(column.source.rows["score_from"].combo, Qt.Key.Key_Down)
    expected = LaneSpec(
        "B", Implicit(), ScoreMLP(layers=1), replace(LaneSpec().optimizer, ema=0), Langevin(), "true", slot=1
    )
    assert column.emitted[-1][0].lanes == (Spec().lanes[0], expected)
    assert column.spec == column.emitted[-1][0]


def test_a_refused_edit_is_put_back_with_its_reason(qtbot, column):
    for _ in range(column.sampler.combo.findText("MALA") - column.sampler.combo.currentIndex()):
        qtbot.keyClick(column.sampler.combo, Qt.Key.Key_Down)  # accepts by energies
    assert column.sampling.error_label.isVisible()
    assert column.sampling.error_label.text().startswith("Cannot sample: MALA accepts by energies")
    assert column.sampler.combo.currentText() == column.lane.sampler.title
    assert column.sampler.settings == column.lane.sampler == GradientFlow(sigma=0.1)  # the last that was allowed


def test_another_objective_brings_what_fits_it_and_all_of_it_is_shown(qtbot, column):
    spec = replace(Spec(), lanes=(LaneSpec(objective=NCSN(), net=ScoreMLP(conditioning="karras")),))
    column.show_chosen(spec)
    choose(qtbot, column.objective.combo, Implicit.title)  # past others, each a choice
    assert all(token is None for _, token in column.emitted)  # a step of undo of its own
    edited, _ = column.emitted[-1]
    assert edited.lanes[0] == LaneSpec("A", Implicit(), ScoreMLP(), sampler=Langevin(), slot=0)
    assert column.title.words == "A · Implicit score matching"
    assert column.loss_formula._kind == "implicit"
    assert column.step_formula._kind == "langevin"
    assert column.sampler.combo.currentText() == "Langevin"
    assert column.net.form.rows["conditioning"].combo.currentText() == "σ × score"


def test_sampler_and_seed(qtbot, column):
    choose(qtbot, column.sampler.combo, "Gradient flow")
    assert column.emitted[-1][0].lanes[0].sampler.kind == "gradient_flow"
    field = column.seed.rows["seed"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "42")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert column.emitted[-1][0].seed == 42
    assert column.emitted[-1][0].lanes[0].sampler.kind == "gradient_flow"


def shown_problem(column):
    """The first note on the lane, if it is about something that is wrong."""
    note = column.notes.notes[0]
    return note.text if note.tone == "bad" else ""


def test_a_lane_that_diverged_can_be_started_again(qtbot, column):
    spec = Spec()
    column.show_chosen(spec, 1)
    fine = LaneSnapshot("A", Status(TRAINING))
    column.show_snapshot(snapshot(spec, fine, LaneSnapshot("B", Status(DIVERGED, "The loss has reached 1e9."))))
    assert shown_problem(column).startswith("The loss has reached 1e9. The learning rate")
    with qtbot.waitSignal(column.commanded) as emitted:
        qtbot.mouseClick(column.notes.restart, LEFT)
    assert emitted.args == [RestartLane(1)]
    column.show_snapshot(snapshot(spec, fine, LaneSnapshot("B", Status(WAITING, "Paint something first."))))
    assert not column.notes.restart.isVisible()
    assert not column.notes.fix.isVisible()
    column.show_snapshot(snapshot(spec, fine, LaneSnapshot("B", Status(TRAINING))))
    assert not shown_problem(column)
    assert not column.emitted


def test_a_lane_is_found_by_its_slot_in_an_older_snapshot(qtbot, column):
    old = Spec()
    bad, fine = LaneSnapshot("A", Status(DIVERGED, "The loss has reached 1e9.")), LaneSnapshot("B", Status(TRAINING))
    column.show_chosen(old)
    column.show_snapshot(snapshot(old, bad, fine))
    assert shown_problem(column)
    column.show_chosen(replace(old, lanes=old.lanes[1:]))  # A is removed, and B is at its index
    assert not shown_problem(column)
    column.show_snapshot(snapshot(old, bad, fine))  # that was made before
    assert not shown_problem(column)
    reversed_lanes = replace(old, lanes=old.lanes[::-1])
    column.show_chosen(reversed_lanes, 0)
    assert shown_problem(column)  # A again
    with qtbot.waitSignal(column.commanded) as emitted:
        qtbot.mouseClick(column.notes.restart, LEFT)
    assert emitted.args == [RestartLane(0)]
    new = replace(old, lanes=(LaneSpec(slot=3),))
    column.show_chosen(new)  # of which nothing is known yet
    assert not shown_problem(column)
    assert not column.now.isVisible()


def test_the_first_remedy_is_applied_by_a_button(qtbot, column):
    fast = replace(Spec().lanes[1], optimizer=Optimizer(learning_rate=0.5))
    spec = replace(Spec(), lanes=(Spec().lanes[0], fast))
    column.show_chosen(spec, 1)
    fine, told = LaneSnapshot("A", Status()), LaneSnapshot("B", Status(DIVERGED, "The loss has reached 1e9."))
    column.show_snapshot(snapshot(spec, fine, told))
    assert column.notes.fix.text() == "Set Learning rate to 0.003"
    assert "trains anew" in column.notes.fix.toolTip()
    assert "and what was learned" in column.notes.fix.toolTip()
    with qtbot.waitSignal(column.remedyAsked) as emitted:
        qtbot.mouseClick(column.notes.fix, LEFT)
    (remedy,) = emitted.args
    assert remedy.fits(spec)
    assert remedy.commands == (RestartLane(1),)
    assert remedy.edit(spec).lanes[1].optimizer.learning_rate == 0.003
    assert remedy.edit(spec).lanes[0] == spec.lanes[0]


def test_the_symbols_of_the_step_have_their_present_values(column):
    sampler = AnnealedLangevin(step_size=0.002, sigma_max=10, sigma_min=0.1)
    spec = Spec(lanes=(LaneSpec(sampler=sampler),))
    column.show_chosen(spec)
    pictures = []
    for sigma, eta, noise in ((10.0, "20", "6.32"), (0.1, "0.002", "0.0632")):  # η σᵢ²/σ_L², and the root of twice that
        column.show_snapshot(snapshot(spec, LaneSnapshot("A", Status(), sigma=sigma)))
        assert column.step_values.values == {"σᵢ": f"{sigma:g}", "ηᵢ": eta, "√2ηᵢ": noise}
        pictures.append(np.array_split(pixels_of(column.step_values), 3, axis=1))
    for one, other in zip(*pictures, strict=True):  # three symbols side by side, each with another value at another σ
        assert (np.abs(one - other).sum(-1) > 120).sum() > 10


def test_edits_of_a_column_that_shows_an_older_spec_apply_to_the_present_one(qtbot, column):
    made = []
    column.edited.disconnect()
    column.edited.connect(lambda edit, _: made.append(edit))  # nobody shows what comes of them
    qtbot.keyClick(column.net.form.rows["layers"].slider, Qt.Key.Key_Home)
    qtbot.keyClick(column.optimizer.rows["ema"].slider, Qt.Key.Key_Home)
    spec = edits.move_lane(Spec(seed=3), 0, 2)
    for edit in made:
        spec = edit(spec)
    assert spec.seed == 3
    assert [(lane.name, lane.net.layers, lane.optimizer.ema) for lane in spec.lanes] == [
        ("B", ScoreMLP().layers, Optimizer().ema),
        ("A", 1, 0),
    ]
    fewer = edits.remove_lane(spec, 1)
    assert made[0](fewer) == fewer


def test_the_lanes_of_a_group_are_edited_together(qtbot, column):
    spec = Spec(lanes=(LaneSpec(group=1), LaneSpec(group=1), LaneSpec()))
    column.show_chosen(spec, 1)
    qtbot.keyClick(column.net.form.rows["layers"].slider, Qt.Key.Key_Home)
    assert [lane.net.layers for lane in column.spec.lanes] == [1, 1, ScoreMLP().layers]


def test_an_equal_spec_is_not_drawn_again(column, monkeypatch):
    redrawn, show_value = [], KnobRow.show_value

    def noted(row, value):
        if value != row.value:
            redrawn.append(row.name)
        show_value(row, value)

    monkeypatch.setattr(KnobRow, "show_value", noted)
    column.show_chosen(Spec())
    assert not redrawn
    column.show_chosen(Spec(seed=3))
    assert redrawn == ["seed"]
