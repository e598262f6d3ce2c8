"""The formula of the target: typed, checked, explained, learned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.targets import Banana, Formula, Moons, Painted, SharpCheckerboard
from ncsn_viz.core.targets.formula import FUNCTIONS, VARIABLES
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.forms.formula_editor import names_tip
from ncsn_viz.ui.target.panel import TargetColumn

ENTER, ESCAPE = Qt.Key.Key_Return, Qt.Key.Key_Escape


@pytest.fixture
def column(shown):
    return shown(TargetColumn())


def write(qtbot, field, text):
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)


def underlined(field):
    """The part of the text that is underlined."""
    return [selection.cursor.selectedText() for selection in field.extraSelections()]


def test_a_formula_is_learned_after_a_pause(qtbot, column):
    field = column.formula.field
    assert field.toPlainText() == ""
    write(qtbot, field, "exp(-r^2/3)")
    assert not column.emitted
    qtbot.waitUntil(lambda: bool(column.emitted))
    (spec, token), *more = column.emitted
    assert not more
    assert spec == replace(Spec(), target=Formula("exp(-r^2/3)"))
    qtbot.keyClicks(field, " + exp(-(x-3)^2-y^2)")
    qtbot.keyClick(field, ENTER)
    assert column.emitted[-1] == (replace(Spec(), target=Formula("exp(-r^2/3) + exp(-(x-3)^2-y^2)")), token)
    assert column.presets.thumbs["formula"].isChecked()
    assert list(column.shape.form.rows) == ["window", "resolution"]
    assert not column.formula.message.isVisible()


def test_what_is_wrong_is_explained_and_underlined_and_the_target_stays(qtbot, column):
    field, message = column.formula.field, column.formula.message
    write(qtbot, field, "1 + sim(x)")
    assert not message.isVisible()
    qtbot.waitUntil(message.isVisible)
    assert message.text() == "The formula has the unknown name 'sim' at character 5; did you mean 'sin'?"
    assert underlined(field) == ["sim"]
    assert column.spec == Spec()
    column.show_spec(column.spec)  # something else has changed
    assert field.toPlainText() == "1 + sim(x)"
    qtbot.keyClick(field, ESCAPE)
    assert (field.toPlainText(), underlined(field), message.isVisible()) == ("", [], False)
    for text, sentence, place in (
        ("😀 + x", "The formula has '😀' at character 1, which is no part of a formula.", "😀"),
        ("-r", "The formula is -11.3 at x = -7.98, y = -7.98, and a density is never negative: use max(0, …), or let "
               "it be an energy.", "-r"),
        ("(x", "The formula has '(' at character 1, which is never closed.", "("),
        ("1/(x-x)", "The formula has “1/(x-x)” at character 1, which is infinite at x = -7.98, y = -7.98.", "1/(x-x)"),
    ):  # fmt: skip
        field.setPlainText(text)
        column.formula.field.commit()
        assert message.text() == sentence
        assert underlined(field) == [place]
    assert not column.emitted


def test_the_notes_of_a_formula_stand_below_it(column):
    column.show_chosen(replace(Spec(), target=Formula("exp(-r^2/32)")))
    assert column.formula.message.text() == "8.9 % of the mass of the formula is outside of the region and is cut off."
    column.show_chosen(replace(Spec(), target=Moons()))
    assert column.formula.field.toPlainText() == ""
    assert not column.formula.message.isVisible()


def test_a_preset_becomes_a_formula_when_its_text_is_edited(qtbot, column):
    preset = Banana(bend=0.3)
    column.show_chosen(replace(Spec(), target=preset))
    field, gives = column.formula.field, column.formula.gives
    assert field.toPlainText() == preset.expression
    assert gives.settings.gives == "energy"
    field.commit()
    assert not column.emitted
    qtbot.keyClicks(field, " ")
    field.commit()
    assert column.emitted[-1][0].target == Formula(f" {preset.expression}", "energy")
    column.show_chosen(replace(Spec(), target=SharpCheckerboard()))
    assert gives.settings.gives == "density"


def test_density_or_energy(qtbot, column):
    column.show_chosen(replace(Spec(), target=Formula("exp(-r^2/8)")))
    combo = column.formula.gives.rows["gives"].combo
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert column.emitted[-1][0].target == Formula("exp(-r^2/8)", "energy")
    write(qtbot, column.formula.field, "r^2")
    qtbot.keyClick(column.formula.field, ENTER)
    assert column.emitted[-1][0].target == Formula("r^2", "energy")


def test_undo_is_the_windows_while_nothing_is_typed(qtbot, column):
    column.show_chosen(replace(Spec(), target=Formula("exp(-r)")))
    field, control = column.formula.field, Qt.KeyboardModifier.ControlModifier

    def taken():
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, control)
        event.ignore()
        QApplication.sendEvent(field, event)
        return event.isAccepted()

    field.setFocus()
    assert not taken()
    qtbot.keyClicks(field, "2*")
    assert taken()
    qtbot.keyClick(field, ENTER)
    assert not taken()
    first = column.emitted[-1][1]
    column.formula._last -= 60  # a minute later
    qtbot.keyClicks(field, "3*")
    column.canvas.setFocus()
    assert column.emitted[-1][0].target.expression == "2*3*exp(-r)"
    assert column.emitted[-1][1] != first
    column.show_chosen(replace(Spec(), target=Formula("2*exp(-r)")))  # as undo does
    assert field.toPlainText() == "2*exp(-r)"


def test_window_and_view_follow_the_region(qtbot, column):
    column.show_chosen(replace(Spec(), target=Formula("exp(-r^2)")))
    column.apply(lambda spec: spec)
    field = column.shape.form.rows["window"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "-2, 3")
    qtbot.keyClick(field, ENTER)
    spec = column.emitted[-1][0]
    assert spec.target.window == spec.window == (-2, 3)
    assert spec.view.region == (-2, 3, -2, 3)
    write(qtbot, column.formula.field, "exp(-2*r^2)")
    qtbot.keyClick(column.formula.field, ENTER)
    assert column.emitted[-1][0].target.window == (-2, 3)
    elsewhere = replace(Spec(), target=Formula("exp(-r^2)"), window=(-4.0, 4.0))
    column.show_chosen(elsewhere)
    column.shape.form.edited.emit(replace(elsewhere.target, window=(-3.0, 3.0)), None)
    assert column.emitted[-1][0].window == (-4, 4)


def test_a_formula_is_on_the_canvas_where_that_is_elsewhere(qtbot, column):
    column.show_chosen(replace(Spec(), target=Painted(window=(100.0, 104.0))))
    write(qtbot, column.formula.field, "exp(-(x - 102)^2 - (y - 102)^2)")
    qtbot.keyClick(column.formula.field, ENTER)
    assert column.emitted[-1][0].target.window == (100, 104)


def test_the_tip_names_all_that_a_formula_may_contain():
    tip = names_tip()
    for name in (*VARIABLES, *FUNCTIONS):
        assert f"<b>{name}</b>" in tip


def test_a_long_formula_is_shown_whole(column):
    heights = []
    for text in ("r", " + ".join(["exp(-r^2)"] * 20)):
        column.show_chosen(replace(Spec(), target=Formula(text)))
        QApplication.processEvents()
        field = column.formula.field
        heights.append(field.height())
        assert not field.verticalScrollBar().isVisible()
    assert heights[1] > heights[0]


def test_what_is_wrong_is_scrolled_into_view(qtbot, shown):
    column = shown(TargetColumn(), height=500)
    area, field, message = column.parentWidget().parentWidget(), column.formula.field, column.formula.message
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "x +")
    qtbot.keyClick(field, ENTER)
    qtbot.waitUntil(lambda: message.mapTo(area, message.rect().bottomLeft()).y() <= area.height())
