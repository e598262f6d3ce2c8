"""Lines of many points, drawn without a Python object for each point."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, QLineF
from PySide6.QtGui import QPainter, QPainterPath
from shiboken6 import wrapInstance

Array = np.ndarray[Any, np.dtype[Any]]
MOVE, LINE = 0, 1  # QPainterPath.ElementType
ELEMENT = np.dtype([("kind", ">i4"), ("point", ">f8", 2)])  # a path element in Qt's stream format


def polyline(points: Array) -> QPainterPath:
    """A path with one line through `points` (n, 2)."""
    return polylines([points])


def polylines(lines: list[Array]) -> QPainterPath:
    """A path with a line through each of `lines`, (k, 2) each."""
    lengths = [len(line) for line in lines]
    if not sum(lengths):
        return QPainterPath()
    kinds = np.full(sum(lengths), LINE)
    kinds[np.cumsum([0, *lengths[:-1]])[np.array(lengths) > 0]] = MOVE
    return _path(np.concatenate(lines), kinds)


def draw_strokes(painter: QPainter, strokes: Array) -> None:
    """Draw straight `strokes` (n, 4), x y x y, with the painter's pen; those not finite or of length 0 are left out.

    Qt reads the array in place as QLineF; a path of the same strokes takes half as long again.
    """
    drawn = np.isfinite(strokes).all(axis=1) & (strokes[:, :2] != strokes[:, 2:]).any(axis=1)
    lines = np.ascontiguousarray(strokes[drawn], dtype=np.float64)
    if not len(lines):
        return
    first = wrapInstance(lines.ctypes.data, QLineF)
    if type(first) is QLineF:
        painter.drawLines(first, len(lines))
    else:  # shiboken still knows a deleted object of another type at that address
        for line in lines.tolist():
            painter.drawLine(QLineF(*line))


def _path(points: Array, kinds: Array) -> QPainterPath:
    """A path from its elements, by way of Qt's stream format; points that are not finite are left out."""
    if not np.isfinite(points).all():
        finite = np.asarray(np.isfinite(points).all(axis=1))
        after_gap = np.concatenate([[True], ~finite[:-1]])  # the line does not bridge what is left out
        points, kinds = points[finite], np.where(after_gap, MOVE, kinds)[finite]
    path = QPainterPath()
    if len(points):
        elements = np.empty(len(points), ELEMENT)
        elements["kind"], elements["point"] = kinds, points
        count, last, fill = (np.array(value, ">i4").tobytes() for value in (len(points), 0, 0))
        data = QByteArray(count + elements.tobytes() + last + fill)
        stream = QDataStream(data, QIODevice.OpenModeFlag.ReadOnly)
        stream >> path
    return path
