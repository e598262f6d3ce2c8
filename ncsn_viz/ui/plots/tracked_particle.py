"""The particle that is followed: a ring, its way, and what its last step was made of."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from ncsn_viz.lab.snapshot.snapshot import LaneSnapshot
from ncsn_viz.lab.snapshot.tracked_particle import TrackedParticle
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.widgets import number_text, paths, theme
from ncsn_viz.ui.widgets import painting as paint
from ncsn_viz.ui.widgets.camera import Array, Camera
from ncsn_viz.ui.widgets.translate import translate

RING = 7.0  # pixels
HEAD, SPREAD = 8.0, 0.42  # pixels, and half the width of a head by its length
PIECES = 6  # of the way, each fainter than the next
SHORT, LONG, BEST = 16.0, 90.0, 40.0  # pixels that an arrow should have
MEMORY = 0.9  # of the length by which arrows are scaled
SHADE, INK, SOFT = QColor(0, 0, 8, 190), QColor(255, 255, 255, 235), QColor(255, 255, 255, 165)
LEAST_ROOM = (230, 170)  # pixels of a plot that has room for the legend


class ArrowScale:
    """By how much arrows are drawn longer than they are: 1, 2, 5, 10 …, the same until they no longer fit."""

    def __init__(self) -> None:
        self.factor = 1.0
        self._length = 0.0

    def measure(self, longest: float) -> None:
        """Arrows are now so long, in units of the plane."""
        if math.isfinite(longest) and longest > 0:
            old = self._length or longest
            self._length = old**MEMORY * longest ** (1 - MEMORY)  # noise is now long, now short

    def fit(self, scale: float) -> float:
        """The factor, where a unit of the plane is `scale` pixels."""
        shown = self._length * scale
        if shown > 0 and not SHORT <= shown * self.factor <= LONG:
            self.factor = nice(BEST / shown)
        return self.factor


class TrackedParticleLayer(Layer):
    """Arrows are drawn tip to tail from where the step began, all longer by the same factor, which the legend says."""

    name = "followed"
    live = True

    def __init__(self, color: str) -> None:
        self._color = QColor(color)
        self._magnifier = ArrowScale()
        self._key: tuple[object, ...] = ()
        self._legend = QPixmap()
        super().__init__()

    def source(self, lane: LaneSnapshot) -> object:
        return lane.tracked

    def prepare(self, source: TrackedParticle | None) -> None:
        self._seen = source
        if source is not None and source.drift is not None and source.noise is not None:
            self._magnifier.measure(max(float(np.hypot(*source.drift)), float(np.hypot(*source.noise))))

    def arrows(self, seen: TrackedParticle, camera: Camera) -> list[tuple[QColor, Array, Array]]:
        """Colour, tail and tip in pixels of the last step as a whole, and of its parts."""
        if seen.drift is None or seen.noise is None:
            return []
        factor = self._magnifier.fit(camera.scale)
        parts = [(theme.DRIFT, seen.drift), (theme.NOISE, seen.noise)]
        if seen.inertia is not None:
            parts.insert(0, (theme.INERTIA, seen.inertia))
        start = tail = camera.to_pixels(np.asarray(seen.start, dtype=np.float64))
        drawn = []
        for color, part in parts:
            tip = tail + np.array([1.0, -1.0]) * part * factor * camera.scale
            drawn.append((QColor(color), tail, tip))
            tail = tip
        total = QColor(theme.SUM)
        total.setAlpha(90 if seen.rejected else 255)
        return [(total, start, tail), *drawn]

    def paint(self, painter: QPainter, camera: Camera) -> None:
        seen = self._seen
        if seen is None or not np.isfinite(seen.path[-1]).all():
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_way(painter, camera.to_pixels(seen.path.astype(np.float64)))
        for number, (color, tail, tip) in enumerate(self.arrows(seen, camera)):  # the whole is wider, and lies below
            draw_arrows(painter, color, tail[None], tip[None], 1.8 if number else 3.6)
        self._paint_ring(painter, seen, camera)
        if camera.width >= LEAST_ROOM[0] and camera.height >= LEAST_ROOM[1] and seen.drift is not None:
            self._paint_legend(painter, seen, camera)
        painter.restore()

    def _paint_way(self, painter: QPainter, way: Array) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for piece in range(PIECES):
            first, last = (round(len(way) * (piece + end) / PIECES) for end in (0, 1))
            part = way[max(first - 1, 0) : last]
            if len(part) > 1:
                color = QColor(self._color.lighter(140))
                color.setAlphaF((piece + 1) / PIECES * 0.9)
                painter.setPen(QPen(color, 1))  # any wider, and Qt's stroker takes fifty times as long
                painter.drawPath(paths.polyline(part))

    def _paint_ring(self, painter: QPainter, seen: TrackedParticle, camera: Camera) -> None:
        x, y = camera.to_pixels(seen.path[-1].astype(np.float64))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = RING + 2 if seen.held else RING
        for color, width in ((SHADE, 4.0), (INK, 2.4 if seen.held else 1.6)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setBrush(self._color.lighter(140))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(x, y), 2.5, 2.5)

    def words(self, seen: TrackedParticle) -> list[tuple[str, str]]:
        """The lines of the legend: colour and words."""
        lines = [(theme.DRIFT, translate("drift, from the score")), (theme.NOISE, translate("noise"))]
        if seen.inertia is not None:
            lines.insert(0, (theme.INERTIA, translate("inertia, from before")))
        total = translate("refused") if seen.rejected else translate("the step")
        factor = self._magnifier.factor
        return [*lines, (theme.SUM, total if factor == 1 else f"{total}  × {number_text.plain(factor)}")]

    def _paint_legend(self, painter: QPainter, seen: TrackedParticle, camera: Camera) -> None:
        key = (tuple(self.words(seen)), painter.device().devicePixelRatioF())
        if key != self._key:
            self._key, self._legend = key, legend(*key)
        ratio = key[1]
        place = QPointF(
            camera.width - self._legend.width() / ratio - 8, camera.height - self._legend.height() / ratio - 8
        )
        painter.drawPixmap(place, self._legend)


def draw_arrows(painter: QPainter, color: QColor, tails: Array, tips: Array, width: float = 2.0) -> None:
    """Arrows from `tails` to `tips` (n, 2), pixels, on a shade that keeps them visible on everything.

    Filled outlines in one path: Qt's stroker takes ten times as long for lines of this width.
    """
    for ink, edge in ((SHADE, 1.1), (color, 0.0)):
        path = paths.polylines(list(outlines(tails, tips, width, edge)))
        path.setFillRule(Qt.FillRule.WindingFill)
        painter.fillPath(path, ink)


def outlines(tails: Array, tips: Array, width: float, edge: float = 0.0) -> Array:
    """The outlines (k, 8, 2) of arrows with shafts of `width`, all wider by `edge`; none of those too short to see."""
    away = tips - tails
    length = np.linalg.norm(away, axis=1)
    seen = (length >= 1.0) & (length < 1e5)  # and none that Qt cannot draw
    tails, tips, length = tails[seen], tips[seen], length[seen][:, None]
    along = away[seen] / length
    side = along[:, ::-1] * (-1.0, 1.0)
    head = np.minimum(HEAD, 0.6 * length)
    neck, shaft, wing = tips - along * (head + edge), width / 2 + edge, side * (SPREAD * head + width / 4 + 1.6 * edge)
    tip, tail, half = tips + along * 1.6 * edge, tails - along * edge, side * shaft
    round_it = (tail + half, neck + half, neck + wing, tip, neck - wing, neck - half, tail - half, tail + half)
    return np.stack(round_it, axis=1)


def legend(lines: tuple[tuple[str, str], ...], ratio: float) -> QPixmap:
    """What the colours stand for, as a picture: it lies above the particles, which are new in every frame."""
    small = paint.font(theme.SMALL - 1)
    room = QRectF(0, 0, max(paint.width_of(words, small) for _, words in lines) + 34, 15 * len(lines) + 6)
    pixmap = QPixmap(math.ceil(room.width() * ratio), math.ceil(room.height() * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 8, 165))
    painter.drawRoundedRect(room, 5, 5)
    for number, (color, words) in enumerate(lines):
        y = 3 + 15 * number
        painter.setPen(QPen(QColor(color), 2.4, c=Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(8, y + 7.5), QPointF(20, y + 7.5))
        paint.write(painter, QRectF(26, y, room.width() - 30, 15), words, small, INK)
    painter.end()
    return pixmap


def nice(factor: float) -> float:
    """The nearest of 1, 2, 5, 10 …; never below 1."""
    unit = 10.0 ** math.floor(math.log10(max(factor, 1.0)))
    return float(min((unit, 2 * unit, 5 * unit, 10 * unit), key=lambda near: abs(math.log(near / max(factor, 1.0)))))
