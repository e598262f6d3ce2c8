"""Texts in other letters than the built-in font has are drawn by the fonts of the system, or refused in a sentence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextLayout

from ncsn_viz.core.knobs import ValidationError, kind_from_json, to_json
from ncsn_viz.core.targets import Painted
from ncsn_viz.core.targets.painting import MAX_SIDE, Stroke, TextMark, decode_pixels, draw_mark, is_built_in
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.actions import lettering
from ncsn_viz.ui.actions.lettering import with_letters
from ncsn_viz.ui.target.panel import TargetColumn
from ncsn_viz.ui.widgets import painting

NOWHERE = "\U0010fffd"  # for private use: no font should have it


def weights(mark):
    return draw_mark(np.zeros((128, 128)), (-8.0, 8.0), mark)


@pytest.mark.parametrize(("text", "known"), [("score 12", True), ("Ψ", False), ("점수", False), ("é", False)])
def test_the_built_in_font_says_which_letters_it_has(text, known):
    assert is_built_in(text) == known
    assert not known or with_letters(TextMark(text=text)) == TextMark(text=text)


@pytest.mark.parametrize("text", ["Ψ∇p", "été", "шум", "שלום"])
def test_letters_of_the_system_are_painted_and_kept_in_the_file(qapp, text):
    mark = with_letters(TextMark(text=text, height=4.0, strength=1.0))
    assert mark.drawn == text
    painted = weights(mark)
    assert painted.max() == pytest.approx(1, abs=0.02)
    assert 0.002 < (painted > 0.5).mean() < 0.5
    boxes = weights(TextMark(text=text, height=4.0, strength=1.0))  # what the built-in font shows
    assert np.abs(painted - boxes).max() > 0.5
    again = kind_from_json([TextMark], to_json(mark))
    assert again == mark
    assert np.array_equal(weights(again), painted)  # without the font


def test_their_height_is_that_of_capitals(qapp):
    rows = np.nonzero(weights(with_letters(TextMark(text="ΔΠ", height=4.0, strength=1.0))).max(1) > 0.5)[0]
    assert (rows[-1] - rows[0] + 1) / 8 == pytest.approx(4.0, abs=0.3)


def test_a_long_text_has_smaller_pixels(qapp):
    mark = with_letters(TextMark(text="Ж" * 40))
    assert len(decode_pixels(mark.pixels)) <= MAX_SIDE**2
    assert mark.capital > 3


def test_a_letter_without_a_glyph_is_refused_in_a_sentence(qapp):
    if 0 not in glyphs(NOWHERE):
        pytest.skip("some font of this system has it")
    with pytest.raises(ValidationError, match="No font of this system has all letters of “a"):
        with_letters(TextMark(text=f"a{NOWHERE}"))


def test_a_text_is_typed_in_the_panel(shown, qtbot):
    column = shown(TargetColumn())
    column.show_chosen(replace(Spec(), target=Painted(strokes=(TextMark(),))))
    field = column.mark.form.rows["text"].field

    def write(text):
        field.setFocus()
        field.selectAll()
        field.insert(text)  # as an input method does
        qtbot.keyClick(field, Qt.Key.Key_Return)

    write("Ψ")
    mark = column.spec.target.strokes[-1]
    assert (mark.text, mark.drawn) == ("Ψ", "Ψ")
    write("plain")
    assert column.spec.target.strokes[-1].text == "plain"
    if 0 in glyphs(NOWHERE):
        write(NOWHERE)
        assert column.spec.target.strokes[-1].text == "plain"
        assert column.painting.error_label.isVisible() or field.property("bad")


def test_the_next_text_on_the_canvas_has_the_same_letters(shown, qtbot):
    column = shown(TargetColumn())
    column.show_chosen(replace(Spec(), target=Painted(strokes=(with_letters(TextMark(text="Ψ")), Stroke()))))
    column.canvas.text = "Ψ"
    column.tools.choose("text")
    qtbot.mouseClick(column.canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    assert column.spec.target.strokes[-1].drawn == "Ψ"


def glyphs(text):
    layout = QTextLayout(text, painting.font(lettering.SIZE))
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return [index for run in layout.glyphRuns() for index in run.glyphIndexes()]
