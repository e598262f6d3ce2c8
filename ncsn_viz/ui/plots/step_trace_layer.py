"""The layer of slow motion: the points and arrows of one stage of a training or sampling step."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ncsn_viz.lab.snapshot import Floats, ParticleStep, StepTrace, TrainingStep
from ncsn_viz.ui.plots.arrows import PREFERRED, ArrowLegend, draw_arrows, nice_factor
from ncsn_viz.ui.plots.layers import CROSS, Layer
from ncsn_viz.ui.slow_motion.stages import BATCH, DRIFT, INERTIA, NEGATIVES, NOISE, PUSH, SCORE, SUM, TERMS, UPDATE
from ncsn_viz.ui.widgets import paths, theme
from ncsn_viz.ui.widgets.camera import Array, Camera
from ncsn_viz.ui.widgets.number_text import plain
from ncsn_viz.ui.widgets.translate import translate

DOT, SMALL_DOT = 3.6, 2.6  # pixels, radius
DIM, LINE = 150, 110  # of 255, opacities: of what dims all other layers, of thin lines
LONGEST = 60.0  # pixels of the longest score where σ is 0
TRAINING = (BATCH, NOISE, NEGATIVES, SCORE, TERMS, UPDATE)


class StepTraceLayer(Layer):
    """The points and arrows of a stage, `progress` (0 to 1) of the way through its movement."""

    name = part = "step_trace"
    keeps = False

    def __init__(self, color: str) -> None:
        self._color = QColor(color).lighter(130)
        self._key, self._progress = "", 1.0
        self._legend = ArrowLegend()
        super().__init__()

    def prepare(self, source: StepTrace | None) -> None:
        self._step = source

    def set_stage(self, key: str, progress: float) -> None:
        """Draw the stage `key`, or none if it is empty, at `progress` (0 to 1)."""
        self._key, self._progress = key, progress
        self.update()

    def draw(self, painter: QPainter, camera: Camera) -> None:
        if self._step is None or not self._key:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(0, 0, round(camera.width), round(camera.height), theme.shade(DIM))
        if self._step.training is not None and self._key in TRAINING:
            self._paint_training(painter, self._step.training, camera)
        elif self._step.particles is not None:
            self._paint_particles(painter, self._step.particles, camera)
        painter.restore()

    # -- training -----------------------------------------------------------------------------------------------

    def _paint_training(self, painter: QPainter, step: TrainingStep, camera: Camera) -> None:
        data, points = (camera.to_pixels(part.astype(np.float64)) for part in (step.data, step.points))
        moved = 0.0 if self._key == BATCH else self._progress if self._key == NOISE else 1.0
        here = data + moved * (points - data)
        if moved and step.sigma.any():
            painter.setPen(QPen(theme.ink(LINE), 1))
            paths.draw_strokes(painter, np.hstack([data, here]))
            draw_dots(painter, data, SMALL_DOT, theme.ink(LINE))
        if self._key not in (BATCH, NOISE) and step.negatives is not None:
            self._paint_negatives(painter, camera.to_pixels(step.negatives.astype(np.float64)))
        if self._key in (SCORE, TERMS, UPDATE):
            progress = self._progress if self._key == SCORE else 1.0
            unit = score_scales(step, camera)[:, None] * progress * np.array([1.0, -1.0])
            for color, score in ((theme.colors().noise, step.target), (theme.colors().whole, step.score)):
                if score is not None:
                    draw_arrows(painter, QColor(color), here, here + unit * score, 1.6)
            self._legend.paint(painter, camera, self._training_legend(step))
        radius = DOT * (self._progress if self._key == BATCH else 1.0)
        draw_dots(painter, here, radius + 1.2, theme.shade())
        draw_dots(painter, here, radius, self._color)

    def _paint_negatives(self, painter: QPainter, points: Array) -> None:
        size = self._progress if self._key == NEGATIVES else 1.0
        for color, width in ((theme.shade(), 3.5), (QColor(theme.colors().noise), 1.6)):
            painter.setPen(QPen(color, width))
            paths.draw_strokes(painter, (points[:, None] + 1.5 * size * CROSS).reshape(-1, 4))

    def _training_legend(self, step: TrainingStep) -> list[tuple[str, str]]:
        factor = "  · σ²" if step.sigma.any() else ""
        lines = [(theme.colors().whole, translate("score of the network") + factor)]
        return lines if step.target is None else [*lines, (theme.colors().noise, step.target_formula + factor)]

    # -- particles ----------------------------------------------------------------------------------------------

    def _paint_particles(self, painter: QPainter, step: ParticleStep, camera: Camera) -> None:
        factor, start = step_factor(step, camera), camera.to_pixels(step.start.astype(np.float64))
        unit = camera.scale * factor * np.array([1.0, -1.0])
        order = [DRIFT, *([INERTIA] if step.inertia is not None else []), PUSH, SUM]
        current = order.index(self._key) if self._key in order else 0
        tail = start
        for key, color, component in self._components(step):
            if order.index(key) > current:
                break
            tip = tail + unit * component * (self._progress if key == self._key else 1.0)
            draw_arrows(painter, QColor(color), tail, tip)
            tail = tip
        here = start
        if self._key == SUM:
            draw_arrows(painter, QColor(theme.colors().whole), start, start + unit * (step.end - step.start), 1.4)
            here = start + self._progress * unit * (step.x - step.start)
        draw_dots(painter, here, DOT + 2.2, theme.shade())
        draw_dots(painter, here, DOT + 1, self._color)
        self._legend.paint(painter, camera, self._particle_legend(step, factor))

    def _components(self, step: ParticleStep) -> list[tuple[str, str, Floats]]:
        components = [(DRIFT, theme.colors().drift, step.drift)]
        if step.inertia is not None:
            components.append((INERTIA, theme.colors().inertia, step.inertia))
        return [*components, (PUSH, theme.colors().noise, step.noise)] if step.formula.noise else components

    def _particle_legend(self, step: ParticleStep, factor: float) -> list[tuple[str, str]]:
        formula = step.formula
        texts = {DRIFT: f"{translate('drift')}  {formula.drift}", INERTIA: f"{translate('inertia')}  {formula.inertia}",
                 PUSH: f"{translate('noise')}  {formula.noise}"}  # fmt: skip
        lines = [(color, texts[key]) for key, color, _ in self._components(step)]
        enlarged = "" if factor == 1 else f"  × {plain(factor)}"
        return [*lines, (theme.colors().whole, translate("the step") + enlarged)]


def score_scales(step: TrainingStep, camera: Camera) -> Array:
    """Pixels per unit of score at every point (k,): σ² of the plane; where σ is 0, LONGEST for the longest score."""
    longest = float(np.linalg.norm(step.score, axis=1).max(initial=1e-9))
    without_sigma = LONGEST / max(longest, 1e-9)
    sigma = step.sigma.astype(np.float64)
    return np.asarray(np.where(sigma > 0, sigma**2 * camera.scale, without_sigma), dtype=np.float64)


def step_factor(step: ParticleStep, camera: Camera) -> float:
    """The factor 1, 2, 5, 10 … by which the components of a step are enlarged."""
    lengths = np.concatenate([np.linalg.norm(part, axis=1) for part in (step.drift, step.noise)])
    typical = float(np.quantile(lengths[np.isfinite(lengths)], 0.75)) if len(lengths) else 0.0
    return nice_factor(PREFERRED / max(typical * camera.scale, 1e-9))


def draw_dots(painter: QPainter, points: Array, radius: float, color: QColor) -> None:
    """Draw discs at `points` (k, 2), pixels."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    for x, y in points:
        if abs(x) < 1e5 and abs(y) < 1e5:
            painter.drawEllipse(QPointF(x, y), radius, radius)
