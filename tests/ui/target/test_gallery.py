"""The presets: one picture each, of the density that a click chooses."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from ncsn_viz.core.targets import TARGETS, Checkerboard, Mixture, Moons, Painted, TwoModes
from ncsn_viz.ui.target import gallery
from ncsn_viz.ui.target.gallery import WINDOW, PresetGrid, preset, target_image
from ncsn_viz.ui.widgets import painting, theme

KINDS = [kind for kind in TARGETS if kind is not Painted]


@pytest.fixture
def grid(qtbot):
    widget = PresetGrid()
    qtbot.addWidget(widget)
    widget.resize(240, widget.sizeHint().height())
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_there_is_one_for_every_target_but_the_painted_one(grid):
    assert list(grid.thumbs) == [kind.kind for kind in KINDS]
    assert "painted" not in grid.thumbs
    assert "mixture" in grid.thumbs


@pytest.mark.parametrize("kind", KINDS)
def test_a_click_chooses(qtbot, grid, kind):
    with qtbot.waitSignal(grid.chosen) as told:
        qtbot.mouseClick(grid.thumbs[kind.kind], Qt.MouseButton.LeftButton)
    assert told.args == [preset(kind)]
    assert not grid.thumbs[kind.kind].isChecked()  # until the Spec says so


def test_the_current_one_is_marked(grid):
    def marked():
        return [kind for kind, thumb in grid.thumbs.items() if thumb.isChecked()]

    assert marked() == []
    grid.show_target(Moons(width=0.1))
    assert marked() == ["moons"]
    grid.show_target(TwoModes())
    assert marked() == ["two_modes"]
    grid.show_target(Painted())
    assert marked() == []


def test_pictures_come_after_the_first_frame_and_on_their_own(qtbot, grid):
    qtbot.waitUntil(lambda: all(thumb._image is not None for thumb in grid.thumbs.values()))


def test_nothing_is_computed_before_it_is_shown(qtbot, monkeypatch):
    made = []
    monkeypatch.setattr(gallery, "target_image", made.append)
    widget = PresetGrid()
    qtbot.addWidget(widget)
    assert not made


@pytest.mark.parametrize("kind", KINDS)
def test_captions_fit(grid, kind):
    thumb = grid.thumbs[kind.kind]
    assert painting.width_of(thumb.text(), painting.font(theme.TINY)) <= thumb.width()
    assert kind.title in thumb.toolTip()


def test_every_start_is_something_else():
    assert len({target_image(preset(kind)).bits().tobytes() for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", [Moons, Checkerboard, Mixture])
def test_the_density_is_that_of_the_mixture(kind):
    target = preset(kind)
    parts = target.components()
    values = target.image(WINDOW, 8)
    centres = np.stack(np.meshgrid(*2 * [np.arange(-7.0, 8, 2)]), axis=-1)
    squares = ((centres[..., None, :] - parts.means) ** 2).sum(-1)
    expected = (parts.weights / parts.stds**2 * np.exp(-squares / (2 * parts.stds**2))).sum(-1)
    assert values == pytest.approx(expected / expected.max(), rel=1e-9, abs=1e-300)
    row, column = np.unravel_index(values.argmax(), values.shape)
    seen = target_image(target)
    assert seen.pixelColor(7 * column + 3, 55 - 7 * row - 3).red() > 60


def test_up_is_up():
    image = target_image(preset(TwoModes))
    far = round(5 / 8 * 28)
    above = image.pixelColor(28 + far, 28 - far).getRgb()
    below = image.pixelColor(28 + far, 28 + far).getRgb()
    assert sum(above[:3]) > 400
    assert below[:3] == theme.empty().getRgb()[:3]
