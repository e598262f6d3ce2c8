"""A field as a relief: energies as heights, the map of the lane as colours."""

from __future__ import annotations

import numpy as np

from ncsn_viz.lab.inspection.contours import CONTOURS
from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import FieldGrid
from ncsn_viz.ui.plots.color_scale import ColorScale, LogEnergyNorm
from ncsn_viz.ui.plots.grids import resample
from ncsn_viz.ui.plots.maps import weight
from ncsn_viz.ui.surface.height_field import HeightField
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Region

NODES = 144
TOP = 1000.0  # nats at which the surface ends; the same for all lanes and times, so that heights can be compared
LINE = 0.45  # how white lines of equal energy are


def surface_texture(field: FieldGrid, square: Region, scale: ColorScale | None, lines: bool) -> HeightField:
    """The relief of `field` over `square`, coloured by the map of `scale`, with lines of equal energy if wanted."""
    heights = resample(LogEnergyNorm("energy_map", TOP).position(field.energy), field.region, square, 2 * NODES)
    colors = _colors(field, square, scale)
    if lines:
        share = LINE * _lines(resample(field.energy, field.region, square, NODES))[..., None]
        colors = colors + (255 - colors) * share
    return HeightField(heights, colors, theme.STONE)


def _colors(field: FieldGrid, square: Region, scale: ColorScale | None) -> Floats:
    """The colours (n, n, 3) of the map, or stone where there is none."""
    if scale is not None and scale.name == "density":
        places = resample(field.density, field.region, square, NODES)
    elif scale is not None and scale.name in field.maps:
        places = resample(scale.position(field.maps[scale.name]), field.region, square, NODES) * 255
    else:
        return np.full((NODES, NODES, 3), theme.STONE, dtype=np.float32)
    colors = _lifted(scale)[np.clip(places + 0.5, 0, 255).astype(np.uint8)]
    if MAP_LAYERS[scale.name].faded:
        share = resample(weight(field, scale.name), field.region, square, NODES)[..., None]
        colors = colors * share + np.array(theme.STONE, dtype=np.float32) * (1 - share)
    return np.asarray(colors)


def _lifted(scale: ColorScale) -> Floats:
    """Colours (256, 3) with stone in place of their darkness, or no light would show the shape of what is dark."""
    colors = scale.colors()[:, :3].astype(np.float32)
    dark = 1 - colors.max(axis=1, keepdims=True) / 255
    return np.asarray(colors + dark * np.array(theme.STONE, dtype=np.float32))


def _lines(energy: Floats) -> Floats:
    """How much each node (n, n) is on a line of equal energy, from 0 to 1: lines are a little more than a node wide."""
    along_y, along_x = np.gradient(energy)
    slope = np.sqrt(along_x**2 + along_y**2) + np.float32(1e-9)
    double = np.clip(np.round(np.log2(np.maximum(energy, 1e-9) / CONTOURS[0])), 0, len(CONTOURS) - 1)
    level = CONTOURS[0] * np.exp2(double)  # the line that is nearest, as each is twice as high as the one before
    return np.asarray(np.clip(1.1 - np.abs(energy - level) / slope, 0, 1), dtype=np.float32)
