"""Snapshots made by hand, with a content that tests know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.experiment import LaneSpec, Spec, View
from ncsn_viz.lab.snapshot import (
    Curve,
    FieldGrid,
    LaneSnapshot,
    ParticleImage,
    Snapshot,
    Status,
    TargetSnapshot,
)

REGION = (-8.0, 8.0, -8.0, 8.0)


def spec(lanes=1, layers=("density", "energy", "field", "particles", "trails"), **changes):
    return Spec(lanes=tuple(LaneSpec() for _ in range(lanes)), view=View(layers=layers), **changes)


def bell(center, rows=81, columns=81, region=REGION, width=0.8):
    """A field whose density has one peak, and whose score points at it."""
    x, y = np.meshgrid(np.linspace(region[0], region[1], columns), np.linspace(region[2], region[3], rows))
    away = np.stack([x - center[0], y - center[1]], axis=-1)
    energy = (away**2).sum(-1) / (2 * width**2)
    density = np.round(255 * np.exp(-energy)).astype(np.uint8)
    return FieldGrid(region, 0.1, (-away / width**2).astype(np.float32), energy.astype(np.float32), density)


def particle_at(x, y, pixels=320, region=REGION, size=3):
    """A particle picture with one bright spot at the plane's (x, y)."""
    image = np.zeros((pixels, pixels), np.uint8)
    column = int((x - region[0]) / (region[1] - region[0]) * pixels)
    row = int((y - region[2]) / (region[3] - region[2]) * pixels)  # row 0 is y0
    image[row - size : row + size + 1, column - size : column + size + 1] = 255
    return ParticleImage(region, image)


def lane(**changes):
    return replace(LaneSnapshot(name="A", status=Status("training"), step=12480, steps_per_second=3547.0), **changes)


def curve(**values):
    count = len(next(iter(values.values())))
    steps = np.arange(count, dtype=np.float32) * 20
    return Curve(steps, {name: np.array(column, np.float32) for name, column in values.items()})


def snapshot(lanes, mode_weights=(), **changes):
    target = TargetSnapshot(mode_weights=mode_weights)
    named = tuple(replace(item, name="ABCDEF"[index]) for index, item in enumerate(lanes))
    return Snapshot(spec(len(lanes), **changes), named, target)


def pixels_of(widget: QWidget):
    """What the widget shows, as an array (rows, columns, 3)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return data[:, : image.width(), 2::-1].astype(int).copy()


def difference(pixels, color):
    """How far every pixel is from `color`."""
    wanted = QColor(color)
    return np.abs(pixels - (wanted.red(), wanted.green(), wanted.blue())).sum(-1)
