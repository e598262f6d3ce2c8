"""What stands around a surface: the edges of its box, and the numbers along three of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ncsn_viz.ui.plots.color_scale import LogEnergyNorm
from ncsn_viz.ui.plots.ticks import multiples, nice_step
from ncsn_viz.ui.surface.height_field import Projection
from ncsn_viz.ui.widgets import number_text, painting, theme
from ncsn_viz.ui.widgets.camera import Region

EDGE, INK = QColor(255, 255, 255, 46), QColor(255, 255, 255, 165)
CORNERS = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
NUMBERS = 4  # about so many along an edge
AWAY, TICK = 14.0, 4.0  # pixels from an edge to its numbers, and of a tick


def paint_back(painter: QPainter, stage: Projection) -> None:
    """The edges of the box, of which the surface hides those in front of which it stands."""
    low, high = (stage.project(CORNERS, height)[:, :2] for height in (0.0, 1.0))
    painter.setPen(QPen(EDGE, 1))
    for one, two in [(low, low), (high, high)]:
        for k in range(4):
            painter.drawLine(_line(one[k], two[(k + 1) % 4]))
    for k in range(4):
        painter.drawLine(_line(low[k], high[k]))


def paint_front(painter: QPainter, stage: Projection, square: Region, top: float) -> None:
    """Numbers of x and y along the two near edges of the floor, and of the energy along the upright on the left."""
    low = stage.project(CORNERS, 0.0)
    near = int(low[:, 2].argmin())
    for other in ((near + 1) % 4, (near - 1) % 4):
        _paint_plane(painter, stage, square, CORNERS[near], CORNERS[other])
    if stage.pose.elevation < 75:  # from above there is no height to be read
        _paint_heights(painter, stage, CORNERS[int(low[:, 0].argmin())], top)


def _paint_plane(painter: QPainter, stage: Projection, square: Region, start: np.ndarray, end: np.ndarray) -> None:
    """Numbers along the edge of the floor from one corner to another."""
    axis = int(start[0] == end[0])  # 0 where x runs, 1 where y runs
    first, last = square[2 * axis : 2 * axis + 2]
    middle = stage.project(np.zeros(2), 0.0)[:2]
    for value in multiples(first, last, nice_step((last - first) / NUMBERS)):
        share = (value - first) / (last - first) * 2 - 1
        if abs(share) < 0.93:
            point = start.copy()
            point[axis] = share
            place = stage.project(point, 0.0)[:2]
            _paint_number(painter, number_text.plain(value), place, place - middle)


def _paint_heights(painter: QPainter, stage: Projection, corner: np.ndarray, top: float) -> None:
    scale = LogEnergyNorm("energy_map", top)
    for share, text in scale.ticks():
        place = stage.project(corner, share)[:2]
        painter.setPen(QPen(INK, 1))
        painter.drawLine(QLineF(place[0] - TICK, place[1], place[0], place[1]))
        _paint_number(painter, text, place, np.array([-1.0, 0.0]), TICK + 3)
    place = stage.project(corner, 1.0)[:2] - (0, 9)
    _paint_number(painter, "E", place, np.array([-0.4, -1.0]))


def _paint_number(painter: QPainter, text: str, place: np.ndarray, aside: np.ndarray, away: float = AWAY) -> None:
    """A number `away` from `place`, in the direction `aside` of the screen; to the left of it where that is left."""
    what = painting.font(theme.SMALL - 2)
    x, y = place + aside / max(float(np.hypot(*aside)), 1e-9) * away
    wide = painting.width_of(text, what)
    left = x - wide if aside[1] == 0 else x - wide / 2
    painting.write(painter, QRectF(left, y - 6, wide + 1, 12), text, what, INK, Qt.AlignmentFlag.AlignLeft)


def _line(start: np.ndarray, end: np.ndarray) -> QLineF:
    return QLineF(QPointF(*map(float, start)), QPointF(*map(float, end)))
