"""A plot as a file: PNG, SVG, or its values as CSV, by the exporters of pyqtgraph and of Qt."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pyqtgraph as pg
from pyqtgraph.exporters import CSVExporter, ImageExporter
from PySide6.QtCore import QBuffer, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.storage import write_safely
from ncsn_viz.ui.forms.file_dialog import path_to_save
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.translate import translate

SCALE = 2  # pixels of a PNG for each of the window's


def as_png(item: pg.PlotItem) -> bytes:
    """The plot on the colour of its card, SCALE times as large as on the screen."""
    exporter = ImageExporter(item)
    exporter.parameters()["width"] = round(SCALE * item.sceneBoundingRect().width())
    exporter.parameters()["background"] = theme.colors().card
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    exporter.export(toBytes=True).save(buffer, "PNG")
    return bytes(buffer.data().data())


def as_svg(item: pg.PlotItem) -> bytes:
    """The plot as vectors on the colour of its card, by Qt: pyqtgraph 0.14 fails on the closed paths of Qt 6.11."""
    source, buffer = item.sceneBoundingRect(), QBuffer()
    target = QRectF(0, 0, source.width(), source.height())
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # 1.1 has clip paths
    generator.setOutputDevice(buffer)
    generator.setViewBox(target)
    generator.setSize(target.size().toSize())
    painter = QPainter(generator)
    painter.fillRect(target, QColor(theme.colors().card))
    item.scene().render(painter, target, source)
    painter.end()
    return bytes(buffer.data().data())


def as_csv(item: pg.PlotItem) -> bytes:
    """The values of all curves, two columns each."""
    with tempfile.TemporaryDirectory(prefix="ncsn-viz-") as folder:
        path = Path(folder) / "values.csv"
        CSVExporter(item).export(str(path))
        return path.read_bytes()


def save(parent: QWidget, name: str, suffix: str, content: Callable[[], bytes]) -> str:
    """Ask for a path and write `content` there. Returns a sentence if that fails, else an empty text."""
    path = path_to_save(parent, translate("Save the plot"), f"{suffix.upper()} (*.{suffix})", f"{name}.{suffix}")
    if path is None:
        return ""
    path = path if path.suffix.lower() == f".{suffix}" else path.with_name(f"{path.name}.{suffix}")
    try:
        write_safely(path, content())
    except OSError as error:
        return translate("“{0}” could not be written: {1}.").format(path.name, error.strerror or error)
    return ""
