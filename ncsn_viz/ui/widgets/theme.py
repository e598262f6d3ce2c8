"""Every colour, size and font of the window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

WidgetT = TypeVar("WidgetT", bound=QWidget)

# Okabe & Ito's palette, distinguishable with all common kinds of colour blindness; a letter accompanies each.
LANE_COLORS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00")
LANE_LETTERS = "ABCDEF"

FLOW = "#cfd8ff"  # streamlines
# The components of a particle's step; bright, as they are drawn on dark maps.
DRIFT, NOISE, INERTIA, SUM = "#4fe3ff", "#ff7ac8", "#a6f06e", "#ffffff"
STONE = (74, 84, 118)  # red, green, blue of a surface where its map is dark

GAP = 8  # between cards
STRIP_HEIGHT = 46  # of the strip below the lanes: noise ladder or slow motion
PAD = 10  # inside a card
RADIUS = 6
SMALL = 11  # type sizes in pixels
NORMAL = 12
LARGE = 13


@dataclass(frozen=True)
class Colors:
    """One scheme: surfaces from back to front, text from strong to faint, and the accent."""

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


DARK = Colors(
    back="#101216", panel="#16191f", card="#1b1f26", control="#262b34", hover="#303743", line="#2c323c",
    text="#e8ebf0", soft="#a9b1bd", faint="#737c8a", accent="#3b82f6", chosen="#24395c", on_accent="#ffffff",
    good="#3fb37f", bad="#f0716a", warn="#e8b04b",
)  # fmt: skip
LIGHT = Colors(
    back="#e9ebef", panel="#f5f6f8", card="#ffffff", control="#e9ecf1", hover="#dde2ea", line="#d3d8e0",
    text="#171a1f", soft="#4c5563", faint="#7a8494", accent="#2563eb", chosen="#dbe6fb", on_accent="#ffffff",
    good="#1d8a5a", bad="#c7372f", warn="#a86a00",
)  # fmt: skip

_current = DARK


def colors() -> Colors:
    """The current scheme."""
    return _current


def lane_color(slot: int) -> str:
    """The accent colour of the lane with this `slot`."""
    return LANE_COLORS[slot % len(LANE_COLORS)]


def lane_letter(slot: int) -> str:
    """The letter of the lane with this `slot`; it accompanies the colour everywhere."""
    return LANE_LETTERS[slot % len(LANE_LETTERS)]


def lane_title(slot: int, name: str, *rest: str) -> str:
    """The letter of a lane, its name if that is not the letter, and the `rest`, as “A · wide · NCSN”."""
    letter = lane_letter(slot)
    return " · ".join([letter, *[name] * (name not in ("", letter)), *rest])


# About every sixteenth colour of inferno (van der Walt & Smith 2015, CC0) without its ends.
HEAT = (
    "#09061f", "#160b39", "#280b53", "#3c0964", "#4e0d6c", "#60136e", "#721a6e", "#84206b", "#952666", "#a72d5f",
    "#b83556", "#c73e4b", "#d74b3e", "#e35932", "#ed6924", "#f57c15", "#f98f08", "#fca50a",
)  # fmt: skip
EMPTY = HEAT[0]  # the colour of density 0


@cache
def density_colors() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Colours (256, 4) for densities, from nearly the background to orange, less bright than particles."""
    return _blend(*zip(np.linspace(0, 1, len(HEAT)).tolist(), HEAT, strict=True))


@cache
def signed_colors() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Colours (256, 4) for signed values: blue below 0, dark at 0, orange above, brighter with the absolute value.

    Dark and not white in the middle, so that arrows, lines and particles stay visible. Blue and orange are
    distinguishable with all common kinds of colour blindness.
    """
    return _blend((0.0, "#9fdcff"), (0.2, "#3d9be0"), (0.38, "#1d4d84"), (0.5, "#0d0b1c"), (0.62, "#7a3d0c"),
                  (0.8, "#e08214"), (1.0, "#ffd58a"))  # fmt: skip


@cache
def energy_colors() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Colours (256, 4) for energies: warm in the wells, where the density is, and colder with height."""
    return _blend((0.0, "#f6a32c"), (0.14, "#d9503a"), (0.3, "#8d2b63"), (0.5, "#46307e"), (0.75, "#254a86"),
                  (1.0, "#3c86a4"))  # fmt: skip


@cache
def error_colors() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Colours (256, 4) for errors, from nearly the background through green to yellow, even in lightness."""
    return _blend((0.0, "#0c0f1e"), (0.25, "#1f3b5c"), (0.5, "#1f6f73"), (0.75, "#4fae62"), (1.0, "#f2e34c"))


def _blend(*stops: tuple[float, str]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    positions = [position for position, _ in stops]
    colors = np.array([QColor(color).getRgb() for _, color in stops], dtype=np.float64)
    at = np.linspace(0, 1, 256)
    return np.stack([np.interp(at, positions, column) for column in colors.T], axis=1).round().astype(np.uint8)


@cache
def particle_colors(color: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Colours (256, 4) for particles: from transparent through `color` to nearly white, alpha rising."""
    shade = QColor(color)
    accent = np.array([shade.red(), shade.green(), shade.blue()], dtype=np.float64)
    t = np.linspace(0, 1, 256)[:, None]
    rgb = accent + (255 - accent) * np.clip((t - 0.45) / 0.55, 0, 1) * 0.7
    alpha = 255 * np.clip(t * 1.6, 0, 1)
    return np.concatenate([rgb, alpha], axis=1).astype(np.uint8)


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
QLabel[look="faint"] {{ color: {c.faint}; font-size: {SMALL}px; }}
QLabel[look="bad"] {{ color: {c.bad}; }}
QLabel[look="chip"] {{ color: {c.good}; font-size: {SMALL}px; border: 1px solid {c.line}; border-radius: 10px;
    padding: 3px 9px; }}
QFrame[look="tip"] {{ background: {c.card}; border: 1px solid {c.accent}; border-radius: {RADIUS}px; }}
QLabel[look="notification"] {{ background: {c.control}; color: {c.text}; border: 1px solid {c.warn};
    border-radius: {RADIUS}px; padding: 8px 12px; }}
QPushButton, QToolButton {{ background: {c.control}; color: {c.text}; border: 1px solid {c.line};
    border-radius: {RADIUS}px; padding: 4px 10px; }}
QPushButton:hover, QToolButton:hover {{ background: {c.hover}; }}
QPushButton:checked, QToolButton:checked {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
QPushButton[look="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
QPushButton[look="primary"]:hover {{ background: {c.chosen}; color: {c.text}; }}
QToolButton[look="layer"]:checked {{ background: {c.chosen}; color: {c.text}; border-color: {c.accent}; }}
QFrame[look="bar"] QToolButton {{ padding: 4px 6px; }}
QToolButton::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0; }}
QPushButton:disabled, QToolButton:disabled {{ color: {c.faint}; background: {c.panel}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus {{
    border: 1px solid {c.accent}; }}
QComboBox, QLineEdit {{ background: {c.control}; color: {c.text}; border: 1px solid {c.line};
    border-radius: 4px; padding: 2px 6px; min-height: 18px; selection-background-color: {c.accent}; }}
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
    border-bottom: 1px solid {c.line}; padding: 3px 8px; font-size: {SMALL}px; }}
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
