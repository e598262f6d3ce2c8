"""Lanes as wholes, in the real window: dragged, moved by keys, renamed, linked, copied."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_snapshots import lane
from PySide6.QtCore import QPoint, Qt
from ui.shell.test_window import LONG, end, open_window, until

from ncsn_viz.core.nets import EnergyMLP
from ncsn_viz.core.objectives import Denoising, Sliced
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec
from ncsn_viz.lab.experiment.commands import HoldParticle
from ncsn_viz.lab.snapshot import DIVERGED, Status
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.particle_gesture import GRAB
from ncsn_viz.ui.widgets.controls import CommitLineEdit

LANES = (LaneSpec(objective=Denoising()), LaneSpec(objective=Sliced()), LaneSpec(objective=Denoising(sigma=0.5)))


@pytest.fixture
def window(qtbot):
    made = open_window(qtbot, Spec(particles=Particles(count=100), lanes=LANES), start=False)
    yield made
    end(made)


def requested(window):
    """Takes the commands that have been requested of the worker since the last call."""
    queue = window.session._worker.commands
    queue.take_all()
    return queue.take_all


def names(window):
    return [lane.name for lane in window.session.spec.lanes]


def shown(window):
    """Let the window show its present Spec, as a snapshot of the engine would."""
    from ncsn_viz.ui.shell.startup import before_torch

    window.display.show_snapshot(before_torch(window.session.spec, ""))


def drag(qtbot, window, index, to, key=None):
    """Drag a lane's head by real mouse events to a point of the grid."""
    head = window.lanes.cards[index].header
    start = QPoint(60, 15)
    target = head.mapFromGlobal(window.lanes.mapToGlobal(to))
    qtbot.mousePress(head, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(head, start + (target - start) * share)
    marked = window.lanes._drop_mark.geometry() if window.lanes._drop_mark.isVisible() else None
    if key is not None:
        qtbot.keyClick(head, key)
    qtbot.mouseRelease(head, Qt.MouseButton.LeftButton, pos=target)
    return marked


def beside(window, index, share):
    box = window.lanes.cards[index].geometry()
    return QPoint(box.left() + int(share * box.width()), box.center().y())


def test_a_lane_is_dragged_to_another_place_and_takes_its_card_along(qtbot, window):
    cards = list(window.lanes.cards)
    marked = drag(qtbot, window, 0, beside(window, 1, 0.8))
    assert abs(marked.center().x() - cards[1].geometry().right()) <= 8
    assert names(window) == ["B", "A", "C"]
    assert not window.lanes._drop_mark.isVisible()
    shown(window)
    assert window.lanes.cards == [cards[1], cards[0], cards[2]]
    assert [card.index for card in window.lanes.cards] == [0, 1, 2]
    assert window.lanes.cards[1].header.texts[0].startswith("A · Denoising")
    assert window.session.spec.chosen == 1  # still the lane that was clicked
    window.session.undo()
    assert names(window) == ["A", "B", "C"]
    assert window.session.spec.chosen == 0


def test_a_drag_back_home_or_given_up_changes_nothing(qtbot, window):
    assert drag(qtbot, window, 1, beside(window, 0, 0.8)) is None
    assert drag(qtbot, window, 1, beside(window, 2, 0.2)) is None
    assert drag(qtbot, window, 0, beside(window, 2, 0.9), key=Qt.Key.Key_Escape) is not None
    assert names(window) == ["A", "B", "C"]
    assert not window.lanes._drop_mark.isVisible()
    assert not window.session.can_undo


def test_keys_move_the_card_that_has_the_focus(qtbot, window):
    card = window.lanes.cards[0]
    card.setFocus()
    for _ in range(3):  # it stops at the end
        qtbot.keyClick(card, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        shown(window)
    assert names(window) == ["B", "C", "A"]
    qtbot.keyClick(card, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert names(window) == ["B", "A", "C"]


def rename(qtbot, window, index, text, key=Qt.Key.Key_Return):
    head = window.lanes.cards[index].header
    qtbot.mouseDClick(head, Qt.MouseButton.LeftButton, pos=QPoint(60, 15))
    editor = head.editor
    assert editor.geometry().right() < head.width()
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, key)
    assert head.editor is None
    return editor


def test_a_double_click_on_the_title_renames(qtbot, window):
    rename(qtbot, window, 1, "near")
    assert names(window) == ["A", "near", "C"]
    shown(window)
    rename(qtbot, window, 1, "other", Qt.Key.Key_Escape)
    assert names(window) == ["A", "near", "C"]
    rename(qtbot, window, 2, "near")  # taken
    assert names(window) == ["A", "near", "C"]
    assert window.notifications.isVisible()
    assert "different names" in window.notifications.text()
    window.lanes.cards[1].header.renamed.emit("")
    assert names(window) == ["A", "B", "C"]


def test_a_card_that_shows_an_older_experiment_means_its_own_lane(qtbot, window):
    middle, last = window.lanes.cards[1:]
    before = [lane.optimizer.learning_rate for lane in window.session.spec.lanes]
    cured, commands, learners = [], requested(window), window.session.spec.learners
    last.banner.remedies.show_lane(lane(status=Status(DIVERGED, "Oh.")), window.session.spec, 2)
    last.remedyAsked.connect(cured.append)
    window.edit(lambda spec: edits.remove_lane(spec, 0))  # no Snapshot of it has come yet: there are three cards
    window.edit(lambda spec: edits.move_lane(spec, 0, 2))
    assert names(window) == ["C", "B"]
    middle.banner.remedies.restartAsked.emit()
    middle.plot.gesture.performed.emit(GRAB, (0.0, 0.0), (1.0, 1.0))
    assert commands() == (HoldParticle(1, (0.0, 0.0), (1.0, 1.0)),)
    assert window.session.spec.learners == (learners[2], max(learners) + 1)  # the one of the card starts again
    assert "followed" in window.session.spec.view.layers
    middle.plot.pressed.emit()
    assert (window.session.spec.chosen, window.session.spec.view.chosen) == (1, 1)
    last.banner.remedies.fix.click()
    assert len(cured) == 1
    assert commands() == ()
    assert [lane.optimizer.learning_rate for lane in window.session.spec.lanes] == before[1:]


def test_two_shifts_before_the_next_picture_are_two_shifts(qtbot, window):
    card = window.lanes.cards[0]
    for wanted in (["B", "A", "C"], ["B", "C", "A"], ["B", "C", "A"]):
        qtbot.keyClick(card, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        assert names(window) == wanted
    qtbot.keyClick(card, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert names(window) == ["B", "A", "C"]


def test_a_card_of_a_lane_that_is_gone_does_nothing(qtbot, window):
    gone = window.lanes.cards[2]
    commands = requested(window)
    window.edit(lambda spec: edits.remove_lane(spec, 2))
    now = window.session.spec
    gone.plot.gesture.performed.emit(GRAB, (0.0, 0.0), (1.0, 1.0))
    gone.banner.remedies.restartAsked.emit()
    gone.header.renamed.emit("late")
    qtbot.keyClick(gone, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    gone.header.menuAsked.emit(QPoint(5, 5))
    gone.plot.pressed.emit()
    assert window.session.spec == now
    assert window.session.spec.chosen == 0
    assert window.lane_actions.menu is None
    assert commands() == ()


def action(window, index, *words):
    menu = window.lane_actions.made(window.session.spec, index)
    actions = list(menu.actions())
    for sub in (item.menu() for item in menu.actions() if item.menu() is not None):
        actions += sub.actions()
    found = next(item for item in actions if all(word in item.text() for word in words))
    return found, menu


def test_the_menu_of_a_head(qtbot, window):
    opened = []
    window.lanes.menuAsked.connect(lambda *said: opened.append(said))
    window.lanes.cards[2].header.menuAsked.emit(QPoint(5, 5))
    assert opened[0][0] == 2
    assert window.lane_actions.menu is not None
    window.lane_actions.menu.close()
    for index, words, wanted in (
        (0, "Duplicate", ["A", "D", "B", "C"]),
        (1, "Remove", ["A", "B", "C"]),
        (2, "Move left", ["A", "C", "B"]),
        (0, "Move right", ["C", "A", "B"]),
    ):
        item, menu = action(window, index, words)
        item.trigger()
        assert names(window) == wanted
        menu.deleteLater()
    assert not action(window, 0, "Move left")[0].isEnabled()
    before = window.session.spec
    action(window, 1, "Start again")[0].trigger()
    assert [a == b for a, b in zip(window.session.spec.learners, before.learners, strict=True)] == [True, False, True]


def test_a_knob_of_one_linked_lane_moves_in_all_and_is_undone_as_one(qtbot, window):
    for index in (0, 2):
        action(window, index, "Group 1")[0].trigger()
    shown(window)
    assert [card.header.group for card in window.lanes.cards] == [1, 0, 1]
    assert "A" in action(window, 1, "Group 1")[0].text()
    before = window.session.spec
    field: CommitLineEdit = window.lane.optimizer.rows["learning_rate"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.0123")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert [lane.optimizer.learning_rate for lane in window.session.spec.lanes] == [0.0123, 0.003, 0.0123]
    window.session.undo()
    assert window.session.spec == before
    action(window, 0, "Alone")[0].trigger()
    assert [lane.group for lane in window.session.spec.lanes] == [0, 0, 1]


def test_objective_network_and_sampler_are_chosen_from_the_menu_of_the_head(qtbot, window):
    lane = window.session.spec.lanes[0]
    assert action(window, 0, "Denoising score")[0].isChecked()
    for words, part, kind in (
        ("Implicit score", "objective", "implicit"),
        ("Energy network", "net", "energy_mlp"),
        ("Underdamped", "sampler", "underdamped_langevin"),
    ):
        found = action(window, 0, words)[0]
        assert found.toolTip()
        assert "&lt;" not in found.toolTip()  # markup of ours is not shown as text
        found.trigger()
        assert getattr(window.session.spec.lanes[0], part).kind == kind
    assert window.session.spec.lanes[1:] == replace(window.session.spec, lanes=LANES).lanes[1:]
    action(window, 1, "MALA")[0].trigger()  # accepts by energies, and the network has only a score
    assert window.notifications.text().startswith("Cannot sample: MALA")
    assert window.session.spec.lanes[1].sampler == LANES[1].sampler
    for _ in range(3):
        window.session.undo()
    assert window.session.spec.lanes[0] == lane


def test_an_objective_from_the_menu_of_the_head_brings_the_network_that_it_needs(qtbot, window):
    before = window.session.spec.lanes[1]
    action(window, 1, "Contrastive")[0].trigger()
    lane = window.session.spec.lanes[1]
    assert (lane.objective.kind, lane.net) == ("contrastive_divergence", EnergyMLP())
    action(window, 1, "Score network")[0].trigger()
    assert window.notifications.text().startswith("Cannot train: Contrastive divergence needs an energy")
    window.session.undo()
    assert window.session.spec.lanes[1] == before


def test_the_sign_of_a_group_is_drawn_and_takes_room(qtbot, window):
    from fake_snapshots import pixels_of

    head = window.lanes.cards[0].header
    before = pixels_of(head)
    head.show_lane("A", 2)
    assert (abs(pixels_of(head) - before).sum(-1) > 60).sum() > 20
    assert "group 2" in head.toolTip()


def test_fairness_and_repeats_are_set_in_the_column(qtbot, window):
    qtbot.mouseClick(window.lane.fairness.rows["same_noise"].toggle, Qt.MouseButton.LeftButton)
    assert not window.session.spec.fairness.same_noise
    assert window.session.spec.fairness.same_data
    field = window.lane.seed.rows["repeats"].field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "4")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.session.spec.repeats == 4


def test_lanes_train_on_while_they_are_moved_and_renamed(qtbot):
    window = open_window(qtbot, Spec(particles=Particles(count=100), lanes=LANES[:2]))
    try:
        qtbot.waitUntil(lambda: bool(window.seen) and window.seen[0].lanes[0].step > 5, timeout=LONG)
        drag(qtbot, window, 1, beside(window, 0, 0.1))
        window.lanes.cards[0].header.renamed.emit("renamed")  # the lane in that slot, at any index
        until(qtbot, window, lambda seen: [lane.name for lane in seen.lanes] == ["B", "renamed"])
        assert min(lane.step for lane in window.seen[0].lanes) > 5
    finally:
        end(window)


def test_the_menu_saves_the_picture_of_its_lane(window):
    asked = []
    window.lane_actions.pictureAsked.disconnect()
    window.lane_actions.pictureAsked.connect(lambda *found: asked.append(found))
    for spec, lines in ((window.session.spec, True), (edits.toggle_layer(window.session.spec, "surface"), False)):
        menu = window.lane_actions.made(spec, 1)
        entries = {action.text(): action for action in menu.actions()}
        entries["Save picture as PNG …"].trigger()
        assert entries["Save picture as SVG …"].isEnabled() == lines
        entries["Save picture as SVG …"].trigger()
        menu.deleteLater()
    assert asked == [(1, "png"), (1, "svg"), (1, "png")]
