"""Densities as pictures in the heat colours."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from PySide6.QtGui import QImage

from ncsn_viz.ui import theme


def heat_image(levels: np.ndarray[Any, np.dtype[np.uint8]]) -> QImage:
    """An image of 256 levels (rows, columns), row 0 at the bottom."""
    upright = np.ascontiguousarray(levels[::-1])
    rows, columns = upright.shape
    image = QImage(upright.data, columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable(_table())
    return image.convertToFormat(QImage.Format.Format_RGB32)  # a copy that does not need `upright`


@cache
def _table() -> list[int]:
    return [0xFF000000 | int(r) << 16 | int(g) << 8 | int(b) for r, g, b in theme.heat()[:, :3]]


def darkest() -> tuple[int, int, int]:
    """Red, green and blue where there is no density."""
    red, green, blue = (int(part) for part in theme.heat()[0][:3])
    return red, green, blue
