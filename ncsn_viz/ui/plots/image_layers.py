"""The layers that are images behind all others: the density, and the chosen map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from ncsn_viz.core.numerics import Bytes
from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.lab.snapshot import FieldGrid
from ncsn_viz.ui.maps.color_scale import ColorScale, fade_weights
from ncsn_viz.ui.maps.grid_lookup import cell_region
from ncsn_viz.ui.plots.layers import Part
from ncsn_viz.ui.widgets import number_text, theme
from ncsn_viz.ui.widgets.translate import translate

BY_LINES = "from line integrals that begin at x₀"


class FieldImage(Part, pg.ImageItem):
    """An image over the cells of a FieldGrid, in coordinates of the plane."""

    def show_image(self, field: FieldGrid, levels: Bytes, colors: Bytes, weights: np.ndarray | None = None) -> None:
        """Show `levels` (rows, columns) in `colors` (256, 4), with opacities from 0 to 1 if there are `weights`."""
        if weights is None:
            self.setImage(levels, levels=(0, 255), lut=colors)
        else:
            faded = colors[levels]
            faded[..., 3] = np.round(255 * weights)
            self.setImage(faded, levels=(0, 255), lut=None)
        x0, x1, y0, y1 = cell_region(field)
        self.setRect(QRectF(x0, y0, x1 - x0, y1 - y0))

    def render(self) -> None:
        """Convert the image to pixels; without an index of colours it is scaled more than twice as fast."""
        super().render()
        formats = QImage.Format
        if self.qimage is not None:
            opaque = not self.qimage.hasAlphaChannel()
            self.qimage.convertTo(formats.Format_RGB32 if opaque else formats.Format_ARGB32_Premultiplied)

    def paint(self, painter: QPainter, *args: Any) -> None:
        """Draw the image smoothly, in a file, too."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, *args)


class DensityLayer(FieldImage):
    """The density of a lane."""

    name = "density"

    def prepare(self, source: FieldGrid | None) -> None:
        if source is None:
            self.clear()
        else:
            self.show_image(source, source.density, theme.density_colors())


class MapImageLayer(FieldImage):
    """The map of `scale`, in its colours, faded where its values mean nothing."""

    name = "map"

    def __init__(self) -> None:
        super().__init__()
        self.scale: ColorScale | None = None
        self._field: FieldGrid | None = None

    def set_scale(self, scale: ColorScale | None) -> None:
        """Show the map of `scale`."""
        if scale != self.scale:
            self.scale = scale
            self._show()

    def prepare(self, source: FieldGrid | None) -> None:
        self._field = source
        self._show()

    def _show(self) -> None:
        field, scale = self._field, self.scale
        if field is None or scale is None or scale.name not in field.maps:
            self.clear()
        else:
            levels = scale.levels(field.maps[scale.name])
            self.show_image(field, levels, scale.colors(), fade_weights(field, scale.name))

    def caption(self) -> str:
        """The caption of the colour bar: how the map was found where the network has only a score.

        With the share of the field that is not a gradient where the map shows it.
        """
        if self.scale is None:
            return ""
        layer, field = MAP_LAYERS[self.scale.name], self._field
        if field is not None and not field.own_energy and layer.of_score:
            if layer.needs_energy and field.reference is not None:
                return translate(BY_LINES)
            width = number_text.DASH if field.bandwidth is None else number_text.short(field.bandwidth, 2)
            return translate(layer.of_score).format(bandwidth=width)
        share = self._field.non_conservative if self._field is not None else None
        if layer.gradient_share and share is not None:
            percent = number_text.percent(share)
            return f"{layer.caption} · {translate('{0} not a gradient').format(percent)}"
        return layer.caption
