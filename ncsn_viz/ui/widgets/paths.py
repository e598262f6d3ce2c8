"""Many lines drawn at once, without a Python object for each point."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream, QIODevice, QLineF
from PySide6.QtGui import QPainter, QPainterPath
from shiboken6 import wrapInstance

Array = np.ndarray[Any, np.dtype[Any]]
MOVE, LINE = 0, 1  # QPainterPath.ElementType
ELEMENT = np.dtype([("kind", ">i4"), ("place", ">f8", 2)])  # as QDataStream writes it


def polyline(points: Array) -> QPainterPath:
    """One line through `points` (n, 2)."""
    return _path(points, _kinds(len(points), slice(0, 1)))


def polylines(lines: list[Array]) -> QPainterPath:
    """A line through each of `lines`, (k, 2) each."""
    lengths = [len(line) for line in lines]
    if not sum(lengths):
        return QPainterPath()
    starts = np.cumsum([0, *lengths[:-1]])[np.array(lengths) > 0]
    return _path(np.concatenate(lines), _kinds(sum(lengths), starts))


def draw_strokes(painter: QPainter, strokes: Array) -> None:
    """Draw straight `strokes` (n, 4), x y x y, in the painter's pen, but for those not finite or without a length.

    Qt reads them where they lie, as an array of QLineF: a path of them takes half as long again.
    """
    seen = np.isfinite(strokes).all(axis=1) & (strokes[:, :2] != strokes[:, 2:]).any(axis=1)
    lines = np.ascontiguousarray(strokes[seen], dtype=np.float64)
    if not len(lines):
        return
    first = wrapInstance(lines.ctypes.data, QLineF)
    if type(first) is QLineF:
        painter.drawLines(first, len(lines))
    else:  # something else has lain at that address, and shiboken takes it to be there still
        for line in lines.tolist():
            painter.drawLine(QLineF(*line))


def _kinds(count: int, starts: slice | Array) -> Array:
    kinds = np.full(count, LINE)
    kinds[starts] = MOVE
    return kinds


def _path(points: Array, kinds: Array) -> QPainterPath:
    """A path of these elements, as QPainterPath reads itself from a stream; points that are not finite are left out."""
    if not np.isfinite(points).all():
        finite = np.asarray(np.isfinite(points).all(axis=1))
        lifted = np.concatenate([[True], ~finite[:-1]])  # the line does not bridge what is left out
        points, kinds = points[finite], np.where(lifted, MOVE, kinds)[finite]
    path = QPainterPath()
    if len(points):
        elements = np.empty(len(points), ELEMENT)
        elements["kind"], elements["place"] = kinds, points
        count, last, fill = (np.array(value, ">i4").tobytes() for value in (len(points), 0, 0))
        letter = QByteArray(count + elements.tobytes() + last + fill)
        stream = QDataStream(letter, QIODevice.OpenModeFlag.ReadOnly)
        stream >> path
    return path
