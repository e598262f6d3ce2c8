"""Forms: typed, dragged and chosen values become settings; invalid ones show an error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from ncsn_viz.core.knobs import Choice, Integer, Real, Settings, knob, knobs
from ncsn_viz.core.nets import NETS, ScoreMLP
from ncsn_viz.core.objectives import NCSN, OBJECTIVES, Denoising, Sliced
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin, Langevin
from ncsn_viz.core.targets import TARGETS, Mixture
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec
from ncsn_viz.ui.forms import slider_scale
from ncsn_viz.ui.forms.form import Form, KindForm, carry_over
from ncsn_viz.ui.forms.rows import ROWS
from ncsn_viz.ui.widgets import number_text


@pytest.fixture
def shown(qtbot):
    """Shows a widget of 240 pixels, and returns it with a list of the edits that it emits."""

    def show(widget):
        qtbot.addWidget(widget)
        edits = []
        widget.edited.connect(lambda settings, token: edits.append((settings, token)))
        widget.resize(240, max(widget.sizeHint().height(), 20))
        widget.show()
        qtbot.waitExposed(widget)
        widget.activateWindow()
        qtbot.waitUntil(widget.isActiveWindow)
        return widget, edits

    return show


def type_into(qtbot, field, text, key=Qt.Key.Key_Return):
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, key)


def wheel(widget, notches=1):
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        place, widget.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def drag(qtbot, slider, *shares):
    places = [QPoint(round(6 + share * (slider.width() - 12)), slider.height() // 2) for share in shares]
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(slider, place)
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=places[-1])


@pytest.mark.parametrize("kind", [*OBJECTIVES, *NETS, *SAMPLERS, *TARGETS, Optimizer, Particles])
def test_every_shown_knob_has_a_row_that_fits(shown, kind):
    form, edits = shown(Form(kind()))
    names = [name for name, what in knobs(kind).items() if what.shown and not what.fixed and type(what) in ROWS]
    assert list(form.rows) == names
    assert not edits
    for row in form.rows.values():
        assert row.title in row.tip()
        for widget in row.widgets():
            assert widget.isVisible()
            assert 22 <= widget.height() <= 26 or widget.height() == 18
            assert widget.geometry().right() <= 240
        if row.label.isVisible():
            assert row.label.width() >= row.label.sizeHint().width()


def test_a_choice_is_shown_as_soon_as_there_is_another_option(shown):
    @dataclass(frozen=True)
    class Two(Settings):
        alone: str = knob("a", Choice(options=("a",), label="Alone"))
        free: str = knob("a", Choice(options=("a", "b"), label="Free"))

    form, _ = shown(Form(Two()))
    assert list(form.rows) == ["free"]


@pytest.mark.parametrize(
    ("text", "value"), [("1e-2", 0.01), ("0,05", 0.05), (".5", 0.5), ("0.5 ", 0.5), ("5·10^-2", 0.05)]
)
def test_numbers_may_be_typed_in_several_notations(qtbot, shown, text, value):
    form, edits = shown(Form(Denoising(sigma=2)))
    type_into(qtbot, form.rows["sigma"].field, text)
    assert edits == [(Denoising(sigma=value), None)]
    assert form.settings == Denoising(sigma=value)


def test_the_click_that_enters_a_field_selects_its_text(qtbot, shown):
    form, edits = shown(Form(NCSN()))
    form.rows["antithetic"].toggle.setFocus()
    field = form.rows["levels"].field
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert edits == [(NCSN(levels=7), None)]


def test_whole_numbers_may_have_spaces(qtbot, shown):
    form, edits = shown(Form(Particles()))
    type_into(qtbot, form.rows["count"].field, "20 000")
    assert edits == [(Particles(count=20_000), None)]
    assert form.rows["count"].field.text() == "20\u202f000"


@pytest.mark.parametrize(
    ("text", "why"), [("1000", "must be between"), ("abc", "must be a number"), ("nan", "finite"), ("1e999", "finite")]
)
def test_invalid_input_shows_an_error_and_is_no_edit(qtbot, shown, text, why):
    form, edits = shown(Form(Denoising()))
    field = form.rows["sigma"].field
    type_into(qtbot, field, text)
    assert not edits
    assert form.settings == Denoising()
    assert field.property("bad") is True
    assert why in field.toolTip()
    assert field.text() == text
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.property("bad") is False
    assert field.text() == "0.3"


def test_leaving_a_field_untouched_or_unchanged_is_no_edit(qtbot, shown):
    form, edits = shown(Form(Optimizer(learning_rate=0.00123456789)))
    field = form.rows["learning_rate"].field
    type_into(qtbot, field, "", Qt.Key.Key_Tab)
    type_into(qtbot, field, field.text(), Qt.Key.Key_Return)
    assert not edits


def test_an_integer_knob_refuses_other_numbers(qtbot, shown):
    form, edits = shown(Form(Sliced()))
    type_into(qtbot, form.rows["slices"].field, "2.5")
    assert not edits
    assert "whole number" in form.rows["slices"].field.toolTip()


def test_a_seed_keeps_all_its_digits_and_has_no_slider(qtbot, shown):
    form, edits = shown(Form(Spec(), only=("seed",)))
    assert not form.rows["seed"].slider.isVisible()
    type_into(qtbot, form.rows["seed"].field, str(2**63 - 1))
    assert edits[-1][0].seed == 2**63 - 1


def test_one_drag_has_one_token_and_the_next_another(qtbot, shown):
    form, edits = shown(Form(Denoising()))
    slider = form.rows["sigma"].slider
    drag(qtbot, slider, 0.2, 0.5, 0.8)
    first = {token for _, token in edits}
    assert len(edits) == 3
    assert len(first) == 1
    assert None not in first
    assert [settings.sigma for settings, _ in edits] == sorted(settings.sigma for settings, _ in edits)
    edits.clear()
    drag(qtbot, slider, 0.1, 0.3)
    assert {token for _, token in edits}.isdisjoint(first)


def test_the_slider_reaches_both_ends(qtbot, shown):
    form, edits = shown(Form(Denoising()))
    drag(qtbot, form.rows["sigma"].slider, 0.5, 1.5)
    assert edits[-1][0].sigma == 50
    drag(qtbot, form.rows["sigma"].slider, 0.5, -0.5)
    assert edits[-1][0].sigma == 0.01


def test_keys_move_a_slider(qtbot, shown):
    form, edits = shown(Form(ScoreMLP()))
    slider = form.rows["hidden"].slider
    slider.setFocus()
    for _ in range(3):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert edits[-1][0].hidden > ScoreMLP().hidden
    assert len({token for _, token in edits}) == 1


def test_controls_without_focus_ignore_the_wheel(shown):
    form, edits = shown(Form(Sliced()))
    for widget in (form.rows["slices"].slider, form.rows["projection"].combo):
        widget.clearFocus()
        wheel(widget)
    assert not edits
    form.rows["slices"].slider.setFocus()
    wheel(form.rows["slices"].slider, 3)
    assert edits


def test_choices_and_switches(qtbot, shown):
    form, edits = shown(Form(Sliced()))
    combo = form.rows["projection"].combo
    assert [combo.itemText(i) for i in range(combo.count())] == ["Rademacher ±1", "Gaussian", "Sphere"]
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert edits[-1] == (Sliced(projection="gaussian"), None)
    qtbot.mouseClick(form.rows["variance_reduced"].toggle, Qt.MouseButton.LeftButton)
    assert edits[-1] == (Sliced(projection="gaussian", variance_reduced=False), None)


def test_showing_settings_emits_nothing(shown):
    form, edits = shown(Form(NCSN()))
    other = NCSN(sigma_max=20, sigma_min=0.5, levels=7, antithetic=False)
    form.show_settings(other)
    assert not edits
    assert form.settings is other
    assert form.rows["levels"].field.text() == "7"
    assert not form.rows["antithetic"].toggle.isChecked()
    with pytest.raises(TypeError):
        form.show_settings(Denoising())


def test_showing_equal_settings_leaves_half_typed_text_alone(qtbot, shown):
    form, _ = shown(Form(NCSN()))
    field = form.rows["levels"].field
    form.rows["antithetic"].toggle.setFocus()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(field, "1")
    form.show_settings(NCSN(sigma_max=20))
    assert field.text() == "1"


def test_settings_that_refuse_a_value_keep_the_old_one(qtbot, shown):
    form, edits = shown(Form(NCSN(sigma_max=1)))
    errors = []
    form.refused.connect(errors.append)
    drag(qtbot, form.rows["sigma_min"].slider, 0.3, 0.9)
    assert all(settings.sigma_min <= 1 for settings, _ in edits)
    assert form.settings.sigma_min <= 1
    assert errors[-1].startswith("Smallest noise must not exceed “Largest noise” = 1")
    row = form.rows["sigma_min"]
    assert row.slider.value() == slider_scale.position_of(row.knob, form.settings.sigma_min)


def test_lists_of_a_mixture_become_one_edit_when_they_fit(qtbot, shown):
    form, edits = shown(Form(Mixture()))
    type_into(qtbot, form.rows["weights"].field, "1; 2; 3")
    type_into(qtbot, form.rows["means"].field, "0, 0; 1,1; 2, 2")
    assert not edits
    assert form.rows["weights"].field.property("bad")
    type_into(qtbot, form.rows["stds"].field, "0.5, 0.5, 1")
    assert edits == [(Mixture((1, 2, 3), ((0, 0), (1, 1), (2, 2)), (0.5, 0.5, 1)), None)]
    assert not any(form.rows[name].field.property("bad") for name in form.rows)


def test_a_double_click_on_the_label_restores_the_default(qtbot, shown):
    form, edits = shown(Form(Denoising(sigma=5)))
    qtbot.mouseDClick(form.rows["sigma"].label, Qt.MouseButton.LeftButton)
    assert edits == [(Denoising(), None)]


def test_another_kind_takes_over_values_that_are_not_defaults(qtbot, shown):
    form, edits = shown(KindForm(OBJECTIVES, NCSN(antithetic=False)))
    form.combo.setFocus()
    qtbot.keyClick(form.combo, Qt.Key.Key_Up)
    assert edits == [(Denoising(antithetic=False), None)]
    assert list(form.form.rows) == ["sigma", "antithetic"]
    assert form.combo.currentText() == "Denoising score matching"
    type_into(qtbot, form.form.rows["sigma"].field, "2")
    assert edits[-1][0] == Denoising(sigma=2, antithetic=False)


def test_showing_another_kind_emits_nothing(shown):
    form, edits = shown(KindForm(SAMPLERS, Langevin()))
    form.show_settings(AnnealedLangevin(levels=3))
    assert not edits
    assert form.form.settings == AnnealedLangevin(levels=3)
    form.show_settings(AnnealedLangevin(levels=4))
    assert form.form.rows["levels"].field.text() == "4"


def test_what_is_carried_over_to_another_kind():
    assert carry_over(Langevin(step_size=0.5, sigma=3), AnnealedLangevin) == AnnealedLangevin(step_size=0.5)
    assert carry_over(Langevin(), AnnealedLangevin) == AnnealedLangevin()  # its own default, not Langevin's
    assert carry_over(NCSN(sigma_max=0.05, sigma_min=0.02), AnnealedLangevin) == AnnealedLangevin(
        sigma_max=0.05, sigma_min=0.02
    )


def all_numbers():
    for kind in (*OBJECTIVES, *NETS, *SAMPLERS, *TARGETS, Optimizer, Particles, LaneSpec):
        for name, what in knobs(kind).items():
            if isinstance(what, Real | Integer):
                yield pytest.param(what, id=f"{kind.__name__}.{name}")


@pytest.mark.parametrize("what", list(all_numbers()))
def test_every_position_of_a_slider_is_a_value_that_the_knob_takes(what):
    values = [slider_scale.value_at(what, position) for position in range(slider_scale.POSITIONS + 1)]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (what.low, what.high)
    assert [what.parse(value) for value in values] == values
    for position in range(0, slider_scale.POSITIONS + 1, 100):
        value = values[position]
        assert abs(slider_scale.position_of(what, value) - position) <= 60 or isinstance(what, Integer)
        assert number_text.parse_number(number_text.input_text(value)) == value


def test_decay_rates_near_1_are_distinguishable():
    what = knobs(Optimizer)["ema"]
    assert number_text.input_text(0.99999) == "0.99999"
    assert slider_scale.value_at(what, 600) == pytest.approx(0.999)


def test_settings_stay_equal_through_a_form(shown):
    optimizer = Optimizer(learning_rate=0.00123456, batch_size=77)
    form, _ = shown(Form(optimizer))
    form.show_settings(replace(optimizer, ema=0.5))
    assert form.settings == replace(optimizer, ema=0.5)
