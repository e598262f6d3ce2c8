"""A field as a height field: energies as heights, the map of the lane as colours."""

from __future__ import annotations

import numpy as np

from ncsn_viz.lab.inspection.contours import CONTOURS
from ncsn_viz.lab.snapshot import FieldGrid, Floats
from ncsn_viz.ui.maps.color_scale import ColorScale, LogEnergyNorm, fade_weights
from ncsn_viz.ui.maps.grid_lookup import resample
from ncsn_viz.ui.surface.height_field import HeightField
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Region

NODES = 144  # per side, of the colours
TOP = 1000.0  # nats at height 1, the same for all lanes and times, which makes heights comparable
LINE = 0.45  # opacity of the lines of equal energy


def surface_texture(field: FieldGrid, square: Region, scale: ColorScale | None, lines: bool) -> HeightField:
    """The height field of `field` over `square` in the colours of the map of `scale`, with contours if `lines`.

    Where an energy that was recovered from a score means nothing, colours and contours fade to stone.
    """
    assert field.energy is not None
    heights = resample(LogEnergyNorm("energy_map", TOP).position(field.energy), field.region, square, 2 * NODES)
    colors = _colors(field, square, scale)
    if lines:
        share = LINE * _lines(resample(field.energy, field.region, square, NODES))[..., None]
        if field.opacity is not None:
            share = share * resample(field.opacity, field.region, square, NODES)[..., None]
        ink = np.array(theme.rgb(theme.colors().ink), dtype=np.float32)
        colors = colors + (ink - colors) * share
    return HeightField(heights, colors, theme.colors().stone)


def _colors(field: FieldGrid, square: Region, scale: ColorScale | None) -> Floats:
    """The colours (NODES, NODES, 3) of the map; those of stone without a map."""
    if scale is not None and scale.name == "density":
        levels = resample(field.density, field.region, square, NODES)
    elif scale is not None and scale.name in field.maps:
        levels = resample(scale.position(field.maps[scale.name]), field.region, square, NODES) * 255
    else:
        return np.full((NODES, NODES, 3), theme.colors().stone, dtype=np.float32)
    colors = _brightened(scale)[np.clip(levels + 0.5, 0, 255).astype(np.uint8)]
    if (weights := fade_weights(field, scale.name)) is not None:
        share = resample(weights, field.region, square, NODES)[..., None]
        colors = colors * share + np.array(theme.colors().stone, dtype=np.float32) * (1 - share)
    return np.asarray(colors)


def _brightened(scale: ColorScale) -> Floats:
    """The colours (256, 3) with stone added to dark ones, on which shading would not be visible."""
    colors = scale.colors()[:, :3].astype(np.float32)
    dark = 1 - colors.max(axis=1, keepdims=True) / 255
    return np.asarray(colors + dark * np.array(theme.colors().stone, dtype=np.float32))


def _lines(energy: Floats) -> Floats:
    """The opacity (n, n) of lines of equal energy at each node, from 0 to 1; lines are a little wider than a node."""
    along_y, along_x = np.gradient(energy)
    slope = np.sqrt(along_x**2 + along_y**2) + np.float32(1e-9)
    index = np.clip(np.round(np.log2(np.maximum(energy, 1e-9) / CONTOURS[0])), 0, len(CONTOURS) - 1)
    level = CONTOURS[0] * np.exp2(index)  # of the nearest line, as levels double
    return np.asarray(np.clip(1.1 - np.abs(energy - level) / slope, 0, 1), dtype=np.float32)
