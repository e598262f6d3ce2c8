"""Gestures on particles, the ladder and slow motion in the window, with the real worker."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from ui.shell.test_window import LONG, click, end, open_window, until

from ncsn_viz.core.samplers import AnnealedLangevin
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec
from ncsn_viz.ui.actions import edits

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot):
    lane = LaneSpec(sampler=AnnealedLangevin(steps_per_level=20))
    made = open_window(qtbot, Spec(particles=Particles(count=200), lanes=(lane, lane)))
    try:
        qtbot.waitUntil(lambda: bool(made.seen) and made.seen[0].lanes[0].step > 3, timeout=LONG)
        yield made
    finally:
        end(made)


def test_a_particle_is_held_by_the_mouse_in_both_lanes_and_let_go(qtbot, window):
    plot = window.lanes.cards[1].plot
    qtbot.mousePress(plot.viewport(), LEFT, CTRL, pos=QPoint(60, 60))
    qtbot.mouseMove(plot.viewport(), QPoint(90, 90))
    qtbot.mouseMove(plot.viewport(), QPoint(100, 80))
    at = plot.camera.to_plane(100, 80)

    def held(seen):
        told = [lane.tracked for lane in seen.lanes]
        return all(one is not None and one.held and one.path[-1].tolist() == pytest.approx(at) for one in told)

    until(qtbot, window, held)
    assert "followed" in window.session.spec.view.layers
    assert len({lane.tracked.index for lane in window.seen[0].lanes}) == 1
    qtbot.mouseRelease(plot.viewport(), LEFT, CTRL, pos=QPoint(100, 80))
    until(qtbot, window, lambda seen: not any(lane.tracked.held for lane in seen.lanes))
    until(qtbot, window, lambda seen: seen.lanes[1].tracked.path[-1].tolist() != pytest.approx(at))
    assert not window.session.can_undo  # particles are no choice


def test_nothing_is_held_or_recorded_at_the_start(qtbot):
    window = open_window(qtbot, Spec(), start=False)
    commands = window.session._worker.commands.take_all()
    end(window)
    assert commands == ()


def test_a_program_that_starts_in_slow_motion_records_a_step(qtbot):
    window = open_window(qtbot, edits.playback(Spec(particles=Particles(count=100)), slow_motion="B"))
    try:
        qtbot.waitUntil(lambda: len(window.slow.stages) > 5, timeout=LONG)
        assert window.slow.title.text().startswith("B · 1/")
    finally:
        end(window)


def test_a_click_of_the_hand_drops_a_handful(qtbot, window):
    click(qtbot, window.toolbar.sample)
    until(qtbot, window, lambda seen: not seen.spec.playback.sampling)
    click(qtbot, window.toolbar.hand)
    plot = window.lanes.cards[0].plot
    at = plot.camera.to_plane(80, 80)
    before = near(window.seen[0].lanes[1], at)
    qtbot.mouseClick(plot.viewport(), LEFT, pos=QPoint(80, 80))
    until(qtbot, window, lambda seen: near(seen.lanes[1], at) > before + 20)


def near(lane, point):
    """How many pixels of a lane's particle image near a point of the plane are not empty."""
    image, (x0, x1, y0, y1) = lane.particles.image, lane.particles.region
    column = round((point[0] - x0) / (x1 - x0) * image.shape[1])
    row = round((point[1] - y0) / (y1 - y0) * image.shape[0])
    return int((image[max(row - 15, 0) : row + 16, max(column - 15, 0) : column + 16] > 0).sum())


def test_the_ladder_takes_the_particles_and_its_ends_are_one_edit(qtbot, window):
    ladder = window.ladder
    bars = ladder.bars()
    last = QPoint(round(bars.right()) - 2, round(bars.center().y()))
    qtbot.mousePress(ladder, LEFT, pos=last)
    until(qtbot, window, lambda seen: [lane.level for lane in seen.lanes] == [9, 9])
    qtbot.mouseMove(ladder, QPoint(round(bars.left()) + 2, last.y()))
    until(qtbot, window, lambda seen: [lane.level for lane in seen.lanes] == [0, 0])
    qtbot.mouseRelease(ladder, LEFT, pos=last)
    until(qtbot, window, lambda seen: seen.lanes[0].level > 0)  # they walk on
    before = window.session.spec.lanes[0].sampler
    handle = ladder.handle("sigma_max").center().toPoint()
    qtbot.mousePress(ladder, LEFT, pos=handle)
    for down in (5, 10, 20):
        qtbot.mouseMove(ladder, handle + QPoint(0, down))
    qtbot.mouseRelease(ladder, LEFT, pos=handle)
    assert window.session.spec.lanes[0].sampler.sigma_max < before.sigma_max * 0.7
    assert window.session.spec.lanes[1].sampler == before
    window.session.undo()
    assert window.session.spec.lanes[0].sampler == before


def test_slow_motion_does_one_step_and_then_all_goes_on(qtbot, window):
    click(qtbot, window.toolbar.slow)
    qtbot.waitUntil(lambda: len(window.slow.stages) > 5, timeout=LONG)
    assert window.slow.isVisible()
    assert window.ladder.isHidden()
    told = window.seen[0].lanes[0].step_trace
    until(qtbot, window, lambda seen: [lane.step for lane in seen.lanes] == [told.training.step] * 2)
    window.slow.forth.click()
    assert not window.slow.playing
    assert window.slow.title.text().startswith("A · 2/")
    click(qtbot, window.slow.end)
    assert window.ladder.isVisible()
    until(qtbot, window, lambda seen: min(lane.step for lane in seen.lanes) > told.training.step + 3)
    assert window.seen[0].lanes[0].step_trace is None
