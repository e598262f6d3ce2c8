"""Undo and redo of everything through the window's own widgets: a drag of any slider is one step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import OBJECTIVES, Implicit
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin, Langevin
from ncsn_viz.core.targets import TARGETS, Painted
from ncsn_viz.core.targets.painting import Blob, ImageMark, PointCloudMark, TextMark
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.storage import PresetStore
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.forms.form import Form
from ncsn_viz.ui.forms.rows import NumberRow
from ncsn_viz.ui.lanes.panel import LaneColumn
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.target.panel import TargetColumn
from ncsn_viz.ui.widgets import theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot):
    """The real window; its worker is not started, for nothing here needs it."""
    theme.apply(QApplication.instance())
    made = Window(Session(Spec(), "cpu"))
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()


def drag(qtbot, slider):
    """From one end to the other and back to the middle, by mouse."""
    middle, width = slider.height() // 2, slider.width()
    qtbot.mousePress(slider, LEFT, pos=QPoint(8, middle))
    for share in (0.3, 0.9, 0.2, 0.6):
        qtbot.mouseMove(slider, QPoint(int(share * width), middle))
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(int(0.6 * width), middle))


def sliders(column):
    """Every slider of a form that edits the experiment, by the form's order."""
    forms = [form for form in column.findChildren(Form) if form is not getattr(column, "brush", None)]
    rows = [row for form in forms if form.isVisible() for row in form.rows.values()]
    return [row.slider for row in rows if isinstance(row, NumberRow) and row.slider.isVisible()]


@pytest.fixture
def wired(qtbot):
    """A column with a session behind it, as in the window."""
    sessions = []

    def make(column, spec):
        theme.apply(QApplication.instance())
        column.session = Session(spec, "cpu")
        sessions.append(column.session)

        def apply(edit, token):
            if error := column.session.edit(edit, token):
                column.refuse(error, column.session.spec)

        column.edited.connect(apply)
        column.session.specChanged.connect(column.show_spec)
        column.show_spec(spec)
        qtbot.addWidget(column)
        column.resize(260, 1600)
        column.show()
        return column

    yield make
    for session in sessions:
        session.close()


def check(qtbot, column):
    """Every slider of the column: one drag, one step back, one forth. How many there were."""
    session, count = column.session, 0
    for index in range(len(sliders(column))):
        before = session.spec
        drag(qtbot, sliders(column)[index])
        after = session.spec
        if after == before:  # it was there already, or a refused edit was put back
            continue
        session.undo()
        assert session.spec == before, index
        session.redo()
        assert session.spec == after
        session.undo()
        count += 1
    return count


MARKED = [Painted(strokes=(mark,)) for mark in (Blob(), TextMark(), ImageMark(), PointCloudMark(count=3))]


@pytest.mark.parametrize("target", [*(kind() for kind in TARGETS), *MARKED], ids=lambda target: target.kind)
def test_sliders_of_targets_marks_and_particles(qtbot, wired, tmp_path, target):
    column = wired(TargetColumn(store=PresetStore(tmp_path)), replace(Spec(), target=target))
    assert check(qtbot, column) >= 2


@pytest.mark.parametrize("kind", [*OBJECTIVES, *SAMPLERS], ids=lambda kind: kind.kind)
def test_sliders_of_a_lane(qtbot, wired, kind):
    objective = kind() if kind in OBJECTIVES else OBJECTIVES[0]()
    sampler = kind() if kind in SAMPLERS else SAMPLERS[0]()
    lane = LaneSpec(objective=objective, net=EnergyMLP(), sampler=sampler)
    assert check(qtbot, wired(LaneColumn(), replace(Spec(), lanes=(lane,)))) >= 5


def test_lanes_presets_and_imports_in_a_row_are_undone_and_redone(qtbot, window):
    session, seen = window.session, [window.session.spec]

    def after(act):
        act()
        assert session.spec != seen[-1]
        seen.append(session.spec)

    after(lambda: qtbot.mouseClick(window.target.presets.thumbs["spiral"], LEFT))
    entries = {action.text(): action for action in window.toolbar.lanes.menu().actions()}
    after(entries["Duplicate the chosen lane"].trigger)
    after(lambda: qtbot.mouseClick(window.target.canvas, LEFT, pos=QPoint(60, 60)))
    after(lambda: window.target.add_imported_mark(ImageMark()))
    after(entries["Remove the chosen lane"].trigger)
    after(lambda: qtbot.mouseClick(window.target.tools.clear, LEFT))
    for spec in reversed(seen[:-1]):
        session.undo()
        assert session.spec.experiment == spec.experiment
    assert not session.can_undo
    for spec in seen[1:]:
        session.redo()
        assert session.spec.experiment == spec.experiment
    assert not session.can_redo


# -- keys, also while a field has the focus ---------------------------------------------------------------------------


CTRL, ENTER, ESCAPE = Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_Return, Qt.Key.Key_Escape


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    """A key for whatever has the focus."""
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


def typed(qtbot, window, field, text, end=None):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    if end is not None:
        press(qtbot, window, end)


def test_undo_acts_on_the_experiment_also_with_the_focus_in_a_field(qtbot, window):
    session, field = window.session, window.lane.optimizer.rows["learning_rate"].field
    first = session.spec
    typed(qtbot, window, field, "0.01", ENTER)
    second = session.spec
    typed(qtbot, window, field, "0.02", ENTER)
    for name in ("seed", "repeats"):
        other = window.lane.seed.rows[name].field
        other.setFocus()
        assert QApplication.focusWidget() is other
        press(qtbot, window, Qt.Key.Key_Z, CTRL)
        assert session.spec == second
        press(qtbot, window, Qt.Key.Key_Z, CTRL)
        assert session.spec == first
        assert field.text() == "0.003"
        press(qtbot, window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
        press(qtbot, window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
        assert session.spec.lanes[0].optimizer.learning_rate == 0.02


def test_undo_first_takes_back_what_is_being_typed(qtbot, window):
    session, field = window.session, window.lane.optimizer.rows["learning_rate"].field
    typed(qtbot, window, field, "0.01", ENTER)
    typed(qtbot, window, field, "7")
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert (field.text(), session.spec.lanes[0].optimizer.learning_rate) == ("0.01", 0.01)
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert session.spec.lanes[0].optimizer.learning_rate == 0.003
    typed(qtbot, window, field, "nonsense", ENTER)
    assert QApplication.focusWidget() is field  # refused: it can be put right
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert field.text() == "0.003"


@pytest.mark.parametrize("end", [ENTER, ESCAPE])
def test_enter_and_escape_leave_a_field_and_keys_are_shortcuts_again(qtbot, window, end):
    session, field = window.session, window.lane.optimizer.rows["learning_rate"].field
    playing = session.spec.playback.sampling
    typed(qtbot, window, field, "0.01", end)
    assert session.spec.lanes[0].optimizer.learning_rate == (0.01 if end == ENTER else 0.003)
    assert not field.hasFocus()
    press(qtbot, window, Qt.Key.Key_P)
    assert session.spec.playback.sampling != playing
    assert field.text() == ("0.01" if end == ENTER else "0.003")


def test_remedies_and_a_fresh_start_are_undone_in_one_step(qtbot, window):
    session = window.session
    session.edit(lambda spec: edits.change_lane(spec, 0, sampler=AnnealedLangevin(step_size=1.0)))
    before = session.spec
    qtbot.mouseClick(window.lane.notes.fix, LEFT)
    assert session.spec.lanes[0].sampler.step_size < 0.01
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert session.spec.experiment == before.experiment
    entries = {action.text(): action for action in window.toolbar.files.menu().actions()}
    entries["Back to the first experiment"].trigger()
    assert session.spec.experiment == Spec().experiment
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert session.spec.experiment == before.experiment


def test_what_an_objective_takes_away_is_told_and_undone(qtbot, window):
    session = window.session
    session.edit(lambda spec: edits.change_lane(spec, 0, sampler=AnnealedLangevin(step_size=0.002)))
    before = session.spec
    window.edit(lambda spec: edits.set_objective(spec, 0, Implicit()))
    assert session.spec.lanes[0].sampler == Langevin()
    assert window.notifications.text().startswith("A: Implicit score matching brings Langevin in place of Annealed")
    assert window.notifications.text().endswith("Undo brings the former settings back.")
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert session.spec == before
    window.notifications.hide()
    window.edit(lambda spec: edits.set_objective(spec, 1, Implicit()))
    assert not window.notifications.isVisible()  # nothing of one's own is gone


def test_tips_say_that_learning_comes_back(window):
    assert "Undo brings back what they have learned" in window.toolbar.reset.defaultAction().toolTip()
    (fresh,) = [
        action for action in window.toolbar.files.menu().actions() if action.text() == "Back to the first experiment"
    ]
    assert "and what they have learned" in fresh.toolTip()
