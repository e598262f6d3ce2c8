"""The layers of trajectories: of particles as an image; of one start and of a mesh along the flow as lines."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ncsn_viz.lab.snapshot import FlowPaths, LaneSnapshot
from ncsn_viz.ui.plots.layers import Layer, ParticleLayer
from ncsn_viz.ui.widgets import paths, theme
from ncsn_viz.ui.widgets.camera import Array, Camera

RING, DOT = 6.0, 4.0  # pixels, radii of the start and of the present point
NEAR = 11.0  # pixels around the start in which the mouse takes hold of it
DASHES = (4.0, 3.0)
MESH_ALPHA = 120  # of 255


class PathLayer(ParticleLayer):
    """The whole trajectories of some particles, as an image."""

    name = part = "paths"


class AlongFlow(Layer):
    """A layer of what the flow carries from the largest noise to none, at the noise level of the lane."""

    part = "flow"
    keeps = False

    def __init__(self, color: str) -> None:
        self._color = QColor(color)
        self._sigma = 0.0
        super().__init__()

    def prepare(self, source: FlowPaths | None) -> None:
        self._flow = source

    def show_lane(self, lane: LaneSnapshot) -> bool:
        """Prepare what is new, and take over the noise level."""
        moved, self._sigma = lane.sigma != self._sigma, lane.sigma
        if moved and self._flow is not None:
            self.update()
        return super().show_lane(lane) or moved


def at_sigma(sigmas: tuple[float, ...], trajectories: Array, sigma: float) -> Array:
    """Where `trajectories` (levels, …), given at decreasing `sigmas`, are at `sigma`: straight between two levels."""
    index = float(np.interp(sigma, sigmas[::-1], np.arange(len(sigmas))[::-1]))
    low = min(int(index), len(sigmas) - 2)
    found: Array = trajectories[low] + (index - low) * (trajectories[low + 1] - trajectories[low])
    return found


class FlowLayer(AlongFlow):
    """The trajectory of one start: solid by the flow, dashed by the reverse SDE, with dots where it is now."""

    name = "flow"

    def near_start(self, x: float, y: float, camera: Camera) -> bool:
        """Whether the pixel (x, y) is on the mark of the start."""
        if self._flow is None or not self.isVisible():
            return False
        px, py = camera.to_pixels(np.asarray(self._flow.ode[0], dtype=np.float64))
        return bool(np.hypot(px - x, py - y) <= NEAR)

    def draw(self, painter: QPainter, camera: Camera) -> None:
        flow = self._flow
        if flow is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for trajectory, ink, width, dashes in (
            (flow.sde, self._color, 1.0, DASHES), (flow.ode, theme.shade(), 3.4, ()), (flow.ode, self._color, 1.6, ()),
        ):  # fmt: skip
            painter.setPen(_pen(ink, width, dashes))
            painter.drawPath(paths.polylines([camera.to_pixels(trajectory.astype(np.float64))]))
        for trajectory in (flow.sde, flow.ode):
            self._dot(painter, camera.to_pixels(at_sigma(flow.sigmas, trajectory.astype(np.float64), self._sigma)))
        self._ring(painter, camera.to_pixels(flow.ode[0].astype(np.float64)))

    def _dot(self, painter: QPainter, pixel: Array) -> None:
        painter.setPen(QPen(theme.shade(), 1.5))
        painter.setBrush(self._color)
        painter.drawEllipse(QPointF(*pixel), DOT, DOT)

    def _ring(self, painter: QPainter, pixel: Array) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ink, width in ((theme.shade(), 4.0), (theme.ink(), 1.8)):
            painter.setPen(QPen(ink, width))
            painter.drawEllipse(QPointF(*pixel), RING, RING)


class MeshLayer(AlongFlow):
    """A mesh that is straight at the largest noise, where the flow has carried it by now."""

    name = "mesh"

    def draw(self, painter: QPainter, camera: Camera) -> None:
        flow = self._flow
        if flow is None or flow.mesh is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(theme.ink(MESH_ALPHA), 1.0, ()))
        lines = camera.to_pixels(at_sigma(flow.sigmas, flow.mesh.astype(np.float64), self._sigma))
        painter.drawPath(paths.polylines(list(lines)))


def _pen(color: QColor, width: float, dashes: tuple[float, ...]) -> QPen:
    pen = QPen(color, width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin)
    if dashes:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(dashes)
    return pen
