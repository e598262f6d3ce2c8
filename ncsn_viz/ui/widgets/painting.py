"""What the painted views share: numbers as words, text that never clips, updates at a gentle pace."""

from __future__ import annotations

import math
from collections.abc import Callable
from weakref import WeakMethod

from PySide6.QtCore import QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath

from ncsn_viz.ui.widgets import theme

THIN = "\N{NARROW NO-BREAK SPACE}"
DASH = "–"
LETTERS = "ABCDEF"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def letter(index: int) -> str:
    """The letter of the lane at `index`, which stands wherever its colour stands."""
    return LETTERS[index % len(LETTERS)]


def thousands(number: float) -> str:
    """A whole number with thin spaces: 12 480."""
    return f"{round(number):,}".replace(",", THIN).replace("-", "−")


def short(number: float, digits: int = 2) -> str:
    """A number in `digits` significant digits, with a power of ten only if need be; a dash if not finite."""
    if not math.isfinite(number):
        return DASH
    if number == 0:
        return "0"
    size = math.floor(math.log10(abs(number)))
    if size >= 5 or size < -4:
        mantissa = f"{number / 10.0**size:.{digits - 1}f}".replace("-", "−")
        return f"{mantissa}·{power(size)}"
    if size >= digits:
        return thousands(number)
    return f"{number:.{digits - 1 - size}f}".replace("-", "−")


def plain(number: float) -> str:
    """A setting as the user wrote it: 10, 0.1, 1.26."""
    return f"{number:.3g}".replace("-", "−")


def power(exponent: int) -> str:
    """A power of ten: 10⁻³."""
    return "10" + str(exponent).translate(_RAISED)


def font(size: int = theme.NORMAL, bold: bool = False) -> QFont:
    """The window's font at `size` pixels."""
    made = QFont()
    made.setPixelSize(size)
    if bold:
        made.setWeight(QFont.Weight.DemiBold)
    return made


def width_of(text: str, what: QFont) -> float:
    """How many pixels `text` takes."""
    return QFontMetricsF(what).horizontalAdvance(text)


def write(
    painter: QPainter,
    box: QRectF,
    text: str,
    what: QFont,
    color: str | QColor,
    where: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """One line of text in `box`, centred vertically, with … where it does not fit."""
    painter.setFont(what)
    painter.setPen(QColor(color))
    metrics = QFontMetricsF(what)
    if metrics.horizontalAdvance(text) > box.width() + 0.5:
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, int(where | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)


def dot(painter: QPainter, x: float, y: float, color: str, radius: float = 4.5) -> None:
    """A disc in a lane's accent, centred on (x, y)."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    path = QPainterPath()
    path.addEllipse(x - radius, y - radius, 2 * radius, 2 * radius)
    painter.drawPath(path)


class Throttle(QObject):
    """Calls `act`, a method, at once when asked, then at most every `milliseconds`; the last ask is never lost."""

    def __init__(self, act: Callable[[], None], milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        self._method = WeakMethod(act)  # of who holds this pace: no cycle, or a removed lane's pictures would stay
        self._asked = False
        self._timer = QTimer(self, interval=milliseconds, singleShot=True)
        self._timer.timeout.connect(self._again)

    def request(self) -> None:
        """Act now, or as soon as the pace allows."""
        if self._timer.isActive():
            self._asked = True
        else:
            self.flush()

    def flush(self) -> None:
        """Act now, whatever the pace."""
        self._asked = False
        self._timer.start()
        act = self._method()
        assert act is not None
        act()

    def _again(self) -> None:
        if self._asked:
            self.flush()
