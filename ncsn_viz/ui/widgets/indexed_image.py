"""From levels and a colour table to an image: the way of every density, map and crowd of particles."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from ncsn_viz.core.numerics import Bytes

ARGB = np.array([1 << 16, 1 << 8, 1, 1 << 24], dtype=np.uint32)  # what red, green, blue and alpha count in a QRgb


def indexed_image(levels: Bytes, colors: Bytes) -> QImage:
    """Levels (rows, columns), row 0 at the bottom, in `colors` (256, 4), RGBA; an image has its row 0 at the top."""
    flipped = np.ascontiguousarray(levels[::-1])
    rows, columns = flipped.shape
    indexed = QImage(flipped.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    indexed.setColorTable((colors @ ARGB).tolist())
    opaque, kinds = colors[:, 3].min() == 255, QImage.Format
    # converted once (0.1 ms), it is scaled more than twice as fast; and it no longer needs the buffer
    return indexed.convertToFormat(kinds.Format_RGB32 if opaque else kinds.Format_ARGB32_Premultiplied)
