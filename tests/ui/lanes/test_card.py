"""The card of a lane: axes that are not flipped, arrows that point along the score, words that fit."""

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import bell, lane, pixels_of, spec
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from ncsn_viz.lab.experiment.commands import RestartLane
from ncsn_viz.lab.snapshot import DIVERGED, FAILED, PAUSED, WAITING, Status
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.lanes.card import LaneCard
from ncsn_viz.ui.widgets import theme


@pytest.fixture
def card(qtbot, qapp):
    theme.apply(qapp)
    made = LaneCard(0)
    qtbot.addWidget(made)
    made.resize(560, 460)
    made.show()
    return made


def test_the_header_says_who_it_is(card):
    card.show_lane(lane(), spec(), 0)
    title, subtitle, right = card.header.fitting()
    assert title == "A · NCSN"
    assert subtitle == "σ 10 → 0.1"
    assert right == "12\u202f480 steps · 3\u202f550/s"
    card.show_lane(lane(status=Status(PAUSED)), spec(), 0)
    assert card.header.fitting()[2] == "paused · 12\u202f480 steps"


def test_one_step_is_no_steps(card):
    card.show_lane(lane(status=Status(PAUSED), step=1), spec(), 0)
    assert card.header.fitting()[2] == "paused · 1 step"


def test_a_lane_that_shows_the_truth_says_so(card):
    spec_of = spec()
    told = lane(field=bell((0.0, 0.0)))
    card.show_lane(told, spec_of, 0)
    assert "exact score" not in card._caption(told, spec_of)
    exact = replace(spec_of, lanes=(replace(spec_of.lanes[0], score_from="true"), *spec_of.lanes[1:]))
    assert card._caption(told, exact).startswith("exact score · at σ")


def test_the_time_of_a_path_stands_beside_its_noise_level(card):
    told = lane(field=replace(bell((0.0, 0.0)), time=0.25))
    assert card._caption(told, spec()) == "at σ = 0.1 · t = 0.25"


def test_axes_are_numbered_in_the_coordinates_of_the_data_or_of_the_path(card):
    field = replace(bell((0.0, 0.0)), time=0.25, alpha=0.5)
    scales = []
    for layers in (("field",), ("field", "path_axes")):
        card.show_lane(lane(field=field), spec(1, layers=layers), 0)
        scales.append([axis.scale for axis in card.plot.axes])
    assert scales == [[1.0, 1.0], [0.5, 0.5]]


def test_buttons_stand_below_each_other_where_there_is_little_room(card):
    bad = lane(status=Status(DIVERGED, "The loss has reached 1e9."))
    for width, apart in ((700, False), (300, True)):
        card.resize(width, 600)
        card.show_lane(lane(), spec(), 0)
        card.show_lane(bad, spec(), 0)
        QApplication.processEvents()
        remedies = card.banner.remedies
        assert (remedies.fix.y() != remedies.button.y()) == apart
        for button in (remedies.fix, remedies.button):
            assert button.width() >= button.sizeHint().width()
            assert remedies.rect().contains(button.geometry())


def test_a_diverged_lane_says_why_and_offers_a_way_on(card, qtbot):
    card.show_lane(lane(), spec(), 0)
    assert card.banner.isHidden()
    card.show_lane(lane(status=Status(DIVERGED, "The loss is no longer a number.")), spec(), 0)
    assert card.banner.isVisible()
    assert "no longer a number" in card.banner.remedies.label.text()
    assert card.plot.rect().contains(card.banner.geometry())
    with qtbot.waitSignal(card.commanded) as emitted:
        card.banner.remedies.button.click()
    assert emitted.args == [RestartLane(0)]
    with qtbot.waitSignal(card.remedyAsked) as emitted:
        card.banner.remedies.fix.click()
    (remedy,) = emitted.args
    assert remedy.edit(spec()).lanes[0].optimizer.learning_rate < spec().lanes[0].optimizer.learning_rate
    assert remedy.commands == (RestartLane(0),)
    assert remedy.fits(spec(2))
    card.show_lane(lane(status=Status(WAITING, "Nothing is painted yet.")), spec(), 0)
    assert card.banner.isVisible()
    assert not card.banner.remedies.button.isVisible()
    assert not card.banner.remedies.fix.isVisible()  # starting again would not help
    for words in ("Short.", "Nothing is painted yet: draw with the brush, or choose a preset. " * 3, "Short again."):
        card.show_lane(lane(status=Status(WAITING, words)), spec(), 0)
        label = card.banner.remedies.label
        QApplication.processEvents()
        assert label.height() >= label.heightForWidth(label.width())  # nothing is cut
        assert card.banner.height() < label.height() + 50
    card.show_lane(lane(), spec(), 0)
    assert card.banner.isHidden()


def test_a_lane_that_has_failed_says_so_for_as_long_as_it_stands(card, qtbot):
    sentence = "There is not enough memory. Its weights are kept."
    card.show_lane(lane(status=Status(FAILED, sentence), metrics={"lost": 0.9}), spec(), 0)
    assert card.banner.isVisible()
    assert card.banner.remedies.label.text() == sentence
    assert card.header.fitting()[2] == "stopped by an error · 12\u202f480 steps"
    assert not card.banner.remedies.fix.isVisible()
    with qtbot.waitSignal(card.commanded) as emitted:
        card.banner.remedies.button.click()
    assert emitted.args == [RestartLane(0)]
    card.show_lane(lane(), spec(), 0)
    assert card.banner.isHidden()


def test_a_click_anywhere_chooses(card, qtbot):
    other = edits.choose_lane(1)(spec(2))
    for part in (card, card.plot.viewport()):
        with qtbot.waitSignal(card.edited) as emitted:
            qtbot.mouseClick(part, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
        edit, token = emitted.args
        assert (edit(other), token) == (spec(2), None)
    before = pixels_of(card)[200, 0]
    card.set_chosen(True)
    assert np.abs(pixels_of(card)[200, 0] - before).sum() > 60  # the border has the lane's colour


def test_the_last_words_are_never_lost(card, qtbot):
    for step in (1, 2, 3, 777):
        card.show_lane(lane(step=step), spec(), 0)
    qtbot.waitUntil(lambda: "777" in card.header.texts[2][0], timeout=2000)


@pytest.mark.parametrize("layer", ["surface", "energy"])
def test_the_heights_of_a_score_say_how_they_were_found(card, layer):
    own, score = bell((0.0, 0.0)), replace(bell((0.0, 0.0)), own_energy=False)
    recovered = "−u, u the potential of s; heights of separate modes are not determined"
    for field, wanted in (
        (own, []),
        (score, [recovered]),
        (replace(score, reference=(0.0, 1.0)), ["from line integrals that begin at x₀"]),
    ):
        card.show_lane(lane(field=field), spec(layers=("density", layer)), 0)
        caption = card.surface._caption if layer == "surface" else card.plot.caption.text
        assert caption.split(" · ")[1:] == wanted
    card.show_lane(lane(field=score), spec(layers=("density",)), 0)
    assert recovered not in card.plot.caption.text
