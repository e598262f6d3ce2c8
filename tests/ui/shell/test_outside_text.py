"""Text from outside (names, keys, paths, messages) is shown as it is: nowhere would Qt take it for HTML."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest
from fake_snapshots import lane
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QToolTip, QWidget

from ncsn_viz.core.targets import Painted
from ncsn_viz.core.targets.painting import PointCloudMark, TextMark
from ncsn_viz.lab.experiment import CurveView, LaneSpec, Spec, View
from ncsn_viz.lab.snapshot import DIVERGED, WAITING, Snapshot, Status
from ncsn_viz.lab.storage import PresetStore
from ncsn_viz.ui.shell import window as window_module
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.target.own_presets import OwnPresets
from ncsn_viz.ui.target.panel import TargetColumn
from ncsn_viz.ui.widgets import painting
from ncsn_viz.ui.widgets.controls import CommitLineEdit, Label
from ncsn_viz.ui.widgets.translate import menu_text, plain, rich

UI = Path(window_module.__file__).parents[1]
TAG = "<img src=//host/a>"
ROLE = Qt.ItemDataRole


def hostile():
    """An experiment in which every free text is a tag."""
    lanes = tuple(LaneSpec(name=f"{TAG}{k}", group=1) for k in range(2))
    marks = (TextMark(text=TAG), PointCloudMark(name=f"{TAG}.csv"))
    return Spec(lanes=lanes, target=Painted(strokes=marks), view=View(curves=(CurveView(TAG), CurveView("loss"))))


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    store = PresetStore(tmp_path / "presets")
    store.save(TAG, Painted())
    (store.folder / "broken.json").write_text(json.dumps({TAG: 1, "format": TAG}))
    monkeypatch.setattr(window_module, "TargetColumn", lambda: TargetColumn(store=store))
    made = Window(Session(hostile(), "cpu"))
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def shown_texts(window):
    """Every text that Qt would show, and whether it would take it for HTML."""
    for widget in (window, *window.findChildren(QWidget)):
        yield widget.toolTip(), GuiQt.mightBeRichText(widget.toolTip())
        yield widget.whatsThis(), GuiQt.mightBeRichText(widget.whatsThis())
        if isinstance(widget, QLabel):
            auto = widget.textFormat() == Qt.TextFormat.AutoText and GuiQt.mightBeRichText(widget.text())
            yield widget.text(), auto or widget.textFormat() in (Qt.TextFormat.RichText, Qt.TextFormat.MarkdownText)
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from tips_of(widget.model())
    for action in window.findChildren(QAction):
        yield action.toolTip(), GuiQt.mightBeRichText(action.toolTip())


def tips_of(model):
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            tip = model.index(row, column).data(ROLE.ToolTipRole) or ""
            yield tip, GuiQt.mightBeRichText(tip)
    for column in range(model.columnCount()):
        tip = model.headerData(column, Qt.Orientation.Horizontal, ROLE.ToolTipRole) or ""
        yield tip, GuiQt.mightBeRichText(tip)


def test_no_text_from_outside_is_taken_for_html(window, qtbot):
    lost = lane(status=Status(DIVERGED, TAG), health=TAG, metrics={TAG: 1.0})
    shown = Snapshot(window.session.spec, (lost, lane(status=Status(WAITING, TAG))), device=TAG, training_note=TAG)
    window.session.edit(lambda spec: replace(spec, view=replace(spec.view, below="table")))
    for _ in range(5):  # readers take turns
        window.display.show_snapshot(shown)
    window.toolbar.show_device(TAG, 60, TAG)
    window.display.show_snapshot(replace(shown, failure=TAG))
    window.slow.words.setText(TAG)
    for section in (window.target.painting, window.target.gallery):
        section.show_error(TAG)
    qtbot.wait(1)
    menu = window.lane_actions.made(window.session.spec, 0)
    window.lane_actions.menu = menu
    texts = list(shown_texts(window))
    bad = [text for text, is_html in texts if is_html and "<img" in text]
    assert not bad
    assert sum(TAG in text for text, _ in texts) >= 6  # shown as it is, in these
    assert sum(TAG.replace("<", "&lt;").replace(">", "&gt;") in text for text, _ in texts) >= 2
    menu.deleteLater()


def test_a_preset_of_any_name_and_the_errors_of_broken_ones(qtbot, tmp_path):
    store = PresetStore(tmp_path)
    store.save(TAG, Painted())
    presets = OwnPresets(store)
    qtbot.addWidget(presets)
    assert "<img" not in presets.thumbs[TAG].toolTip()
    assert "&lt;img" in presets.thumbs[TAG].toolTip()


def test_texts_as_they_are():
    assert plain("σ < 1 & 2") == "σ < 1 & 2"
    assert plain(f"{TAG}\na") == "<qt>&lt;img src=//host/a&gt;<br>a</qt>"
    assert rich("<b>{}</b> {}", TAG, "{}") == "<qt><b>&lt;img src=//host/a&gt;</b> {}</qt>"
    assert menu_text("A & B\tCtrl+Q\nC") == "A && B Ctrl+Q C"


def test_labels_and_tips_at_a_pixel_show_a_tag(qtbot, monkeypatch):
    label, shown = Label(TAG), []
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert Label("<b>x</b>", label, textFormat=Qt.TextFormat.RichText).textFormat() == Qt.TextFormat.RichText
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, *__: shown.append(text))
    event = QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1))
    assert painting.show_tip(label, event, lambda _: TAG)
    field = CommitLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.show_error(TAG, popup=True)
    assert len(shown) == 2
    assert not any("<img" in text for text in (*shown, field.toolTip()))


def test_labels_are_made_in_one_place_and_so_is_rich_text():
    """`Label` and `rich` are those places; a label of Qt's own takes for HTML what looks like it."""
    for path in UI.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert "QLabel" not in names, path
        assert "QMessageBox" not in names, path
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert path.name == "translate.py" or not any("<qt>" in text for text in texts), path
