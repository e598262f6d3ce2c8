"""The bar along the top: what runs, what is drawn, lanes and files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from ncsn_viz.core.objectives import OBJECTIVES, ContrastiveDivergence
from ncsn_viz.lab.spec import Spec
from ncsn_viz.ui import edits, theme

Edit = Callable[[Spec], Spec]


class Button(NamedTuple):
    """One button of the bar: its words, its key, and the edit that it makes."""

    text: str
    hint: str
    key: str
    edit: Edit


TRAINING = (
    Button("Train", "Train all lanes, or pause. What is learned stays.", "Space", edits.toggle_training),
    Button("Step", "Pause, and do one training step in every lane.", "T", edits.train_step),
    Button("Reset", "Start all networks again from the seed.", "Ctrl+R", edits.restart_training),
)
PARTICLES = (
    Button("Particles", "Let the particles move, or hold them.", "P", edits.toggle_sampling),
    Button("Step", "Hold the particles, and move them by one step of the sampler.", "S", edits.sample_step),
    Button("Release", "Put the particles back at their start.", "R", edits.release),
)


class Shown(NamedTuple):
    """Something that can be drawn: its words and its key."""

    text: str
    hint: str
    key: str


MAPS = {
    "density": Shown("Density", "Learned density exp(−E), its peak 1, drawn to the power 0.6 so that tails show.", "1"),
    "error": Shown("Error", "‖s − s*‖: how far the field is from the true score, in logarithm.", "6"),
    "weighted_error": Shown("Error at the data", "‖s − s*‖ times the true density over its peak.", "7"),
    "divergence": Shown("Divergence", "∇·s = ∂₁s₁ + ∂₂s₂: negative where arrows run together.", "8"),
    "curl": Shown("Curl", "∂₁s₂ − ∂₂s₁: 0 everywhere for a gradient; what is left is no score of anything.", "9"),
    "": Shown("None", "No map: only what is drawn on it.", ""),
}
LAYERS = {
    "energy": Shown("Energy", "Lines of equal energy at ½, 1, 2, 4 … nats above the least.", "2"),
    "truth": Shown("Truth", "Lines of equal true density, dashed, at the same heights.", "0"),
    "field": Shown("Field", "The score as arrows; their length saturates.", "3"),
    "particles": Shown("Particles", "The particles that the sampler moves.", "4"),
    "trails": Shown("Trails", "Where the particles came from, fading.", "5"),
}
NEGATIVES = Shown("Negatives", "Where contrastive divergence has pushed the energy up: the ends of its chains.", "N")


class Toolbar(QFrame):
    """`edited` carries a function from Spec to Spec; the window applies it to the present one."""

    edited = Signal(object)
    openAsked = Signal()
    saveAsked = Signal()
    duplicateAsked = Signal()
    removeAsked = Signal()
    proofAsked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("look", "bar")
        self.setFixedHeight(46)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.PAD + 2, 0, theme.PAD + 2, 0)
        self._row.setSpacing(5)
        brand = QLabel("ncsn-viz")
        brand.setProperty("look", "title")
        self._row.addWidget(brand)
        self._row.addSpacing(12)
        self.train, self.train_step, self.reset = self._buttons(TRAINING)
        self._row.addSpacing(12)
        self.sample, self.sample_step, self.release = self._buttons(PARTICLES)
        self._row.addSpacing(12)
        self.map = self._menu_button("Map", self._maps_menu())
        self.map.setToolTip(_said("What is behind everything else in a lane. All lanes share its colours."))
        self.layers = {layer: self._layer(layer, shown) for layer, shown in LAYERS.items()}
        self.negatives = self._layer("negatives", NEGATIVES)
        self._row.addStretch(1)
        self.lanes = self._menu_button("Lanes", self._lanes_menu())
        self.files = self._menu_button("File", self._file_menu())
        self.chip = QLabel()
        self.chip.setProperty("look", "chip")
        self.chip.setFixedHeight(24)
        self._row.addSpacing(8)
        self._row.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_spec(self, spec: Spec) -> None:
        """Show what is on and what can be done."""
        self._mark(self.train, spec.run.training, "Train")
        self._mark(self.sample, spec.run.sampling, "Particles")
        for layer, button in (*self.layers.items(), ("negatives", self.negatives)):
            button.setChecked(layer in spec.view.layers)
        self.negatives.setVisible(any(isinstance(lane.objective, ContrastiveDivergence) for lane in spec.lanes))
        self.maps[spec.view.map].setChecked(True)
        self.map.setText(_said(MAPS[spec.view.map].text) + "  ▾")
        for action in self._adding:
            action.setEnabled(edits.can_add(spec))
        self._removing.setEnabled(len(spec.lanes) > 1)

    def show_pace(self, device: str, frames: float) -> None:
        """Show the device and the pictures a second."""
        self.chip.setText(f"{device} · {frames:.0f} fps")

    def _mark(self, button: QPushButton, on: bool, text: str) -> None:
        button.setChecked(on)
        button.setText(("❚❚  " if on else "▶  ") + _said(text))

    def _buttons(self, table: tuple[Button, ...]) -> list[QPushButton]:
        return [self._button(button, checkable=place == 0) for place, button in enumerate(table)]

    def _button(self, what: Button, checkable: bool) -> QPushButton:
        button = self._made(what.text, what.hint, what.key, checkable)
        button.clicked.connect(partial(self._edit, what.edit))
        return button

    def _layer(self, layer: str, what: Shown) -> QPushButton:
        button = self._made(what.text, what.hint, what.key, checkable=True)
        button.setProperty("look", "layer")
        button.clicked.connect(partial(self._edit, partial(edits.toggle_layer, layer=layer)))
        return button

    def _made(self, text: str, hint: str, key: str, checkable: bool) -> QPushButton:
        button = QPushButton(_said(text))
        button.setCheckable(checkable)
        button.setToolTip(f"{_said(hint)}  ({QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)})")
        button.setShortcut(QKeySequence(key))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row.addWidget(button)
        return button

    def _edit(self, edit: Edit, _checked: bool = False) -> None:
        self.edited.emit(edit)

    def _menu_button(self, text: str, menu: QMenu) -> QToolButton:
        button = QToolButton()
        button.setText(_said(text) + "  ▾")
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._row.addWidget(button)
        return button

    def _maps_menu(self) -> QMenu:
        menu, group = QMenu(self), QActionGroup(self)
        menu.setToolTipsVisible(True)
        self.maps: dict[str, QAction] = {}
        for name, shown in MAPS.items():
            self.maps[name] = action = menu.addAction(_said(shown.text))
            action.setCheckable(True)
            action.setToolTip(_said(shown.hint))
            action.setShortcut(QKeySequence(shown.key))
            action.setActionGroup(group)
            action.triggered.connect(partial(self._edit, partial(edits.choose_map, name=name)))
        return menu

    def _lanes_menu(self) -> QMenu:
        menu = QMenu(self)
        self._adding = []
        for cls in OBJECTIVES:
            action = menu.addAction(_said("Add: {0}").format(_said(cls.title)))
            action.triggered.connect(partial(self._edit, partial(_add, objective=cls)))
            self._adding.append(action)
        menu.addSeparator()
        copy = menu.addAction(_said("Duplicate the chosen lane"))
        copy.setShortcut(QKeySequence("Ctrl+D"))
        copy.triggered.connect(self.duplicateAsked)
        self._adding.append(copy)
        self._removing = menu.addAction(_said("Remove the chosen lane"))
        self._removing.setShortcut(QKeySequence("Ctrl+Backspace"))
        self._removing.triggered.connect(self.removeAsked)
        return menu

    def _file_menu(self) -> QMenu:
        menu = QMenu(self)
        for text, key, signal in (
            ("Open an experiment …", "Ctrl+O", self.openAsked),
            ("Save the experiment …", "Ctrl+S", self.saveAsked),
        ):
            action = menu.addAction(_said(text))
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(signal)
        new = menu.addAction(_said("Back to the first experiment"))
        new.triggered.connect(partial(self._edit, edits.fresh))
        menu.addSeparator()
        menu.addAction(_said("Prove the mathematics …")).triggered.connect(self.proofAsked)
        menu.addSeparator()
        quit_action = menu.addAction(_said("Quit"))
        quit_action.setShortcut(QKeySequence("Ctrl+Q"))
        quit_action.triggered.connect(self._quit)
        return menu

    def _quit(self) -> None:
        window: QWidget = self.window()
        window.close()


def _add(spec: Spec, objective: type) -> Spec:
    return edits.add_lane(spec, objective())


def _said(text: str) -> str:
    return QCoreApplication.translate("Toolbar", text)
