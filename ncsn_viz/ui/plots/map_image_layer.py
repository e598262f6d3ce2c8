"""The layer that draws the chosen map as an image behind all other layers."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPainter

from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.lab.snapshot import FieldGrid
from ncsn_viz.ui.plots.color_scale import ColorScale, fade_weights
from ncsn_viz.ui.plots.grid_lookup import cell_region
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.widgets import number_text
from ncsn_viz.ui.widgets.camera import Camera
from ncsn_viz.ui.widgets.indexed_image import indexed_image
from ncsn_viz.ui.widgets.translate import translate

BY_LINES = "from line integrals that begin at x₀"


class MapImageLayer(Layer):
    """The map of `scale`, in its colours."""

    name = "map"

    def __init__(self) -> None:
        self.scale: ColorScale | None = None
        self._image: QImage | None = None
        super().__init__()

    def set_scale(self, scale: ColorScale | None) -> bool:
        """Show the map of `scale`; whether it is another one."""
        changed = scale != self.scale
        self.scale = scale
        if changed:
            self._image = None
        return changed

    def prepare(self, source: FieldGrid | None) -> None:
        self._field = source
        self._image = None

    def paint(self, painter: QPainter, camera: Camera) -> None:
        field, scale = self._field, self.scale
        if field is None or scale is None or scale.name not in field.maps:
            return
        if self._image is None:
            self._image = map_image(field, scale)
        painter.drawImage(camera.rect(cell_region(field)), self._image)

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


def map_image(field: FieldGrid, scale: ColorScale) -> QImage:
    """The map of `scale` as an image, faded where its values mean nothing."""
    levels = scale.levels(field.maps[scale.name])
    if (weights := fade_weights(field, scale.name)) is None:
        return indexed_image(levels, scale.colors())
    colors = scale.colors()[levels[::-1]]
    colors[..., 3] = np.round(255 * weights[::-1])
    rows, columns = levels.shape
    image = QImage(np.ascontiguousarray(colors).data, columns, rows, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
