"""The toolbar: it fits at every width, and what is left out is still there by menu and by key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import ContrastiveDivergence
from ncsn_viz.lab.experiment import LaneSpec, Spec
from ncsn_viz.lab.experiment.commands import ReleaseParticles, RestartTraining, SampleStep, TrainStep
from ncsn_viz.lab.experiment.view import PICTURES
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.overflow_toolbar import GAP, SPACE
from ncsn_viz.ui.actions.toolbar import PACES, Toolbar
from ncsn_viz.ui.widgets import theme

NONE, SHIFT, CTRL = (getattr(Qt.KeyboardModifier, name) for name in ("NoModifier", "ShiftModifier", "ControlModifier"))


@pytest.fixture
def bar(qtbot, qapp):
    theme.apply(qapp)
    made = Toolbar()
    qtbot.addWidget(made)
    made.edits, made.commands = [], []
    made.edited.connect(lambda edit, _: made.edits.append(edit))
    made.commanded.connect(made.commands.append)
    made.show_device("CPU", 60)
    made.show_spec(Spec())
    made.resize(1600, 46)
    made.show()
    return made


def on_it(bar):
    return [widget for widget in bar._ranks if widget.isVisible()]


@pytest.mark.parametrize("width", [2000, 1500, 1280, 1100, 980, 700])
def test_nothing_overlaps_and_nothing_is_cut_at_any_width(bar, width, qapp):
    bar.resize(width, 46)
    qapp.processEvents()
    shown = on_it(bar)
    if width >= 980:  # the window is never narrower
        assert max(widget.geometry().right() for widget in shown) <= width
        assert all(widget.width() >= widget.sizeHint().width() for widget in shown)
    assert bar.more.isVisible() == bool(bar.left_out())
    assert {bar.train, bar.sample, bar.map, bar.files} <= set(shown)
    wanted = set(bar._ranks) - {bar.layers["negatives"]}
    assert set(shown) | set(bar.left_out()) >= {widget for widget in wanted if bar._offers(widget)}


def test_the_layers_of_every_day_are_on_a_small_screen(bar):
    bar.resize(1280, 46)
    assert all(bar.layers[name].isVisible() for name in ("energy", "field", "particles", "trails"))


def test_what_is_left_out_works_from_the_menu_and_by_its_key(bar, qtbot):
    bar.resize(700, 46)
    assert bar.layers["truth"] in bar.left_out()
    bar._fill()
    entries = {action.text(): action for action in bar._menu.actions()}
    assert {"Training step", "Reset training", "Truth"} <= set(entries)
    entries["Truth"].trigger()
    assert "truth" in bar.edits[-1](Spec()).view.layers
    qtbot.keyClick(bar, Qt.Key.Key_0)
    assert len(bar.edits) == 2
    qtbot.keyClick(bar, Qt.Key.Key_T)
    assert bar.commands == [TrainStep()]


@pytest.mark.parametrize(
    ("button", "held", "key", "edit", "command"),
    [
        ("play", NONE, Qt.Key.Key_Space, edits.toggle_play, None),
        ("train", SHIFT, Qt.Key.Key_Space, edits.toggle_training, None),
        ("train_step", NONE, Qt.Key.Key_T, edits.pause_training, TrainStep()),
        ("reset", CTRL, Qt.Key.Key_R, None, RestartTraining()),
        ("sample", NONE, Qt.Key.Key_P, edits.toggle_sampling, None),
        ("sample_step", NONE, Qt.Key.Key_S, edits.pause_sampling, SampleStep()),
        ("release", NONE, Qt.Key.Key_R, None, ReleaseParticles()),
        ("slow", NONE, Qt.Key.Key_M, edits.toggle_slow_motion, None),
    ],
)
def test_every_button_and_its_key_emit_an_edit_and_then_a_command(bar, qtbot, button, held, key, edit, command):
    emitted = []
    bar.edited.connect(lambda edit, token: emitted.append((edit, token)))
    bar.commanded.connect(emitted.append)
    expected = [(edit, None)] * (edit is not None) + [command] * (command is not None)
    qtbot.mouseClick(getattr(bar, button), Qt.MouseButton.LeftButton)
    assert emitted == expected
    qtbot.keyClick(bar, key, held)
    assert emitted == 2 * expected


def test_the_menu_of_lanes_edits_the_chosen_one(bar):
    entries = {action.text(): action for action in bar.lanes.menu().actions()}
    entries["Duplicate the chosen lane"].trigger()
    entries["Remove the chosen lane"].trigger()
    spec = edits.choose_lane(1)(Spec())
    assert [[lane.slot for lane in edit(spec).lanes] for edit in bar.edits] == [[0, 1, 2], [0]]


def test_the_menu_of_what_is_left_out_can_be_opened_again_and_again(bar):
    bar.resize(700, 46)
    for _ in range(3):
        bar._fill()
    assert "Truth" in [action.text() for action in bar._menu.actions()]
    bar.resize(1600, 46)
    bar.show_spec(Spec())
    assert all(button.defaultAction() is not None for button in bar.layers.values())


def test_buttons_show_what_is_on(bar):
    spec = Spec()
    bar.show_spec(edits.playback(edits.view(spec, layers=("error", "field")), training=False))
    assert bar.layers["field"].isChecked()
    assert not bar.layers["particles"].isChecked()
    assert bar.maps["error"].isChecked()
    assert bar.map.text().startswith("Error")
    assert not bar.train.isChecked()
    assert bar.sample.isChecked()
    assert "Pause" in bar.play.text()  # the particles move
    bar.show_spec(edits.playback(spec, training=False, sampling=False))
    assert "Play" in bar.play.text()
    assert bar.edits == []  # showing is not doing


def test_play_starts_both_and_pauses_whatever_runs():
    running = Spec()
    paused = edits.toggle_play(running)
    assert (paused.trains, paused.samples) == (False, False)
    again = edits.toggle_play(paused)
    assert (again.trains, again.samples) == (True, True)
    one = edits.toggle_play(edits.playback(running, training=False))
    assert (one.trains, one.samples) == (False, False)


def test_only_the_essential_is_in_the_row_and_all_else_in_its_menu(bar):
    bar.show_only_essential(True)
    assert on_it(bar) == [bar.layout().itemAt(0).widget(), bar.play, bar.lanes, bar.files, bar.all]
    assert {bar.train, bar.reset, bar.map, *bar.layers.values()} - {bar.layers["negatives"]} <= set(bar.left_out())
    assert bar.more.isVisible()
    bar.show_only_essential(False)
    assert {bar.train, bar.map} <= set(on_it(bar))


def test_negatives_are_offered_where_a_lane_has_some(bar):
    bar.resize(2000, 46)
    assert not bar.layers["negatives"].isVisible()
    chains = LaneSpec(objective=ContrastiveDivergence(), net=EnergyMLP())
    bar.show_spec(Spec(lanes=(LaneSpec(), chains)))
    assert bar.layers["negatives"].isVisible()


def test_what_is_subtracted_is_chosen_among_the_truth_and_the_lanes(bar):
    spec = Spec(lanes=(LaneSpec(name="mine"), LaneSpec()))
    bar.show_spec(spec)
    offered = {action.text(): action for action in bar.baseline.actions()}
    assert list(offered) == ["The truth", "Lane mine", f"Lane {spec.lanes[1].name}"]
    assert offered["The truth"].isChecked()
    offered["Lane mine"].trigger()
    changed = bar.edits[-1](spec)
    assert changed.view.baseline == changed.lanes[0].slot
    bar.show_spec(changed)
    assert [action.isChecked() for action in bar.baseline.actions()] == [False, True, False]
    assert bar.baseline.actions() == list(offered.values())  # one that is being clicked must not be destroyed


def test_no_key_means_two_things(qtbot):
    from PySide6.QtGui import QAction, QShortcut
    from ui.shell.test_window import end, open_window

    window = open_window(qtbot, Spec(), start=False)
    try:
        actions = [action.shortcut().toString() for action in window.findChildren(QAction)]
        others = [shortcut.key().toString() for shortcut in window.findChildren(QShortcut)]
        keys = [key for key in (*actions, *others) if key]
        assert {"V", "L", "-", "Shift+1"} <= set(keys)
        assert sorted(keys) == sorted(set(keys))
    finally:
        end(window)


def test_the_chip_tells_device_and_pictures_and_its_menu_chooses_how_many(bar):
    bar.show_device("CPU", 29.7)
    assert bar.chip.text() == "CPU · 30 fps"
    assert bar.paces["balanced"].isChecked()
    bar.paces["fast"].trigger()
    chosen = bar.edits[0](Spec())
    assert chosen.view.pictures_per_second == 10
    bar.show_spec(chosen)
    assert [name for name, action in bar.paces.items() if action.isChecked()] == ["fast"]
    assert [name for name, *_ in PACES] == list(bar.paces) == list(PICTURES)


def test_play_and_pause_leave_the_other_buttons_where_they_are(bar, qapp):
    places = set()
    for on in (False, True):
        bar.show_spec(edits.toggle_play(Spec()) if on else Spec())
        qapp.processEvents()
        places.add(bar.train.x())
    assert len(places) == 1


def test_groups_without_a_button_leave_no_gap(bar, qapp):
    bar.show_only_essential(True)
    qapp.processEvents()
    assert bar.more.isVisible()
    assert bar.more.x() - bar.play.geometry().right() <= GAP + 5 * SPACE


def test_no_two_entries_of_the_menu_have_the_same_name(bar):
    bar.show_only_essential(True)
    bar._fill()
    texts = [action.text() for action in bar._menu.actions() if action.text()]
    assert len(texts) == len(set(texts)) > 10
