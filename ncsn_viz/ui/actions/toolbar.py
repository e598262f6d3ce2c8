"""The bar along the top: what runs, what is drawn, lanes and files."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QWidget

from ncsn_viz.core.objectives import OBJECTIVES, ContrastiveDivergence
from ncsn_viz.lab.experiment.spec import Spec
from ncsn_viz.ui.actions import edits
from ncsn_viz.ui.actions.edits import Edit
from ncsn_viz.ui.actions.layer_texts import LAYERS, MAPS, LayerText
from ncsn_viz.ui.actions.overflow_toolbar import ALWAYS, GAP, OverflowToolBar
from ncsn_viz.ui.widgets.translate import translate


class Button(NamedTuple):
    """One button of the bar: its words, its key, the edit that it makes, how long it stays where room is short, and
    its words in a menu.
    """

    text: str
    hint: str
    key: str
    edit: Edit
    rank: int = ALWAYS
    alone: str = ""


TRAINING = (
    Button("Train", "Train all lanes, or pause. What is learned stays.", "Space", edits.toggle_training),
    Button("Step", "Pause, and do one training step in every lane.", "T", edits.train_step, 25, "Training step"),
    Button("Reset", "Start all networks again from the seed.", "Ctrl+R", edits.restart_training, 20, "Reset training"),
)
PARTICLES = (
    Button("Particles", "Let the particles move, or hold them.", "P", edits.toggle_sampling),
    Button(
        "Step",
        "Hold the particles, and move them by one step of the sampler.",
        "S",
        edits.sample_step,
        22,
        "Particle step",
    ),
    Button("Release", "Put the particles back at their start.", "R", edits.release, 24, "Release particles"),
)
RANKS = {"truth": 10, "followed": 15, "negatives": 12, "trails": 30}  # of the layers that make room, the lowest first


class Toolbar(OverflowToolBar):
    """`edited` carries a function from Spec to Spec; the window applies it to the present one."""

    edited = Signal(object)
    openAsked = Signal()
    saveAsked = Signal()
    importAsked = Signal()
    duplicateAsked = Signal()
    removeAsked = Signal()
    proofAsked = Signal()
    handTaken = Signal(bool)
    slowAsked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._offered: dict[int, str] = {}  # what maps of differences may subtract
        brand = QLabel("ncsn-viz")
        brand.setProperty("look", "title")
        brand.setContentsMargins(0, 0, GAP, 0)
        self.put(brand, 0)
        self.train, self.train_step, self.reset = self._buttons(TRAINING)
        self.gap()
        self.sample, self.sample_step, self.release = self._buttons(PARTICLES)
        self.hand = self._hand()
        self.slow = self._slow()
        self.gap()
        self.map = self._menu_button("Map", self._maps_menu())
        self.map.setToolTip(translate("What is behind everything else in a lane. All lanes share its colours."))
        self.layers = {name: self._layer(name, shown) for name, shown in LAYERS.items()}
        self.stretch()
        self.lanes = self._menu_button("Lanes", self._lanes_menu())
        self.lanes.setToolTip(translate("Add a lane with another objective, copy the chosen one, or take it away."))
        self.files = self._menu_button("File", self._file_menu())
        self.files.setToolTip(translate("Open and save experiments, proofs, and how the window looks."))
        self.chip = QLabel()
        self.chip.setProperty("look", "chip")
        self.chip.setFixedHeight(24)
        self.put(self.chip, 26)

    def show_spec(self, spec: Spec) -> None:
        """Show what is on and what can be done."""
        self._mark(self.train, spec.trains, "Train")
        self._mark(self.sample, spec.samples, "Particles")
        self.slow.defaultAction().setChecked(spec.slow)
        for layer, button in self.layers.items():
            button.defaultAction().setChecked(layer in spec.view.layers)
        chains = any(isinstance(lane.objective, ContrastiveDivergence) for lane in spec.lanes)
        self.want(self.layers["negatives"], chains)
        self.maps[spec.view.map].setChecked(True)
        self._show_against(spec)
        self.map.setText(translate(MAPS[spec.view.map].text) + "  ▾")
        for action in self._adding:
            action.setEnabled(edits.can_add(spec))
        self._removing.setEnabled(len(spec.lanes) > 1)
        self.fit()

    def show_pace(self, device: str, frames: float, pace: str = "") -> None:
        """Show the device and the pictures a second."""
        self.chip.setText(f"{device} · {frames:.0f} fps")
        hint = translate("Where everything is computed, and new pictures a second.")
        self.chip.setToolTip(f"{hint} {translate(pace[:1].upper() + pace[1:])}." if pace else hint)
        self.fit()

    def _mark(self, button: QToolButton, on: bool, text: str) -> None:
        button.defaultAction().setChecked(on)
        button.defaultAction().setText(("❚❚  " if on else "▶  ") + translate(text))

    def _buttons(self, table: tuple[Button, ...]) -> list[QToolButton]:
        return [self._button(button, checkable=place == 0) for place, button in enumerate(table)]

    def _button(self, what: Button, checkable: bool) -> QToolButton:
        action = self._action(translate(what.alone or what.text), translate(what.hint), what.key, what.edit)
        if what.alone:
            action.setIconText(translate(what.text))
        action.setCheckable(checkable)
        return self._placed(action, what.rank)

    def _hand(self) -> QToolButton:
        hint = "Click into a lane: drop a handful of particles in all lanes. Drag: hold the nearest one, and let it go."
        words = translate(hint) + " " + translate("Ctrl does it without this button.")
        action = self._action(translate("Hand"), words, "H", None)
        action.setCheckable(True)
        action.toggled.connect(self.handTaken)
        return self._placed(action, 23)

    def _slow(self) -> QToolButton:
        hint = "Walk through one training step of the chosen lane and one step of its particles, stage by stage."
        action = self._action(translate("Slow motion"), translate(hint), "M", None)
        action.setCheckable(True)
        action.triggered.connect(self.slowAsked)
        return self._placed(action, 21)

    def _layer(self, name: str, what: LayerText) -> QToolButton:
        edit = partial(edits.toggle_layer, layer=name)
        action = self._action(translate(what.text), translate(what.hint), what.key, edit)
        action.setCheckable(True)
        button = self._placed(action, RANKS.get(name, ALWAYS))
        button.setProperty("look", "layer")
        return button

    def _action(self, text: str, hint: str, key: str, edit: Edit | None) -> QAction:
        """An edit, if any, with words and a key that also works where its button is in the menu."""
        action = QAction(text, self)
        native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{hint}  ({native})" if key else hint)
        action.setShortcut(QKeySequence(key))
        if edit is not None:
            action.triggered.connect(partial(self._edit, edit))
        self.addAction(action)
        return action

    def _placed(self, action: QAction, rank: int) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.put(button, rank)
        return button

    def _edit(self, edit: Edit, _checked: bool = False) -> None:
        self.edited.emit(edit)

    def _menu_button(self, text: str, menu: QMenu, rank: int = ALWAYS) -> QToolButton:
        button = QToolButton()
        button.setText(translate(text) + "  ▾")
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.put(button, rank)
        return button

    def _show_against(self, spec: Spec) -> None:
        """Offer what maps of differences may subtract: the truth, or any lane."""
        offered = {-1: translate("The truth")}
        offered |= {lane.slot: translate("Lane {0}").format(lane.name) for lane in spec.lanes}
        if offered != self._offered:  # only then made anew: an entry must outlive the click on it
            self._offered = offered
            self.against.clear()
            for mark, text in offered.items():
                action = self.against.addAction(text)
                action.setCheckable(True)
                action.setData(mark)
                action.setToolTip(translate("What is p′, s′ in the maps of differences."))
                action.triggered.connect(partial(self._edit, partial(edits.set_baseline, mark=mark)))
        chosen = spec.view.against if spec.view.against in offered else -1
        for action in self.against.actions():
            action.setChecked(action.data() == chosen)

    def _maps_menu(self) -> QMenu:
        menu, group = QMenu(self), QActionGroup(self)
        menu.setToolTipsVisible(True)
        self.maps: dict[str, QAction] = {}
        for name, shown in MAPS.items():
            edit = partial(edits.choose_map, name=name)
            self.maps[name] = action = self._action(translate(shown.text), translate(shown.hint), shown.key, edit)
            action.setCheckable(True)
            action.setActionGroup(group)
            menu.addAction(action)
        menu.addSeparator()
        self.against = QMenu(translate("Differences subtract"), menu)
        self.against.menuAction().setToolTip(translate("What is p′, s′ in the maps of differences."))
        menu.addMenu(self.against)
        return menu

    def _lanes_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._adding = []
        for cls in OBJECTIVES:
            action = menu.addAction(translate("Add: {0}").format(translate(cls.title)))
            action.setToolTip(translate(cls.about))
            action.triggered.connect(partial(self._edit, partial(_add, objective=cls)))
            self._adding.append(action)
        menu.addSeparator()
        copy = menu.addAction(translate("Duplicate the chosen lane"))
        copy.setToolTip(translate("The same settings once more, from fresh weights. Six lanes at most."))
        copy.setShortcut(QKeySequence("Ctrl+D"))
        copy.triggered.connect(self.duplicateAsked)
        self._adding.append(copy)
        self._removing = menu.addAction(translate("Remove the chosen lane"))
        hint = translate("Take the lane away, and what it has learned. Undo brings its settings back.")
        self._removing.setToolTip(hint)
        self._removing.setShortcut(QKeySequence("Ctrl+Backspace"))
        self._removing.triggered.connect(self.removeAsked)
        return menu

    def _file_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for text, hint, key, signal in (
            ("Open an experiment …", "All settings, from a file. Undo brings the present ones back.", "Ctrl+O",
             self.openAsked),
            ("Save the experiment …", "All settings into a file that runs here and without a window.", "Ctrl+S",
             self.saveAsked),
            ("Import an image or points …", "A target from a picture, or from points in a table.", "Ctrl+I",
             self.importAsked),
        ):  # fmt: skip
            action = menu.addAction(translate(text))
            action.setToolTip(translate(hint))
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(signal)
        new = menu.addAction(translate("Back to the first experiment"))
        new.setToolTip(translate("Moons, and two lanes that learn them. Undo brings the present experiment back."))
        new.triggered.connect(partial(self._edit, edits.reset))
        menu.addSeparator()
        proof = menu.addAction(translate("Prove the mathematics …"))
        proof.setToolTip(translate("Measure what is known exactly, and show both numbers with their sources."))
        proof.triggered.connect(self.proofAsked)
        menu.addSeparator()
        quit_action = menu.addAction(translate("Quit"))
        quit_action.setToolTip(translate("Close the window. The experiment is there again at the next start."))
        quit_action.setShortcut(QKeySequence("Ctrl+Q"))
        quit_action.triggered.connect(self._quit)
        return menu

    def _quit(self) -> None:
        window: QWidget = self.window()
        window.close()


def _add(spec: Spec, objective: type) -> Spec:
    return edits.add_lane(spec, objective())
