"""Images of levels have the colours of their table, row 0 at the bottom."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.indexed_image import indexed_image

LEVELS = np.arange(256, dtype=np.uint8).reshape(8, 32)[:, :31]  # a width that is no multiple of four bytes


def rgba(image):
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., [2, 1, 0, 3]]


@pytest.mark.parametrize("table", [theme.density_colors, theme.signed_colors, theme.energy_colors, theme.error_colors])
def test_opaque_colours_are_those_of_the_table(table):
    image = indexed_image(LEVELS, table())
    assert image.format() == QImage.Format.Format_RGB32
    assert np.array_equal(rgba(image), table()[LEVELS[::-1]])


def test_transparent_colours_are_multiplied_by_their_alpha():
    colors = theme.particle_colors(theme.lane_color(0))
    image = indexed_image(LEVELS, colors)
    assert image.format() == QImage.Format.Format_ARGB32_Premultiplied
    wanted = colors[LEVELS[::-1]].astype(float)
    assert np.array_equal(rgba(image)[..., 3], wanted[..., 3])
    assert np.abs(rgba(image)[..., :3] - wanted[..., :3] * wanted[..., 3:] / 255).max() <= 1


def test_density_0_has_the_first_colour():
    image = indexed_image(np.zeros((1, 1), np.uint8), theme.density_colors())
    assert image.pixelColor(0, 0).name() == theme.empty().name()
