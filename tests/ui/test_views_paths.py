"""Paths made at a stroke are those made point by point."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QPainterPath

from ncsn_viz.ui.views import paths

POINTS = np.array([[0.5, -1.25], [3.0, 4.0], [1e-3, 7.0], [-2.0, 0.1]])


def by_hand(points, starts):
    path = QPainterPath()
    for index, (x, y) in enumerate(points):
        path.moveTo(x, y) if index in starts else path.lineTo(x, y)
    return path


def test_a_polyline():
    assert paths.polyline(POINTS) == by_hand(POINTS, {0})


def test_strokes():
    assert paths.strokes(POINTS) == by_hand(POINTS, {0, 2})


def test_lines_lift_the_pen_in_between():
    assert paths.polylines([POINTS[:3], POINTS[:0], POINTS[1:]]) == by_hand([*POINTS[:3], *POINTS[1:]], {0, 3})


def test_single_precision_is_taken_as_well():
    assert paths.polyline(POINTS.astype(np.float32)).elementCount() == 4


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_line_is_broken_where_it_is_not_finite(bad):
    broken = np.insert(POINTS, 2, [bad, 0.0], axis=0)
    assert paths.polyline(broken) == by_hand(POINTS, {0, 2})


def test_nothing_is_an_empty_path():
    assert paths.polyline(np.zeros((0, 2))).isEmpty()
    assert paths.polylines([]).isEmpty()
    assert paths.strokes(np.full((2, 2), np.nan)).isEmpty()
