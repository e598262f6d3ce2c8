"""The layers of a lane's plot: small painters, each of one part of a LaneSnapshot."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from ncsn_viz.lab.snapshot import WAITING, FieldGrid, LaneSnapshot, ParticleImage
from ncsn_viz.ui import theme
from ncsn_viz.ui.views.camera import Array, Camera, Region

ARROWS_ACROSS = 26
CLOSEST_ARROWS = 17.0  # pixels
HEAD = 0.34  # of an arrow's length
HEAD_ANGLE = 0.47  # radians
ARROW_COLOR = (238, 240, 255, 100)
CONTOUR_COLOR = (255, 255, 255, 72)


class Layer:
    """One part of the picture. `take` keeps what it needs, and says whether that is new; `paint` draws it."""

    name: ClassVar[str] = ""
    live: ClassVar[bool] = False  # whether it changes with every frame

    def __init__(self) -> None:
        self._source: object = None
        self.prepare(None)

    def source(self, lane: LaneSnapshot) -> object:
        """The part of the snapshot that this layer draws."""
        return lane.field

    def take(self, lane: LaneSnapshot) -> bool:
        """Whether `lane` brings something new. Parts are immutable: the same object is old news."""
        source = self.source(lane)
        if source is None and lane.status.state != WAITING:
            return False  # being evaluated anew, as after a zoom: the old one is better than a flash of nothing
        if source is self._source:
            return False
        self._source = source
        self.prepare(source)
        return True

    def prepare(self, source: Any) -> None:
        """Turn the part into something that is quick to paint; None is nothing yet."""

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """Draw it."""
        raise NotImplementedError


class Density(Layer):
    """exp(−energy) as an image."""

    name = "density"

    def prepare(self, source: FieldGrid | None) -> None:
        self._image = picture(source.density, heat_table(), opaque=True) if source else None
        self._region = cells(source) if source else None

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self._image is not None and self._region is not None:
            painter.drawImage(camera.rect(self._region), self._image)


class Contours(Layer):
    """Lines of equal energy."""

    name = "energy"

    def prepare(self, source: FieldGrid | None) -> None:
        self._path = QPainterPath()
        lines = [line for line in source.contours if len(line) > 1] if source else []
        if lines:
            points = np.concatenate(lines).astype(float)
            joined = np.ones(len(points), dtype=np.int32)
            joined[np.cumsum([len(line) for line in lines]) - 1] = 0  # the pen is lifted after the last point
            self._path = pg.arrayToQPath(points[:, 0].copy(), points[:, 1].copy(), connect=joined)

    def paint(self, painter: QPainter, camera: Camera) -> None:
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_hairline(CONTOUR_COLOR))
        painter.setTransform(camera.transform(), True)
        painter.drawPath(self._path)
        painter.restore()


class Arrows(Layer):
    """The vector field."""

    name = "field"

    def prepare(self, source: FieldGrid | None) -> None:
        self._field = source

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self._field is None:
            return
        strokes = with_heads(*arrows(self._field, camera)).reshape(-1, 2)
        # a path costs what drawLines costs, without a Python object for each of two thousand lines
        path = pg.arrayToQPath(strokes[:, 0].copy(), strokes[:, 1].copy(), connect="pairs")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_hairline(ARROW_COLOR))
        painter.drawPath(path)


class Particles(Layer):
    """The particles and their trails."""

    name = "particles"
    live = True

    def __init__(self, color: str) -> None:
        self._table = color_table(theme.glow(color))
        super().__init__()

    def source(self, lane: LaneSnapshot) -> object:
        return lane.particles

    def prepare(self, source: ParticleImage | None) -> None:
        self._region = source.region if source else None
        self._image = picture(source.image, self._table) if source else None

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self._image is not None and self._region is not None:
            painter.drawImage(camera.rect(self._region), self._image)


def cells(field: FieldGrid) -> Region:
    """The outer edge of the cells around a grid's nodes: half a cell beyond the outermost ones."""
    x0, x1, y0, y1 = field.region
    rows, columns = field.density.shape
    dx, dy = (x1 - x0) / max(columns - 1, 1) / 2, (y1 - y0) / max(rows - 1, 1) / 2
    return (x0 - dx, x1 + dx, y0 - dy, y1 + dy)


def color_table(colors: np.ndarray[Any, np.dtype[np.uint8]]) -> list[int]:
    """A table of colours (256, 4) as Qt takes it."""
    return [QColor(*map(int, color)).rgba() for color in colors]


@cache
def heat_table() -> list[int]:
    """The colours of densities."""
    return color_table(theme.heat())


def picture(data: np.ndarray[Any, np.dtype[np.uint8]], table: list[int], opaque: bool = False) -> QImage:
    """Bytes (rows, columns), row 0 at the bottom, as an image, whose row 0 is at the top."""
    flipped = np.ascontiguousarray(data[::-1])
    rows, columns = flipped.shape
    indexed = QImage(flipped.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    indexed.setColorTable(table)
    # converted once (0.1 ms), it is scaled more than twice as fast; and it no longer needs the buffer
    kinds = QImage.Format
    return indexed.convertToFormat(kinds.Format_RGB32 if opaque else kinds.Format_ARGB32_Premultiplied)


def arrows(field: FieldGrid, camera: Camera) -> tuple[Array, Array]:
    """Tails and tips in pixels, each (n, 2), on a lattice that stays put on the screen while the plane moves.

    The length is |s|/(|s| + c) of the spacing, c the median of |s|: neither tails nor peaks disappear.
    """
    spacing = max(CLOSEST_ARROWS, min(camera.width, 1.5 * camera.height) / ARROWS_ACROSS)
    pixels = np.stack(np.meshgrid(_centred(camera.width, spacing), _centred(camera.height, spacing)), axis=-1)
    pixels = pixels.reshape(-1, 2)
    x, y = camera.to_plane(pixels[:, 0], pixels[:, 1])  # type: ignore[arg-type]
    score = sample(field, np.stack([x, y], axis=-1))
    score, pixels = score[np.isfinite(score).all(1)], pixels[np.isfinite(score).all(1)]
    norm = np.linalg.norm(score, axis=1, keepdims=True)
    middle = np.median(norm) if len(norm) else 0.0
    half = score * (0.46 * spacing / np.maximum(norm + middle, 1e-12))
    half[:, 1] *= -1  # up in the plane is down in pixels
    return pixels - half, pixels + half


def sample(field: FieldGrid, points: Array) -> Array:
    """The score at `points` (n, 2) by bilinear interpolation; NaN outside the grid."""
    x0, x1, y0, y1 = field.region
    rows, columns = field.score.shape[:2]
    place = (points - (x0, y0)) / (x1 - x0, y1 - y0) * (columns - 1, rows - 1)
    # the lattice may end a fraction of a cell beyond the last node: that is rounding, not another place
    inside = ((place >= -0.5) & (place <= np.array([columns, rows]) - 0.5)).all(1)
    place = np.clip(place, 0, (columns - 1, rows - 1))
    corner = np.minimum(place.astype(int), (max(columns - 2, 0), max(rows - 2, 0)))
    part = (place - corner)[:, :, None]
    column, row = corner[:, 0], corner[:, 1]
    score = field.score.astype(np.float64)
    with np.errstate(invalid="ignore"):  # a diverged field may hold anything
        lower = score[row, column] * (1 - part[:, 0]) + score[row, column + 1] * part[:, 0]
        upper = score[row + 1, column] * (1 - part[:, 0]) + score[row + 1, column + 1] * part[:, 0]
        found = lower * (1 - part[:, 1]) + upper * part[:, 1]
    return np.asarray(np.where(inside[:, None], found, np.nan), dtype=np.float64)


def with_heads(start: Array, end: Array) -> Array:
    """Arrows as strokes (3n, 4), x y x y: the shafts and the two sides of every head."""
    back = (start - end) * HEAD
    cos, sin = np.cos(HEAD_ANGLE), np.sin(HEAD_ANGLE)
    left = end + back @ np.array([[cos, sin], [-sin, cos]])
    right = end + back @ np.array([[cos, -sin], [sin, cos]])
    return np.concatenate([np.hstack([start, end]), np.hstack([end, left]), np.hstack([end, right])])


def _centred(length: float, spacing: float) -> Array:
    count = max(1, int(length / spacing))
    return (length - (count - 1) * spacing) / 2 + spacing * np.arange(count, dtype=np.float64)


def _hairline(color: tuple[int, int, int, int]) -> QPen:
    pen = QPen(QColor(*color), 1)  # any wider, and Qt's stroker takes fifty times as long
    pen.setCosmetic(True)
    return pen
