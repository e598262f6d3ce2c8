"""Own presets through the column's widgets: saved, chosen, renamed, removed, undone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QInputDialog

from ncsn_viz.core.targets import Moons, Painted, Rings
from ncsn_viz.core.targets.painting import Blob
from ncsn_viz.lab.experiment import Spec
from ncsn_viz.lab.storage import PresetStore
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.target.gallery import target_image
from ncsn_viz.ui.target.panel import TargetColumn
from ncsn_viz.ui.widgets import theme

LEFT = Qt.MouseButton.LeftButton
BLOB = Painted(strokes=(Blob(mean=(3, 3)),))


@pytest.fixture
def column(qtbot, tmp_path):
    theme.apply(QApplication.instance())
    session = Session(replace(Spec(), target=BLOB), "cpu")
    made = TargetColumn(store=PresetStore(tmp_path / "presets"))
    made.session = session
    made.edited.connect(session.edit)
    session.specChanged.connect(made.show_spec)
    made.show_spec(session.spec)
    qtbot.addWidget(made)
    made.resize(260, 1000)
    made.show()
    qtbot.waitExposed(made)
    yield made
    session.close()


@pytest.fixture
def typed(monkeypatch):
    """What the user types into the next dialog; None is its Cancel."""
    answers = []

    def ask(*args):
        answer = answers.pop(0)
        return answer or "", answer is not None

    monkeypatch.setattr(QInputDialog, "getText", ask)
    return answers


def names(column):
    return list(column.own.thumbs)


def test_saved_chosen_and_undone(qtbot, column, typed):
    assert column.own.hint.isVisible()
    typed.append("Far corner")
    qtbot.mouseClick(column.save_preset, LEFT)
    assert names(column) == ["Far corner"]
    assert not column.own.hint.isVisible()
    thumb = column.own.thumbs["Far corner"]
    assert thumb.isChecked()
    qtbot.mouseClick(column.presets.thumbs["rings"], LEFT)
    assert not thumb.isChecked()
    before = column.session.spec
    qtbot.mouseClick(thumb, LEFT)
    assert column.session.spec.target == BLOB
    assert column.canvas.shown[88, 88] == pytest.approx(1, abs=0.05)
    column.session.undo()
    assert column.session.spec == before


def test_they_are_there_again_after_a_start(qtbot, column, typed, tmp_path):
    typed.append("kept")
    qtbot.mouseClick(column.save_preset, LEFT)
    again = TargetColumn(store=PresetStore(tmp_path / "presets"))
    qtbot.addWidget(again)
    assert names(again) == ["kept"]


def test_the_picture_is_of_the_preset(qtbot, column, typed):
    typed.append("x")
    qtbot.mouseClick(column.save_preset, LEFT)
    thumb = column.own.thumbs["x"]
    qtbot.waitUntil(lambda: thumb._image is not None)
    there = thumb._image.pixelColor(round(56 * 11 / 16), round(56 * 5 / 16)).getRgb()
    assert sum(there[:3]) > 300
    assert sum(thumb._image.pixelColor(5, 50).getRgb()[:3]) < 60


def test_renamed_and_removed_by_keys(qtbot, column, typed):
    typed += ["a", "b", None]
    qtbot.mouseClick(column.save_preset, LEFT)
    qtbot.keyClick(column.own.thumbs["a"], Qt.Key.Key_F2)
    assert names(column) == ["b"]
    qtbot.keyClick(column.own.thumbs["b"], Qt.Key.Key_F2)
    assert names(column) == ["b"]
    qtbot.keyClick(column.own.thumbs["b"], Qt.Key.Key_Delete)
    assert names(column) == []
    assert column.own.hint.isVisible()


def test_a_taken_name_is_complained_of(qtbot, column, typed):
    typed += ["a", "a"]
    qtbot.mouseClick(column.save_preset, LEFT)
    qtbot.mouseClick(column.save_preset, LEFT)
    assert "already" in column.gallery.error_label.text()
    assert names(column) == ["a"]


def test_a_broken_one_is_left_out_and_reported(qtbot, tmp_path):
    store = PresetStore(tmp_path)
    store.save("fine", Rings())
    (tmp_path / "bad.json").write_text("{")
    made = TargetColumn(store=store)
    qtbot.addWidget(made)
    assert names(made) == ["fine"]
    assert "bad.json" in made.own.errors[0]


def test_the_current_preset_shows_its_knobs(qtbot, column):
    thumb = column.presets.thumbs["moons"]
    column.show_spec(replace(Spec(), target=Moons(width=1.0)))
    assert thumb._image == target_image(Moons(width=1.0))
    column.show_spec(replace(Spec(), target=Rings()))
    assert thumb._image == target_image(Moons())
