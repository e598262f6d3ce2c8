"""The time slider: what it commands, what it shows, and its film."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_snapshots import lane, spec
from PySide6.QtCore import QPoint, Qt

from ncsn_viz.lab.experiment.commands import ShowTime
from ncsn_viz.ui.readouts.time_slider import POSITIONS, TimeSlider
from ncsn_viz.ui.widgets import theme

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def strip(qtbot, qapp):
    theme.apply(qapp)
    made = TimeSlider()
    qtbot.addWidget(made)
    made.resize(900, made.height())
    made.show()
    made.sent, made.edits = [], []
    made.commanded.connect(made.sent.append)
    made.edited.connect(lambda edit, _: made.edits.append(edit))
    return made


def paused(count=1):
    made = spec(count)
    return replace(made, playback=replace(made.playback, sampling=False))


def press(qtbot, strip, share):
    slider = strip.slider
    at = QPoint(round(6 + share * (slider.width() - 12)), slider.height() // 2)
    qtbot.mousePress(slider, LEFT, pos=at)
    return at


def test_a_drag_pauses_the_particles_once_and_commands_every_time(strip, qtbot):
    strip.show_spec(spec())
    at = press(qtbot, strip, 0.5)
    qtbot.mouseMove(strip.slider, at + QPoint(60, 0))
    qtbot.mouseRelease(strip.slider, LEFT, pos=at + QPoint(60, 0))
    assert [edit(spec()).samples for edit in strip.edits] == [False]
    shares = [command.share for command in strip.sent]
    assert shares[0] == pytest.approx(0.5, abs=0.01)
    assert shares[-1] == pytest.approx(0.5 + 60 / (strip.slider.width() - 12), abs=0.01)
    assert not any(command.forward for command in strip.sent)


def test_it_follows_the_particles_without_a_command_and_not_while_it_is_held(strip, qtbot):
    strip.show_spec(paused())
    strip.show_lane(lane(progress=0.25, reached=0.8, sigma=0.5), paused(), 0)
    assert strip.slider.value() == 0.25 * POSITIONS
    steps = paused().lanes[0].sampler.num_steps()
    assert strip.text.text().replace("\N{NARROW NO-BREAK SPACE}", "") == f"step {round(steps / 4)}/{steps} · σ = 0.5"
    assert strip.sent == []
    press(qtbot, strip, 0.6)
    strip.show_lane(lane(progress=0.1, reached=0.8), paused(), 0)
    assert strip.slider.value() == pytest.approx(0.6 * POSITIONS, abs=10)
    qtbot.mouseRelease(strip.slider, LEFT)


def test_a_film_goes_from_the_start_to_the_present_and_ends(strip, qtbot):
    strip.show_spec(paused())
    strip.show_lane(lane(progress=0.04, reached=0.04), paused(), 0)
    strip.film.click()
    qtbot.waitUntil(lambda: not strip.film.isChecked(), timeout=3000)
    shares = [command.share for command in strip.sent]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.04)


def test_forward_the_film_goes_from_the_data_to_noise(strip):
    strip.show_spec(paused())
    strip.show_lane(lane(progress=0.3, reached=1.0), paused(), 0)
    strip.forward.click()
    assert strip.sent == [ShowTime(0.3, forward=True)]
    strip.sent.clear()
    strip.slider.setValue(0)
    strip.film.click()
    for _ in range(3):
        strip._next_picture()
    shares = [command.share for command in strip.sent if command.share]
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    assert all(command.forward for command in strip.sent)
    strip.film.click()


def test_moving_particles_end_the_film_and_forward(strip):
    strip.show_spec(paused())
    strip.show_lane(lane(progress=0.3, reached=1.0), paused(), 0)
    strip.forward.click()
    strip.film.click()
    strip.sent.clear()
    strip.show_spec(spec())
    assert not strip.film.isChecked()
    assert not strip.forward.isChecked()
    assert strip.sent == []


@pytest.mark.parametrize("layer", ["paths", "flow", "mesh"])
def test_layers_are_switched_here_too(strip, layer):
    strip.show_spec(paused())
    assert not strip.layers[layer].isChecked()
    strip.layers[layer].click()
    shown = strip.edits[0](paused())
    assert layer in shown.view.layers
    strip.show_spec(shown)
    assert strip.layers[layer].isChecked()
