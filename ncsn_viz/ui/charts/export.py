"""A plot as a file: PNG, SVG, or its values as CSV, by the exporters of pyqtgraph and of Qt."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pyqtgraph as pg
from pyqtgraph.exporters import CSVExporter, ImageExporter
from PySide6.QtCore import QBuffer, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QTransform
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from ncsn_viz.lab.storage import write_safely
from ncsn_viz.ui.forms.file_dialog import path_to_save
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.translate import translate

SVG = "http://www.w3.org/2000/svg"
PAIR = re.compile(r"(-?[\d.e+-]+),(-?[\d.e+-]+)")  # of coordinates
SCALE = 2  # pixels of a PNG for each of the window's


def as_png(item: pg.GraphicsWidget, background: QColor | None = None) -> bytes:
    """The plot on `background`, or the colour of its card, SCALE times as large as on the screen."""
    exporter = ImageExporter(item)
    exporter.parameters()["width"] = round(SCALE * item.sceneBoundingRect().width())
    exporter.parameters()["background"] = background or theme.colors().card
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    exporter.export(toBytes=True).save(buffer, "PNG")
    return bytes(buffer.data().data())


def as_svg(item: pg.GraphicsWidget, background: QColor | None = None) -> bytes:
    """The plot as vectors on `background`, or the colour of its card.

    By Qt: pyqtgraph 0.14 fails on the closed paths of Qt 6.11.
    """
    source, buffer = item.sceneBoundingRect(), QBuffer()
    target = QRectF(0, 0, source.width(), source.height())
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # 1.1 has clip paths
    generator.setOutputDevice(buffer)
    generator.setResolution(item.getViewWidget().logicalDpiX())  # or the recorded pictures of the axes are scaled
    generator.setViewBox(target)
    generator.setSize(target.size().toSize())
    painter = QPainter(generator)
    painter.fillRect(target, background or QColor(theme.colors().card))
    item.scene().render(painter, target, source)
    painter.end()
    return in_pixels(bytes(buffer.data().data()))


def in_pixels(svg: bytes) -> bytes:
    """The same picture with all lines in its own units.

    Qt writes lines in the coordinates of the data, with a transform and “non-scaling-stroke”, which few programs know.
    """
    for prefix, name in (("", SVG), ("xlink", "http://www.w3.org/1999/xlink")):
        ElementTree.register_namespace(prefix, name)
    root = ElementTree.fromstring(svg)
    for group in root.iter(f"{{{SVG}}}g"):
        found = re.fullmatch(r"matrix\((.*)\)", group.attrib.pop("transform", "matrix(1,0,0,1,0,0)"))
        transform = QTransform(*map(float, found[1].split(","))) if found else QTransform()
        for child in group:
            attribute = "d" if child.tag == f"{{{SVG}}}path" else "points"
            if attribute in child.attrib:
                child.set(attribute, PAIR.sub(partial(_mapped, transform), child.attrib[attribute]))
                child.attrib.pop("vector-effect", None)
            elif found and not transform.isIdentity():
                child.set("transform", found[0])
    return bytes(ElementTree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _mapped(transform: QTransform, pair: re.Match[str]) -> str:
    at = transform.map(QPointF(float(pair[1]), float(pair[2])))
    return f"{at.x():.2f},{at.y():.2f}"


def rows_as_csv(rows: Iterable[Iterable[object]]) -> bytes:
    """A table as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


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
