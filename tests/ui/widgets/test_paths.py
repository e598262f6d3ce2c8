"""Paths from arrays are equal to paths built point by point."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from ncsn_viz.ui.widgets import paths

POINTS = np.array([[0.5, -1.25], [3.0, 4.0], [1e-3, 7.0], [-2.0, 0.1]])


def by_hand(points, starts):
    path = QPainterPath()
    for index, (x, y) in enumerate(points):
        path.moveTo(x, y) if index in starts else path.lineTo(x, y)
    return path


def test_a_polyline():
    assert paths.polyline(POINTS) == by_hand(POINTS, {0})


def drawn(draw):
    image = QImage(80, 60, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(238, 240, 255, 100), 1))
    draw(painter)
    painter.end()
    return image


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_strokes_are_the_lines_that_qt_draws_one_by_one(qapp, dtype):
    ends = np.random.default_rng(0).uniform(-5, 85, (200, 4)).astype(dtype)
    broken = ends.copy()
    broken[3, 2], broken[7, 0] = np.nan, np.inf
    kept = np.delete(ends, [3, 7], axis=0)

    def one_by_one(painter):
        for x0, y0, x1, y1 in kept.tolist():
            painter.drawLine(QPointF(x0, y0), QPointF(x1, y1))

    wanted = drawn(one_by_one)
    assert drawn(lambda painter: paths.draw_strokes(painter, broken)) == wanted
    assert wanted != drawn(lambda painter: None)
    points = np.repeat(kept[:, :2], 2, axis=0).reshape(-1, 4)
    for none in (broken[3:4], points):
        assert drawn(lambda painter, none=none: paths.draw_strokes(painter, none)) == drawn(lambda painter: None)


def test_strokes_at_an_address_that_shiboken_knows_for_another_type(qapp, monkeypatch):
    ends = np.random.default_rng(1).uniform(0, 60, (50, 4))
    wanted = drawn(lambda painter: paths.draw_strokes(painter, ends))
    monkeypatch.setattr(paths, "wrapInstance", lambda *_: QPointF())
    assert drawn(lambda painter: paths.draw_strokes(painter, ends)) == wanted


def test_separate_lines_are_not_joined():
    assert paths.polylines([POINTS[:3], POINTS[:0], POINTS[1:]]) == by_hand([*POINTS[:3], *POINTS[1:]], {0, 3})


def test_single_precision_is_taken_as_well():
    assert paths.polyline(POINTS.astype(np.float32)).elementCount() == 4


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_line_is_broken_where_it_is_not_finite(bad):
    broken = np.insert(POINTS, 2, [bad, 0.0], axis=0)
    assert paths.polyline(broken) == by_hand(POINTS, {0, 2})


def test_no_points_are_an_empty_path():
    assert paths.polyline(np.zeros((0, 2))).isEmpty()
    assert paths.polylines([]).isEmpty()
