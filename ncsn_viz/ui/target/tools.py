"""The tools of the canvas as a grid of icons."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QMenu, QPushButton, QSizePolicy, QWidget

from ncsn_viz.core.knobs import Choice, knobs
from ncsn_viz.core.targets.painting import Stroke
from ncsn_viz.ui.widgets.icons import icon
from ncsn_viz.ui.widgets.theme import styled
from ncsn_viz.ui.widgets.translate import plain, rich, translate

COLUMNS = 6  # buttons in a row
FOLDS = (2, 3, 4, 5, 6, 8, 12)  # offered for rotational symmetry


class Tool(NamedTuple):
    """One tool: its icon, its texts and its key."""

    icon: str
    text: str
    hint: str
    key: str


TOOLS = {
    "brush": Tool("brush", "Brush", "Paint mass onto the plane: left mouse button. Wheel: size; Shift+wheel: strength.",
                  "B"),
    "eraser": Tool("erase", "Eraser", "Take mass away; with every tool the right mouse button does.", "E"),
    "line": Tool("line", "Line", "Drag from end to end; Shift: level, upright or slanted by 45°.", "I"),
    "curve": Tool("curve", "Curve", "Click points: a smooth curve runs through them. Double click, right click or "
                  "Enter ends it, Escape takes it back.", "C"),
    "rectangle": Tool("rectangle", "Rectangle", "Drag from corner to corner; Shift: a square. The brush's size softens "
                      "the edge.", "Q"),
    "ellipse": Tool("ellipse", "Ellipse", "Drag from corner to corner; Shift: a circle. The brush's size softens the "
                    "edge.", "O"),
    "free": Tool("free", "Filled shape", "Draw around what is to be filled.", "D"),
    "blob": Tool("blob", "Gaussian blob", "Click to put one down. Drag its middle to move it, its handles to stretch "
                 "and turn it; the wheel scales it.", "G"),
    "text": Tool("text", "Text", "Click to put a text down, then type what it says. Drag its middle to move it; the "
                 "wheel scales it.", "X"),
}  # fmt: skip


class Tools(QWidget):
    """Tools, symmetry, import and clear. `toolChosen` carries a key of TOOLS, `symmetryChosen` a symmetry and folds."""

    toolChosen = Signal(str)
    symmetryChosen = Signal(str, int)
    importAsked = Signal()
    clearAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = QButtonGroup(self)
        self.buttons = {name: self._tool(name, tool) for name, tool in TOOLS.items()}
        self.brush, self.erase = self.buttons["brush"], self.buttons["eraser"]
        self.brush.setChecked(True)
        self.symmetry = _button("symmetry", translate("Symmetry"), "")
        self.symmetry.setCheckable(True)
        self.symmetries: dict[tuple[str, int], QAction] = {}
        self.symmetry.setMenu(self._symmetry_menu())
        self._show_symmetry(next(iter(self.symmetries)))
        hint = "An image, or points from a CSV or NPY file. Dropping it on the canvas or pasting (Ctrl+V) does too."
        self.load = _button("import", translate("Import"), translate(hint))
        self.load.clicked.connect(self.importAsked)
        self.clear = _button("clear", translate("Clear"), translate("Empty the canvas. Undo brings everything back."))
        self.clear.clicked.connect(self.clearAsked)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setSpacing(4)
        for index, button in enumerate((*self.buttons.values(), self.symmetry, self.load, self.clear)):
            grid.addWidget(button, *divmod(index, COLUMNS))
            grid.setColumnStretch(index % COLUMNS, 1)

    def choose(self, name: str) -> None:
        """Choose a tool, as a click does."""
        self.buttons[name].setChecked(True)
        self.toolChosen.emit(name)

    def _tool(self, name: str, tool: Tool) -> QPushButton:
        button = _button(tool.icon, translate(tool.text), translate(tool.hint), tool.key)
        button.setCheckable(True)
        button.clicked.connect(lambda: self.choose(name))
        self._choice.addButton(button)
        QShortcut(QKeySequence(tool.key), self).activated.connect(partial(self.choose, name))
        return button

    def _symmetry_menu(self) -> QMenu:
        menu, group = QMenu(self), QActionGroup(self)
        what = knobs(Stroke)["symmetry"]
        assert isinstance(what, Choice)
        for name, title in zip(what.options, what.titles, strict=True):
            for folds in FOLDS if name == "turned" else (6,):
                words = translate(title) + (f" × {folds}" if name == "turned" else "")
                action = menu.addAction(words[:1].upper() + words[1:])
                action.setCheckable(True)
                action.setActionGroup(group)
                action.setToolTip(plain(translate(what.help)))
                action.triggered.connect(partial(self.set_symmetry, name, folds))
                self.symmetries[name, folds] = action
        return menu

    def set_symmetry(self, name: str, folds: int, _checked: bool = False) -> None:
        """Paint with another symmetry, as a click in the menu does."""
        self._show_symmetry((name, folds))
        self.symmetryChosen.emit(name, folds)

    def _show_symmetry(self, key: tuple[str, int]) -> None:
        self.symmetries[key].setChecked(True)
        self.symmetry.setChecked(key[0] != "none")
        help_text = translate(knobs(Stroke)["symmetry"].help)
        self.symmetry.setToolTip(_tip(translate("Symmetry") + f": {self.symmetries[key].text()}", help_text, ""))


def _button(name: str, text: str, hint: str, key: str = "") -> QPushButton:
    button = styled(QPushButton(icon(name), ""), "tool")
    button.setIconSize(QSize(16, 16))
    button.setToolTip(_tip(text, hint, key))
    button.setAccessibleName(text)
    button.setFixedHeight(28)
    button.setMinimumWidth(30)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _tip(text: str, hint: str, key: str) -> str:
    return rich("<b>{}</b>{}<br>{}", text, f" ({key})" if key else "", hint)
