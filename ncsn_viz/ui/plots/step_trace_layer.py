"""A step in slow motion over a lane's plot."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import LaneSnapshot
from ncsn_viz.lab.snapshot.step_trace import ParticleStep, StepTrace, TrainingStep
from ncsn_viz.ui.plots.layers import CROSS, Layer
from ncsn_viz.ui.plots.tracked_particle import BEST, LEAST_ROOM, draw_arrows, legend, nice
from ncsn_viz.ui.slow_motion.stages import BATCH, DRIFT, INERTIA, NEGATIVES, NOISE, PUSH, SCORE, SUM, UPDATE
from ncsn_viz.ui.widgets import paths, theme
from ncsn_viz.ui.widgets.camera import Array, Camera
from ncsn_viz.ui.widgets.number_text import plain
from ncsn_viz.ui.widgets.translate import translate

DOT, SMALL = 3.6, 2.6  # pixels
VEIL = QColor(4, 4, 14, 150)  # over all that is not spoken of
SHADE = QColor(0, 0, 8, 190)
LINE = QColor(255, 255, 255, 110)
LONGEST = 60.0  # pixels of a score that has no scale of its own
TRAINING = (BATCH, NOISE, NEGATIVES, SCORE)


class SlowLayer(Layer):
    """The points and arrows of a stage, `share` (0 to 1) of the way through its movement."""

    name = "slow"
    live = True

    def __init__(self, color: str) -> None:
        self._color = QColor(color).lighter(130)
        self._key, self._share = "", 1.0
        self._legend_key: tuple[object, ...] = ()
        self._legend = QPixmap()
        super().__init__()

    def source(self, lane: LaneSnapshot) -> object:
        return lane.step_trace

    def take(self, lane: LaneSnapshot) -> bool:
        """Unlike other layers, none is none."""
        new = lane.step_trace is not self._source
        self._source = lane.step_trace
        if new:
            self.prepare(lane.step_trace)
        return new

    def prepare(self, source: StepTrace | None) -> None:
        self._step = source

    def choose(self, key: str, share: float) -> None:
        """Which stage is drawn, none for an empty key, and how far it has come."""
        self._key, self._share = key, share

    def paint(self, painter: QPainter, camera: Camera) -> None:
        if self._step is None or not self._key:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(0, 0, round(camera.width), round(camera.height), VEIL)
        if self._step.training is not None and self._key in (*TRAINING, "terms", UPDATE):
            self._paint_training(painter, self._step.training, camera)
        elif self._step.particles is not None:
            self._paint_particles(painter, self._step.particles, camera)
        painter.restore()

    # -- training -----------------------------------------------------------------------------------------------

    def _paint_training(self, painter: QPainter, step: TrainingStep, camera: Camera) -> None:
        data, points = (camera.to_pixels(part.astype(np.float64)) for part in (step.data, step.points))
        moved = 0.0 if self._key == BATCH else self._share if self._key == NOISE else 1.0
        here = data + moved * (points - data)
        if moved and step.sigma.any():
            painter.setPen(QPen(LINE, 1))
            paths.draw_strokes(painter, np.hstack([data, here]))
            dots(painter, data, SMALL, LINE)
        if self._key not in (BATCH, NOISE) and step.negatives is not None:
            self._paint_crosses(painter, camera.to_pixels(step.negatives.astype(np.float64)))
        if self._key not in TRAINING[:3]:
            grown = self._share if self._key == SCORE else 1.0
            reach = reaches(step, camera)[:, None] * grown * np.array([1.0, -1.0])
            for color, part in ((theme.NOISE, step.target), (theme.SUM, step.score)):
                if part is not None:
                    draw_arrows(painter, QColor(color), here, here + reach * part, 1.6)
            self._paint_legend(painter, camera, self._training_words(step))
        size = DOT * (self._share if self._key == BATCH else 1.0)
        dots(painter, here, size + 1.2, SHADE)
        dots(painter, here, size, self._color)

    def _paint_crosses(self, painter: QPainter, places: Array) -> None:
        grown = self._share if self._key == NEGATIVES else 1.0
        for color, width in ((SHADE, 3.5), (QColor(theme.NOISE), 1.6)):
            painter.setPen(QPen(color, width))
            paths.draw_strokes(painter, (places[:, None] + 1.5 * grown * CROSS).reshape(-1, 4))

    # -- particles ----------------------------------------------------------------------------------------------

    def _paint_particles(self, painter: QPainter, step: ParticleStep, camera: Camera) -> None:
        factor, start = enlarged(step, camera), camera.to_pixels(step.start.astype(np.float64))
        unit = camera.scale * factor * np.array([1.0, -1.0])
        order = [DRIFT, *([INERTIA] if step.inertia is not None else []), PUSH, SUM]
        done = order.index(self._key) if self._key in order else 0
        tail = start
        for key, color, part in self._parts(step):
            if order.index(key) > done:
                break
            tip = tail + unit * part * (self._share if key == self._key else 1.0)
            draw_arrows(painter, QColor(color), tail, tip)
            tail = tip
        here = start
        if self._key == SUM:
            draw_arrows(painter, QColor(theme.SUM), start, start + unit * (step.end - step.start), 1.4)
            here = start + self._share * unit * (step.x - step.start)
        dots(painter, here, DOT + 2.2, SHADE)
        dots(painter, here, DOT + 1, self._color)
        self._paint_legend(painter, camera, self._particle_words(step, factor))

    def _parts(self, step: ParticleStep) -> list[tuple[str, str, Floats]]:
        parts = [(DRIFT, theme.DRIFT, step.drift)]
        if step.inertia is not None:
            parts.append((INERTIA, theme.INERTIA, step.inertia))
        return [*parts, (PUSH, theme.NOISE, step.noise)]

    # -- the legend ---------------------------------------------------------------------------------------------

    def _training_words(self, step: TrainingStep) -> list[tuple[str, str]]:
        size = "  · σ²" if step.sigma.any() else ""
        words = [(theme.SUM, translate("score of the network") + size)]
        return words if step.target is None else [*words, (theme.NOISE, step.target_formula + size)]

    def _particle_words(self, step: ParticleStep, factor: float) -> list[tuple[str, str]]:
        words = {DRIFT: translate("drift"), INERTIA: translate("inertia"), PUSH: translate("noise")}
        lines = [(color, words[key]) for key, color, _ in self._parts(step)]
        size = "" if factor == 1 else f"  × {plain(factor)}"
        return [*lines, (theme.SUM, translate("the step") + size)]

    def _paint_legend(self, painter: QPainter, camera: Camera, lines: list[tuple[str, str]]) -> None:
        if camera.width < LEAST_ROOM[0] or camera.height < LEAST_ROOM[1]:
            return
        key = (tuple(lines), painter.device().devicePixelRatioF())
        if key != self._legend_key:
            self._legend_key, self._legend = key, legend(*key)
        width, height = (size / key[1] for size in (self._legend.width(), self._legend.height()))
        painter.drawPixmap(QPointF(camera.width - width - 8, camera.height - height - 8), self._legend)


def reaches(step: TrainingStep, camera: Camera) -> Array:
    """Pixels a unit of score of every point (k,): σ² in the plane, or what makes the longest LONGEST where σ is 0."""
    longest = float(np.linalg.norm(step.score, axis=1).max(initial=1e-9))
    alike = LONGEST / max(longest, 1e-9)
    sigma = step.sigma.astype(np.float64)
    return np.asarray(np.where(sigma > 0, sigma**2 * camera.scale, alike), dtype=np.float64)


def enlarged(step: ParticleStep, camera: Camera) -> float:
    """How many times longer than they are the parts of a step are drawn: 1, 2, 5, 10 …"""
    parts = np.concatenate([np.linalg.norm(part, axis=1) for part in (step.drift, step.noise)])
    typical = float(np.quantile(parts[np.isfinite(parts)], 0.75)) if len(parts) else 0.0
    return nice(BEST / max(typical * camera.scale, 1e-9))


def dots(painter: QPainter, places: Array, radius: float, color: QColor) -> None:
    """Discs at `places` (k, 2), pixels."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for x, y in places:
        if abs(x) < 1e5 and abs(y) < 1e5:
            painter.drawEllipse(QPointF(x, y), radius, radius)
