"""Maps behind everything else in a lane, all lanes on one scale, with a bar that says which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from ncsn_viz.lab.map_layers import MAP_LAYERS
from ncsn_viz.lab.snapshot.arrays import Floats
from ncsn_viz.lab.snapshot.snapshot import DIVERGED, FieldGrid, LaneSnapshot
from ncsn_viz.ui.plots.color_scale import ColorScale, scale_for
from ncsn_viz.ui.plots.grids import cells
from ncsn_viz.ui.plots.layers import Layer
from ncsn_viz.ui.widgets import painting as paint
from ncsn_viz.ui.widgets import theme
from ncsn_viz.ui.widgets.camera import Camera, Region
from ncsn_viz.ui.widgets.indexed_image import indexed_image
from ncsn_viz.ui.widgets.translate import translate

SHARE = 0.98  # of a map's values lie within the scale
FADED = (6.0, 10.0)  # nats below their peaks between which differences of two densities fade into the dark
SHADE, INK, FAINT = QColor(0, 0, 8, 165), QColor(255, 255, 255, 215), QColor(255, 255, 255, 150)
LENGTHS, THICK, SIDES, HIGH = (150, 84), 7, 15, 42  # pixels: of a bar in a large and in a small plot, and around it
NARROW = 330  # pixels: a plot of less width or height is a small one


def peak(field: FieldGrid | None, name: str, view: Region) -> float:
    """The size that most of a map's values inside `view` do not exceed; 0 without a map.

    Differences of log densities grow without bound where there is nothing: they count where they are not faded.
    """
    values = field.maps.get(name) if field is not None else None
    if field is None or values is None:
        return 0.0
    rows, columns = values.shape
    x, y = np.linspace(*field.region[:2], columns), np.linspace(*field.region[2:], rows)
    inside = np.outer((y >= view[2]) & (y <= view[3]), (x >= view[0]) & (x <= view[1]))
    if MAP_LAYERS[name].faded:
        inside &= weight(field, name) > 0.5
    seen = values[inside]
    return float(np.quantile(np.abs(seen if seen.size else values), SHARE))


def weight(field: FieldGrid, name: str) -> Floats:
    """How much there is to compare at each node (rows, columns), from 0 to 1: 0 where both densities are faint.

    The map `name` is the difference of their logarithms.
    """
    other = field.energy + field.maps[name]
    nearest = np.minimum(field.energy, other - other.min())
    return np.asarray(np.clip((FADED[1] - nearest) / (FADED[1] - FADED[0]), 0, 1), dtype=np.float32)


class Shared:
    """One scale a map for all lanes that show it."""

    def __init__(self) -> None:
        self._scales: dict[str, ColorScale] = {}
        self._peaks: dict[int, tuple[FieldGrid | None, str, Region, float]] = {}

    def scales(self, lanes: Sequence[LaneSnapshot], names: Sequence[str], view: Region) -> list[ColorScale | None]:
        """The scale of every lane, of which each shows the map of its name; None where it shows none."""
        wanted: dict[str, float] = {}
        none_left = all(lane.status.state == DIVERGED for lane in lanes)
        for index, (lane, name) in enumerate(zip(lanes, names, strict=True)):
            if name in MAP_LAYERS:  # a diverged lane's numbers would leave nothing of the others
                counts = none_left or lane.status.state != DIVERGED
                wanted[name] = max(wanted.get(name, 0.0), self._peak(index, lane, name, view) if counts else 0.0)
        self._scales = {name: self._scale(name, top) for name, top in wanted.items()}
        return [self._scales.get(name) for name in names]

    def _scale(self, name: str, wanted: float) -> ColorScale:
        old = self._scales.get(name)
        return old if old is not None and wanted <= 0 else scale_for(name, wanted, old)

    def _peak(self, index: int, lane: LaneSnapshot, name: str, view: Region) -> float:
        known = self._peaks.get(index)
        if known is None or known[0] is not lane.field or known[1:3] != (name, view):
            self._peaks[index] = known = (lane.field, name, view, peak(lane.field, name, view))
        return known[3]


class Map(Layer):
    """One of the maps, on a scale that is given."""

    name = "map"

    def __init__(self) -> None:
        self.scale: ColorScale | None = None
        self._image: QImage | None = None
        self._bar_key: tuple[ColorScale, str, int, float] | None = None
        self._bar = QPixmap()
        super().__init__()

    def choose(self, scale: ColorScale | None) -> bool:
        """Show the map of `scale`; whether that is another one."""
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
            self._image = map_picture(field, scale)
        painter.drawImage(camera.rect(cells(field)), self._image)

    def words(self) -> str:
        """What the bar is called, with the number that belongs to the map."""
        if self.scale is None:
            return ""
        layer = MAP_LAYERS[self.scale.name]
        share = self._field.non_conservative if self._field is not None else None
        if layer.gradient_share and share is not None:
            told = translate("{0} not a gradient").format("0%" if share == 0 else f"{share:.1%}")
            return f"{layer.caption} · {told}"
        return layer.caption

    def paint_bar(self, painter: QPainter, size: QSize, beside: float) -> None:
        """The colours and what they stand for, in the upper right corner; lower where words end only at `beside`."""
        if self.scale is None:
            return
        length = LENGTHS[min(size.width(), size.height()) < NARROW]
        key = (self.scale, self.words(), length, painter.device().devicePixelRatioF())
        if key != self._bar_key:
            self._bar_key, self._bar = key, self._made_bar(*key)
        left = size.width() - length - 2 * SIDES - 8
        painter.drawPixmap(QPointF(left, 30 if left < beside else 7), self._bar)

    def _made_bar(self, scale: ColorScale, words: str, length: int, ratio: float) -> QPixmap:
        """The bar as a picture: it lies above the particles, which are new in every frame."""
        wide = length + 2 * SIDES
        pixmap = QPixmap(round(wide * ratio), round(HIGH * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(QRectF(0, 0, wide, HIGH), 5, 5)
        small, center = paint.font(theme.SMALL - 1), Qt.AlignmentFlag.AlignHCenter
        paint.write(painter, QRectF(0, 1, wide, 15), words, small, INK, center)
        strip = QRectF(SIDES, 17, length, THICK)
        ramp = indexed_image(np.arange(256, dtype=np.uint8)[None], scale.colors())
        painter.drawImage(strip, ramp)
        tiny = paint.font(theme.SMALL - 2)
        ticks = scale.ticks()
        if length < LENGTHS[0]:
            ticks = [ticks[0], ticks[len(ticks) // 2], ticks[-1]]
        for place, text in ticks:
            x = strip.left() + place * length
            painter.fillRect(QRectF(round(x), strip.bottom(), 1, 3), FAINT)
            paint.write(painter, QRectF(x - 22, strip.bottom() + 3, 44, 12), text, tiny, INK, center)
        painter.end()
        return pixmap


def map_picture(field: FieldGrid, scale: ColorScale) -> QImage:
    """The map of `scale`; differences of densities fade where there is nothing to compare."""
    levels = scale.levels(field.maps[scale.name])
    if not MAP_LAYERS[scale.name].faded:
        return indexed_image(levels, scale.colors())
    colors = scale.colors()[levels[::-1]]
    colors[..., 3] = np.round(255 * weight(field, scale.name)[::-1])
    rows, columns = levels.shape
    image = QImage(np.ascontiguousarray(colors).data, columns, rows, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
