"""The left column: edits of the target and the particles, and the canvas that agrees with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from ncsn_viz.core.targets import EightGaussians, Mixture, Moons, Painted
from ncsn_viz.core.targets.painting import Blob, Stroke
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.ui.target.panel import TargetColumn, count_of_points

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def column(shown):
    return shown(TargetColumn())


def test_painting_over_a_preset_makes_a_painted_target(qtbot, column):
    qtbot.mousePress(column.canvas, LEFT, pos=QPoint(60, 60))
    qtbot.mouseMove(column.canvas, QPoint(120, 60))
    qtbot.mouseRelease(column.canvas, LEFT, pos=QPoint(120, 60))
    painted = column.emitted[-1][0].target
    assert isinstance(painted, Painted)
    assert painted.base == Moons()
    assert len(painted.strokes) == 1
    assert len({token for _, token in column.emitted}) == 1
    qtbot.mouseClick(column.canvas, Qt.MouseButton.RightButton, pos=QPoint(30, 30))
    again = column.emitted[-1][0].target
    assert again.strokes[:1] == painted.strokes
    assert again.strokes[1].tool == "eraser"
    assert column.emitted[-1][1] != column.emitted[0][1]
    assert not any(thumb.isChecked() for thumb in column.presets.thumbs.values())
    assert list(column.shape.form.rows) == ["resolution", "bandwidth"]


def test_escape_restores_the_target(qtbot, column):
    qtbot.mousePress(column.canvas, LEFT, pos=QPoint(60, 60))
    qtbot.keyClick(column.canvas, Qt.Key.Key_Escape)
    assert column.emitted[-1][0] == Spec()
    assert len({token for _, token in column.emitted}) == 1
    qtbot.mouseRelease(column.canvas, LEFT, pos=QPoint(60, 60))
    assert column.emitted[-1][0] == Spec()


def test_tools(qtbot, column):
    qtbot.mouseClick(column.tools.erase, LEFT)
    assert column.canvas.brush.tool == "eraser"
    qtbot.mouseClick(column.tools.brush, LEFT)
    assert column.canvas.brush.tool == "brush"
    assert not column.emitted
    qtbot.mouseClick(column.tools.clear, LEFT)
    assert column.emitted == [(replace(Spec(), target=Painted()), None)]
    qtbot.mouseClick(column.tools.clear, LEFT)
    assert len(column.emitted) == 1
    for button, signal in ((column.undo, column.undoAsked), (column.redo, column.redoAsked)):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, LEFT)
    column.show_history(True, False)
    assert column.undo.isEnabled()
    assert not column.redo.isEnabled()


def test_the_brush_form_and_the_canvas_agree(qtbot, column):
    field = column.brush.rows["size"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "2")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert column.canvas.brush.size == 2
    qtbot.keyClick(column.canvas, Qt.Key.Key_BracketRight)
    assert field.text() == "2.24"
    assert column.brush.settings == Stroke(size=2.24)
    assert not column.emitted


def test_presets_and_their_knobs(qtbot, column):
    qtbot.mouseClick(column.presets.thumbs["eight_gaussians"], LEFT)
    assert column.emitted == [(replace(Spec(), target=EightGaussians()), None)]
    assert column.presets.thumbs["eight_gaussians"].isChecked()
    assert list(column.shape.form.rows) == ["width", "modes", "radius"]
    qtbot.keyClick(column.shape.form.rows["modes"].slider, Qt.Key.Key_Home)
    assert column.emitted[-1][0].target == EightGaussians(modes=2)
    qtbot.mouseClick(column.particles.rows["loop"].toggle, LEFT)
    assert column.emitted[-1][0].particles.loop is False
    assert column.emitted[-1][0].target == EightGaussians(modes=2)


def test_a_spec_from_outside_is_shown_and_emits_nothing(column):
    spec = replace(Spec(), target=Mixture(), window=(-4, 4))
    column.show_chosen(spec)
    assert column.presets.thumbs["mixture"].isChecked()
    assert column.canvas.window_range == (-4, 4)
    assert list(column.shape.form.rows) == ["weights", "means", "stds"]
    assert not column.emitted


def test_the_canvas_shows_every_edit_of_the_target_at_once(qtbot, column):

    def agrees():
        spec = column.spec
        return np.array_equal(column.canvas.shown, spec.target.image(spec.window, 128))

    qtbot.mouseClick(column.canvas, LEFT, pos=QPoint(60, 60))
    assert column.emitted[-1][0].target == column.canvas.target
    assert agrees()
    qtbot.mouseClick(column.presets.thumbs["eight_gaussians"], LEFT)
    assert agrees()
    before = column.canvas.shown
    qtbot.keyClick(column.shape.form.rows["modes"].slider, Qt.Key.Key_Home)
    assert agrees()
    assert not np.array_equal(column.canvas.shown, before)
    column.tools.choose("blob")
    qtbot.mouseClick(column.canvas, LEFT, pos=QPoint(60, 60))
    before = column.canvas.shown
    qtbot.keyClick(column.mark.form.rows["std_1"].slider, Qt.Key.Key_Home)
    assert agrees()
    assert not np.array_equal(column.canvas.shown, before)
    column.show_chosen(replace(Spec(), target=Mixture(), window=(-4, 4)))
    assert agrees()


def test_edits_of_a_column_that_shows_an_older_spec_apply_to_the_present_one(qtbot, column):
    made = []
    column.edited.disconnect()
    column.edited.connect(lambda edit, _: made.append(edit))  # nobody shows what comes of them
    qtbot.mouseClick(column.presets.thumbs["spiral"], LEFT)
    qtbot.mouseClick(column.particles.rows["loop"].toggle, LEFT)
    spec = Spec(seed=3)
    for edit in made:
        spec = edit(spec)
    assert (spec.seed, spec.target.kind, spec.particles.loop) == (3, "spiral", False)


def test_a_mark_in_progress_ends_where_the_target_becomes_another_one(qtbot, column):
    qtbot.mousePress(column.canvas, LEFT, pos=QPoint(60, 60))
    assert column.canvas.stroke is not None
    column.show_chosen(Spec())  # undone
    assert column.canvas.stroke is None
    assert column.canvas.target == Moons()
    qtbot.mouseRelease(column.canvas, LEFT, pos=QPoint(60, 60))
    assert column.spec == Spec()


def test_a_preset_is_seen_before_the_engine_has_started(column):
    assert not column.canvas.empty
    assert column.canvas.shown.shape == (128, 128)
    assert column.canvas.shown.max() == pytest.approx(1)


@pytest.mark.parametrize(("count", "text"), [(1, "1 point"), (2, "2 points"), (12000, "12\u202f000 points")])
def test_points_are_counted_in_words(count, text):
    assert count_of_points(count) == text


def test_no_two_sliders_have_one_name(column):
    column.show_chosen(replace(Spec(), target=Painted(strokes=(Blob(),))))
    titles = [row.title for form in (column.brush, column.mark.form) for row in form.rows.values()]
    assert "Strength" in titles
    assert "Brush strength" in titles
    assert len(set(titles)) == len(titles)
