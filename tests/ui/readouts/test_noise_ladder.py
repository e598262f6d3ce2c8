"""The noise ladder: levels, drags and handles."""

from dataclasses import replace

import numpy as np
import pytest
from fake_snapshots import difference, lane, pixels_of, spec
from PySide6.QtCore import QPoint, Qt

from ncsn_viz.core.samplers import Langevin
from ncsn_viz.lab.experiment.commands import HoldNoiseLevel, LetGo
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.readouts.noise_ladder import DECADE, ENDS, NoiseLadder, heights
from ncsn_viz.ui.widgets import painting, theme

LEVELS = tuple(np.geomspace(10, 0.1, 10).tolist())


@pytest.fixture
def ladder(qtbot, qapp):
    theme.apply(qapp)
    made = NoiseLadder()
    qtbot.addWidget(made)
    made.resize(800, made.height())
    made.show()
    return made


def test_heights_are_linear_in_the_logarithm():
    found = np.array(heights(LEVELS))
    assert np.diff(found) == pytest.approx(np.full(9, found[1] - found[0]))
    assert found[0] == 1
    assert found[-1] > 0.1
    assert heights((0.5,)) == [1.0]
    assert heights((1.0, 0.0))[0] == 1


def test_the_level_is_highlighted_and_named(ladder):
    ladder.show_lane(lane(levels=LEVELS, level=5, sigma=LEVELS[5], progress=0.55), spec(3), 2)
    assert ladder.text() == "σ = 0.774 · level 6/10"
    columns = np.nonzero((difference(pixels_of(ladder), theme.lane_color(2)) < 12).sum(0) > 8)[0]
    bar = columns[columns > 60]
    assert len(bar) > 20
    marker = np.nonzero((difference(pixels_of(ladder)[8:-8], theme.colors().text) < 60).all(0))[0]
    marker = marker[marker < 600]
    assert len(marker)
    assert bar.min() < marker.mean() < bar.max()  # 0.55 of the way is inside the sixth of ten levels


def test_a_single_level_shows_progress(ladder):
    widths = []
    for progress in (0.25, 0.5, 1.0):
        ladder.show_lane(lane(levels=(0.3,), sigma=0.3, progress=progress), spec(), 0)
        seen = (difference(pixels_of(ladder), theme.lane_color(0)) < 12)[:, 60:]
        widths.append(seen.any(0).sum())
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.1)
    assert widths[2] == pytest.approx(4 * widths[0], rel=0.1)
    assert ladder.text() == "σ = 0.3 · 100%"


@pytest.mark.parametrize(("width", "bars"), [(60, False), (200, False), (320, False), (500, True), (800, True)])
def test_narrow_ladders_hide_the_bars(ladder, width, bars):
    ladder.resize(width, ladder.height())
    ladder.show_lane(lane(levels=tuple(np.geomspace(10, 0.1, 100)), level=0, sigma=10, progress=0.5), spec(), 0)
    pixels = pixels_of(ladder)
    dot = difference(pixels, theme.lane_color(0))[:, theme.PAD : theme.PAD + 14] < 12
    assert width == 60 or dot.sum() == pytest.approx(np.pi * 4.5**2, rel=0.25)
    marker = (difference(pixels[8:-8], theme.colors().text) < 60).all(0)  # a line from top to bottom
    assert marker.any() == bars
    if bars:
        middle = ladder.bars().center().x()
        assert np.nonzero(marker)[0].mean() == pytest.approx(middle, abs=2)


# -- the hand -------------------------------------------------------------------------------------------------------


def place(ladder, share, y=None):
    bars = ladder.bars()
    return QPoint(round(bars.left() + share * bars.width()), round(bars.center().y() if y is None else y))


def listen(ladder):
    commands = []
    ladder.commanded.connect(commands.append)
    return commands


def held(*levels, slot=None):
    return [HoldNoiseLevel(LEVELS[level], slot) for level in levels]


def test_dragging_holds_the_particles_at_the_levels(ladder, qtbot):
    ladder.show_lane(lane(levels=LEVELS, level=2, sigma=LEVELS[2], progress=0.2), spec(), 0)
    commands = listen(ladder)
    qtbot.mousePress(ladder, Qt.MouseButton.LeftButton, pos=place(ladder, 0.15))
    qtbot.mouseMove(ladder, place(ladder, 0.75))
    marker = np.nonzero((difference(pixels_of(ladder)[8:-8], theme.colors().text) < 60).all(0))[0]
    assert abs(marker - place(ladder, 0.75).x()).min() <= 1  # it is where the mouse is, whatever the engine says
    qtbot.mouseMove(ladder, QPoint(5000, 10))
    qtbot.mouseRelease(ladder, Qt.MouseButton.LeftButton, pos=QPoint(5000, 10))
    assert commands == [*held(1, 7, 9), LetGo()]


def test_hiding_ends_a_drag(ladder, qtbot):
    ladder.show_lane(lane(levels=LEVELS, sigma=10), spec(), 0)
    commands = listen(ladder)
    qtbot.mousePress(ladder, Qt.MouseButton.LeftButton, pos=place(ladder, 0.15))
    ladder.hide()
    ladder.show()
    ladder.hide()
    assert commands == [*held(1), LetGo()]


def test_shift_holds_the_chosen_lane_only(ladder, qtbot):
    ladder.show_lane(lane(levels=LEVELS, sigma=10), spec(2), 1)
    commands = listen(ladder)
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(ladder, Qt.MouseButton.LeftButton, shift, pos=place(ladder, 0.35))
    assert commands == [*held(3, slot=1), LetGo()]


def test_arrow_keys_go_to_the_neighbours(ladder, qtbot):
    ladder.show_lane(lane(levels=LEVELS, level=8, sigma=LEVELS[8]), spec(), 0)
    commands = listen(ladder)
    qtbot.keyClick(ladder, Qt.Key.Key_Left)
    qtbot.keyClick(ladder, Qt.Key.Key_Right)
    ladder.show_lane(lane(levels=LEVELS, level=9, sigma=LEVELS[9]), spec(), 0)
    qtbot.keyClick(ladder, Qt.Key.Key_Right)
    assert commands == [*held(7), LetGo(), *held(9), LetGo(), *held(9), LetGo()]


def test_handles_change_the_ends_and_one_drag_has_one_token(ladder, qtbot):
    first = spec(2)
    ladder.show_lane(lane(levels=LEVELS, sigma=10), first, 1)
    emitted = []
    ladder.edited.connect(lambda edit, token: emitted.append((edit(first), token)))
    for end in ENDS:
        start = ladder.handle(end).center().toPoint()
        qtbot.mousePress(ladder, Qt.MouseButton.LeftButton, pos=start)
        for up in (DECADE, -DECADE):
            qtbot.mouseMove(ladder, QPoint(start.x(), start.y() - up))
        qtbot.mouseRelease(ladder, Qt.MouseButton.LeftButton, pos=start)
    samplers = [found.lanes[1].sampler for found, _ in emitted]
    assert [sampler.sigma_max for sampler in samplers] == pytest.approx([100, 1, 10, 10], rel=0.03)
    assert [sampler.sigma_min for sampler in samplers] == pytest.approx([0.1, 0.1, 1, 0.01], rel=0.03)
    assert all(found.lanes[0] == first.lanes[0] for found, _ in emitted)
    tokens = [token for _, token in emitted]
    assert tokens[0] == tokens[1] != tokens[2] == tokens[3]


def test_a_single_level_cannot_be_dragged_and_the_tool_tip_explains_why(ladder, qtbot):
    single = replace(spec().lanes[0], sampler=Langevin())
    ladder.show_lane(lane(levels=(0.3,), sigma=0.3, progress=0.4), replace(spec(), lanes=(single,)), 0)
    commands, edits = listen(ladder), []
    ladder.edited.connect(lambda *edit: edits.append(edit))
    qtbot.mouseClick(ladder, Qt.MouseButton.LeftButton, pos=place(ladder, 0.5))
    qtbot.keyClick(ladder, Qt.Key.Key_Left)
    qtbot.mouseClick(ladder, Qt.MouseButton.LeftButton, pos=ladder.handle("sigma_max").center().toPoint())
    assert commands == edits == []
    assert "stays at one σ" in ladder.toolTip()


def test_ends_stay_in_range_and_in_order():
    first = spec(2)
    wide = edits.with_sampler_end(first, 1, "sigma_max", 1e9)
    assert (wide.lanes[0].sampler.sigma_max, wide.lanes[1].sampler.sigma_max) == (10, 100)
    narrow = edits.with_sampler_end(first, 1, "sigma_max", 1e-9).lanes[1].sampler
    assert narrow.sigma_max == narrow.sigma_min == 0.1
    assert edits.with_sampler_end(first, 0, "sigma_min", 0.51234).lanes[0].sampler.sigma_min == 0.512


@pytest.mark.parametrize(
    "levels", [(10.0, 1.0, 0.1), (0.05, 0.000123), tuple(50 * 0.93**k for k in range(128)), (0.3,)]
)
@pytest.mark.parametrize("width", [420, 700])
def test_the_text_does_not_reach_the_right_handle(ladder, levels, width):
    ladder.resize(width, ladder.height())
    bold = painting.font(theme.NORMAL, bold=True)
    for level, sigma in enumerate(levels):
        ladder.show_lane(lane(levels=levels, level=level, sigma=sigma, progress=1.0), spec(), 0)
        left = ladder._inside().right() - painting.width_of(ladder.text(), bold)
        assert ladder.handle("sigma_min").right() <= left or ladder.bars().width() <= 40
