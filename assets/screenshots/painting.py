"""Scenes of the canvas: strokes, tools, imported images."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea
from stage import LEFT, Stage, until

from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Sliced
from ncsn_viz.core.samplers import AnnealedLangevin, Langevin
from ncsn_viz.core.targets import Moons, Painted
from ncsn_viz.lab.experiment import LaneSpec, Particles, Spec, View

NET = ScoreMLP(hidden=64)
SHORT = AnnealedLangevin(steps_per_level=25)
SHAPES = ("density", "truth", "particles")


def stroke() -> Iterator[tuple[Stage, str]]:
    """A stroke in progress over learned moons, and the fields after more training."""
    lanes = (LaneSpec(objective=NCSN(), net=NET, sampler=SHORT),
             LaneSpec(objective=Sliced(), net=NET, sampler=Langevin(steps=300)))  # fmt: skip
    stage = Stage(Spec(target=Moons(), lanes=lanes))
    stage.train(900)
    points = [stage.point(stage.canvas, 0.12 + 0.035 * step, 0.88 - 0.02 * step) for step in range(21)]
    stage.release()
    stage.wait_for_progress(0.97)
    stage.press(stage.canvas, points)
    until(lambda: stage.snapshot is not None and stage.snapshot.spec.target == stage.session.spec.target)
    yield stage, "stroke"
    QTest.mouseRelease(stage.canvas, LEFT, pos=points[-1])
    stage.train(stage.step + 1500)
    stage.release()
    stage.wait_for_progress(0.97)
    yield stage, "learned"


def tools() -> Iterator[tuple[Stage, str]]:
    """An empty canvas, a stroke with sixfold symmetry, a text, and a blob that is stretched by its handle."""
    stage = Stage(_shapes(1))
    stage.click(stage.window.target.tools.clear)
    canvas, buttons = stage.canvas, stage.window.target.tools
    stage.choose(buttons.symmetry, "Turned × 6")
    petal = [(0.5 + 0.19 * math.sin(t), 0.5 - 0.30 * t / 2.2) for t in [0.35 + 0.11 * step for step in range(14)]]
    stage.drag(canvas, [stage.point(canvas, *point) for point in petal])
    stage.choose(buttons.symmetry, "No symmetry")
    stage.click(buttons.buttons["text"])
    stage.click(canvas, stage.point(canvas, 0.32, 0.9))
    stage.write(stage.window.target.mark.form.rows["text"].field, "score")
    stage.click(buttons.buttons["blob"])
    stage.click(canvas, stage.point(canvas, 0.8, 0.82))
    handle = canvas.handle_pixels["length"].toPoint()
    stage.drag(canvas, [handle, handle + QPoint(6, -5), handle + QPoint(8, -12)])
    yield from _learned(stage, "tools")


def imported() -> Iterator[tuple[Stage, str]]:
    """A pasted image becomes a density."""
    stage = Stage(_shapes(1))
    QGuiApplication.clipboard().setImage(cat())
    stage.key("Ctrl+V")
    until(lambda: isinstance(stage.session.spec.target, Painted))
    yield from _learned(stage, "imported")


def formula() -> Iterator[tuple[Stage, str]]:
    """A density that is typed."""
    stage = Stage(_shapes(2))
    column = stage.window.target
    area = column.parentWidget().parentWidget()
    assert isinstance(area, QScrollArea)
    area.ensureWidgetVisible(column.formula)
    stage.click(column.formula.field)
    QTest.keyClicks(column.formula.field, "exp(-(r - 4)^2/0.5)*(1 + sin(3*theta))")
    QTest.keyClick(column.formula.field, Qt.Key.Key_Return)
    yield from _learned(stage, "formula")


def _learned(stage: Stage, name: str) -> Iterator[tuple[Stage, str]]:
    before = stage.step
    stage.train(before + 2500)
    stage.release()
    stage.wait_for_progress(0.99)
    yield stage, name


def _shapes(seed: int) -> Spec:
    """One lane on moons, with contours of the true density."""
    sampler = AnnealedLangevin(sigma_max=5, sigma_min=0.1, steps_per_level=30)
    lane = LaneSpec(objective=NCSN(sigma_max=5, levels=8), net=ScoreMLP(hidden=96, layers=3), sampler=sampler)
    return Spec(
        seed, target=Moons(), lanes=(lane,), particles=Particles(count=3000), view=View(layers=SHAPES, pixels=800)
    )


def cat() -> QImage:
    """The head of a cat, dark on white."""
    image = QImage(480, 480, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    head = QPainterPath()
    head.addEllipse(QRectF(90, 140, 300, 250))
    for side in (-1, 1):
        ear = QPolygonF([QPointF(240 + side * x, y) for x, y in ((140, 250), (128, 62), (22, 168))])
        ears = QPainterPath()
        ears.addPolygon(ear)
        head = head.united(ears)
    painter.fillPath(head, QColor(40, 40, 40))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.white)
    for side in (-1, 1):
        painter.drawEllipse(QPointF(240 + side * 66, 238), 30, 20)
    painter.drawPolygon(QPolygonF([QPointF(240 + x, 290 + y) for x, y in ((-16, 0), (16, 0), (0, 18))]))
    painter.setPen(QPen(QColor(Qt.GlobalColor.white), 9))
    for side in (-1, 1):
        painter.drawArc(QRectF(240 + (side - 1) * 21, 292, 42, 42), 180 * 16, 180 * 16)
    painter.setPen(QPen(QColor(40, 40, 40), 7))
    for side in (-1, 1):
        for rise in (-22, 8, 38):
            painter.drawLine(QPointF(240 + side * 140, 305 + rise * 0.6), QPointF(240 + side * 226, 300 + rise))
    painter.end()
    return image
