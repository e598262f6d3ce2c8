"""The axes of a surface: the edges of its box, and the numbers along three of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ncsn_viz.core.targets import Coordinates
from ncsn_viz.ui.maps.color_scale import LogEnergyNorm
from ncsn_viz.ui.surface.height_field import Projection
from ncsn_viz.ui.surface.ticks import tick_marks
from ncsn_viz.ui.widgets import painting, theme
from ncsn_viz.ui.widgets.camera import Array, Region

EDGE = 60  # of 255, the opacity of the edges
CORNERS = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
NUMBERS = 4  # along an edge, approximately
NUMBER_HEIGHT = 12.0  # pixels between two numbers of one axis, at least
DISTANCE, TICK = 14.0, 4.0  # pixels from an edge to its numbers, and of a tick


def paint_back(painter: QPainter, projection: Projection) -> None:
    """Draw the edges of the box, before the surface, which covers some of them."""
    low, high = (projection.project(CORNERS, height)[:, :2] for height in (0.0, 1.0))
    painter.setPen(QPen(theme.ink(EDGE), 1))
    for start, end, turn in ((low, low, 1), (high, high, 1), (low, high, 0)):
        for k in range(4):
            painter.drawLine(QLineF(*map(float, (*start[k], *end[(k + turn) % 4]))))


def paint_front(
    painter: QPainter, projection: Projection, square: Region, top: float, coordinates: Coordinates
) -> None:
    """Draw the numbers of x and y along the two near edges of the floor, and of the energy along the left edge."""
    low = projection.project(CORNERS, 0.0)
    near = int(low[:, 2].argmin())
    for other in ((near + 1) % 4, (near - 1) % 4):
        _paint_plane(painter, projection, square, coordinates, CORNERS[near], CORNERS[other])
    if projection.view_angle.elevation < 75:  # from above, heights are not visible
        _paint_heights(painter, projection, CORNERS[int(low[:, 0].argmin())], top)


def _paint_plane(
    painter: QPainter, projection: Projection, square: Region, coordinates: Coordinates, start: Array, end: Array
) -> None:
    """Draw numbers along the edge of the floor from one corner to another."""
    axis = int(start[0] == end[0])  # 0 where x runs, 1 where y runs
    first, last = square[2 * axis : 2 * axis + 2]
    middle = projection.project(np.zeros(2), 0.0)[:2]
    scale, offset = coordinates.scale, coordinates.offset[axis]
    for value, text in tick_marks(first, last, (last - first) / NUMBERS, scale, offset):
        share = (value - first) / (last - first) * 2 - 1
        if abs(share) < 0.93:
            point = start.copy()
            point[axis] = share
            pixel = projection.project(point, 0.0)[:2]
            _paint_number(painter, text, pixel, pixel - middle)


def _paint_heights(painter: QPainter, projection: Projection, corner: np.ndarray, top: float) -> None:
    scale = LogEnergyNorm("energy_map", top)
    above = np.inf  # the screen's y of the last number
    for height, text in sorted(scale.ticks()):
        pixel = projection.project(corner, height)[:2]
        if abs(above - pixel[1]) < NUMBER_HEIGHT:
            continue
        above = float(pixel[1])
        painter.setPen(QPen(theme.ink(165), 1))
        painter.drawLine(QLineF(pixel[0] - TICK, pixel[1], pixel[0], pixel[1]))
        _paint_number(painter, text, pixel, np.array([-1.0, 0.0]), TICK + 3)
    pixel = projection.project(corner, 1.0)[:2] - (0, 9)
    _paint_number(painter, "E", pixel, np.array([-0.4, -1.0]))


def _paint_number(painter: QPainter, text: str, pixel: Array, direction: Array, distance: float = DISTANCE) -> None:
    """Draw a number at `distance` from `pixel` in a `direction` of the screen, centred, or left of it on the left."""
    font = painting.font(theme.TINY)
    x, y = pixel + direction / max(float(np.hypot(*direction)), 1e-9) * distance
    width = painting.width_of(text, font)
    left = x - width if direction[1] == 0 else x - width / 2
    painting.write(painter, QRectF(left, y - 7, width + 1, 14), text, font, theme.ink(), Qt.AlignmentFlag.AlignLeft)
