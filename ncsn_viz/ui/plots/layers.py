"""The layers of a lane's plot: small painters, each of one part of a LaneSnapshot."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import WAITING, FieldGrid, LaneSnapshot, ParticleImage
from ncsn_viz.ui.plots.grids import Places, cells
from ncsn_viz.ui.widgets import paths, theme
from ncsn_viz.ui.widgets.camera import Array, Camera, Region
from ncsn_viz.ui.widgets.indexed_image import indexed_image

ARROWS_ACROSS = 26
CLOSEST_ARROWS = 17.0  # pixels
HEAD = 0.34  # of an arrow's length
HEAD_ANGLE = 0.47  # radians
ARROW_COLOR = (238, 240, 255, 100)
CONTOUR_COLOR = (255, 255, 255, 72)
TRUE_COLOR = (255, 255, 255, 175)
CROSS = np.array([[-2.5, -2.5], [2.5, 2.5], [-2.5, 2.5], [2.5, -2.5]])  # pixels
CROSS_SHADE = QColor(0, 0, 8, 190)


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
        self._image = indexed_image(source.density, theme.density_colors()) if source else None
        self._region = cells(source) if source else None

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self._image is not None and self._region is not None:
            painter.drawImage(camera.rect(self._region), self._image)


class Contours(Layer):
    """Lines of equal energy."""

    name = "energy"
    color = CONTOUR_COLOR
    dashes: ClassVar[tuple[float, ...]] = ()

    def lines(self, field: FieldGrid) -> tuple[Floats, ...]:
        """Which lines are drawn."""
        return field.contours

    def prepare(self, source: FieldGrid | None) -> None:
        self._path = QPainterPath()
        lines = [line for line in self.lines(source) if len(line) > 1] if source else []
        if lines:
            self._path = paths.polylines(list(lines))

    def paint(self, painter: QPainter, camera: Camera) -> None:
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = _hairline(self.color)
        if self.dashes:
            pen.setDashPattern(self.dashes)
        painter.setPen(pen)
        painter.setTransform(camera.transform(), True)
        painter.drawPath(self._path)
        painter.restore()


class TrueContours(Contours):
    """Lines of equal true density, at the same heights; dashed, as the truth is everywhere."""

    name = "truth"
    color = TRUE_COLOR
    dashes = (5, 3)

    def lines(self, field: FieldGrid) -> tuple[Floats, ...]:
        return field.true_contours


class Arrows(Layer):
    """The vector field."""

    name = "field"

    def prepare(self, source: FieldGrid | None) -> None:
        self._field = source

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self._field is None:
            return
        painter.setPen(_hairline(ARROW_COLOR))
        paths.draw_strokes(painter, with_heads(*arrows(self._field, camera)))


class Negatives(Layer):
    """Where the loss has pushed the energy up: small crosses in the lane's accent."""

    name = "negatives"
    live = True

    def __init__(self, color: str) -> None:
        self._color = QColor(color).lighter(125)
        super().__init__()

    def source(self, lane: LaneSnapshot) -> object:
        return lane.negatives

    def prepare(self, source: Floats | None) -> None:
        self._points = np.zeros((0, 2)) if source is None else np.asarray(source, dtype=np.float64)

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if not len(self._points):
            return
        ends = (camera.to_pixels(self._points)[:, None] + CROSS).reshape(-1, 4)
        for color, shift in ((CROSS_SHADE, 1.0), (self._color, 0.0)):
            painter.setPen(QPen(color, 1))
            paths.draw_strokes(painter, ends + shift)


class Particles(Layer):
    """The particles and their trails."""

    name = "particles"
    live = True

    def __init__(self, color: str) -> None:
        self._colors = theme.particle_colors(color)
        super().__init__()

    def source(self, lane: LaneSnapshot) -> object:
        return lane.particles

    def prepare(self, source: ParticleImage | None) -> None:
        self._region = source.region if source else None
        self._image = indexed_image(source.image, self._colors) if source else None

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self._image is None or self._region is None:
            return
        rect = camera.rect(self._region)
        # a screen twice as fine then shows each pixel as four of its own; one by a half finer needs smoothing
        fits = rect.size() == QSizeF(self._image.size()) and painter.device().devicePixelRatioF().is_integer()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not fits)
        painter.drawImage(rect, self._image)


class Streamlines(Particles):
    """Lines that move along the field."""

    name = "streamlines"

    def __init__(self) -> None:
        super().__init__(theme.FLOW)

    def source(self, lane: LaneSnapshot) -> object:
        return lane.streamlines


def arrows(field: FieldGrid, camera: Camera) -> tuple[Array, Array]:
    """Tails and tips in pixels, each (n, 2), on a lattice that stays put on the screen while the plane moves.

    The length is |s|/(|s| + c) of the spacing, c the median of |s|: neither tails nor peaks disappear.
    """
    spacing, pixels, places = _lattice(camera, field.region, *field.density.shape)
    score = places.look_up(field.score)
    known = np.isfinite(score).all(1)
    score, pixels = score[known], pixels[known]
    norm = np.linalg.norm(score, axis=1, keepdims=True)
    middle = np.median(norm) if len(norm) else 0.0
    half = score * (0.46 * spacing / np.maximum(norm + middle, 1e-12))
    half[:, 1] *= -1  # up in the plane is down in pixels
    return pixels - half, pixels + half


@lru_cache(maxsize=8)
def _lattice(camera: Camera, region: Region, rows: int, columns: int) -> tuple[float, Array, Places]:
    """The spacing, the pixels (n, 2) at which arrows stand, and where these lie in a grid over `region`."""
    spacing = max(CLOSEST_ARROWS, min(camera.width, 1.5 * camera.height) / ARROWS_ACROSS)
    pixels = np.stack(np.meshgrid(_centred(camera.width, spacing), _centred(camera.height, spacing)), axis=-1)
    pixels = pixels.reshape(-1, 2)
    x, y = camera.to_plane(pixels[:, 0], pixels[:, 1])  # type: ignore[arg-type]
    return spacing, pixels, Places(region, rows, columns, np.stack([x, y], axis=-1))


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
