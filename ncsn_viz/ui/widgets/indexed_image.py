"""Images from levels and a colour table, for densities, maps and particles."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from ncsn_viz.core.numerics import Bytes

ARGB = np.array([1 << 16, 1 << 8, 1, 1 << 24], dtype=np.uint32)  # factors of red, green, blue and alpha in a QRgb


def indexed_image(levels: Bytes, colors: Bytes) -> QImage:
    """The image of `levels` (rows, columns), row 0 at the bottom, with the colour table `colors` (256, 4), RGBA."""
    flipped = np.ascontiguousarray(levels[::-1])
    rows, columns = flipped.shape
    indexed = QImage(flipped.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    indexed.setColorTable((colors @ ARGB).tolist())
    opaque, formats = colors[:, 3].min() == 255, QImage.Format
    # converted (0.1 ms) it scales more than twice as fast, and it no longer needs the buffer of `levels`
    return indexed.convertToFormat(formats.Format_RGB32 if opaque else formats.Format_ARGB32_Premultiplied)
