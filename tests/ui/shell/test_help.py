"""Hover help: every control of the real window says what it does, and every knob what goes wrong at its ends."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from fake_snapshots import lane, snapshot
from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction, QShortcut, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QListView,
    QScrollBar,
    QWidget,
)

from ncsn_viz.core import knobs as k
from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import ContrastiveDivergence
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec
from ncsn_viz.lab.storage import REGISTRIES
from ncsn_viz.ui.forms.row import KnobRow
from ncsn_viz.ui.lanes.card import LaneCard
from ncsn_viz.ui.shell.session import Session
from ncsn_viz.ui.shell.window import Window
from ncsn_viz.ui.widgets import theme

CONTROLS = (QAbstractButton, QComboBox, QAbstractSlider, QLineEdit)
QTS_OWN = ("qt_tableview_cornerbutton",)
SETTINGS = [cls for kinds in REGISTRIES.values() for cls in kinds] + [Optimizer, LaneSpec, Particles, Spec, Stroke]


@pytest.fixture
def window(qapp):
    theme.apply(qapp)
    chains = LaneSpec(objective=ContrastiveDivergence(), net=EnergyMLP())
    made = Window(Session(Spec(lanes=(LaneSpec(), chains)), "cpu"))
    made.resize(1500, 940)
    made.show()
    made.display.show_snapshot(snapshot([lane(), lane()]))
    yield made
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def controls(window):
    """Whatever the user can click, type into or reach by Tab."""
    for widget in window.findChildren(QWidget):
        reached = isinstance(widget, CONTROLS) or widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        quiet = QScrollBar | QListView | LaneCard  # words of a card would lie over its plot: its header has them
        if reached and not isinstance(widget, quiet) and widget.objectName() not in QTS_OWN:
            yield widget


def plain(text):
    return re.sub(r"<[^>]+>", " ", text).strip()


def test_every_control_says_what_it_does(window):
    found = list(controls(window))
    assert len(found) > 100
    for widget in found:
        words = plain(widget.toolTip())
        assert len(words) >= 12, f"{type(widget).__name__} “{widget.accessibleName()}”: {words!r}"
        assert " " in words


def test_every_action_of_a_menu_says_what_it_does(window):
    silent = [
        action.text()
        for action in window.findChildren(QAction)
        if action.text() and not action.menu() and plain(action.toolTip()) in ("", action.text().replace("&", ""))
    ]
    assert not silent


def test_every_row_of_a_form_shows_its_range_and_its_symbol(window):
    rows = window.findChildren(KnobRow)
    assert len(rows) > 25
    for row in rows:
        tip = plain(row.tip())
        assert row.title in tip
        if row.knob.symbol:
            assert row.knob.symbol[0] in tip
        if isinstance(row.knob, k.Real | k.Integer):
            assert "…" in tip
            assert "default" in tip
            assert row.knob.unit in tip


def ends(cls):
    for name, what in k.knobs(cls).items():
        if what.shown and isinstance(what, k.Real | k.Integer):
            yield name, what


ENDS = re.compile(
    r"\b(small|smaller|smallest|large|larger|few|many|more|one|near|less|too|above|below|[012]):?\b", re.I
)


@pytest.mark.parametrize("cls", SETTINGS, ids=lambda cls: cls.__name__)
def test_a_number_says_what_goes_wrong_at_its_ends(cls):
    for name, what in ends(cls):
        if name == "seed":  # one seed is as good as another
            continue
        sentences = [part for part in re.split(r"(?<=[.;:]) ", what.help) if part]
        assert len(sentences) >= 3, f"{name}: {what.help}"
        assert len(ENDS.findall(what.help)) >= 2, f"{name}: {what.help}"


def test_no_key_does_two_things(window):
    done = defaultdict(set)
    for action in window.findChildren(QAction):
        done[action.shortcut().toString()].add(action.text())
    for shortcut in window.findChildren(QShortcut):
        done[shortcut.key().toString()].add(str(id(shortcut)))
    for button in window.findChildren(QAbstractButton):
        if not button.shortcut().isEmpty():
            done[button.shortcut().toString()].add(button.text())
    done.pop("", None)
    assert len(done) > 15
    assert {key: what for key, what in done.items() if len(what) > 1} == {}


def test_long_tool_tips_break_their_lines(window):
    owners = [*window.findChildren(QWidget), *window.findChildren(QAction)]
    tips = {owner.toolTip() for owner in owners if len(owner.toolTip()) > 80}
    assert len(tips) > 40
    assert [tip for tip in tips if not Qt.mightBeRichText(tip)] == []  # only rich text wraps
