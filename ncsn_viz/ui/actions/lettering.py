"""Texts of the canvas in letters that the built-in font lacks, drawn by the fonts of the system."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QTextLayout

from ncsn_viz.core.knobs import ValidationError
from ncsn_viz.core.numerics import Array
from ncsn_viz.core.targets.painting import MAX_SIDE, Mark, TextMark, encode_pixels, is_built_in, with_knobs
from ncsn_viz.ui.widgets import painting
from ncsn_viz.ui.widgets.translate import translate

SIZE = 96  # pixels of the font, unless the text is too long for the pixels of a mark


def with_letters(mark: Mark) -> Mark:
    """The mark; a text with letters that the built-in font lacks as pixels. Raises ValidationError, a sentence."""
    if not isinstance(mark, TextMark) or mark.drawn == mark.text or is_built_in(mark.text):
        return mark
    opacity, capital = _drawn(mark.text)
    pixels, columns = encode_pixels(opacity), opacity.shape[1]
    return with_knobs(mark, drawn=mark.text, pixels=pixels, columns=columns, capital=capital)


def _drawn(text: str) -> tuple[Array, float]:
    """The opacity (rows, columns) of a text, row 0 lowest and the border empty, and the height of a capital letter."""
    size = SIZE
    while True:
        layout = _layout(text, size)
        width, height = math.ceil(layout.lineAt(0).naturalTextWidth()) + 2, math.ceil(layout.lineAt(0).height()) + 2
        if width * height <= MAX_SIDE**2:
            break
        size = max(1, min(size - 1, math.floor(size * MAX_SIDE / math.sqrt(width * height))))
    image = QImage(width, height, QImage.Format.Format_Alpha8)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(QColor("white"))
    layout.draw(painter, QPointF(1, 1))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())[::-1, :width]
    return rows / 255, max(1.0, QFontMetricsF(painting.font(size)).capHeight())


def _layout(text: str, size: int) -> QTextLayout:
    """The text in one line. Raises ValidationError where no font of the system has one of its letters."""
    layout = QTextLayout(text, painting.font(size))
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    if any(0 in run.glyphIndexes() for run in layout.glyphRuns()):
        sentence = translate("No font of this system has all letters of “{0}”: install one that has, such as Noto.")
        raise ValidationError(sentence.format(text), ("text",))
    return layout
