"""Arrows: the lattice of a vector field, outlines of single arrows, their scale and their legend."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from ncsn_viz.lab.snapshot import FieldGrid, Floats
from ncsn_viz.ui.maps.grid_lookup import GridLookup
from ncsn_viz.ui.widgets import painting, paths, theme
from ncsn_viz.ui.widgets.camera import Array, Camera, Region

LATTICE_ARROWS = 26  # along the width of a plot
LEAST_SPACING = 17.0  # pixels between two arrows of the lattice
LATTICE_HEAD = 0.34  # the length of a head by that of its arrow
LATTICE_ANGLE = 0.47  # radians between the shaft and a side of the head
HEAD, SPREAD = 8.0, 0.42  # pixels of the head of a single arrow, and half its width by its length
SHORTEST, LONGEST, PREFERRED = 16.0, 90.0, 40.0  # pixels of an enlarged arrow
DECAY = 0.9  # of the running mean of lengths in ArrowScale
LEGEND_ROOM = (230, 170)  # pixels: the least size of a plot with a legend


def lattice_arrows(field: FieldGrid, camera: Camera, vectors: Floats | None = None) -> tuple[Array, Array]:
    """Tails and tips in pixels, each (n, 2), of the score s, or of other `vectors` of the field, on a lattice.

    The lattice is fixed on the screen. The length is |s| / (|s| + c) of the spacing, c the median of |s|, so that both
    tails and peaks are visible.
    """
    spacing, pixels, lookup = _lattice(camera, field.region, *field.score.shape[:2])
    score = lookup.look_up(field.score if vectors is None else vectors)
    known = np.isfinite(score).all(1)
    score, pixels = score[known], pixels[known]
    norm = np.linalg.norm(score, axis=1, keepdims=True)
    median = np.median(norm) if len(norm) else 0.0
    half = score * (0.46 * spacing / np.maximum(norm + median, 1e-12))
    half[:, 1] *= -1  # pixels count downwards
    return pixels - half, pixels + half


@lru_cache(maxsize=8)
def _lattice(camera: Camera, region: Region, rows: int, columns: int) -> tuple[float, Array, GridLookup]:
    """The spacing, the pixels (n, 2) of the arrows' centres, and their lookup in a grid over `region`."""
    spacing = max(LEAST_SPACING, min(camera.width, 1.5 * camera.height) / LATTICE_ARROWS)
    pixels = np.stack(np.meshgrid(_centred(camera.width, spacing), _centred(camera.height, spacing)), axis=-1)
    pixels = pixels.reshape(-1, 2)
    x, y = camera.to_plane(pixels[:, 0], pixels[:, 1])  # type: ignore[arg-type]
    return spacing, pixels, GridLookup(region, rows, columns, np.stack([x, y], axis=-1))


def _centred(length: float, spacing: float) -> Array:
    count = max(1, int(length / spacing))
    return (length - (count - 1) * spacing) / 2 + spacing * np.arange(count, dtype=np.float64)


def arrow_strokes(tails: Array, tips: Array) -> Array:
    """Arrows as strokes (3n, 4), x y x y: the shafts and the two sides of every head."""
    back = (tails - tips) * LATTICE_HEAD
    cos, sin = np.cos(LATTICE_ANGLE), np.sin(LATTICE_ANGLE)
    left = tips + back @ np.array([[cos, sin], [-sin, cos]])
    right = tips + back @ np.array([[cos, -sin], [sin, cos]])
    return np.concatenate([np.hstack([tails, tips]), np.hstack([tips, left]), np.hstack([tips, right])])


def draw_arrows(painter: QPainter, color: QColor, tails: Array, tips: Array, width: float = 2.0) -> None:
    """Draw arrows from `tails` to `tips` (n, 2), pixels, each with a dark edge that separates it from the background.

    Filled outlines in one path: Qt's stroker takes ten times as long for lines of this width.
    """
    for ink, edge in ((theme.shade(), 1.1), (color, 0.0)):
        path = paths.polylines(list(arrow_outlines(tails, tips, width, edge)))
        path.setFillRule(Qt.FillRule.WindingFill)
        painter.fillPath(path, ink)


def arrow_outlines(tails: Array, tips: Array, width: float, edge: float = 0.0) -> Array:
    """The outlines (k, 8, 2) of arrows with shafts of `width`, widened by `edge`; arrows below 1 pixel are left out."""
    vector = tips - tails
    length = np.linalg.norm(vector, axis=1)
    drawn = (length >= 1.0) & (length < 1e5)  # Qt cannot draw longer ones
    tails, tips, length = tails[drawn], tips[drawn], length[drawn][:, None]
    along = vector[drawn] / length
    side = along[:, ::-1] * (-1.0, 1.0)
    head = np.minimum(HEAD, 0.6 * length)
    neck, shaft, wing = tips - along * (head + edge), width / 2 + edge, side * (SPREAD * head + width / 4 + 1.6 * edge)
    tip, tail, half = tips + along * 1.6 * edge, tails - along * edge, side * shaft
    corners = (tail + half, neck + half, neck + wing, tip, neck - wing, neck - half, tail - half, tail + half)
    return np.stack(corners, axis=1)


class ArrowScale:
    """The factor 1, 2, 5, 10 … by which arrows are enlarged; it changes only when they become too short or too long."""

    def __init__(self) -> None:
        self.factor = 1.0
        self._length = 0.0

    def measure(self, longest: float) -> None:
        """Update the running mean of lengths with that of the longest arrow, in units of the plane."""
        if math.isfinite(longest) and longest > 0:
            old = self._length or longest
            self._length = old**DECAY * longest ** (1 - DECAY)  # the length of the noise varies from step to step

    def fit(self, scale: float) -> float:
        """The factor where a unit of the plane is `scale` pixels."""
        pixels = self._length * scale
        if pixels > 0 and not SHORTEST <= pixels * self.factor <= LONGEST:
            self.factor = nice_factor(PREFERRED / pixels)
        return self.factor


def nice_factor(factor: float) -> float:
    """The number of 1, 2, 5, 10 … that is nearest to `factor` in logarithm; at least 1."""
    unit = 10.0 ** math.floor(math.log10(max(factor, 1.0)))
    return float(min((unit, 2 * unit, 5 * unit, 10 * unit), key=lambda near: abs(math.log(near / max(factor, 1.0)))))


class ArrowLegend:
    """The meaning of the arrows' colours in the lower right corner of a plot, cached as a pixmap."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._pixmap = QPixmap()

    def paint(self, painter: QPainter, camera: Camera, lines: list[tuple[str, str]]) -> None:
        """Draw `lines`, each a colour and its text; nothing in a plot that is too small."""
        if camera.width < LEGEND_ROOM[0] or camera.height < LEGEND_ROOM[1]:
            return
        key = (tuple(lines), painter.device().devicePixelRatioF())
        if key != self._key:
            self._key, self._pixmap = key, _legend_pixmap(*key)
        width, height = (size / key[1] for size in (self._pixmap.width(), self._pixmap.height()))
        painter.drawPixmap(QPointF(camera.width - width - 8, camera.height - height - 8), self._pixmap)


def _legend_pixmap(lines: tuple[tuple[str, str], ...], ratio: float) -> QPixmap:
    font = painting.font(theme.SMALL)
    box = QRectF(0, 0, max(painting.width_of(text, font) for _, text in lines) + 34, 15 * len(lines) + 6)
    pixmap = painting.transparent_pixmap(box.width(), box.height(), ratio)
    painter = painting.smooth_painter(pixmap)
    painting.fill_rounded(painter, box, theme.shade(), 5)
    for row, (color, text) in enumerate(lines):
        y = 3 + 15 * row
        painter.setPen(QPen(QColor(color), 2.4, c=Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(8, y + 7.5), QPointF(20, y + 7.5))
        painting.write(painter, QRectF(26, y, box.width() - 30, 15), text, font, theme.ink())
    painter.end()
    return pixmap
