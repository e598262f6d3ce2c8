"""Every colour, size and font of the window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

WidgetT = TypeVar("WidgetT", bound=QWidget)
Table = np.ndarray[Any, np.dtype[np.uint8]]  # of colours: red, green, blue, opacity

LANE_LETTERS = "ABCDEF"

GAP = 8  # between cards
STRIP_HEIGHT = 46  # of the strip below the lanes: noise ladder or slow motion
PAD = 10  # inside a card
RADIUS = 6
TINY = 11  # type sizes in pixels: numbers at axes,
SMALL = 12  # labels and headings,
NORMAL = 13  # text,
LARGE = 14  # titles


@dataclass(frozen=True)
class Colors:
    """One scheme: surfaces from back to front, text from strong to faint, the accent, and what is drawn over maps.

    Text has a contrast of at least 4.5 to every surface that it is written on (WCAG 2.2, 1.4.3).
    """

    back: str
    panel: str
    card: str
    control: str
    hover: str
    line: str
    text: str
    soft: str
    faint: str
    accent: str
    chosen: str
    on_accent: str
    good: str
    bad: str
    warn: str
    lanes: tuple[str, ...]  # of particles, lines, dots
    lane_inks: tuple[str, ...]  # of letters
    ink: str  # over maps
    shade: str  # around and behind what is drawn over maps
    arrow_opacity: int  # of 255, of the arrows of a field
    flow: str  # streamlines
    drift: str  # the components of a particle's step
    noise: str
    inertia: str
    whole: str
    stone: tuple[int, int, int]  # red, green, blue of a surface where its map is empty
    # The colours of maps, evenly spaced unless they have positions.
    density: tuple[str, ...]
    signed: tuple[tuple[float, str], ...]
    energy: tuple[tuple[float, str], ...]
    error: tuple[tuple[float, str], ...]


# The lanes have the palette of Okabe & Ito, distinguishable with all common kinds of colour blindness; on light ground
# darker. Densities: about every sixteenth colour of inferno (van der Walt & Smith 2015, CC0) without its ends; on light
# ground from white to orange, so that a print of it costs no ink where there is nothing.
DARK = Colors(
    back="#101216", panel="#16191f", card="#1b1f26", control="#262b34", hover="#303743", line="#2c323c",
    text="#e8ebf0", soft="#b4bcc8", faint="#9ba4b2", accent="#2f6fe0", chosen="#24395c", on_accent="#ffffff",
    good="#4cc38f", bad="#f58a84", warn="#e8b04b",
    lanes=("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00"),
    lane_inks=("#56b4e9", "#e69f00", "#1fb88a", "#d88bb6", "#f0e442", "#f0803c"),
    ink="#ffffff", shade="#000008", arrow_opacity=100, flow="#cfd8ff",
    drift="#4fe3ff", noise="#ff7ac8", inertia="#a6f06e", whole="#ffffff", stone=(74, 84, 118),
    density=("#09061f", "#160b39", "#280b53", "#3c0964", "#4e0d6c", "#60136e", "#721a6e", "#84206b", "#952666",
             "#a72d5f", "#b83556", "#c73e4b", "#d74b3e", "#e35932", "#ed6924", "#f57c15", "#f98f08", "#fca50a"),
    signed=((0.0, "#9fdcff"), (0.2, "#3d9be0"), (0.38, "#1d4d84"), (0.5, "#0d0b1c"), (0.62, "#7a3d0c"),
            (0.8, "#e08214"), (1.0, "#ffd58a")),
    energy=((0.0, "#f6a32c"), (0.14, "#d9503a"), (0.3, "#8d2b63"), (0.5, "#46307e"), (0.75, "#254a86"),
            (1.0, "#3c86a4")),
    error=((0.0, "#0c0f1e"), (0.25, "#1f3b5c"), (0.5, "#1f6f73"), (0.75, "#4fae62"), (1.0, "#f2e34c")),
)  # fmt: skip
LIGHT = Colors(
    back="#e9ebef", panel="#f5f6f8", card="#ffffff", control="#e9ecf1", hover="#dde2ea", line="#d3d8e0",
    text="#171a1f", soft="#454d5a", faint="#59626f", accent="#2563eb", chosen="#dbe6fb", on_accent="#ffffff",
    good="#0f6b43", bad="#b42a22", warn="#7f5000",
    lanes=("#0072b2", "#b86e00", "#00805c", "#b0447f", "#857a00", "#c84600"),
    lane_inks=("#00639c", "#8a5200", "#006b4e", "#a03a78", "#6b6200", "#b03a00"),
    ink="#14121f", shade="#ffffff", arrow_opacity=125, flow="#3c4a80",
    drift="#00688f", noise="#b0136f", inertia="#3d7300", whole="#14121f", stone=(214, 218, 230),
    density=("#ffffff", "#fff7e6", "#ffefd0", "#ffe5b8", "#ffdaa0", "#fecd89", "#fdbf75", "#fbb064", "#f8a055",
             "#f4904a", "#ee8042"),
    signed=((0.0, "#0a4a86"), (0.2, "#3d8fd0"), (0.38, "#b4d6f0"), (0.5, "#ffffff"), (0.62, "#f7d3a6"),
            (0.8, "#df8a26"), (1.0, "#8f4a00")),
    energy=((0.0, "#ee8042"), (0.14, "#f9b778"), (0.3, "#fbe0c4"), (0.5, "#f2f0f6"), (0.75, "#c9d7ea"),
            (1.0, "#86aecb")),
    error=((0.0, "#ffffff"), (0.25, "#e3eed0"), (0.5, "#b3d6a4"), (0.75, "#62ab92"), (1.0, "#2a7a86")),
)  # fmt: skip

_current = DARK


def colors() -> Colors:
    """The current scheme."""
    return _current


def lane_color(slot: int) -> str:
    """The accent colour of the lane with this `slot`."""
    return _current.lanes[slot % len(LANE_LETTERS)]


def lane_ink(slot: int) -> str:
    """The colour of text in the accent colour of the lane with this `slot`."""
    return _current.lane_inks[slot % len(LANE_LETTERS)]


def lane_letter(slot: int) -> str:
    """The letter of the lane with this `slot`; it accompanies the colour everywhere."""
    return LANE_LETTERS[slot % len(LANE_LETTERS)]


def lane_title(slot: int, name: str, *rest: str) -> str:
    """The letter of a lane, its name if that is not the letter, and the `rest`, as “A · wide · NCSN”."""
    letter = lane_letter(slot)
    return " · ".join([letter, *[name] * (name not in ("", letter)), *rest])


def ink(opacity: int = 235) -> QColor:
    """The colour of what is drawn over maps, `opacity` of 255."""
    return _translucent(_current.ink, opacity)


def shade(opacity: int = 190) -> QColor:
    """The colour around and behind what is drawn over maps, `opacity` of 255."""
    return _translucent(_current.shade, opacity)


def rgb(color: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour, each from 0 to 255."""
    parsed = QColor(color)
    return parsed.red(), parsed.green(), parsed.blue()


def _translucent(color: str, opacity: int) -> QColor:
    result = QColor(color)
    result.setAlpha(opacity)
    return result


def empty() -> QColor:
    """The colour of density 0."""
    return QColor(_current.density[0])


def density_colors() -> Table:
    """Colours (256, 4) for densities, from nearly the background to orange, less strong than particles."""
    stops = _current.density
    return _blend(tuple(zip(np.linspace(0, 1, len(stops)).tolist(), stops, strict=True)))


def signed_colors() -> Table:
    """Colours (256, 4) for signed values: blue below 0, like the background at 0, orange above.

    Arrows, lines and particles stay visible on them. Blue and orange are distinguishable with all common kinds of
    colour blindness.
    """
    return _blend(_current.signed)


def energy_colors() -> Table:
    """Colours (256, 4) for energies: warm in the wells, where the density is, and colder with height."""
    return _blend(_current.energy)


def error_colors() -> Table:
    """Colours (256, 4) for errors, from nearly the background through green, even in lightness."""
    return _blend(_current.error)


@cache
def _blend(stops: tuple[tuple[float, str], ...]) -> Table:
    positions = [position for position, _ in stops]
    values = np.array([QColor(color).getRgb() for _, color in stops], dtype=np.float64)
    at = np.linspace(0, 1, 256)
    return np.stack([np.interp(at, positions, column) for column in values.T], axis=1).round().astype(np.uint8)


def particle_colors(color: str) -> Table:
    """Colours (256, 4) for particles: from transparent through `color` towards the ink over maps, alpha rising."""
    return _particle_table(color, _current.ink)


@cache
def _particle_table(color: str, towards: str) -> Table:
    accent, end = (np.array(rgb(each), dtype=np.float64) for each in (color, towards))
    t = np.linspace(0, 1, 256)[:, None]
    share = 0.7 if end.min() > 127 else 0.25  # where many overlap; dark ones would lose their colour
    opaque = accent + (end - accent) * np.clip((t - 0.45) / 0.55, 0, 1) * share
    alpha = 255 * np.clip(t * 1.6, 0, 1)
    return np.concatenate([opaque, alpha], axis=1).astype(np.uint8)


def apply(app: QApplication, scheme: Colors = DARK) -> None:
    """Use `scheme`: Qt's Fusion style with our palette and style sheet, the same on every desktop."""
    global _current  # noqa: PLW0603
    _current = scheme
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(_palette(scheme))
    app.setStyleSheet(sheet(scheme))


def styled(widget: WidgetT, look: str) -> WidgetT:
    """`widget` with the rules of `look` in the style sheet."""
    widget.setProperty("look", look)
    return widget


def _palette(c: Colors) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for each, color in {
        role.Window: c.panel, role.WindowText: c.text, role.Base: c.control, role.AlternateBase: c.card,
        role.Text: c.text, role.Button: c.control, role.ButtonText: c.text, role.Highlight: c.accent,
        role.HighlightedText: c.on_accent, role.ToolTipBase: c.card, role.ToolTipText: c.text,
        role.PlaceholderText: c.faint, role.Link: c.accent, role.Mid: c.line, role.Dark: c.line,
        role.Light: c.hover, role.BrightText: c.bad,
    }.items():  # fmt: skip
        palette.setColor(each, QColor(color))
    for each in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(c.faint))
    return palette


def sheet(c: Colors) -> str:
    """The style sheet of a scheme. The property `look` of a widget selects its rules."""
    return f"""
* {{ font-size: {NORMAL}px; }}
QMainWindow, QScrollArea, QScrollArea > QWidget > QWidget {{ background: {c.panel}; border: none; }}
QWidget#centre {{ background: {c.back}; }}
QFrame[look="card"] {{ background: {c.card}; border: 1px solid {c.line}; border-radius: {RADIUS}px; }}
QFrame[look="bar"] {{ background: {c.panel}; border: none; border-bottom: 1px solid {c.line}; }}
QFrame[look="foot"] {{ background: {c.panel}; border: none; border-top: 1px solid {c.line}; }}
QLabel[look="title"] {{ font-size: {LARGE}px; font-weight: 600; color: {c.text}; }}
QLabel[look="section"] {{ font-size: {SMALL}px; font-weight: 600; color: {c.faint}; letter-spacing: 1px; }}
QLabel[look="soft"] {{ color: {c.soft}; }}
QLabel[look="faint"] {{ color: {c.faint}; }}
QLabel[look="bad"] {{ color: {c.bad}; }}
QFrame[look="tip"] {{ background: {c.card}; border: 1px solid {c.accent}; border-radius: {RADIUS}px; }}
QLabel[look="values"] {{ background: {c.panel}; color: {c.text}; border: 1px solid {c.line}; border-radius: 4px;
    padding: 3px 7px; font-size: {SMALL}px; }}
QLabel[look="notification"] {{ background: {c.control}; color: {c.text}; border: 1px solid {c.warn};
    border-radius: {RADIUS}px; padding: 8px 12px; }}
QPushButton, QToolButton {{ background: {c.control}; color: {c.text}; border: 1px solid {c.line};
    border-radius: {RADIUS}px; padding: 4px 10px; }}
QToolButton[look="chip"] {{ background: transparent; color: {c.good}; font-size: {SMALL}px; border-radius: 10px;
    padding: 3px 9px; }}
QPushButton:hover, QToolButton:hover {{ background: {c.hover}; }}
QPushButton:checked, QToolButton:checked {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
QPushButton[look="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
QPushButton[look="primary"]:hover {{ background: {c.chosen}; color: {c.text}; }}
QToolButton[look="play"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
    font-size: {LARGE}px; font-weight: 600; min-width: 84px; min-height: 22px; }}
QToolButton[look="play"]:hover {{ border-color: {c.text}; }}
QToolButton[look="layer"]:checked {{ background: {c.chosen}; color: {c.text}; border-color: {c.accent}; }}
QFrame[look="bar"] QToolButton {{ padding: 4px 5px; }}
QFileDialog QToolButton {{ padding: 1px; }}  /* they are as small as their icons */
QToolButton::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0; }}
QPushButton:disabled, QToolButton:disabled {{ color: {c.faint}; background: {c.panel}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QPlainTextEdit:focus {{
    border: 1px solid {c.accent}; }}
QComboBox, QLineEdit {{ background: {c.control}; color: {c.text}; border: 1px solid {c.line};
    border-radius: 4px; padding: 2px 6px; min-height: 18px; selection-background-color: {c.accent}; }}
QPlainTextEdit {{ background: {c.control}; color: {c.text}; border: 1px solid {c.line}; border-radius: 4px;
    selection-background-color: {c.accent}; }}
QComboBox QAbstractItemView {{ background: {c.card}; color: {c.text}; border: 1px solid {c.line};
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; outline: none; }}
QComboBox::drop-down {{ border: none; width: 16px; }}
QComboBox::down-arrow {{ image: none; }}
QLineEdit[bad="true"] {{ border: 1px solid {c.bad}; }}
QPushButton[look="tool"] {{ padding: 3px 6px; }}
QToolButton[look="flat"] {{ background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 2px; }}
QToolButton[look="heading"] {{ background: transparent; border: 1px solid transparent; border-radius: 4px;
    padding: 2px 4px; font-size: {LARGE}px; font-weight: 600; text-align: left; }}
QToolButton[look="heading"]:hover {{ background: {c.control}; }}
QToolButton[look="tiny"] {{ background: transparent; color: {c.faint}; border: 1px solid {c.line}; border-radius: 4px;
    padding: 1px 5px; font-size: {SMALL}px; }}
QToolButton[look="tiny"]:hover {{ color: {c.text}; background: {c.control}; }}
QToolButton[look="tiny"]:checked {{ color: {c.text}; background: {c.chosen}; border-color: {c.accent}; }}
QToolButton[look="tiny"]:focus {{ border-color: {c.accent}; color: {c.text}; }}
QTableView[look="table"] {{ background: {c.card}; border: 1px solid {c.line}; border-radius: {RADIUS}px;
    gridline-color: {c.line}; outline: none; selection-background-color: {c.hover}; selection-color: {c.text}; }}
QTableView[look="table"] QHeaderView {{ background: transparent; border: none; }}
QTableView[look="table"] QHeaderView::section {{ background: {c.card}; color: {c.soft}; border: none;
    border-bottom: 1px solid {c.line}; padding: 2px 8px; font-size: {SMALL}px; }}
QTableView[look="table"] QHeaderView::section:hover {{ color: {c.text}; background: {c.control}; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {c.hover}; border-radius: 4px; min-width: 24px; }}
QToolButton[look="flat"]:hover:enabled {{ background: {c.hover}; }}
QToolButton[look="flat"]:focus, QToolButton[look="heading"]:focus, QTableView[look="table"]:focus {{
    border-color: {c.accent}; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {c.hover}; border-radius: 4px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QToolTip {{ background: {c.card}; color: {c.text}; border: 1px solid {c.line}; padding: 6px; }}
QMenu {{ background: {c.card}; color: {c.text}; border: 1px solid {c.line}; padding: 4px; }}
QMenu::item {{ padding: 4px 18px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
QSplitter::handle {{ background: {c.line}; }} /* in the file dialog */
"""
