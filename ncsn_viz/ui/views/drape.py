"""A field as a relief: energies as heights, the map of the lane as colours."""

from __future__ import annotations

import numpy as np

from ncsn_viz.lab.maps import CONTOURS
from ncsn_viz.lab.snapshot import FieldGrid
from ncsn_viz.ui import theme
from ncsn_viz.ui.views.camera import Array, Region
from ncsn_viz.ui.views.grids import resample
from ncsn_viz.ui.views.relief import Relief
from ncsn_viz.ui.views.scale import Heights, Scale

NODES = 224
TOP = 1000.0  # nats at which the surface ends; the same for all lanes and times, so that heights can be compared
LINE = 0.45  # how white lines of equal energy are


def drape(field: FieldGrid, square: Region, scale: Scale | None, lines: bool) -> Relief:
    """The relief of `field` over `square`, coloured by the map of `scale`, with lines of equal energy if wanted."""
    heights = Heights("energy_map", TOP).position(field.energy)
    colors = _lifted(_colors(field, square, scale))
    if lines:
        share = _lines(resample(field.energy, field.region, square, NODES))[..., None] * LINE
        colors = colors * (1 - share) + 255 * share
    fine = resample(heights, field.region, square, 2 * NODES)
    return Relief(fine.astype(np.float32), colors.astype(np.float32), theme.STONE)


def _colors(field: FieldGrid, square: Region, scale: Scale | None) -> Array:
    """The colours (n, n, 3) of the map, black where there is none."""
    if scale is not None and scale.name == "density":
        places = resample(field.density, field.region, square, NODES) / 255
    elif scale is not None and scale.name in field.maps:
        places = resample(scale.position(field.maps[scale.name]), field.region, square, NODES)
    else:
        return np.zeros((NODES, NODES, 3))
    table = scale.colors()[:, :3].astype(np.float64)
    return np.asarray(table[np.clip(np.round(places * 255), 0, 255).astype(int)])


def _lifted(colors: Array) -> Array:
    """Colours with stone in place of their darkness, or no light would show the shape of what is dark."""
    dark = 1 - colors.max(axis=-1, keepdims=True) / 255
    return np.asarray(colors + dark * np.array(theme.STONE))


def _lines(energy: Array) -> Array:
    """How much each node (n, n) is on a line of equal energy, from 0 to 1: lines are a little more than a node wide."""
    along_y, along_x = np.gradient(energy)
    slope = np.hypot(along_x, along_y) + 1e-9
    share = np.zeros_like(energy)
    for level in CONTOURS:
        np.maximum(share, np.clip(1.1 - np.abs(energy - level) / slope, 0, 1), out=share)
    return share
